"""Axes from the brief to the picture: each take its own options, and the pick's in its final."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from axes_template import TEMPLATE, write_template
from promptkit.blocking import Kit
from promptkit.client.request import Answer, ImageRequest
from promptkit.errors import BriefError, ModelError
from promptkit.provider.comp import Comp
from promptkit.workflow.composed import Composed


class Quick(Comp):
    """A comp that draws small: what the pictures show does not matter here."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[ImageRequest] = []

    async def generate(self, request: ImageRequest) -> Answer:
        self.requests.append(request)
        return await super().generate(replace(request, size=(240, 160)))

    def asked(self) -> list[ImageRequest]:
        return sorted(self.requests, key=lambda call: call.take)


@pytest.fixture
def comp() -> Quick:
    return Quick()


@pytest.fixture
def kit(comp: Quick) -> Iterator[Kit]:
    write_template()
    with Kit(providers={"comp": comp}) as kit:
        yield kit


def composed(kit: Kit, **more: Any) -> Composed:
    return kit.compose("shot", "tidewell", {"product": "slim tin"}, **more)


def test_each_take_is_asked_for_with_its_own_options(kit: Kit, comp: Quick) -> None:
    run = kit.preview(composed(kit, axes={"light": "dusk"}), n=4)
    crops = ["close", "wide", "close", "wide"]
    assert [image.axes for image in run.images] == [
        {"crop": crop, "light": "dusk", "mood": "calm"} for crop in crops
    ]
    for call, crop in zip(comp.asked(), crops, strict=True):
        wide = crop == "wide"
        assert ("Wide view." in call.prompt, "Close view." in call.prompt) == (wide, not wide)
        assert ("tight crops" in str(call.canonical())) == wide
        assert call.quality == ("high" if wide else "low")
    assert len({image.digest for image in run.images}) == 4
    assert [image.shot.prompt for image in run.images] == [call.prompt for call in comp.asked()]


def test_later_takes_go_on_and_are_the_same_in_another_run(kit: Kit) -> None:
    first = kit.preview(composed(kit), n=5)
    again = kit.preview(composed(kit), n=3, first_take=3)
    assert [image.cached for image in again.images] == [True] * 3
    assert [i.axes for i in again.images] == [i.axes for i in first.images[2:]]


def test_the_record_says_what_holds_for_all_and_how_takes_get_the_rest(kit: Kit) -> None:
    record = kit.preview(composed(kit, seed=7, axes={"mood": "loud"}), n=2).record
    assert (record.axes, record.seed) == ({"mood": "loud"}, "7")
    assert record.varied == {"crop": "all", "light": "random"}
    assert [section.text for section in record.sections if section.name == "composition"] == [
        "Close view."
    ]
    assert list(record.own_options(record.shots[1])) == ["crop", "light"]


def test_random_options_follow_the_seed(kit: Kit) -> None:
    def lights(**seed: Any) -> list[str]:
        prompt = composed(kit, axes={"crop": "close"}, **seed)
        return [prompt.take(number).axes["light"] for number in range(1, 13)]

    assert lights() == lights() == lights(seed="")
    assert lights(seed=1) == lights(seed="1") != lights()
    assert set(lights()) == {"dusk", "noon", "dawn"}


def test_composed_is_the_prompt_of_the_first_take(kit: Kit, comp: Quick) -> None:
    prompt = composed(kit)
    run = kit.preview(prompt, n=1)
    assert run.images[0].axes == prompt.axes
    assert comp.requests[0].prompt == prompt.text == prompt.take(1).text


def test_a_take_of_a_prompt_keeps_its_options(kit: Kit) -> None:
    second = composed(kit).take(2)
    assert "Wide view." in second.text
    run = kit.preview(second, n=3)
    assert [image.axes for image in run.images] == [second.axes] * 3
    assert run.record.varied == {}
    assert run.record.axes == second.axes


def test_the_matrix_has_a_prompt_for_each_combination(kit: Kit) -> None:
    prompts = composed(kit, axes={"light": "noon"}).matrix()
    assert [(prompt.axes["crop"], prompt.axes["mood"]) for prompt in prompts] == [
        ("close", "calm"),
        ("close", "loud"),
        ("wide", "calm"),
        ("wide", "loud"),
    ]
    assert "Wide view." in prompts[3].text
    assert "Loud." in prompts[3].text
    assert [image.axes for image in kit.preview(prompts[3], n=1).images] == [prompts[3].axes]
    assert len(composed(kit).matrix()) == 12


