"""What a finished file says of itself: notes in, notes out, and never another pixel."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from importlib.metadata import PackageNotFoundError
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, IptcImagePlugin

from promptkit import InputError, Kit
from promptkit.brand.content import Disclosure
from promptkit.errors import BriefError
from promptkit.picture.marks import (
    Notes,
    fields,
    iim,
    jpeg,
    marked,
    media_type_of,
    notes_of,
    told,
)
from promptkit.picture.marks.notes import tool
from promptkit.picture.marks.sources import Source
from promptkit.picture.marks.xmp import packet, values_of
from promptkit.workflow.run import Record, RunBrand, RunTemplate, Shot

GOLDEN = Path(__file__).parent / "marks" / "packet.xmp"
NOTES = Notes(
    source="compositeWithTrainedAlgorithmicMedia",
    title="Tidewell, packshot",
    alt="A slim can & a “cold” one <on> harbour steps – ça va.",
    creator="Tidewell",
    credit="Image made with AI · Tidewell",
    instructions="Show “Image made with AI” with the picture: always.",
    system="openai/gpt-image-2",
    version="2026-04",
    created="2026-11-22T14:12:36.339+00:00",
)


def fields_of(data: bytes) -> dict[str, str]:
    return {name: "; ".join(values) for name, values in values_of(data).items()}


KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "png": ("PNG", "image/png", {}),
    "jpeg": ("JPEG", "image/jpeg", {"quality": 90}),
    "webp": ("WEBP", "image/webp", {}),
    "webp, lossless": ("WEBP", "image/webp", {"lossless": True}),
    "avif": ("AVIF", "image/avif", {}),
}
kinds = pytest.mark.parametrize("kind", KINDS)
EARLIER = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>launch in May</secret></x:xmpmeta>'


def drawn(kind: str, mode: str = "RGB", **more: Any) -> tuple[bytes, str]:
    form, media_type, how = KINDS[kind]
    picture = Image.linear_gradient("L").resize((65, 47)).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.radial_gradient("L").resize((65, 47)))
    buffer = BytesIO()
    picture.save(buffer, form, **how, **more)
    return buffer.getvalue(), media_type


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(BytesIO(data)) as picture:
        return picture.mode, picture.size, picture.tobytes()


@kinds
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_notes_come_back_and_no_pixel_changes(kind: str, mode: str) -> None:
    if (kind, mode) == ("jpeg", "RGBA"):
        mode = "L"
    data, media_type = drawn(kind, mode)
    made = marked(data, media_type, NOTES)
    assert pixels(made) == pixels(data)
    found = {name: text for name, text in fields(made, media_type).items() if "IIM" not in name}
    assert found == fields_of(packet(NOTES))
    assert media_type_of(made) == media_type


@kinds
def test_an_independent_reader_finds_the_packet(kind: str) -> None:
    data, media_type = drawn(kind)
    with Image.open(BytesIO(marked(data, media_type, NOTES))) as picture:
        read = picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"].encode()
    assert read == packet(NOTES)


@kinds
def test_earlier_notes_are_replaced_and_nothing_of_them_stays(kind: str) -> None:
    data, media_type = drawn(kind, xmp=EARLIER)
    if kind == "png":  # Pillow writes no packet of its own there
        data = marked(data, media_type, Notes(prompt="launch in May"))
    assert b"launch in May" in data
    made = marked(marked(data, media_type, NOTES), media_type, NOTES)
    assert b"launch in May" not in made
    assert pixels(made) == pixels(data)
    assert fields(made, media_type)["dc:title"] == NOTES.title


@kinds
def test_profiles_and_exif_stay(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    data, media_type = drawn(kind, exif=exif, icc_profile=b"not a profile, but kept")
    with Image.open(BytesIO(marked(data, media_type, NOTES))) as picture:
        assert picture.info["icc_profile"] == b"not a profile, but kept"
        assert picture.getexif()[0x010E] == "a description"


def test_the_packet_is_as_it_was_agreed() -> None:
    told = packet(NOTES).decode().replace(" ".join(tool()), "promptkit VERSION")
    assert told == GOLDEN.read_text(encoding="utf-8")


def test_a_jpeg_has_the_older_records_too() -> None:
    data, media_type = drawn("jpeg")
    with Image.open(BytesIO(marked(data, media_type, NOTES))) as picture:
        assert isinstance(picture, Image.Image)
        found = IptcImagePlugin.getiptcinfo(picture)
    assert found is not None
    assert found[(1, 90)] == b"\x1b%G"
    assert found[(2, 5)] == NOTES.title.encode()
    assert found[(2, 110)] == NOTES.credit.encode()


def test_older_records_are_cut_at_their_limits_between_letters() -> None:
    data, media_type = drawn("jpeg")
    made = marked(data, media_type, Notes(credit="é" * 17, instructions="i" * 300))
    found = fields(made, media_type)
    assert found["IIM:Credit"] == "é" * 16
    assert found["IIM:SpecialInstructions"] == "i" * 256
    assert found["photoshop:Credit"] == "é" * 17


def test_only_what_is_known_is_said() -> None:
    found = fields_of(packet(Notes()))
    assert set(found) == {"Iptc4xmpExt:DigitalSourceType", "xmp:CreatorTool"}


def test_a_program_s_picture_names_no_ai_system() -> None:
    found = fields_of(packet(Notes(source="algorithmicMedia", system="comp", prompt="a can")))
    assert not [name for name in found if "AI" in name]
    assert found["Iptc4xmpExt:DigitalSourceType"].endswith("/algorithmicMedia")


@given(st.text(max_size=400))
def test_any_text_comes_back(text: str) -> None:
    said = fields_of(packet(Notes(alt=text))).get("Iptc4xmpCore:AltTextAccessibility", "")
    # White space is one space, and what XML cannot hold becomes one.
    assert said == " ".join(re.sub("[\x00-\x1f\ufffe\uffff\ud800-\udfff]", " ", text).split())


def test_the_longest_notes_fit_into_a_jpeg() -> None:
    data, media_type = drawn("jpeg")
    names = ("title", "alt", "creator", "credit", "instructions", "system", "prompt", "writer")
    texts: dict[str, Any] = dict.fromkeys(names, "&" * 9_000)
    long = replace(NOTES, **texts)
    made = marked(data, media_type, long)
    assert fields(made, media_type)["Iptc4xmpExt:AIPromptInformation"].endswith("…")


def rules(data: bytes, media_type: str) -> set[str]:
    """Return how writing and reading end: an error that is not ours is a crash."""
    found = set()
    works: tuple[Callable[[], object], ...] = (
        lambda: marked(data, media_type, NOTES),
        lambda: fields(data, media_type),
    )
    for work in works:
        try:
            work()
        except InputError as error:
            found.add(error.findings[0].rule)
    return found


@kinds
def test_a_file_that_is_cut_short_is_no_crash(kind: str) -> None:
    whole, media_type = drawn(kind)
    made = marked(whole, media_type, NOTES)
    for data in (whole, made):
        for end in range(12, min(len(data), 900), 7):
            assert rules(data[:end], media_type) <= {"unreadable-picture", "unreadable-notes"}


@kinds
@given(data=st.data())
def test_bytes_that_make_no_sense_are_no_crash(kind: str, data: st.DataObject) -> None:
    whole, media_type = drawn(kind)
    broken = bytearray(marked(whole, media_type, NOTES))
    places = st.integers(0, min(len(broken), 700) - 1)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(places)] = data.draw(st.integers(0, 255))
    assert rules(bytes(broken), media_type) <= {"unreadable-picture", "unreadable-notes"}


def test_other_files_are_refused() -> None:
    with pytest.raises(BriefError, match="take a PNG, JPEG, WebP or AVIF") as caught:
        marked(b"GIF89a", "image/gif", NOTES)
    assert caught.value.findings[0].rule == "mark-type"
    with pytest.raises(BriefError, match="such a file"):
        fields(b"GIF89a", media_type_of(b"GIF89a"))


def test_an_avif_that_moves_takes_none() -> None:
    buffer = BytesIO()
    frames = [Image.new("RGB", (32, 32), shade) for shade in ("red", "blue")]
    frames[0].save(buffer, "AVIF", save_all=True, append_images=frames[1:])
    with pytest.raises(BriefError, match="moves"):
        marked(buffer.getvalue(), "image/avif", NOTES)


@pytest.mark.parametrize(
    "said",
    [
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>",
        "<!DOCTYPE x><x/>".encode("utf-16"),
        b"<x>",
        b"",
        b"x" * 1_000_001,
    ],
)
def test_what_is_no_packet_is_not_read(said: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        fields_of(said)


def test_packets_of_other_tools_are_read() -> None:
    said = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
      xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmlns:my="http://my.example/"
        xmpRights:Marked="True">
        <dc:subject><rdf:Bag><rdf:li>can</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
        <dc:title><rdf:Alt><rdf:li xml:lang="de">Dose</rdf:li>
          <rdf:li xml:lang="x-default">Can</rdf:li></rdf:Alt></dc:title>
        <my:link rdf:resource="http://my.example/1"/>
        <my:empty/>
      </rdf:Description></rdf:RDF></x:xmpmeta>"""
    assert fields_of(said) == {
        "xmpRights:Marked": "True",
        "dc:subject": "can; sea",
        "dc:title": "Can",
        "http://my.example/:link": "http://my.example/1",
    }


