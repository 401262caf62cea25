"""What a final must not do: cost money for a slip, or differ from what was picked in silence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from promptkit.blocking import Kit
from promptkit.errors import BriefError
from promptkit.provider.comp import Comp
from promptkit.workflow.shown import Run

BRAND = 'name: Shop\ncolors: {primary: "#0B6E99"}\nstyle: soft daylight\n'


@pytest.fixture
def comp() -> Comp:
    return Comp()


@pytest.fixture
def kit(comp: Comp) -> Kit:
    Path("brand_profiles").mkdir()
    Path("brand_profiles/shop.yaml").write_text(BRAND)
    return Kit(providers={"comp": comp})


def previewed(kit: Kit, n: int = 1) -> Run:
    return kit.preview(kit.compose("packshot", "shop", {"product": "can"}), n=n)


def test_a_misspelt_mode_costs_nothing(kit: Kit, comp: Comp) -> None:
    with kit:
        run = previewed(kit)
        asked = len(comp.calls)
        with pytest.raises(BriefError, match="did you mean “refine”"):
            kit.final(run, pick=1, mode="Refine")  # type: ignore[arg-type]  # the slip itself
        assert len(comp.calls) == asked


def test_a_final_of_a_brand_that_changed_since_says_so_first(kit: Kit, comp: Comp) -> None:
    with kit:
        run = previewed(kit)
        asked = len(comp.calls)
        Path("brand_profiles/shop.yaml").write_text(BRAND.replace("#0B6E99", "#FF00FF"))
        with pytest.raises(BriefError, match="the brand shop changed since run") as caught:
            kit.final(run, pick=1)
        assert "--accept-changes" in str(caught.value)
        assert len(comp.calls) == asked
        assert kit.final(run, pick=1, accept_changes=True).path.is_file()


def test_a_final_of_a_template_that_changed_since_says_so_first(kit: Kit) -> None:
    Path("templates").mkdir()
    own = Path("templates/one.j2")
    own.write_text("---\ninputs: {a: {}}\n---\n{{ a }} on plain ground")
    with kit:
        run = kit.preview(kit.compose("one", "shop", {"a": "can"}), n=1)
        own.write_text("---\ninputs: {a: {}}\n---\n{{ a }} on wet sand")
        with pytest.raises(BriefError, match="the template one changed since"):
            kit.final(run, pick=1)


def test_the_last_run_is_never_a_copy_of_an_older_one(kit: Kit) -> None:
    with kit:
        first = previewed(kit)
        shutil.copytree(first.folder, first.folder.parent / "keep-this")
        shutil.copytree(first.folder, first.folder.parent / f"{first.id}-copy")
        second = previewed(kit, n=2)
        assert kit.run("last").id == second.id
        with pytest.raises(BriefError, match=f"it holds the record of run {first.id}"):
            kit.run("keep-this")
        shutil.rmtree(first.folder)
        shutil.rmtree(second.folder)
        with pytest.raises(BriefError, match="nothing but copies"):
            kit.run("last")


def test_a_run_that_was_generated_has_nothing_to_pick_from(kit: Kit) -> None:
    with kit:
        run = kit.generate(kit.compose("packshot", "shop", {"product": "can"}))
        with pytest.raises(BriefError, match="generated without previews"):
            kit.final(run)
