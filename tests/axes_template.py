"""A template whose takes differ, for the tests of kit and command line."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = """\
---
promptkit: template/v1
description: Picture of one product
inputs: {product: {type: text, help: What is shown, example: slim can}}
axes:
  crop:
    policy: all
    options:
      close: Close view
      wide: {text: Wide view, avoid: [tight crops], params: {quality: high}}
  light:
    policy: random
    options: {dusk: At dusk, noon: At noon, dawn: At dawn}
  mood: {calm: Calm, loud: Loud}
---
{% block subject %}{{ product | article }}{% endblock %}
{% block composition %}{{ axis.crop }}{% endblock %}
{% block lighting %}{{ axis.light }}{% endblock %}
{% block mood %}{{ axis.mood }}{% endblock %}
"""


def write_template(text: str = TEMPLATE, name: str = "shot") -> Path:
    """Write the template into the project in the working folder."""
    path = Path("templates") / f"{name}.j2"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
