from __future__ import annotations

import io
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from promptkit.client.job import Job
from promptkit.client.request import Answer, ImageRequest, Picture, Reference, Usage, sniff
from promptkit.errors import BriefError
from promptkit.model.card import Card
from promptkit.model.catalog import dialect_cards

FLARE = dialect_cards("openai")["gpt-image-2.5-flare"]


def a_request(**changes: Any) -> ImageRequest:
    plain = ImageRequest(
        provider="openai",
        endpoint="https://api.openai.com/v1",
        model="gpt-image-2.5-flare",
        operation="generate",
        prompt="A slim 330 ml can on pale sand – “Sea”",
        size=(1024, 640),
        quality="low",
        native={"negative_prompt": "people"},
    )
    return replace(plain, **changes)


def a_picture(kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (11, 110, 153)).save(file, kind)
    return file.getvalue()


def a_reference(role: str = "product", data: bytes = b"\x89PNG\r\n\x1a\n1") -> Reference:
    return Reference(role, data, "image/png", "can.png")


# What a digest is made of


def test_the_digest_is_frozen() -> None:
    """Should this fail, every picture that was ever paid for would be paid for again.

    Change the figure only together with `DIGEST_VERSION`.
    """
    assert a_request().digest == FROZEN
    everything = a_request(
        operation="edit",
        output_format="webp",
        background="transparent",
        references=(a_reference("preview"), a_reference("style", b"\xff\xd8\xff2")),
        mask=a_reference("mask", b"\x89PNG\r\n\x1a\n3"),
        take=3,
        tenant="north",
    )
    assert everything.digest == FROZEN_WITH_EVERYTHING


FROZEN = "5406be64e3d22799315150dcff1512ecead901f7d1261aa7d9c8a44fc4e7a508"
FROZEN_WITH_EVERYTHING = "ccb8c3f28ebcc837e0b152e151b1660953aea5864df328c77f6ffaa136b3fe23"

CHANGES: list[dict[str, Any]] = [
    {"provider": "transit"},
    {"endpoint": "https://transit.example/v1"},
    {"model": "gpt-image-2"},
    {"operation": "edit"},
    {"prompt": "A slim 330 ml can on pale sand – “sea”"},
    {"size": (640, 1024)},
    {"quality": "medium"},
    {"output_format": "webp"},
    {"background": "transparent"},
    {"native": {"negative_prompt": "People"}},
    {"native": {"negative": "people"}},
    {"native": {"negative_prompt": "people", "seed": 7}},
    {"references": (a_reference(),)},
    {"references": (a_reference("style"),)},
    {"references": (a_reference(data=b"\x89PNG\r\n\x1a\n2"),)},
    {"references": (a_reference("a"), a_reference("b"))},
    {"references": (a_reference("b"), a_reference("a"))},
    {"mask": a_reference("mask")},
    {"take": 2},
    {"tenant": "north"},
]


def test_whatever_changes_the_picture_changes_the_digest() -> None:
    digests = [a_request(**change).digest for change in CHANGES]
    assert len({a_request().digest, *digests}) == len(CHANGES) + 1


def test_every_field_of_a_request_is_among_those_changes() -> None:
    assert {name for change in CHANGES for name in change} == {
        field.name for field in fields(ImageRequest)
    }


def test_what_leaves_the_picture_as_it_is_leaves_the_digest_as_it_is() -> None:
    """Neither key, user nor time limits are even known to a request; nor do names of files tell."""
    renamed = Reference("product", a_reference().data, "image/png", "another-name.png")
    one, other = a_request(references=(a_reference(),)), a_request(references=(renamed,))
    assert one.digest == other.digest
    turned = a_request(native={"b": 1, "a": 2})
    assert turned.digest == a_request(native={"a": 2, "b": 1}).digest


# Pictures that go along


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_a_reference_is_read_with_the_type_that_its_bytes_show(
    tmp_path: Path, kind: str, media_type: str
) -> None:
    path = tmp_path / "misnamed.dat"
    path.write_bytes(a_picture(kind))
    reference = Reference.read(path, "product")
    assert (reference.media_type, reference.name) == (media_type, "misnamed.dat")
    assert reference.data == a_picture(kind)


def test_a_reference_that_is_missing_or_no_picture_says_so(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match=r"cannot read the product picture .*can\.png"):
        Reference.read(tmp_path / "can.png", "product")
    (tmp_path / "can.gif").write_bytes(b"GIF89a")
    with pytest.raises(BriefError, match="is not a PNG, JPEG or WebP file") as caught:
        Reference.read(tmp_path / "can.gif", "product")
    assert caught.value.findings[0].fix


def test_bytes_that_only_begin_like_a_picture_have_no_type() -> None:
    assert [sniff(data) for data in (b"", b"RIFF0000WAVE", b"\x89PNG", b"<svg/>")] == [None] * 4


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("image/png", ".png"),
        ("image/jpeg", ".jpg"),
        ("image/webp", ".webp"),
        ("image/gif", ".bin"),
    ],
)
def test_a_picture_knows_its_ending(tmp_path: Path, media_type: str, suffix: str) -> None:
    picture = Picture(
        "d", "s", tmp_path, media_type, 1, (8, 6), "openai/m", "low", Decimal(0), cached=False
    )
    assert picture.suffix == suffix


# What a job costs


def test_counted_tokens_are_charged_to_the_billionth() -> None:
    """23 text, 1 500 image and 196 output tokens at $5, $8 and $30 the million."""
    answer = Answer(b"", "image/png", Usage(text_in=23, image_in=1500, out=196))
    cost, estimated = Job(a_request(), FLARE).cost(answer)
    assert cost == (23 * Decimal(5) + 1500 * Decimal(8) + 196 * Decimal(30)) / 1_000_000
    assert (str(cost), estimated) == ("0.017995", False)


def a_card(**price: Any) -> Card:
    return FLARE.model_copy(update={"price": FLARE.price.model_copy(update=price)})


def test_what_is_not_counted_is_estimated() -> None:
    """Also with a price that is sure: how many tokens there were is still a guess."""
    answer = Answer(b"", "image/png")
    job = Job(a_request(), a_card(estimate=False))
    cost, estimated = job.cost(answer)
    assert estimated
    assert Decimal(0) < cost == job.bound / FLARE.price.headroom


def test_a_fixed_price_per_picture_is_no_estimate() -> None:
    card = a_card(per_image={"low": Decimal("0.011")}, estimate=False)
    counted = Answer(b"", "image/png", Usage(1, 1, 1))
    assert Job(a_request(), card).cost(counted) == (Decimal("0.011"), False)
    assert Job(a_request(), a_card(per_image={"low": Decimal(1)})).cost(counted) == (
        Decimal(1),
        True,
    )


def test_what_is_free_costs_nothing_however_much_it_counts() -> None:
    job = Job(a_request(), a_card(free=True))
    assert job.cost(Answer(b"", "image/png", Usage(1, 1, 10**6))) == (Decimal(0), False)
    assert job.bound == 0