@pytest.mark.parametrize("mode", ["refine", "regenerate"])
def test_a_final_has_the_picked_takes_options(kit: Kit, comp: Quick, mode: Any) -> None:
    run = kit.preview(composed(kit, seed="x"), n=4)
    medium = Kit(config={"tiers.final.quality": "medium"}, providers={"comp": comp})
    with medium:
        for take, quality in ((3, "medium"), (2, "high")):
            final = medium.final(run, pick=take, mode=mode)
            picked = run.images[take - 1]
            assert final.axes == picked.axes
            assert final.shot.quality == comp.requests[-1].quality == quality
            said = picked.shot.prompt.partition("Subject:")[2]
            assert said in final.shot.prompt
        assert medium.final(run, pick=2, mode=mode, quality="low").shot.quality == "low"


def test_generate_gives_each_final_its_options(kit: Kit) -> None:
    run = kit.generate(composed(kit, axes={"crop": "cycle", "light": "noon"}), n=2, quality="low")
    assert [image.axes["crop"] for image in run.finals] == ["close", "wide"]
    assert [image.shot.quality for image in run.finals] == ["low", "low"]


def test_a_fixed_option_asks_for_its_quality_too(kit: Kit) -> None:
    run = kit.preview(composed(kit, axes={"crop": "wide", "light": "fixed"}), n=1)
    assert run.images[0].shot.quality == "high"
    assert run.record.varied == {}


def test_where_nothing_varies_there_is_one_prompt_as_before(kit: Kit, comp: Quick) -> None:
    prompt = kit.compose("product-hero", "tidewell", {"product": "can"})
    run = kit.preview(prompt, n=3)
    assert {call.prompt for call in comp.calls} == {prompt.text}
    assert (run.record.axes, run.record.varied) == ({"crop": "close"}, {})
    assert "crop: close" not in run.sheet.read_text(encoding="utf-8")


def test_a_record_from_before_takes_had_options_of_their_own(kit: Kit) -> None:
    run = kit.preview(composed(kit, axes={"crop": "wide", "light": "noon", "mood": "loud"}), n=1)
    path = run.folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["varied"], record["seed"], record["shots"][0]["axes"]
    path.write_text(json.dumps(record), encoding="utf-8")
    old = kit.run(run.id)
    assert old.images[0].axes == {}
    assert old.record.varied == {}
    final = kit.final(old, pick=1)
    assert final.axes == {"crop": "wide", "light": "noon", "mood": "loud"}
    assert (final.shot.quality, "At noon." in final.shot.prompt) == ("high", True)


def test_a_quality_that_no_model_has_is_said_with_its_line(kit: Kit, comp: Quick) -> None:
    write_template(TEMPLATE.replace("quality: high", "quality: hihg"))
    with pytest.raises(ModelError) as caught:
        kit.preview(composed(kit), n=2)
    (finding,) = caught.value.findings
    assert finding.message == "comp: there is no quality “hihg”"
    assert finding.place is not None
    assert (Path(finding.place.file).name, finding.place.line) == ("shot.j2", 10)
    assert comp.calls == []
    with pytest.raises(ModelError) as caught:
        kit.preview(composed(kit), n=2, quality="best")
    assert caught.value.findings[0].place is None


def test_what_is_wrong_with_any_take_stops_all(kit: Kit, comp: Quick) -> None:
    only = "{% if axis.crop == 'Close view' %}{{ product | article }}{% endif %}"
    write_template(TEMPLATE.replace("{{ product | article }}", only))
    prompt = composed(kit)
    assert [item for item in prompt.findings if item.severity == "error"] == []
    with pytest.raises(BriefError, match="no subject"):
        kit.preview(prompt, n=2)
    assert comp.calls == []


def test_findings_of_every_take_stand_in_the_record_once(kit: Kit) -> None:
    Path("brand_profiles").mkdir()
    Path("brand_profiles/shop.yaml").write_text(
        'name: Shop\ncolors: {primary: "#0B6E99"}\nstyle: matt\n'
        "tone: {words: {never: [wide, can]}}\n",
        encoding="utf-8",
    )
    run = kit.preview(kit.compose("shot", "shop", {"product": "can"}), n=4)
    said = [str(finding["message"]) for finding in run.record.findings]
    assert sum("“wide”" in message for message in said) == 1
    assert sum("“can”" in message for message in said) == 1


def test_an_axis_that_is_gone_is_said(kit: Kit) -> None:
    run = kit.preview(composed(kit), n=1)
    write_template(
        TEMPLATE.replace("  mood: {calm: Calm, loud: Loud}\n", "").replace("axis.mood", "1")
    )
    with pytest.raises(BriefError, match="there is no axis “mood”"):
        kit.final(run, pick=1, accept_changes=True)
