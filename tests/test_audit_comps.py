"""Every shipped brand's comps pass its own audit, and no other brand's do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from promptkit import Kit
from promptkit.brand.profile import Brand
from promptkit.client.request import ImageRequest, Reference
from promptkit.measures import parse_aspect
from promptkit.picture.audit import Standard, audit
from promptkit.picture.opening import Opened, open_picture
from promptkit.provider.comp.picture import draw
from promptkit.template.compiled import Template
from promptkit.verdict import Audit

BRANDS = ("tidewell", "northbeam", "hearth-and-ply")
TEMPLATES = (
    *("editorial-illustration", "packshot", "product-hero"),
    *("product-in-room", "seasonal-banner", "social-post"),
)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit(tmp_path_factory.mktemp("project"))


@dataclass(frozen=True)
class Drawn:
    """A comp, and what its prompt asked for."""

    picture: Opened
    standard: Standard

    def held(self) -> Audit:
        return audit(self.picture, self.standard)


def fitting(brand: Brand, template: Template) -> Iterator[tuple[str, str | None]]:
    """Yield the looks that are for a template's use, alone and in each of their channels."""
    chosen = brand.style.choose(template.meta.look)
    uses = set(template.meta.look)
    for name, look in brand.style.looks.items():
        if name == chosen or uses & set(look.when):
            yield name, None
            yield from ((name, key) for key, to in brand.channels.items() if to.look == name)


def drawn(kit: Kit, brand: Brand, template: Template, look: str, channel: str | None) -> Drawn:
    example = next(case for case in template.meta.examples if case.brand == brand.id)
    composed = kit.compose(template.name, brand.id, example.inputs, look=look, channel=channel)
    prompt = composed.prompt
    ratio = parse_aspect(prompt.aspect)
    request = ImageRequest(
        provider="comp",
        endpoint="comp",
        model="comp",
        operation="generate",
        prompt=composed.text,
        size=(round(640 * float(ratio) ** 0.5), round(640 / float(ratio) ** 0.5)),
        quality="low",
        native=composed.wording.native,
        references=tuple(Reference.read(Path(i.path), i.role) for i in prompt.references),
    )
    asked = {use.role: use.carrier for use in prompt.palette}
    reserved = template.meta.logo
    standard = Standard(brand, look, channel, asked, preview=True, reserved=reserved)
    return Drawn(open_picture(draw(request)[0]), standard)


@cache
def comps(kit: Kit, brand: str, template: str) -> tuple[Drawn, ...]:
    own, found = kit.brand(brand), kit.template(template)
    return tuple(drawn(kit, own, found, *place) for place in fitting(own, found))


def unfit(found: Audit) -> list[str]:
    return [f"{c.rule}: {c.message}" for c in found.failed if c.severity == "must"]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("brand", BRANDS)
def test_a_brands_comps_pass_its_own_audit(kit: Kit, brand: str, template: str) -> None:
    for comp in comps(kit, brand, template):
        # In a room that is given, words have no place of their own.
        given = template == "product-in-room" and comp.standard.zone is not None
        wrong = [told for told in unfit(comp.held()) if not (given and "text-zone" in told)]
        assert wrong == [], (comp.standard.look_name, comp.standard.channel_name)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("brand", BRANDS)
def test_a_brands_comps_fail_the_audits_of_others(kit: Kit, brand: str, template: str) -> None:
    colors = {"brand-unseen", "lead-missing", "off-palette", "on-palette"}
    for other in (kit.brand(name) for name in BRANDS if name != brand):
        for look in other.style.looks:
            comp = comps(kit, brand, template)[0]
            found = audit(comp.picture, Standard(other, look))
            musts = {c.rule for c in found.failed if c.severity == "must"}
            assert musts & colors, (other.id, look)


def test_accents_that_are_asked_for_are_drawn(kit: Kit) -> None:
    for brand in BRANDS:
        for comp in comps(kit, brand, "editorial-illustration"):
            assert "accent-missing" not in {check.rule for check in comp.held().failed}
