"""A photograph's own rights go into what is made from it; nothing private does."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from promptkit import Kit
from promptkit.cli.app import app
from promptkit.picture.marks import Notes, Rights, exif, iim, marked, told, xmp
from promptkit.picture.marks.rights import Licensor
from promptkit.picture.marks.sources import WORDS, Source, by_model, said, word_of

BRAND = """\
name: Tidewell
colors: {primary: "#0B6E99", accent: "#F0593E", background: "#F4E9D8"}
style: soft daylight
content: {ai_disclosure: {label: Made with AI, when: never}}
channels:
  jpeg: 640x480
  png: {size: 640x480, format: png}
  webp: {size: 640x480, format: webp}
  avif: {size: 640x480, format: avif}
"""
RIGHTS = Rights(
    creators=("Ana Silva", "Ben Ode"),
    notice="© 2025 Ana Silva & Harbour Agency",
    credit="Ana Silva / Harbour Agency",
    source="Harbour Agency",
    owners=("Ana Silva", "Silva & Daughters"),
    licensors=(
        Licensor("Harbour Agency", "https://harbour.example/buy?id=7&size=xl"),
        Licensor("Quay Pictures"),
        Licensor("", "https://pier.example/"),
    ),
    terms="For Tidewell's campaign of 2026 only. <No resale>",
    instructions="Not for news.",
    statement="https://harbour.example/licence",
    licence="https://creativecommons.org/licenses/by-nc/4.0/",
    marked="True",
    mining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED",
)
FORMS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/avif": "AVIF"}
#: What nobody gets to know, as cameras and programs write it.
PRIVATE = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
  xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
  xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"
  xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
  aux:SerialNumber="CANARY-serial" exif:GPSLatitude="CANARY-north" photoshop:City="CANARY-city"
  xmpMM:DocumentID="CANARY-id">
  <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© 2025 Ana Silva</rdf:li></rdf:Alt></dc:rights>
  <dc:description>CANARY-description</dc:description>
  <ext:PersonInImage><rdf:Bag><rdf:li>CANARY-person</rdf:li></rdf:Bag></ext:PersonInImage>
  <plus:Licensor><rdf:Seq><rdf:li rdf:parseType="Resource">
    <plus:LicensorURL>https://harbour.example/buy</plus:LicensorURL>
    <plus:LicensorEmail>CANARY-mail@harbour.example</plus:LicensorEmail>
    <plus:LicensorTelephone1>CANARY-telephone</plus:LicensorTelephone1>
  </rdf:li></rdf:Seq></plus:Licensor>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def drawn(media_type: str = "image/jpeg", **more: object) -> bytes:
    buffer = BytesIO()
    picture = Image.linear_gradient("L").resize((800, 600)).convert("RGB")
    picture.save(buffer, FORMS[media_type], **more)
    return buffer.getvalue()


def camera_data() -> Image.Exif:
    found = Image.Exif()
    found[0x013B] = "Ana Silva; Ben Ode"
    found[0x8298] = "(c) Ana Silva\0(c) Harbour Agency"
    found[0x010F] = "CANARY-camera"
    found[0x0131] = "CANARY-software"
    found.get_ifd(0x8769)[0xA431] = "CANARY-body"
    found.get_ifd(0x8825)[1] = "N"
    found.get_ifd(0x8825)[29] = "CANARY-day"
    return found


def finished(name: str, data: bytes, channel: str = "jpeg", **wish: object) -> tuple[bytes, str]:
    Path("brand_profiles").mkdir(exist_ok=True)
    Path("brand_profiles/own.yaml").write_text(BRAND, encoding="utf-8")
    Path(name).write_bytes(data)
    with Kit() as kit:
        (file,) = kit.finish(name, [channel], brand="own", **wish)  # type: ignore[arg-type]
    return file.path.read_bytes(), f"image/{channel}"


@pytest.mark.parametrize("channel", ["jpeg", "png", "webp", "avif"])
def test_they_go_from_one_file_into_the_next(channel: str) -> None:
    photo = marked(drawn(), "image/jpeg", Notes(source="", rights=RIGHTS))
    data, media_type = finished("photo.jpg", photo, channel)
    found = told(data, media_type)
    assert found.rights == RIGHTS
    assert "Iptc4xmpExt:DigitalSourceType" not in found.values


@pytest.mark.parametrize("media_type", FORMS)
def test_those_in_exif_are_not_lost_without_xmp(media_type: str) -> None:
    photo = drawn(media_type, exif=camera_data())
    data, kind = finished("photo.bin", photo)
    assert told(data, kind).rights == Rights(
        creators=("Ana Silva", "Ben Ode"), notice="(c) Ana Silva; (c) Harbour Agency"
    )
    assert b"CANARY" not in data


def test_nothing_private_goes_along() -> None:
    photo = drawn(exif=camera_data(), xmp=PRIVATE)
    assert b"CANARY-serial" in photo
    data, kind = finished("photo.jpg", photo)
    assert b"CANARY" not in data
    rights = told(data, kind).rights
    assert rights.notice == "© 2025 Ana Silva"
    assert rights.licensors == (Licensor("", "https://harbour.example/buy"),)
    assert rights.creators == ("Ana Silva", "Ben Ode")


def test_the_older_records_count_where_there_is_no_xmp() -> None:
    records = iim.records(Notes(source="", rights=RIGHTS))
    data = drawn()
    segment = b"\xff\xed" + (len(records) + 2).to_bytes(2, "big") + records
    made, kind = finished("photo.jpg", data[:2] + segment + data[2:])
    rights = told(made, kind).rights
    assert rights.creators == RIGHTS.creators
    assert rights.notice == RIGHTS.notice
    assert rights.credit == RIGHTS.credit
    assert rights.instructions == RIGHTS.instructions


SOURCE = "Iptc4xmpExt:DigitalSourceType"


@pytest.mark.parametrize("by_model", [None, True])
def test_a_photograph_that_ai_had_a_part_in_stays_its_photographer_s(by_model: bool | None) -> None:
    source: Source = "" if by_model else "compositeWithTrainedAlgorithmicMedia"
    photo = marked(drawn(), "image/jpeg", Notes(source=source, rights=RIGHTS))
    data, kind = finished("photo.jpg", photo, by_model=by_model)
    found = told(data, kind)
    assert found.rights == replace(RIGHTS, credit=f"Made with AI · {RIGHTS.credit}")
    assert found.fields[SOURCE].rpartition("/")[2] == source or "trainedAlgorithmicMedia"


def test_a_notice_alone_makes_the_brand_no_creator() -> None:
    photo = marked(drawn(), "image/jpeg", Notes(rights=Rights(notice="© 2025 Ana Silva")))
    found = told(*finished("photo.jpg", photo))
    assert "dc:creator" not in found.values
    assert found.fields["photoshop:Credit"] == "Made with AI"


def test_a_label_that_is_told_already_is_not_told_twice() -> None:
    photo = marked(drawn(), "image/jpeg", Notes(rights=Rights(credit="Made with AI · Ana")))
    assert told(*finished("photo.jpg", photo)).rights.credit == "Made with AI · Ana"


def test_a_model_s_picture_without_rights_is_the_brand_s() -> None:
    found = told(*finished("drawn.jpg", drawn(), by_model=True))
    assert found.values["dc:creator"] == ("Tidewell",)
    assert found.fields["photoshop:Credit"] == "Made with AI · Tidewell"


def test_a_file_that_says_that_it_is_made_with_ai_goes_on_saying_so() -> None:
    photo = marked(drawn(), "image/jpeg", Notes(source="trainedAlgorithmicMedia"))
    data, kind = finished("photo.jpg", photo, by_model=False)
    assert told(data, kind).fields[SOURCE].endswith("rainedAlgorithmicMedia")
    with Kit() as kit:
        (file,) = kit.finish("photo.jpg", ["jpeg"], brand="own", by_model=False, out="again")
    (check,) = [check for check in file.audit.failed if check.severity == "must"]
    assert (check.rule, check.hint.partition(";")[0]) == ("source-says-ai", "leave --no-ai out")
    assert file.path.stem.endswith("-unfit")


def test_nobody_asks_to_call_a_photograph_one() -> None:
    photo = marked(drawn(), "image/jpeg", Notes(source="algorithmicMedia"))
    data, kind = finished("photo.jpg", photo, by_model=False)
    assert SOURCE not in told(data, kind).values


def test_terms_are_told_once_and_in_short() -> None:
    rights = Rights(terms="No use after 2025. " * 40, instructions="Editorial use only.")
    finished("photo.jpg", marked(drawn(), "image/jpeg", Notes(source="", rights=rights)))
    every = ["--brand", "own", "--all", "--out", "all", "--no-ai"]
    done = CliRunner().invoke(app, ["finish", "photo.jpg", *every])
    said = " ".join(done.output.split())
    assert said.count("its usage terms say: No use after 2025.") == 1
    assert said.count("Editorial use only.") == 1
    assert said.count("No use after 2025.") < 20
    assert done.exit_code == 0
    short = Rights(instructions="Editorial use only.")
    finished("other.jpg", marked(drawn(), "image/jpeg", Notes(source="", rights=short)))
    done = CliRunner().invoke(app, ["finish", "other.jpg", *every])
    assert "its usage terms say: Editorial use only." in done.output


@pytest.mark.parametrize(
    ("said", "rights"),
    [
        (
            {"tiff:Artist": ("Ana",), "tiff:Copyright": ("© Ana",), "EXIF:Artist": ("Ben",)},
            Rights(creators=("Ana",), notice="© Ana"),
        ),
        ({"xmpRights:Owner": ("Ana", "Ben")}, Rights(owners=("Ana", "Ben"))),
        (
            {"plus:CopyrightOwnerName": ("", "Ana"), "xmpRights:Owner": ("Ben",)},
            Rights(owners=("Ana",)),
        ),
        (
            {"cc:license": ("https://a.example/",)},
            Rights(statement="https://a.example/", licence="https://a.example/"),
        ),
        (
            {"cc:license": ("https://a.example/",), "xmpRights:WebStatement": ("https://b.ex/",)},
            Rights(statement="https://b.ex/", licence="https://a.example/"),
        ),
        (
            {"plus:LicensorName": ("A", "", "C", "D"), "plus:LicensorURL": ("", "https://b.ex/")},
            Rights(licensors=(Licensor("A"), Licensor("", "https://b.ex/"), Licensor("C"))),
        ),
    ],
)
def test_other_names_for_the_same_are_read(
    said: dict[str, tuple[str, ...]], rights: Rights
) -> None:
    assert Rights.of(said) == rights


def test_structures_are_read_in_each_form_and_kept_apart() -> None:
    form = """<plus:Licensor xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"><rdf:Seq>
      <rdf:li><rdf:Description plus:LicensorName="A"/></rdf:li>
      <rdf:li rdf:parseType="Resource"><plus:LicensorURL>https://b.ex/</plus:LicensorURL></rdf:li>
      </rdf:Seq></plus:Licensor><plus:CopyrightOwner rdf:parseType="Resource"
      xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"><plus:CopyrightOwnerName>O
      </plus:CopyrightOwnerName></plus:CopyrightOwner>"""
    rights = Rights.of(xmp.values_of(within(form.encode())))
    assert rights.licensors == (Licensor("A"), Licensor("", "https://b.ex/"))
    assert rights.owners == ("O",)


def test_alternative_text_and_rights_stand_side_by_side() -> None:
    photo = marked(drawn(), "image/jpeg", Notes(source="", rights=RIGHTS))
    data, kind = finished("photo.jpg", photo, alt="A quay at dawn.")
    found = told(data, kind)
    assert found.fields["Iptc4xmpCore:AltTextAccessibility"] == "A quay at dawn."
    assert found.rights == RIGHTS


def test_a_packet_that_is_broken_is_told_and_hides_no_other_part() -> None:
    photo = drawn(exif=camera_data(), xmp=b"<x:xmpmeta><broken")
    data, kind = finished("photo.jpg", photo)
    assert told(data, kind).rights.creators == ("Ana Silva", "Ben Ode")
    with Kit() as kit:
        (file,) = kit.finish("photo.jpg", ["jpeg"], brand="own", out="again")
    (check,) = [check for check in file.audit.checks if check.rule == "source-notes"]
    assert "the XMP has a fault" in check.message
    assert file.audit.ok


# The texts themselves


TEXTS = st.text(max_size=2_000)


@given(st.dictionaries(st.sampled_from([*xmp.values_of(xmp.packet(Notes(rights=RIGHTS)))]), TEXTS))
def test_any_texts_are_bounded_and_come_back(texts: dict[str, str]) -> None:
    rights = Rights.of({name: (text,) for name, text in texts.items()})
    again = Rights.of(xmp.values_of(xmp.packet(Notes(source="", rights=rights))))
    assert again == Rights.of(xmp.values_of(xmp.packet(Notes(source="", rights=again))))
    assert len(again.terms) <= 1_000
    assert all(len(name) <= 300 for name in again.creators)
    photo = drawn_once()
    assert told(marked(photo, "image/jpeg", Notes(rights=rights)), "image/jpeg").rights == again


@cache
def drawn_once() -> bytes:
    return drawn()


def test_the_longest_fit_into_a_jpeg() -> None:
    names = [*xmp.values_of(xmp.packet(Notes(rights=RIGHTS)))]
    long = Rights.of({name: ("&" * 9_000,) * 99 for name in names})
    notes = Notes(source="", alt="&" * 9_000, rights=long)
    assert told(marked(drawn(), "image/jpeg", notes), "image/jpeg").rights.terms.endswith("…")
    assert len(long.creators) == 10


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://harbour.example",
        "https://harbour.example/" + "a" * 300,
        "https://harbour.example/ two words",
        "",
    ],
)
def test_an_address_is_one_of_the_web_or_none(address: str) -> None:
    said = {"xmpRights:WebStatement": (address,), "plus:LicensorURL": (address,)}
    assert not Rights.of(said | {"plus:DataMining": ("https://x.example/",)})


def test_protected_is_a_yes_or_a_no() -> None:
    assert Rights.of({"xmpRights:Marked": ("false",)}).marked == "False"
    assert Rights.of({"xmpRights:Marked": ("perhaps",)}).marked == ""


# Hostile parts


def nested(tag: str, count: int) -> bytes:
    return (f"<{tag}>" * count + f"</{tag}>" * count).encode()


def within(inner: bytes) -> bytes:
    return (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description>'
        + inner
        + b"</rdf:Description></rdf:RDF>"
    )


HOSTILE: dict[str, Callable[[], bytes]] = {
    "descriptions in descriptions": lambda: within(nested("rdf:Description", 15_000)),
    "items in items": lambda: within(b"<dc:creator>" + nested("rdf:li", 25_000) + b"</dc:creator>"),
    "many fields": lambda: within(b"<dc:rights>a</dc:rights>" * 40_000),
    "a bomb": lambda: b'<!DOCTYPE a [<!ENTITY b "c">]>' + within(b"&b;"),
    "an entity": lambda: within(b"<dc:rights>&b;</dc:rights>"),
    "a file": lambda: b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "utf-16": lambda: within(b"").decode().encode("utf-16"),
    "an unknown encoding": lambda: b'<?xml version="1.0" encoding="x"?>' + within(b""),
    "utf-7": lambda: b'<?xml version="1.0" encoding="utf-7"?>' + within(b""),
    "latin-1 as utf-8": lambda: within("<dc:rights>©</dc:rights>".encode("latin-1")),
    "control characters": lambda: within(b"<dc:rights>a\x01\x1b[31m</dc:rights>"),
    "zeroes": lambda: bytes(100_000),
    "long": lambda: within(b"a" * 1_000_001),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packets_are_read_soon_or_not_at_all(name: str) -> None:
    start = time.process_time()
    found = told(drawn("image/webp", xmp=HOSTILE[name]()), "image/webp")
    assert time.process_time() - start < 2
    rights = found.rights
    assert len(rights.notice) <= 300
    assert found.unread or name in ("descriptions in descriptions", "items in items", "many fields")


def tiff(order: str, *entries: bytes, start: int = 8) -> bytes:
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    head = mark + struct.pack(f"{order}IH", start, len(entries))
    return head + b"".join(entries) + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_is_read_in_both_orders_and_in_old_letters(order: str) -> None:
    text = "Zoë".encode("latin-1")
    entry = struct.pack(f"{order}HHI", 0x013B, 2, 4) + text + b"\0"
    assert exif.values_of(b"Exif\0\0" + tiff(order, entry)) == {"EXIF:Artist": ("Zoë",)}
    huge = struct.pack(f"{order}HHII", 0x8298, 2, 0xFFFFFFFF, 8)
    number = struct.pack(f"{order}HHII", 0x8298, 4, 1, 8)
    outside = struct.pack(f"{order}HHII", 0x8298, 2, 99, 0xFFFFFFF0)
    assert exif.values_of(tiff(order, huge, number, outside)) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"XX*\0" + bytes(9),
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
    ],
)
def test_exif_that_is_damaged_is_not_read(data: bytes) -> None:
    with pytest.raises(ValueError, match="EXIF"):
        exif.values_of(data)


@given(st.binary(max_size=200))
def test_any_exif_is_an_answer_or_none(data: bytes) -> None:
    for head in (b"", b"II*\0\x08\0\0\0\1\0", b"MM\0*\0\0\0\x08\0\1\x82\x98\0\2"):
        try:
            exif.values_of(head + data)
        except ValueError:
            continue


@given(st.binary(max_size=200))
def test_any_records_are_an_answer_or_none(data: bytes) -> None:
    length = len(data).to_bytes(4, "big")
    for head in (b"", b"Photoshop 3.0\x008BIM\x04\x04\0\0" + length):
        try:
            iim.values_of(head + data)
        except ValueError:
            continue


def test_records_that_are_cut_short_are_told() -> None:
    records = iim.records(Notes(source="", rights=RIGHTS))
    with pytest.raises(ValueError, match="cut short"):
        iim.values_of(records[:-20])


# How a picture came about


@pytest.mark.parametrize(
    ("sources", "answer"),
    [
        (["trainedAlgorithmicMedia"], True),
        (["compositeWithTrainedAlgorithmicMedia"], True),
        (["compositeSynthetic"], True),
        (["http://c2pa.org/digitalsourcetype/trainedAlgorithmicData"], True),
        (["digitalCapture", "compositeSynthetic"], True),
        (["algorithmicMedia"], False),
        (["algorithmicallyEnhanced"], False),
        (["digitalCapture", "humanEdits"], False),
        (["http://c2pa.org/digitalsourcetype/empty", "humanEdits"], False),
        (["composite"], None),
        (["digitalCapture", "composite"], None),
        (["virtualRecording"], None),
        (["somethingNew"], None),
        (["digitalCapture", "somethingNew"], None),
        ([""], None),
        ([], None),
    ],
)
def test_every_word_is_read_as_the_iptc_means_it(sources: list[str], answer: bool | None) -> None:
    assert by_model(sources) is answer


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_known_in_every_form(word: str) -> None:
    for form in (
        word,
        f"http://cv.iptc.org/newscodes/digitalsourcetype/{word}",
        f" https://cv.iptc.org/newscodes/digitalsourcetype/{word}/ ",
        f"digsrctype:{word}",
        word.upper(),
    ):
        assert word_of(form) == word
        assert said(form) == WORDS[word].said


def test_a_word_that_nobody_knows_is_shown_as_it_is() -> None:
    assert said("http://example.com/somethingNew") == "http://example.com/somethingNew"