def shot(**more: Any) -> Shot:
    given = {
        "tier": "final",
        "take": 2,
        "file": "final-2.png",
        "digest": "d",
        "sha256": "s",
        "model": "openai/gpt-image-2",
        "quality": "high",
        "size": (1536, 1024),
        "cost_usd": Decimal("0.1"),
        "cached": False,
        "prompt": "Subject: a can.",
        "alt": "A can.",
    }
    return Shot.model_validate(given | more)


RECORD = Record(
    id="r",
    created="2026-11-22T14:12:36.339+00:00",
    look="",
    aspect="3:2",
    brand=RunBrand(id="tidewell", name="Tidewell", version=3, digest="b"),
    template=RunTemplate(name="packshot", digest="t"),
)
LABEL = Disclosure(label="Image made with AI", when="always")


@pytest.mark.parametrize(
    ("by_model", "laid_over", "source"),
    [
        (True, False, "trainedAlgorithmicMedia"),
        (True, True, "compositeWithTrainedAlgorithmicMedia"),
        (False, False, "algorithmicMedia"),
        (False, True, "algorithmicMedia"),
    ],
)
def test_notes_say_how_a_picture_came_about(
    by_model: bool, laid_over: bool, source: Source
) -> None:
    assert notes_of(RECORD, shot(by_model=by_model), laid_over=laid_over).source == source


