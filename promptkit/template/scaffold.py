"""The text of a new template, to be written over."""

from __future__ import annotations

import re

from promptkit.errors import Finding, TemplateError

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_TEXT = """\
---
promptkit: template/v1
description: @title@ picture of one product
aspect: "3:2"
look: [hero]
inputs:
  product:
    type: text
    help: What is shown, as concretely as it can be said
    example: slim 330 ml can
    maxLength: 200
  place:
    type: text
    help: Where it stands; without it, one of the brand's usual places
    example: on a stone step in the morning sun
    required: false
colors:
  background: the ground and the open space
  accent: one small prop
axes:
  crop:
    close: Close view; the product large and whole
    wide: Wide view; the product small in its surroundings
examples:
  - brand: tidewell
    inputs: {product: slim 330 ml can}
    expect: {contains: [slim 330 ml can, close view]}
  - brand: northbeam
    inputs: {product: tablet with a berth planner on its screen}
  - brand: hearth-and-ply
    inputs: {product: birch plywood lounge chair, place: beside a tall window}
    axes: {crop: wide}
    expect: {contains: [a birch plywood lounge chair, beside a tall window, wide view]}
---
{#- A block is a section of the prompt. What stands in no block here comes from base.j2. -#}

{% block purpose %}@title@ picture of one product.{% endblock %}

{% block subject %}{{ product | article }}{% endblock %}

{% block setting %}{{ place | or_else(look.environment) }}{% endblock %}

{% block composition %}
  {{ axis.crop }}, {{ position | or_else("in the middle") }}.
  {{ look.framing.perspective or look.perspective }}.
  {% if space %}Calm, empty space {{ space | at }}.{% endif %}
{% endblock %}
"""


def scaffold(name: str) -> str:
    """Return the text of a new template: it can be used as it stands, with the shipped brands.

    Raises:
        TemplateError: no template can be called so.
    """
    if not _NAME.fullmatch(name) or name == "base":
        plain = "-".join(re.findall(r"[a-z0-9]+", name.lower()))
        raise TemplateError(
            Finding(
                "template-name",
                f"a template cannot be called “{name}”",
                fix="use small letters, digits and single hyphens"
                + (f": {plain}" if plain not in ("", "base", name) else ", as in gift-card"),
            )
        )
    return _TEXT.replace("@title@", f"{name[0].upper()}{name[1:]}".replace("-", " "))
