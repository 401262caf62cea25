"""What a template is refused before it is compiled, and where it pays for its time.

Python bears only so much nesting, and Jinja asks nobody before a loop turns, a text is joined or
a list is made. So the tree is looked through, and filters of ours are put in those places.
"""

from __future__ import annotations

from typing import Any, cast
from unicodedata import normalize

from jinja2 import TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

from promptkit.template.trees import LEAVES, children, walk

MAX_NESTING = 50
"""How deep blocks, brackets and chains of filters may stand in one another."""
MAX_LOOPS = 15
"""How deep loops may stand in one another: Python bears 20."""
TOO_DEEP = "this is nested too deeply"
TOO_LARGE = "this number is too large"
MOST_PARTS = 1_000
"""Items of a list, values of a call, texts that one ``~`` after the other joins."""

#: Filters that stand in for parts of the language. No author can spell them.
EACH, JOIN, MADE, PAY, WEIGHED = "~each", "~join", "~made", "~pay", "~weighed"

_LARGEST_BITS = 1_000
#: So many parts of a template's tree take about as long as a turn of a loop.
_PARTS_OF_A_TURN = 10
_LETTERS_OF_A_PART = 50

#: Parts of the language of which nothing is refused later than here, unless they are too many.
_PLAIN = frozenset(
    {nodes.Template, nodes.Block, nodes.Output, nodes.ExprStmt, nodes.If, nodes.For, nodes.Assign}
    | {nodes.Include, nodes.Import, nodes.FromImport, nodes.TemplateData, nodes.Const}
    | {nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.Call, nodes.CondExpr}
    | {nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub}
    | {nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair}
)
#: So deep may parts stand in one another: each is at most five brackets, and Python bears 200.
_SURELY_BORNE = 25


def guarded(tree: nodes.Template) -> nodes.Template:
    """Return a template's tree with our filters in it.

    Raises:
        TemplateSyntaxError: something in it could not be compiled.
    """
    todo: list[tuple[nodes.Node, int, int, int]] = [(tree, 0, 0, 1)]
    while todo:
        node, depth, loops, line = todo.pop()
        line = node.lineno or line  # what is compared is given none
        loops += isinstance(node, nodes.For)
        if depth > MAX_NESTING or loops > MAX_LOOPS:
            raise TemplateSyntaxError(TOO_DEEP, line)
        within = children(node)
        many = len(within) if isinstance(node, nodes.Expr) else 0
        if isinstance(node, nodes.If):
            many = 10 * len(node.elif_)  # each stands within the one before when compiled
        if many > MOST_PARTS:
            message = "this has too many parts; share them out"
            raise TemplateSyntaxError(message, node.lineno)
        _refuse(node)
        todo += [(child, depth + 1, loops, line) for child in within]
    guarded_tree: nodes.Template = _Guard().visit(tree)
    return guarded_tree


def compiles(tree: nodes.Template) -> bool:
    """Say whether a guarded tree is so plain that it can surely be compiled.

    Of others only their compiling tells: macros, slices, odd names, and what is nested so deep
    that Python may not bear the brackets.
    """
    level: list[nodes.Node] = [tree]
    for _ in range(_SURELY_BORNE):
        if not all(map(_plain, level)):
            return False
        level = [child for node in level for child in children(node)]
        if not level:
            return True
    return False


def _plain(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Name):
        return node.ctx == "load" or node.name != "loop"
    if isinstance(node, nodes.Keyword):
        return not node.key.startswith("_")
    return type(node) in _PLAIN and not (isinstance(node, nodes.If) and len(node.elif_) > 10)


def _refuse(node: nodes.Node) -> None:
    if isinstance(node, nodes.Const) and _too_large(node.value):
        raise TemplateSyntaxError(TOO_LARGE, node.lineno)
    names: list[str] = []
    if isinstance(node, nodes.Macro | nodes.CallBlock):
        names = [normalize("NFKC", argument.name) for argument in node.args]
    elif isinstance(node, nodes.Call | nodes.Filter | nodes.Test):
        names = [argument.key for argument in node.kwargs if isinstance(argument, nodes.Keyword)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise TemplateSyntaxError(f"“{twice}” is given twice here", node.lineno)


def _too_large(value: object) -> bool:
    if isinstance(value, float):
        return value == float("inf")
    return isinstance(value, int) and value.bit_length() > _LARGEST_BITS


class _Guard(NodeTransformer):
    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        return node if isinstance(node, LEAVES) else super().visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _filtered(cast(nodes.Expr, node.iter), EACH)
        node.body = _paid(node.body)
        return node

    def _visit_body(
        self, node: nodes.Block | nodes.CallBlock | nodes.Macro | nodes.Template
    ) -> nodes.Node:
        self.generic_visit(node)
        node.body = _paid(node.body)
        return node

    visit_Block = visit_CallBlock = visit_Macro = visit_Template = _visit_body

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), JOIN)

    def visit_List(self, node: nodes.List) -> nodes.Expr:
        self.generic_visit(node)
        return _made(node, node.items)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
        self.generic_visit(node)
        return _made(node, node.items) if node.ctx == "load" else node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:
        self.generic_visit(node)
        return _made(node, [part for pair in node.items for part in (pair.key, pair.value)])

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:
        self.generic_visit(node)
        node.expr = _weighed(node.expr)
        for operand in node.ops:
            operand.expr = _weighed(operand.expr)
        return node


def _made(node: nodes.Expr, parts: list[nodes.Expr]) -> nodes.Expr:
    constant = all(isinstance(part, nodes.Const) for part in parts)
    return node if constant else _filtered(node, MADE)


def _weighed(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _filtered(node, WEIGHED)


def _paid(body: list[nodes.Node]) -> list[nodes.Node]:
    """Let a body that is run again and again pay for its length first, if it has any."""
    parts = sum(_parts(part) for node in body for part in (node, *walk(node)))
    if parts < _PARTS_OF_A_TURN:
        return body
    line = body[0].lineno
    price = nodes.Const(parts // _PARTS_OF_A_TURN, lineno=line)
    return [nodes.ExprStmt(_filtered(price, PAY), lineno=line), *body]


def _parts(node: nodes.Node) -> int:
    letters = len(node.data) if isinstance(node, nodes.TemplateData) else 0
    return 1 + letters // _LETTERS_OF_A_PART


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