def test_the_brand_s_label_goes_into_credit_and_instructions() -> None:
    notes = notes_of(RECORD, shot(), LABEL)
    assert notes.credit == "Image made with AI · Tidewell"
    assert notes.instructions == "Show “Image made with AI” with the picture: always."
    assert notes_of(RECORD, shot()).credit == "Tidewell"


def test_a_program_s_sketch_is_not_labelled_as_made_with_ai() -> None:
    notes = notes_of(RECORD, shot(by_model=False), LABEL)
    assert (notes.credit, notes.instructions) == ("Tidewell", "")


def test_the_prompt_is_told_only_when_somebody_wants_that() -> None:
    assert notes_of(RECORD, shot(), LABEL).prompt == ""
    assert notes_of(RECORD, shot(rewritten_by="r"), LABEL, prompt=True).prompt == "Subject: a can."
    assert notes_of(RECORD, shot(rewritten_by="r"), prompt=True).writer == "r"


def test_a_person_s_words_replace_the_proposed_ones() -> None:
    assert notes_of(RECORD, shot()).alt == "A can."
    assert notes_of(RECORD, shot(), alt="A cold can.").alt == "A cold can."


def test_of_an_older_record_a_comp_is_no_model_s() -> None:
    def older(model: str) -> Shot:
        told = shot(model=model).model_dump(mode="json")
        del told["by_model"]
        return Shot.model_validate(told)

    assert not older("comp").by_model
    assert older("openai/gpt-image-2").by_model
    assert shot(model="comp", by_model=True).by_model


