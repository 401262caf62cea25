"""What the models know of themselves: which keys and types may stand at a path."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from textwrap import dedent
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from promptkit.documents import Document

Key = str | int
Path_ = tuple[Key, ...]

_DEEPEST = 4


def keys_of_model(model: type[BaseModel]) -> list[str]:
    """Return the keys of a model as authors write them."""
    return [info.alias or name for name, info in model.model_fields.items()]


def keys_near(model: type[BaseModel], loc: Path_, document: Document) -> list[str]:
    """Return the keys that may stand where the author wrote one.

    A short form stands for several groups at once: below ``style`` there may be the keys of the
    style and those of its only look.
    """
    here = document.written(loc)
    paths = [loc[:end] for end in range(len(loc) + 1) if document.written(loc[:end]) == here]
    groups = [group for path in paths for group in models_of(annotation_at(model, path))]
    return list(dict.fromkeys(key for group in groups for key in keys_of_model(group)))


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation allows."""
    for part in parts_of(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def parts_of(annotation: Any) -> list[Any]:
    """Return the types that an annotation allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return parts_of(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [part for inner in get_args(annotation) for part in parts_of(inner)]
    return [annotation]


def annotation_at(model: type[BaseModel], loc: Path_) -> Any:
    """Return the type of what stands at a validated path, or ``None``."""
    annotation: Any = model
    for step in loc:
        annotation = _inside(annotation, step)
    return next((part for part in parts_of(annotation) if part is not type(None)), None)


def _inside(annotation: Any, step: Key) -> Any:
    for model in models_of(annotation):
        info = _field(model, step)
        return info.annotation if info else None
    items = [part for inner in parts_of(annotation) for part in get_args(inner)[-1:]]
    return items[0] if items else None


def _field(model: type[BaseModel], key: Key) -> FieldInfo | None:
    return next(
        (info for name, info in model.model_fields.items() if key in (name, info.alias)), None
    )


def groups_with(model: type[BaseModel], key: str) -> list[str]:
    """Return where below a model a key may stand: “style.looks.NAME”, by depth."""
    found: list[str] = []
    todo: list[tuple[type[BaseModel], tuple[str, ...]]] = [(model, ())]
    for group, path in todo:
        if path and key in keys_of_model(group):
            found.append(".".join(path))
        if len(path) < _DEEPEST:
            todo += [
                (inner, (*path, name, *steps))
                for name, info in group.model_fields.items()
                for inner, steps in _groups_below(info.annotation)
            ]
    return found


def _groups_below(annotation: Any) -> Iterator[tuple[type[BaseModel], tuple[str, ...]]]:
    yield from ((model, ()) for model in models_of(annotation))
    for part in parts_of(annotation):
        steps = ("NAME",) if get_origin(part) is dict else ()
        yield from ((model, steps) for inner in get_args(part) for model in models_of(inner))


def info_at(model: type[BaseModel], loc: Path_) -> FieldInfo | None:
    """Return what the model says of the field at a validated path, if it has one."""
    parents = models_of(annotation_at(model, loc[:-1]))
    return next((info for parent in parents if (info := _field(parent, loc[-1]))), None)


def doc_at(model: type[BaseModel], loc: Path_) -> str:
    """Return what the model says of the field at a validated path, on one line, or nothing."""
    for parent in models_of(annotation_at(model, loc[:-1])):
        for name, info in parent.model_fields.items():
            if loc[-1] in (name, info.alias):
                return " ".join(field_docs(parent).get(name, "").split())
    return ""


def every_model(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and all that it is made of, each once."""
    found = [model]
    for known in found:
        yield known
        for info in known.model_fields.values():
            inner = _models_within(info.annotation)
            found += [each for each in dict.fromkeys(inner) if each not in found]


def _models_within(annotation: Any) -> Iterator[type[BaseModel]]:
    yield from models_of(annotation)
    for part in get_args(annotation):
        yield from _models_within(part)


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands below each field in the model's source.

    pydantic could keep them with the fields, but would read every source file at each start.
    """
    docs: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, BaseModel) and owner is not BaseModel:
            docs |= _docs_of(owner)
    return docs


def _docs_of(owner: type) -> dict[str, str]:
    (tree,) = ast.parse(dedent(inspect.getsource(owner))).body
    body = cast(ast.ClassDef, tree).body
    return {
        field.target.id: inspect.cleandoc(str(told.value.value))
        for field, told in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(told, ast.Expr)
        and isinstance(told.value, ast.Constant)
    }
