"""Comps of every shipped brand are finished into files that are fit to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptkit import Kit

HEADLINE = "Made to be here"


def briefs() -> Iterator[tuple[str, str, str]]:
    """Yield brand, template and channel: heroes for all, others for channels of their look."""
    with Kit() as kit:
        for name in ("packshot", "product-hero", "social-post"):
            meta = kit.template(name).meta
            for brand in (kit.brand(example.brand) for example in meta.examples):
                look = brand.style.choose(meta.look)
                for channel, wanted in brand.channels.items():
                    if name == "product-hero" or wanted.look == look:
                        yield brand.id, name, channel


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with Kit(tmp_path_factory.mktemp("project")) as kit:
        yield kit


@pytest.mark.parametrize(("brand", "template", "channel"), [*briefs()])
def test_a_comp_for_its_channel_is_fit(
    kit: Kit, brand: str, template: str, channel: str, tmp_path: Path
) -> None:
    example = next(x for x in kit.template(template).meta.examples if x.brand == brand)
    composed = kit.compose(template, brand, example.inputs, channel=channel)
    run = kit.generate(composed, n=1)
    words = "" if template == "packshot" else HEADLINE
    (made,) = kit.finish(run, [channel], headline=words, out=tmp_path)
    assert [check.message for check in made.audit.failed if check.severity != "info"] == []