def test_runs_note_alt_text_and_that_a_comp_is_no_model_s() -> None:
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", {"product": "slim can"})
        (image,) = kit.preview(prompt, n=1).images
    assert image.shot.alt.startswith("A slim can")
    assert not image.shot.by_model


# Files as other programs write them


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def avif_with_notes_within_its_tables(packet: bytes) -> bytes:
    """Return an AVIF whose notes lie in the box ``idat`` and whose pixels have a wide item."""
    entries = [
        box(b"infe", b"\2\0\0\0\0\1\0\0av01\0"),
        box(b"infe", b"\3\0\0\0\0\0\0\2\0\0mimeXMP\0application/rdf+xml\0"),
    ]
    tables = [
        box(b"pitm", bytes(4) + b"\0\1"),
        box(b"iinf", b"\1\0\0\0" + len(entries).to_bytes(4, "big") + b"".join(entries)),
        box(
            b"iloc",
            b"\1\0\0\0\x44\0\0\2"
            + b"\0\1\0\1\0\0\0\1"
            + len(packet).to_bytes(4, "big")
            + b"\0\0\0\4"
            + b"\0\2\0\1\0\0\0\1"
            + bytes(4)
            + len(packet).to_bytes(4, "big"),
        ),
        box(b"idat", packet + b"PIXE"),
    ]
    meta = box(b"meta", bytes(4) + b"".join(tables))
    wide = (1).to_bytes(4, "big") + b"free" + (20).to_bytes(8, "big") + b"room"
    last = bytes(4) + b"mdat" + b"to the end"
    return box(b"ftyp", b"avif\0\0\0\0avif") + meta + wide + last


def test_an_avif_s_notes_may_lie_within_its_tables() -> None:
    data = avif_with_notes_within_its_tables(packet(Notes(prompt="launch in May")))
    assert media_type_of(data) == "image/avif"
    assert "launch in May" in fields(data, "image/avif").values()
    made = marked(data, "image/avif", NOTES)
    assert fields(made, "image/avif")["dc:title"] == NOTES.title
    assert b"launch in May" not in made
    assert b"PIXE" in made
    assert b"to the end" in made


def located(*items: bytes, sizes: int = 0x4400, before: bytes = b"") -> bytes:
    """Return an AVIF whose table of locations holds items as they are given."""
    entry = box(b"infe", b"\2\0\0\0\0\1\0\0mimeXMP\0application/rdf+xml\0")
    count = len(items).to_bytes(2, "big")
    tables = [
        box(b"pitm", bytes(4) + b"\0\1"),
        box(b"iinf", bytes(4) + b"\0\1" + entry),
        box(b"iloc", b"\1\0\0\0" + sizes.to_bytes(2, "big") + count + b"".join(items)),
    ]
    start = box(b"ftyp", b"avif\0\0\0\0avif") + before
    return start + box(b"meta", bytes(4) + b"".join(tables))


AVIF_BOMBS = {
    # 65,535 pieces that take no room in the table, a thousand times.
    "pieces of nothing": located(*[b"\0\1" + bytes(4) + b"\xff\xff"] * 1_000, sizes=0),
    # All of the file, again and again.
    "the same bytes": located(
        b"\0\1" + bytes(4) + b"\x13\x88" + (bytes(4) + b"\0\0\x75\x30") * 5_000
    ),
    "boxes without end": located(before=box(b"free", b"") * 100_000),
    "a length of 64 bits": located(before=b"\0\0\0\1free" + b"\xff" * 8),
    "no room for its head": located(before=b"\0\0\0\7free"),
    "pieces that never end": located(b"\0\1" + bytes(4) + b"\xff\xff"),
}


