"""AsyncKit: the whole way, as a program with an event loop of its own goes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptkit.client.request import Answer, ImageRequest
from promptkit.errors import (
    BrandError,
    BriefError,
    BudgetError,
    InDoubtError,
    InputError,
    ModelError,
    PromptkitError,
    RefusedError,
    SettingsError,
    StoreError,
)
from promptkit.kit import AsyncKit
from promptkit.provider import Provider
from promptkit.provider.comp import Comp
from promptkit.workflow.run import Failure, Shot

CAN = {"product": "slim 330 ml can"}
BRAND = """\
name: Corner Shop
colors: {primary: "#0B6E99", background: "#F4E9D8"}
tone: calm
style: {looks: {plain: {setting: a plain table, lighting: soft daylight}}}
"""


class Quick(Comp):
    """A comp that draws small: what the pictures show does not matter here."""

    async def generate(self, request: ImageRequest) -> Answer:
        answer = await super().generate(replace(request, size=(64, 64)))
        self.calls[-1] = request
        return answer


def quick(**changes: Any) -> dict[str, Provider]:
    return {"comp": Quick(**changes)}


def write_brand(path: Path, name: str = "Corner Shop") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = BRAND.replace("Corner Shop", name).replace(
        "style: {looks: {plain: {setting: a plain table, lighting: soft daylight}}}",
        "style: soft daylight, natural textures",
    )
    path.write_text(text, encoding="utf-8")
    return path


def states(kit: AsyncKit) -> list[int]:
    (row,) = kit.usage()
    return [row.paid, row.cached, row.failed, row.in_doubt]


def test_preview_pick_and_final() -> None:
    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            prompt = kit.compose("packshot", "tidewell", CAN)
            run = await kit.preview(prompt, n=2)
            assert [image.take for image in run.images] == [1, 2]
            assert all(image.path.is_file() for image in run.images)
            assert run.sheet.is_file()
            assert run.cost == 0
            final = await kit.final(run, pick=2)
            assert final.path.name.startswith("final-2-")
            assert (final.take, final.cost, final.cached) == (2, Decimal(0), False)
            again = kit.run("last")
            assert again.id == run.id
            assert [pick.take for pick in again.record.picks] == [2]
            assert again.record.picks[0].shown == [1, 2]
            assert [image.path for image in again.finals] == [final.path]
            assert "picked" in run.sheet.read_text(encoding="utf-8").lower()

    asyncio.run(go())


def test_the_same_brief_again_is_served_from_the_store() -> None:
    async def go() -> None:
        drawn = Quick()
        async with AsyncKit(providers={"comp": drawn}) as kit:
            prompt = kit.compose("packshot", "tidewell", CAN)
            first = await kit.preview(prompt, n=2)
            second = await kit.preview(prompt, n=2)
            assert first.id != second.id
            assert [image.cached for image in second.images] == [True, True]
            assert [i.digest for i in first.images] == [i.digest for i in second.images]
            third = await kit.preview(prompt, n=1, first_take=3)
            assert [(image.take, image.cached) for image in third.images] == [(3, False)]
            assert len(drawn.calls) == 3
            assert states(kit) == [3, 2, 0, 0]

    asyncio.run(go())


def test_finals_by_refinement_and_by_regeneration_lie_side_by_side() -> None:
    async def go() -> None:
        drawn = Quick()
        async with AsyncKit(providers={"comp": drawn}) as kit:
            run = await kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
            kit.pick(run, 1, "it reads at a glance")
            refined = await kit.final(run)
            cheap = await kit.final(run, mode="regenerate", quality="low")
            finals = kit.run(run.id).finals
            assert [image.path for image in finals] == [refined.path, cheap.path]
            assert [image.shot.mode for image in finals] == ["refine", "regenerate"]
            assert [image.shot.quality for image in finals] == ["high", "low"]
            calls = drawn.calls[1:]
            assert [call.operation for call in calls] == ["edit", "generate"]
            assert calls[0].references[0].role == "preview"
            assert calls[0].references[0].data == run.images[0].path.read_bytes()
            assert [call.take for call in calls] == [1, 1]

    asyncio.run(go())


def test_the_same_final_again_is_cached_and_not_shown_twice() -> None:
    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            run = await kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
            first = await kit.final(run, pick=1, mode="regenerate", quality="low")
            second = await kit.final(run, mode="regenerate", quality="low")
            assert (first.cached, second.cached) == (False, True)
            assert second.path == first.path
            assert len(kit.run(run.id).finals) == 1

    asyncio.run(go())


def test_two_finals_at_once_are_both_kept() -> None:
    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            run = await kit.preview(kit.compose("packshot", "tidewell", CAN), n=2)
            made = await asyncio.gather(
                kit.final(run, pick=1, quality="low"), kit.final(run, pick=2, quality="low")
            )
            kept = kit.run(run.id)
            assert sorted(image.path for image in made) == sorted(i.path for i in kept.finals)
            assert sorted(pick.take for pick in kept.record.picks) == [1, 2]
            assert all(image.path.name in run.sheet.read_text(encoding="utf-8") for image in made)

    asyncio.run(go())


def test_a_pick_made_while_a_final_is_drawn_is_kept() -> None:
    async def go() -> None:
        async with AsyncKit(providers=quick(delay_s=0.3)) as kit:
            run = await kit.preview(kit.compose("packshot", "tidewell", CAN), n=2)
            under_way = asyncio.create_task(kit.final(run, pick=1, quality="low"))
            await asyncio.sleep(0.1)
            kit.pick(run, 2, "on second thoughts")
            await under_way
            assert [pick.take for pick in kit.run(run.id).record.picks] == [1, 2]

    asyncio.run(go())


def test_generate_draws_finals_without_previews() -> None:
    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            run = await kit.generate(kit.compose("packshot", "tidewell", CAN), quality="low")
            assert run.images == []
            assert [image.shot.tier for image in run.finals] == ["final"]

    asyncio.run(go())


def test_a_named_model_is_asked_in_every_tier_and_else_each_tier_has_its_own() -> None:
    async def go() -> None:
        config = {"tiers.final.model": "openai/gpt-image-2"}
        given = {"openai": Quick(), **quick()}
        async with AsyncKit(config=config, providers=given) as kit:
            own = await kit.generate(kit.compose("packshot", "tidewell", CAN), quality="low")
            assert own.finals[0].shot.model == "openai/gpt-image-2"
            assert own.cost > 0
            named = kit.compose("packshot", "tidewell", CAN, model="comp")
            run = await kit.generate(named, quality="low")
            assert run.finals[0].shot.model == "comp"

    asyncio.run(go())


def test_one_refusal_leaves_the_others() -> None:
    async def go() -> None:
        seen: list[Shot | Failure] = []
        async with AsyncKit(providers=quick(answers=["ok", "refuse"])) as kit:
            run = await kit.preview(
                kit.compose("packshot", "tidewell", CAN), n=3, progress=seen.append
            )
            assert len(run.images) == 2
            (failure,) = run.failures
            assert (failure.error, failure.fix) == ("RefusedError", "change the words")
            assert len(seen) == 3
            assert kit.run(run.id).failures == [failure]

    asyncio.run(go())


def test_when_none_comes_nothing_is_left_and_the_gravest_failure_is_raised() -> None:
    async def go() -> None:
        seen: list[Shot | Failure] = []
        async with AsyncKit(providers=quick(answers=["refuse", "timeout", "refuse"])) as kit:
            prompt = kit.compose("packshot", "tidewell", CAN)
            with pytest.raises(InDoubtError):
                await kit.preview(prompt, n=3, progress=seen.append)
            assert kit.runs.ids() == []
            assert list(kit.project.runs.iterdir()) == []
            assert len(seen) == 3

    asyncio.run(go())


def test_a_failed_final_leaves_the_run_as_it_was() -> None:
    async def go() -> None:
        async with AsyncKit(providers=quick(refuse="preview")) as kit:
            run = await kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
            with pytest.raises(RefusedError):
                await kit.final(run, pick=1)
            assert kit.run(run.id).finals == []
            assert kit.run(run.id).record.picked().take == 1

    asyncio.run(go())


class Broken:
    """A provider with a bug in it."""

    async def generate(self, request: Any) -> Any:
        raise ZeroDivisionError("a bug")

    async def aclose(self) -> None:
        """Do nothing."""


def test_a_bug_in_a_provider_is_not_hidden() -> None:
    async def go() -> None:
        async with AsyncKit(providers={"comp": Broken()}) as kit:
            with pytest.raises(ZeroDivisionError):
                await kit.preview(kit.compose("packshot", "tidewell", CAN), n=2)
            assert kit.runs.ids() == []

    asyncio.run(go())


def test_a_budget_is_kept() -> None:
    async def go() -> None:
        config = {"budget.per_run": "0.015"}
        async with AsyncKit(config=config, providers={"openai": Quick()}) as kit:
            prompt = kit.compose("packshot", "tidewell", CAN, model="openai/gpt-image-2")
            run = await kit.preview(prompt, n=8)
            assert 0 < len(run.images) < 8
            assert {failure.error for failure in run.failures} == {"BudgetError"}
            assert 0 < run.cost <= Decimal("0.015")
        async with AsyncKit(config={"budget.per_run": 0}, providers={"openai": Quick()}) as kit:
            with pytest.raises(BudgetError, match="budget"):
                await kit.preview(prompt, n=2, first_take=20)

    asyncio.run(go())


def test_a_missing_key_is_said_once_and_nothing_is_asked() -> None:
    async def go() -> None:
        seen: list[Shot | Failure] = []
        async with AsyncKit(providers=quick()) as kit:
            prompt = kit.compose("packshot", "tidewell", CAN, model="openai/gpt-image-2")
            with pytest.raises(SettingsError, match="OPENAI_API_KEY") as caught:
                await kit.preview(prompt, n=4, progress=seen.append)
            assert len(caught.value.findings) == 1
            assert seen == []
            assert kit.usage() == []

    asyncio.run(go())


def test_what_is_in_the_store_needs_no_key() -> None:
    async def go() -> None:
        brief = ("packshot", "tidewell", CAN)
        async with AsyncKit(providers={"openai": Quick()}) as kit:
            prompt = kit.compose(*brief, model="openai/gpt-image-2")
            await kit.preview(prompt, n=1)
        async with AsyncKit(providers=quick()) as kit:
            run = await kit.preview(kit.compose(*brief, model="openai/gpt-image-2"), n=1)
            assert run.images[0].cached
            assert run.images[0].shot.saved_usd > 0

    asyncio.run(go())


def test_a_provider_with_a_key_is_made_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def go() -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        config = {
            "providers.openai.base_url": "http://127.0.0.1:9",
            "providers.openai.limits": {"per_minute": 600},
        }
        async with AsyncKit(config=config) as kit:
            prompt = kit.compose("packshot", "tidewell", CAN, model="openai/gpt-image-2")
            with pytest.raises(PromptkitError, match="cannot be reached") as caught:
                await kit.preview(prompt, n=1, quality="low")
            assert caught.value.exit_code == 3
            assert "sk-test" not in str(caught.value)

    monkeypatch.setattr("promptkit.client.client.ATTEMPTS", 1)
    asyncio.run(go())


@pytest.mark.parametrize(("n", "first_take"), [(0, 1), (-1, 1), (1, 0)])
def test_takes_are_counted_from_one(n: int, first_take: int) -> None:
    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            prompt = kit.compose("packshot", "tidewell", CAN)
            for verb in (kit.preview, kit.generate):
                with pytest.raises(BriefError, match="from 1"):
                    await verb(prompt, n=n, first_take=first_take)
            assert kit.runs.ids() == []

    asyncio.run(go())


OLD = {"providers.old": {"dialect": "guide", "base_url": "http://localhost/v1"}}
STORY = {"thing": "a very long story " * 300}


def write_template(body: str) -> None:
    Path("templates").mkdir()
    front = "---\ndescription: x\ninputs: {thing: {type: text}}\n---\n"
    Path("templates/story.j2").write_text(front + body, encoding="utf-8")


def test_a_prompt_too_long_for_the_model_is_found_and_never_sent() -> None:
    write_template("{% block subject %}{{ thing }}{% endblock %}")

    async def go() -> None:
        drawn = Quick()
        async with AsyncKit(config=OLD, providers={"old": drawn}) as kit:
            prompt = kit.compose("story", "tidewell", STORY, model="old/gpt-image-1")
            assert [(f.rule, f.severity) for f in prompt.wording.findings] == [
                ("prompt-too-long", "error")
            ]
            with pytest.raises(InputError, match=r"4,?000"):
                await kit.preview(prompt, n=1)
            assert drawn.calls == []

    asyncio.run(go())


def test_what_is_too_long_for_previews_may_do_for_a_final() -> None:
    write_template("{% block subject %}{{ thing }}{% endblock %}")

    async def go() -> None:
        config = {**OLD, "tiers.preview.model": "old/gpt-image-1"}
        async with AsyncKit(config=config, providers=quick()) as kit:
            prompt = kit.compose("story", "tidewell", STORY)
            assert prompt.findings
            assert len((await kit.generate(prompt)).finals) == 1

    asyncio.run(go())


def test_a_prompt_without_a_subject_is_never_sent() -> None:
    write_template("{% block subject %}{% endblock %}{% block setting %}{{ thing }}{% endblock %}")

    async def go() -> None:
        drawn = Quick()
        async with AsyncKit(providers={"comp": drawn}) as kit:
            prompt = kit.compose("story", "tidewell", {"thing": "A shore."})
            with pytest.raises(BriefError, match="no subject"):
                await kit.preview(prompt, n=1)
            assert drawn.calls == []
            assert kit.runs.ids() == []

    asyncio.run(go())


def test_the_sub_folder_of_a_project_is_in_it() -> None:
    Path("promptkit.yaml").write_text("brand: tidewell\nruns: shown\n", encoding="utf-8")
    folder = Path("deep/er")
    folder.mkdir(parents=True)
    kit = AsyncKit(folder)
    assert kit.project.root == Path.cwd()
    assert kit.project.runs == Path.cwd() / "shown"
    assert kit.compose("packshot", inputs=CAN).prompt.source.brand == "tidewell"


def test_a_folder_that_is_not_there_is_no_project() -> None:
    with pytest.raises(SettingsError, match="no folder"):
        AsyncKit("nowhere")


def test_no_brand_is_said_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="tidewell"):
        AsyncKit().compose("packshot", inputs=CAN)


def test_a_brand_given_by_path_is_found_again_for_the_final(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_brand(Path("brands/corner.yaml"))
    Path("promptkit.yaml").write_text("{}\n", encoding="utf-8")

    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            run = await kit.preview(kit.compose("packshot", "brands/corner.yaml", CAN), n=1)
        elsewhere = Path("deep")
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        async with AsyncKit(providers=quick()) as kit:
            assert (await kit.final("last", pick=1, quality="low")).path.parent == run.folder

    asyncio.run(go())


def test_a_brand_whose_id_is_not_its_file_name_is_found_again() -> None:
    path = write_brand(Path("brand_profiles/shop.yaml"))
    path.write_text("id: corner\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            run = await kit.preview(kit.compose("packshot", "shop", CAN), n=1)
            assert run.record.brand.id == "corner"
            assert (await kit.final(run, pick=1, quality="low")).path.is_file()

    asyncio.run(go())


def test_a_brand_path_in_the_settings_starts_at_the_project(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_brand(Path("brands/corner.yaml"))
    Path("promptkit.yaml").write_text("brand: brands/corner.yaml\n", encoding="utf-8")
    Path("deep").mkdir()
    monkeypatch.chdir("deep")
    assert AsyncKit().compose("packshot", inputs=CAN).prompt.source.brand_name == "Corner Shop"
    with pytest.raises(BrandError):
        AsyncKit().brand("brands/corner.yaml")


def test_a_picture_given_relative_to_a_subfolder_is_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("promptkit.yaml").write_text("brand: tidewell\n", encoding="utf-8")
    root, deep = Path.cwd(), Path("my pictures")
    deep.mkdir()

    async def go() -> None:
        async with AsyncKit(providers=quick()) as kit:
            run = await kit.generate(kit.compose("packshot", inputs=CAN), quality="low")
            picture = run.finals[0].path.rename(deep / "can.png")
            monkeypatch.chdir(deep)
            given = {**CAN, "base": picture.name}
            shown = await kit.preview(kit.compose("product-hero", inputs=given), n=1)
            assert shown.record.inputs["base"] == str(root / deep / "can.png")
            monkeypatch.chdir(root)
            assert (await kit.final(shown, pick=1, quality="low")).path.is_file()

    asyncio.run(go())


def test_a_picture_in_the_home_folder_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "can").write_bytes(b"a picture without an ending")
    composed = AsyncKit().compose("product-hero", "tidewell", {**CAN, "base": "~/can"})
    assert composed.prompt.source.inputs["base"] == str(tmp_path / "can")


@pytest.mark.parametrize("base", [3, ["can"], {"path": "can.png"}])
def test_what_is_no_path_at_all_is_said(base: Any) -> None:
    with pytest.raises(BriefError, match="path of a picture"):
        AsyncKit().compose("product-hero", "tidewell", {**CAN, "base": base})


@pytest.mark.parametrize(
    ("base", "says"),
    [("nope.png", "no picture nope.png"), ("./nope", "no picture nope"), ("cann", "can")],
)
def test_a_missing_picture_and_a_misspelt_subject_are_told_apart(base: str, says: str) -> None:
    with pytest.raises(BriefError, match=says):
        AsyncKit().compose("product-hero", "tidewell", {**CAN, "base": base})


def test_a_shut_down_model_names_its_successor() -> None:
    with pytest.raises(ModelError, match="gpt-image-2"):
        AsyncKit().model("openai/gpt-image-1")


def test_usage_groups_and_reads_without_making_a_ledger() -> None:
    kit = AsyncKit()
    assert kit.usage("day") == []
    assert list(Path().iterdir()) == []
    with pytest.raises(BriefError, match="grouping"):
        kit.usage("nonsense")


def test_composing_writes_nothing_and_names_every_fault() -> None:
    kit = AsyncKit()
    composed = kit.compose("product-hero", "tidewell", CAN, axes={"crop": "wide"})
    assert composed.text.startswith("Hero picture")
    assert [section.name for section in composed.sections][:2] == ["purpose", "subject"]
    assert composed.findings == ()
    assert list(Path().iterdir()) == []
    with pytest.raises(BriefError) as caught:
        kit.compose("product-hero", "tidewell", {"produkt": "x"})
    assert {finding.rule for finding in caught.value.findings} == {"unknown-input", "missing-input"}


def test_closing_twice_and_going_on_after_closing() -> None:
    async def go() -> None:
        kit = AsyncKit(providers=quick())
        await kit.aclose()
        prompt = kit.compose("packshot", "tidewell", CAN)
        await kit.preview(prompt, n=1)
        await kit.aclose()
        await kit.aclose()
        assert (await kit.preview(prompt, n=1)).images[0].cached
        await kit.aclose()

    asyncio.run(go())


def test_comp_answers_that_it_does_not_know_are_a_fault_of_the_settings() -> None:
    async def go() -> None:
        async with AsyncKit(config={"providers.comp.answers": ["nonsense"]}) as kit:
            with pytest.raises(SettingsError, match=r"providers\.comp\.answers"):
                await kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)

    asyncio.run(go())


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_drawn() -> None:
    Path("runs").write_text("in the way", encoding="utf-8")

    async def go() -> None:
        drawn = Quick()
        async with AsyncKit(providers={"comp": drawn}) as kit:
            with pytest.raises(StoreError, match="nothing was asked for"):
                await kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
        assert drawn.calls == []

    asyncio.run(go())
