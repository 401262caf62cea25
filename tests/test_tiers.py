"""Orders: what one tier is asked to draw; and the desk that runs them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from promptkit.client.client import Client
from promptkit.client.request import Answer, ImageRequest, Reference
from promptkit.errors import BriefError, InDoubtError, ModelError, SettingsError
from promptkit.kit import AsyncKit
from promptkit.model.catalog import Model
from promptkit.prompt.sections import Prompt
from promptkit.provider.comp import Comp
from promptkit.settings import ProviderSettings
from promptkit.workflow.brief import Ask, Brief
from promptkit.workflow.desk import Desk
from promptkit.workflow.providers import Providers
from promptkit.workflow.rewriting import Rewriter
from promptkit.workflow.run import Failure, RunFolder, Shot
from promptkit.workflow.studio import new_record
from promptkit.workflow.tiers import Order, final_size, order, preview_size

PNG = b"\x89PNG\r\n\x1a\n"
GUIDE = {"providers.guide": {"dialect": "guide", "base_url": "http://localhost/v1"}}


def kit() -> AsyncKit:
    return AsyncKit(config={"brand": "hearth-and-ply", **GUIDE})


def brief(template: str = "packshot", **inputs: str) -> Brief:
    return kit().compose(template, inputs={"product": "lounge chair", **inputs}).brief


def prompt(template: str = "packshot", **inputs: str) -> Prompt:
    return brief(template, **inputs).prompt({})


def room() -> Prompt:
    return prompt("product-in-room", base="lounge-chair", room="loft-living")


def model(name: str = "comp", **changes: object) -> Model:
    found = kit().model(name)
    return Model(found.provider, found.card.model_copy(update=changes))


def preview() -> Reference:
    return Reference("preview", PNG, "image/png", "preview-1.png")


def made(words: Prompt, maker: Model, refines: bool = False) -> Order:
    return order(
        [Ask(words, "low", (1, 2))],
        maker,
        final_size(words, maker),
        "final",
        preview=preview() if refines else None,
        mode="refine" if refines else None,
    )


def roles(wanted: Order) -> list[str]:
    return [reference.role for reference in wanted.references]


def test_an_order_has_one_job_for_each_take() -> None:
    first, second = made(prompt(), model()).jobs("run-1", "http://there/v1")
    assert (first.request.take, second.request.take) == (1, 2)
    assert first.request.digest != second.request.digest
    assert first.request.operation == "generate"
    assert first.request.endpoint == "http://there/v1"
    assert (first.context.run, first.context.tier) == ("run-1", "final")
    assert (first.context.brand, first.context.template) == ("hearth-and-ply", "packshot")


def test_the_briefs_references_go_along_and_the_picked_preview_goes_first() -> None:
    assert roles(made(room(), model())) == ["product", "room"]
    assert made(room(), model()).jobs("r", "")[0].request.operation == "edit"
    assert roles(made(room(), model(), refines=True)) == ["preview", "product", "room"]


def test_where_there_is_no_room_for_all_the_preview_stands_for_the_others() -> None:
    tight = model(references_max=2)
    wanted = made(room(), tight, refines=True)
    assert roles(wanted) == ["preview"]
    assert "Image 2" not in wanted.takes[0].wording.text


@pytest.mark.parametrize(
    ("room_for", "refines", "says"),
    [
        (0, True, "make the final with --regenerate"),
        (0, False, "takes 0 reference pictures, and the brief has 2"),
        (1, False, "takes 1 reference pictures, and the brief has 2"),
    ],
)
def test_too_many_references_are_said(room_for: int, refines: bool, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        made(room(), model(references_max=room_for), refines)


def test_one_place_is_enough_to_refine_and_none_is_not() -> None:
    assert roles(made(prompt(), model(references_max=1), refines=True)) == ["preview"]
    with pytest.raises(ModelError, match="cannot refine"):
        made(prompt(), model(references_max=0), refines=True)


def test_a_prompt_too_long_and_a_quality_unknown_are_refused() -> None:
    with pytest.raises(BriefError):
        made(prompt(), model(prompt_max=20))
    with pytest.raises(ModelError, match="quality"):
        order([Ask(prompt(), "ultra", (1,))], model(), (1024, 1024), "preview")


@pytest.mark.parametrize("takes", [[], [0, 1], [-1]])
def test_takes_are_counted_from_one(takes: list[int]) -> None:
    with pytest.raises(BriefError, match="from 1"):
        brief().asks(takes, None, "low")


@pytest.mark.parametrize("name", ["comp", "openai/gpt-image-2"])
@pytest.mark.parametrize("template", ["packshot", "product-hero", "seasonal-banner"])
def test_a_preview_has_the_ratio_of_its_final_and_fewer_pixels(name: str, template: str) -> None:
    season = {"season": "autumn"} if template == "seasonal-banner" else {}
    words, maker = prompt(template, **season), model(name)
    final = final_size(words, maker)
    small = preview_size(words, maker, maker)
    assert Fraction(*small) == Fraction(*final)
    assert small[0] * small[1] <= final[0] * final[1]


def shoot(
    wanted: Order, provider: Comp, ready: dict[str, object] | None = None
) -> tuple[list[Shot], list[Shot | Failure]]:
    seen: list[Shot | Failure] = []

    async def go() -> list[Shot]:
        client = Client(Path(".promptkit"), lambda _: provider)
        desk = Desk(
            client,
            RunFolder(Path("runs")),
            lambda _: "",
            (ready or {"comp": 1}).__getitem__,
            lambda: Rewriter.of(None, lambda: client),
        )
        record = new_record(wanted, brief(), (), datetime(2026, 1, 31, 10, 15, tzinfo=UTC))
        assert record.id.startswith("20260131-101500-packshot-hearth-and-ply-")
        try:
            return await desk.shoot(record, wanted, seen.append)
        finally:
            await client.aclose()

    return asyncio.run(go()), seen


def test_the_desk_tells_of_each_picture_and_keeps_those_that_came() -> None:
    shots, seen = shoot(made(prompt(), model()), Comp(answers=["timeout", "ok"]))
    assert len(shots) == 1
    assert {type(item) for item in seen} == {Shot, Failure}
    (name,) = RunFolder(Path("runs")).ids()
    record = RunFolder(Path("runs")).read(name)
    assert record.shots == shots
    assert [failure.error for failure in record.failures] == ["InDoubtError"]
    assert (Path("runs") / name / shots[0].file).is_file()


def test_the_desk_asks_nobody_who_is_not_ready() -> None:
    provider = Comp()
    with pytest.raises(KeyError):
        shoot(made(prompt(), model()), provider, ready={"other": 1})
    assert provider.calls == []


def test_a_fault_of_the_input_within_a_take_is_said_without_its_arrow() -> None:
    class Late:
        async def generate(self, request: ImageRequest) -> Answer:
            raise BriefError("this cannot be drawn", fix="say it another way")

        async def aclose(self) -> None:
            """Do nothing."""

    seen: list[Shot | Failure] = []

    async def go() -> None:
        async with AsyncKit(providers={"comp": Late()}) as late:
            with pytest.raises(BriefError):
                await late.preview(
                    late.compose("packshot", "tidewell", {"product": "can"}),
                    n=1,
                    progress=seen.append,
                )

    asyncio.run(go())
    (failure,) = seen
    assert isinstance(failure, Failure)
    assert (failure.message, failure.fix) == ("this cannot be drawn", "say it another way")


def test_the_gravest_failure_is_raised() -> None:
    with pytest.raises(InDoubtError):
        shoot(made(prompt(), model()), Comp(answers=["timeout", "quota"]))


def test_providers_are_made_once_and_given_ones_are_used_as_they_are() -> None:
    settings = {
        "comp": ProviderSettings(type="comp", dialect="comp"),
        "far": ProviderSettings(dialect="openai", base_url="https://far.example/v1"),
    }
    own = Comp()
    assert Providers(settings, {"comp": own}).get("comp") is own
    providers = Providers(settings)
    assert providers.get("comp") is providers.get("comp")
    assert providers.address("far") == "https://far.example/v1"
    assert set(providers.limits()) == {"comp", "far"}
    with pytest.raises(SettingsError, match="key_env"):
        providers.get("far")
    asyncio.run(providers.aclose())
