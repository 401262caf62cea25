"""init, models."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from pathlib import Path
from typing import Annotated, Any

import typer

from promptkit.cli.output import (
    ConfigOption,
    JsonFlag,
    ProjectOption,
    money,
    open_kit,
    print_json,
    print_pairs,
    print_table,
)
from promptkit.errors import BriefError, Finding

_NAME = "My Brand"

_SETTINGS = """\
promptkit: project/v1
brand: {id}

# Without more than this, previews and finals are layout sketches: no key, no cost.
# For real pictures, set OPENAI_API_KEY in the environment and take the comments away:
# tiers:
#   preview: {{model: openai/gpt-image-2.5-flare, quality: low, n: 4}}
#   final: {{model: openai/gpt-image-2.6-sunburst, quality: high, from_preview: refine}}
# budget: {{per_run: 5.00, per_day: 20.00}}
"""

_BRAND = """\
# yaml-language-server: $schema=brand.schema.json
# Three words carry a brand: colors, tone, style. Each has a longer and a shorter form;
# `promptkit brand show tidewell` shows one written out.
name: {name}
colors:
  primary: {{value: "#0B6E99", describe: "deep sea blue, slightly green"}}
  accent: {{value: "#F0593E", describe: "warm coral red"}}
  background: {{value: "#F4E9D8", describe: "pale cream"}}
tone: [calm, plainspoken]
style: soft daylight from the left, natural textures, matt finish
avoid: [neon colours, stock-photo smiles]
channels: {{web_hero: 1536x1024, shop_tile: 1200x1200}}
"""

_TEMPLATE = """\
---
promptkit: template/v1
description: One thing the brand wants to show
aspect: "3:2"
inputs:
  thing: {type: text, help: What is shown, example: a stack of three notebooks}
colors: {background: the ground, primary: the larger things, accent: one small thing}
---
{% block subject %}{{ thing | article }}{% endblock %}
{% block composition %}
  One clear subject, on the right third. Calm, empty space on the left side.
{% endblock %}
"""

_IGNORE = ".promptkit/\nruns/\n"


def init(
    folder: Annotated[Path, typer.Argument(help="The folder; made when it is not there.")] = Path(),
    name: Annotated[str, typer.Option(help="The brand's name.")] = _NAME,
    as_json: JsonFlag = False,
) -> None:
    """Start a project: settings, a brand, a first template. Overwrites nothing.

    Example: promptkit init shop --name "Corner Shop"
    """
    from promptkit.brand.schema import brand_schema

    brand = _id(name)
    schema = json.dumps(brand_schema(), ensure_ascii=False) + "\n"
    files = {
        folder / "promptkit.yaml": _SETTINGS.format(id=_quoted(brand)),
        folder / "brand_profiles" / f"{brand}.yaml": _BRAND.format(name=_quoted(name)),
        folder / "brand_profiles" / "brand.schema.json": schema,
        folder / "templates" / "first.j2": _TEMPLATE,
        folder / ".gitignore": _IGNORE,
    }
    there = [path for path in files if path.exists() and path.name != ".gitignore"]
    if there:
        names = ", ".join(str(path) for path in there)
        fix = "name another folder, or move these away"
        raise BriefError(Finding("project-exists", f"there already is {names}", fix=fix))
    written = [path for path, text in files.items() if _write_new(path, text)]
    command = 'promptkit preview first --set thing="a stack of three notebooks"'
    if as_json:
        print_json({"folder": folder, "brand": brand, "files": written, "next": command})
        return
    go = f"cd {shlex.quote(str(folder))} && " if folder != Path() else ""
    print_pairs([*(("Wrote", path) for path in written), ("Next", f"{go}{command}")])


def _write_new(path: Path, text: str) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def _id(name: str) -> str:
    """Return a brand's id for its name: “Café Noir” is cafe-noir."""
    plain = unicodedata.normalize("NFKD", name.strip() or _NAME).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "my-brand"


def _quoted(name: str) -> str:
    """Return a name as YAML reads it back: JSON's quotes are YAML's, too."""
    return json.dumps(name.strip() or _NAME, ensure_ascii=False)


def models(
    project: ProjectOption = None,
    gone: Annotated[
        bool, typer.Option("--gone", metavar="", help="Also those that were shut down.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """List the models that can be named: to draw with, and to compose for.

    Example: promptkit models
    """
    from datetime import UTC, datetime

    today = datetime.now(UTC).date()
    with open_kit(project, config) as kit:
        drawn, others = (
            [model for model in each if gone or not model.card.gone(today)]
            for each in (kit.catalog.models, kit.catalog.composable)
        )
    if as_json:
        listed = {"models": drawn, "composable": others}
        print_json({name: list(map(_model_data, each)) for name, each in listed.items()})
        return
    columns = ("!model", "›cheapest", "›dearest", "what it is")
    print_table(columns, map(_model_cells, drawn))
    print("\nOnly to compose for (compose --model NAME):\n")
    print_table(columns, map(_model_cells, others))
    print()
    print("Prices: one square picture of a megapixel, at the lowest and the highest quality.")
    print("~ marks an estimate; what is booked comes from the provider's own count.")


def _prices(model: Any) -> dict[str, Any]:
    card = model.card
    size = (1024, 1024)
    return {
        quality: card.estimate(quality, size, prompt="", references=0) for quality in card.qualities
    }


def _model_cells(model: Any) -> tuple[str, ...]:
    card, prices = model.card, list(_prices(model).values())
    mark = "~" if card.price.estimate else ""
    until = f" (until {card.shutdown})" if card.shutdown else ""
    return (
        str(model),
        f"{mark}{money(prices[0])}",
        f"{mark}{money(prices[-1])}",
        f"{card.about}{until}",
    )


def _model_data(model: Any) -> dict[str, Any]:
    card = model.card
    return {
        "model": str(model),
        "about": card.about,
        "released": str(card.released) if card.released else None,
        "shutdown": str(card.shutdown) if card.shutdown else None,
        "successor": card.successor,
        "form": card.form,
        "negatives": card.negatives,
        "seed": bool(card.seed),
        "qualities": card.qualities,
        "references_max": card.references_max,
        "masks": card.masks,
        "partial_images": card.partial_images,
        "prompt_max": card.prompt_max,
        "usd_per_megapixel_picture": _prices(model),
        "estimate": card.price.estimate,
        "checked": str(card.price.checked),
        "source": card.price.source,
    }