@pytest.mark.parametrize("name", AVIF_BOMBS)
def test_an_avif_s_tables_ask_for_no_more_than_it_has(name: str) -> None:
    start = time.process_time()
    assert told(AVIF_BOMBS[name], "image/avif").unread
    with pytest.raises(BriefError, match="cannot be written: the AVIF"):
        marked(AVIF_BOMBS[name], "image/avif", NOTES)
    assert time.process_time() - start < 1


def test_what_stands_behind_a_webp_is_no_part_of_it() -> None:
    data, media_type = drawn("webp")
    behind = data + b"XMP " + len(EARLIER).to_bytes(4, "little") + EARLIER
    assert told(behind, media_type) == ({}, ())
    assert b"launch in May" not in marked(behind, media_type, NOTES)


def test_exif_of_an_avif_that_lies_nowhere_hides_no_notes() -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ana Silva"
    data, media_type = drawn("avif", exif=exif)
    made = marked(data, media_type, NOTES)
    assert told(made, media_type).values["EXIF:Artist"] == ("Ana Silva",)
    tables = made.index(b"iloc")
    item = made.index(b"\0\2\0\0\0\0\0\1", tables)  # the second of them: EXIF
    broken = made[: item + 12] + b"\xff\xff\xff\xff" + made[item + 16 :]
    found = told(broken, media_type)
    assert found.values["dc:title"] == (NOTES.title,)
    assert found.unread == (
        "what the picture says of itself cannot be read: the EXIF data are damaged",
    )


def test_an_avif_whose_main_item_has_a_wide_number_is_not_referred_to() -> None:
    data, media_type = drawn("avif")
    made = marked(data.replace(b"pitm\0", b"pitm\1"), media_type, NOTES)
    assert fields(made, media_type)["dc:title"] == NOTES.title
    assert b"cdsc" not in made


def test_a_webp_without_a_picture_takes_no_notes() -> None:
    data = b"RIFF" + (16).to_bytes(4, "little") + b"WEBPALPH" + (4).to_bytes(4, "little") + bytes(4)
    with pytest.raises(BriefError, match="has no picture"):
        marked(data, "image/webp", NOTES)


def test_an_avif_without_tables_is_refused() -> None:
    with pytest.raises(BriefError, match="no tables"):
        marked(box(b"ftyp", b"avif\0\0\0\0avif"), "image/avif", NOTES)
    assert fields(box(b"ftyp", b"avif\0\0\0\0avif"), "image/avif") == {}


@pytest.mark.parametrize("place", [b"\0\2\0\0", b"\0\0\0\1"])
def test_an_avif_in_pieces_elsewhere_is_refused(place: bytes) -> None:
    data = avif_with_notes_within_its_tables(packet(NOTES))
    with pytest.raises(BriefError, match="several files or items"):
        marked(data.replace(b"\0\1\0\1\0\0\0\1", b"\0\1" + place + b"\0\1"), "image/avif", NOTES)


def test_fill_bytes_before_a_segment_are_skipped() -> None:
    data, media_type = drawn("jpeg")
    filled = data[:2] + b"\xff\xff\xff" + data[2:]
    assert pixels(marked(filled, media_type, NOTES)) == pixels(data)


def test_a_segment_that_is_too_long_is_refused() -> None:
    data, _ = drawn("jpeg")
    with pytest.raises(ValueError, match="too long for a JPEG"):
        jpeg.with_notes(data, b"x" * 70_000, b"")


def test_what_was_too_long_for_one_segment_goes_too() -> None:
    data, media_type = drawn("jpeg")
    more = b"http://ns.adobe.com/xmp/extension/\0launch in May"
    long = data[:2] + b"\xff\xe1" + (len(more) + 2).to_bytes(2, "big") + more + data[2:]
    assert b"launch in May" not in marked(long, media_type, NOTES)


def test_a_segment_of_another_kind_holds_no_records() -> None:
    assert iim.values_of(b"Photoshop 3.0\x008BIM\x04\x0f\0\0") == {}


def test_from_a_folder_that_was_never_installed_the_tool_has_no_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr("importlib.metadata.version", missing)
    assert tool.__wrapped__() == ("promptkit", "0")
