"""Style lists of other tools become looks, in a profile that builds on the brand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from promptkit import Kit
from promptkit.brand.importers import Imported, import_styles, is_style_list, to_yaml
from promptkit.brand.importers.style_looks import look_of, medium_of
from promptkit.brand.importers.style_words import needs_subject, words_against, words_for
from promptkit.brand.loading import BrandLibrary
from promptkit.cli.app import app
from promptkit.errors import BrandError, Finding

DATA = Path(__file__).parent / "imports"
BRAND = """\
# The shop's own notes stay where they are.
name: Acme
colors: {primary: "#0B6E99", accent: "#F0593E"}
tone: [calm]
style: soft daylight   # our one line
avoid: [neon]
"""
FOLDER = Path("brand_profiles")
TARGET = FOLDER / "acme-styles.yaml"


@pytest.fixture
def library() -> BrandLibrary:
    """Return the brands of a project with one brand, in the working folder."""
    FOLDER.mkdir()
    (FOLDER / "acme.yaml").write_text(BRAND, encoding="utf-8")
    return BrandLibrary([FOLDER])


def take(library: BrandLibrary, *lists: Path, brand: str = "acme") -> Imported:
    return import_styles(lists, library.get(brand), TARGET, library)


def of_text(library: BrandLibrary, text: str | bytes, name: str = "list.csv") -> Imported:
    path = Path(name)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return take(library, path)


def of_styles(library: BrandLibrary, *styles: tuple[str, str, str]) -> Imported:
    keys = ("name", "prompt", "negative_prompt")
    return of_text(library, json.dumps([dict(zip(keys, style, strict=True)) for style in styles]))


def refused(library: BrandLibrary, text: str | bytes, name: str = "list.csv") -> Finding:
    with pytest.raises(BrandError) as caught:
        of_text(library, text, name)
    (finding,) = caught.value.findings
    return finding


def looks(found: Imported) -> dict[str, Any]:
    made: dict[str, Any] = found.data["style"]["looks"]
    return made


def avoided(found: Imported) -> dict[str, list[str]]:
    return {item["what"]: item["looks"] for item in found.data.get("+avoid", [])}


def prose(found: Imported) -> str:
    return "\n".join((*found.report.taken, *found.report.dropped, *found.report.to_add))


# -- The lists that people own.


def test_the_list_of_the_web_ui(library: BrandLibrary) -> None:
    found = take(library, DATA / "styles.csv")
    assert looks(found) == {
        "harbour-morning": {
            "medium": "photo",
            "lighting": "low morning sunlight from the left",
            "depth_of_field": "shallow",
            "mood": ["moody"],
            "grade": {"film": "film grain"},
            "tags": ["cinematic film still", "vignette"],
        },
        "studio-soft": {
            "medium": "photo",
            "lighting": "soft studio lighting",
            "lens": "85mm lens",
            "environment": "plain white background",
            "tags": ["matt finish"],
        },
        "comic": {
            "medium": "illustration",
            "technique": "comic, graphic illustration",
            "tags": ["bold outlines", "flat colours"],
        },
        "by-a-master": {
            "medium": "painting",
            "technique": "oil painting",
            "tags": ["by ada lovell", "thick brushwork"],
        },
        "night-drive": {"describe": "in heavy rain, wet street, neon", "lighting": "blue hour"},
    }
    assert avoided(found) == {
        "cartoon": ["harbour-morning", "night-drive"],
        "tropical beach": ["harbour-morning"],
        "harsh shadows": ["studio-soft"],
        "photo": ["comic"],
        "photorealistic": ["comic"],
        "dull": ["night-drive"],
    }


def test_an_import_says_what_it_took_dropped_and_leaves_to_a_person(library: BrandLibrary) -> None:
    report = take(library, DATA / "styles.csv").report
    assert report.taken == (
        "5 looks: harbour-morning, studio-soft, comic, by-a-master and night-drive",
        "6 things to avoid, each in the looks whose style kept it out",
    )
    said = "\n".join(report.dropped)
    for what in (
        "2 rows (-----Photo----- and -----Drawn-----): a heading",
        "1 style (Base): nothing in it",
        "1 style (Clean-up): only what to avoid",
        "3 commands (<lora:glossyBox:0.8>, BREAK and [day:night:0.5])",
        "4 weights ((worst quality, low quality:1.4), ((soft studio lighting))",
        "11 phrases (highly detailed, worst quality,",
        "2 words (text and watermark): every prompt",
    ):
        assert what in said
    said = "\n".join(report.to_add)
    for what in (
        "--brand acme-styles --look harbour-morning",
        "write `lighting` for 2 looks",
        "write `medium` (photo, illustration …) where no style says it: night-drive",
        "read again, for their words stood round the subject: night-drive",
        "names of artists and studios, or take them out: by-a-master",
        "add `instead`",
    ):
        assert what in said


def test_the_lists_of_fooocus_and_the_prompt_styler(library: BrandLibrary) -> None:
    found = take(library, DATA / "fooocus.json")
    assert looks(found) == {
        "shop-packshot": {
            "medium": "photo",
            "lighting": "softbox from the right",
            "lens": "85mm",
            "environment": "matt grey backdrop",
            "tags": ["product photograph"],
        },
        "shop-clay-model": {
            "medium": "3d render",
            "lighting": "soft shadows",
            "mood": ["calm"],
            "tags": ["clay model"],
        },
        "shop-folded": {"describe": "origami style, pleated paper, cut and fold"},
    }


def test_the_presets_of_invoke(library: BrandLibrary) -> None:
    found = take(library, DATA / "invoke.json")
    assert looks(found)["portrait-window"] == {
        "medium": "photo",
        "lighting": "Window light, dark shadows",
        "lens": "80mm lens, F2.8",
        "tags": ["portraiture"],
    }
    assert looks(found)["line"] == {
        "medium": "drawing",
        "technique": "line art",
        "tags": ["bold outline", "(hatched)"],
    }
    assert avoided(found)["blurry"] == ["portrait-window"]
    assert "2 weights ((blurry)++ and outline+++)" in prose(found)


@pytest.mark.parametrize(
    "text",
    [
        "name;prompt;negative_prompt\r\nDusk;soft, low sun;glare\r\n",
        "\ufeffName\tPrompt\tNegative_Prompt\nDusk\tsoft, low sun\tglare\n",
        'name, text, negative_prompt\n\nDusk, "soft, low sun", glare,,\n',
        '{"name": "Dusk", "prompt": "soft, low sun", "negative": "glare"}',
        '[{"name": "Dusk", "positive_prompt": "soft, low sun", "negative_prompt": "glare"}]',
    ],
    ids=["semicolons", "tabs", "the old heading", "one style", "invoke's import"],
)
def test_other_ways_to_write_a_list(library: BrandLibrary, text: str) -> None:
    found = of_text(library, text, "list.txt")
    assert looks(found) == {"dusk": {"describe": "soft, low sun"}}
    assert avoided(found) == {"glare": ["dusk"]}
    assert is_style_list(Path("list.txt"))


def test_a_list_may_leave_out_what_to_avoid_and_say_more(library: BrandLibrary) -> None:
    found = of_text(library, "name,prompt,category\nA,low sun,warm\nB,fog\n")
    assert list(looks(found)) == ["a", "b"]
    assert avoided(found) == {}
    assert "1 column (category): a look has no place for it" in prose(found)
    assert not any("`instead`" in line for line in found.report.to_add)


# -- The words of a style.


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("cinematic still {prompt} . moody", ["cinematic still", "moody"]),
        ("oil painting of a {prompt}, thick", ["oil painting", "thick"]),
        ("{prompt}, and soft light", ["soft light"]),
        ("A portrait of {Prompt}'s hands", ["portrait", "hands"]),
        ("a {prompt}", []),
        ("((soft)), (matt:1.2), [pale], clay++, calm--", ["soft", "matt", "pale", "clay", "calm"]),
        ("(red, green:0.8) sky", ["red", "green sky"]),
        (r"plan \(drawn\)", ["plan (drawn)"]),
        ("fog<lora:mist_v2:0.7>BREAK rain, embedding:mine, __place__, --ar 3:2", ["fog", "rain"]),
        ("{red|blue} door, [a|b], [fog:rain:0.4] dusk", ["door", "dusk"]),
        ("fog, Fog, FOG", ["fog"]),
        ("f/2.8. Window light.\nsea", ["f/2.8", "Window light", "sea"]),
        ("masterpiece, best quality, 8k, ultra-detailed, trending on artstation", []),
        ("detailed eyes, high contrast", ["detailed eyes", "high contrast"]),
    ],
)
def test_words_are_freed_of_what_only_one_tool_reads(text: str, phrases: list[str]) -> None:
    assert list(words_for(text).phrases) == phrases


@pytest.mark.parametrize(
    ("text", "kept", "flaws", "lettering"),
    [
        ("blurry, cartoon", ("blurry", "cartoon"), (), ()),
        ("(worst quality, lowres:1.4), jpeg artifacts", (), 3, ()),
        ("bad hands, extra fingers, poorly drawn face, long neck, too many legs", (), 5, ()),
        ("EasyNegative, bad-hands-5, ng_deepnegative_v1_75t", (), 3, ()),
        ("hands, long shadows on snow", ("hands", "long shadows on snow"), (), ()),
        ("text, watermark, artist name", (), (), 3),
        ("{prompt} in red", ("in red",), (), ()),
    ],
)
def test_flaws_of_drawing_and_lettering_are_left_out(
    text: str, kept: tuple[str, ...], flaws: int, lettering: int
) -> None:
    words = words_against(text)
    assert words.phrases == kept
    assert (len(words.empty), len(words.lettering)) == (flaws or 0, lettering or 0)


def test_a_sentence_round_the_subject_is_told() -> None:
    assert needs_subject("painting of dark {prompt}")
    assert needs_subject("{prompt} on a table")
    assert not needs_subject("photo of a {prompt}, fog")
    assert not needs_subject("{prompt} line art")


@pytest.mark.parametrize(
    ("phrase", "look"),
    [
        ("35mm photo", {"medium": "photo", "lens": "35mm"}),
        ("shot on 35-50 mm lens", {"lens": "shot on 35-50 mm lens"}),
        ("35mm film", {"grade": {"film": "35mm film"}}),
        ("wide-angle", {"lens": "wide-angle"}),
        ("depth of field", {"depth_of_field": "shallow"}),
        ("deep depth of field", {"depth_of_field": "deep"}),
        ("bokeh", {"depth_of_field": "shallow"}),
        ("bokeh, shallow depth of field", {"depth_of_field": "shallow"}),
        ("rim light", {"lighting": "rim light"}),
        ("light blue", {"describe": "light blue"}),
        ("gloomy atmosphere", {"mood": ["gloomy"]}),
        ("quiet, serene", {"mood": ["quiet", "serene"]}),
        ("plain backdrop", {"environment": "plain backdrop"}),
        ("raw photo", {"medium": "photo"}),
        ("watercolour", {"medium": "painting", "technique": "watercolour"}),
        ("painting", {"medium": "painting"}),
        ("photo, 3d render", {"describe": "photo, 3d render"}),
        ("concept art, pencil sketch", {"medium": "illustration"}),
        ("no photo", {"describe": "no photo"}),
        ("", {}),
    ],
)
def test_words_go_where_they_surely_belong(phrase: str, look: dict[str, Any]) -> None:
    found = look_of([part.strip() for part in phrase.split(",") if part])
    assert found == look | ({"technique": phrase} if "concept" in phrase else {})


def test_a_picture_of_two_kinds_has_no_sure_medium() -> None:
    assert medium_of(["anime", "3d render"]) == ""
    assert medium_of(["ink wash", "comic"]) == "drawing"


# -- Names.


def test_every_look_has_a_name_of_its_own(library: BrandLibrary) -> None:
    found = of_styles(
        library,
        ("Sepia Tone", "brown", ""),
        ("sepia-tone", "pale brown", ""),
        ("SepiaTone", "brown", ""),
        ("Default", "bright", ""),
        ("水彩", "wet", ""),
        ("X Ray", "blue on black", ""),
        ("null", "empty", ""),
    )
    made = ["sepia-tone", "sepia-tone-2", "default-2", "look", "ray", "null"]
    assert list(looks(found)) == made
    told = [(item.rule, item.severity, str(item.place)) for item in found.findings]
    assert told == [
        ("name-taken", "warning", "list.csv:1:1"),
        ("repeated-style", "warning", "list.csv:1:1"),
        ("name-taken", "warning", "list.csv:1:1"),
    ]
    assert "in the brand already" in found.findings[2].message
    brand = library.parse(to_yaml(found), str(TARGET))
    assert list(brand.style.looks) == ["default", *made]


def test_a_numbered_name_may_be_taken_too(library: BrandLibrary) -> None:
    found = of_styles(library, ("a", "x", ""), ("a", "y", ""), ("a 2", "z", ""))
    assert list(looks(found)) == ["a", "a-2", "a-2-2"]
    assert "“a-2” here already" in found.findings[1].message


# -- The profile.


def test_the_looks_are_added_and_the_brand_stays_as_it_is(library: BrandLibrary) -> None:
    found = take(library, DATA / "styles.csv")
    TARGET.write_text(to_yaml(found), encoding="utf-8")
    brand, parent = library.get("acme-styles"), library.get("acme")
    assert brand.name == "Acme"
    assert brand.style.choose([]) == "default"
    assert brand.style.looks["default"] == parent.style.looks["default"]
    assert len(brand.style.looks) == 6
    assert [item.what for item in brand.avoid[:2]] == ["neon", "cartoon"]
    assert {item.severity for item in brand.avoid} == {"should"}
    assert (FOLDER / "acme.yaml").read_text(encoding="utf-8") == BRAND


def test_several_lists_become_one_profile(library: BrandLibrary) -> None:
    found = take(library, DATA / "fooocus.json", DATA / "invoke.json")
    assert len(looks(found)) == 5
    assert avoided(found)["photo"] == ["shop-clay-model", "line"]


def test_a_brand_that_is_no_name_is_named_by_its_path(library: BrandLibrary) -> None:
    (FOLDER / "_base.yaml").write_text(BRAND, encoding="utf-8")
    found = take(library, DATA / "fooocus.json", brand=str(FOLDER / "_base.yaml"))
    assert found.data["extends"] == "_base.yaml"


def test_a_look_against_what_the_brand_avoids_is_told(library: BrandLibrary) -> None:
    found = of_styles(library, ("Night", "neon signs in fog", "fog"), ("Day", "fog", ""))
    told = {item.message: item for item in found.findings}
    assert len(told) == 2
    (brands,) = (text for text in told if "“neon”" in text)
    assert "in acme.yaml on line 6" in brands
    assert str(told[brands].place).startswith(f"{TARGET}:")


def test_a_fault_of_the_parent_is_its_own(library: BrandLibrary) -> None:
    brand = library.get("acme")
    elsewhere = BrandLibrary([Path("elsewhere")])
    with pytest.raises(BrandError) as caught:
        import_styles([DATA / "invoke.json"], brand, Path("far/away.yaml"), elsewhere)
    assert caught.value.findings[0].rule == "path-outside"


def test_only_some_styles_of_a_list(library: BrandLibrary) -> None:
    lists = [DATA / "styles.csv", DATA / "invoke.json"]
    wanted = ["studio soft", "Line", "COMIC"]
    found = import_styles(lists, library.get("acme"), TARGET, library, only=wanted)
    assert list(looks(found)) == ["studio-soft", "comic", "line"]
    assert "write `lighting` for 2 looks" in prose(found)
    found = import_styles(lists, library.get("acme"), TARGET, library, only=wanted[:1])
    assert "`lighting`" not in prose(found)
    with pytest.raises(BrandError) as caught:
        import_styles(lists, library.get("acme"), TARGET, library, only=["Comik", "水"])
    first, second = caught.value.findings
    assert (first.rule, first.message) == ("unknown-style", "there is no style “Comik”")
    assert "did you mean “Comic”?" in (first.fix or "")
    assert "“水”" in second.message


# -- Faults.


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("", "no-styles", None),
        ("name,prompt\n", "no-styles", None),
        ("name,prompt\n-- Photo --,\n", "no-looks", None),
        ("title,body\na,b\n", "no-columns", 1),
        ("name\na\n", "no-columns", 1),
        ("\n\nname;prompt\na;b;c\n", "row-too-long", 4),
        ('name,prompt\nA,"b\nc"\nB,soft, light\n', "row-too-long", 4),
        ('name,prompt\nA,b\nB,"soft\nlight\n', "csv-syntax", 3),
        ('name,prompt\nA,"soft" light\n', "csv-syntax", 2),
        (f'name,prompt\nA,"{"x" * 140_000}"\n', "csv-syntax", 2),
        ("name,prompt\n,low sun\n", "style-without-name", 2),
        (b"name,prompt\nA,caf\xe9\n", "encoding", 2),
        (b"name,prompt\nA,b\n\0\0", "encoding", 3),
        ("[]", "no-styles", None),
        ('[\n {"name": "a", "prompt": "b"},\n 3\n]', "not-a-style", 3),
        ('[[{"name": "a"}]]', "not-a-style", 1),
        ("[null]", "not-a-style", 1),
        ('[\n\n{"name": "a", "prompt": {"b": 1}}]', "not-a-style", 3),
        ('[{"name": true, "prompt": "b"}]', "not-a-style", 1),
        ('[{"prompt": "b"}]', "style-without-name", 1),
        ('[{"prompt": ""}]', "no-styles", None),
        ('[{"name": "a",]', "json-syntax", 1),
        ("[" * 200 + "]" * 200, "too-deep", None),
    ],
)
def test_what_is_wrong_with_a_list_is_told_with_its_line(
    library: BrandLibrary, text: str | bytes, rule: str, line: int | None
) -> None:
    finding = refused(library, text)
    assert finding.rule == rule
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("list.csv", line)


def test_all_faults_of_a_list_are_told_at_once(library: BrandLibrary) -> None:
    with pytest.raises(BrandError) as caught:
        of_text(library, "name,prompt\n" + "A,b,c\n" * 150)
    assert len(caught.value.findings) == 100


def test_more_looks_than_a_profile_holds_are_refused(library: BrandLibrary) -> None:
    styles = [
        (f"style {at}", ", ".join(f"thing {at} {n}" for n in range(40)), "") for at in range(300)
    ]
    with pytest.raises(BrandError) as caught:
        of_styles(library, *styles)
    (finding,) = caught.value.findings
    assert finding.rule == "too-many-looks"
    assert finding.message.startswith("300 looks are too many for one brand (")
    assert finding.fix == 'take some of them, as in --only "style 299"'


def test_a_file_beyond_2_mb_is_refused(library: BrandLibrary) -> None:
    assert refused(library, "name,prompt\n" + "a,b\n" * 600_000).rule == "too-large"


@pytest.mark.parametrize("text", ["plain words\n", '{"color": {}}', "name: Acme, text\n", ""])
def test_what_is_no_style_list(text: str) -> None:
    Path("a.txt").write_text(text)
    assert not is_style_list(Path("a.txt"))


STRANGE = st.text(max_size=40) | st.text("(){}[]<>:|,.'\"\\+-_#&*!%@`~ \nab1{prompt}", max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(STRANGE, STRANGE, STRANGE), min_size=1, max_size=4))
def test_whatever_a_style_says_there_is_a_profile_or_a_plain_fault(
    library: BrandLibrary, styles: list[tuple[str, str, str]]
) -> None:
    rule = ""
    try:
        found = of_styles(library, *styles)
        brand = library.parse(to_yaml(found), str(TARGET))
        assert brand.style.looks.keys() >= looks(found).keys()
    except BrandError as error:
        rule = error.findings[0].rule
    assert rule in {"", "no-looks", "no-styles", "style-without-name"}


# -- As a person types it.


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def project(library: BrandLibrary) -> Path:
    Path("promptkit.yaml").write_text("brand: acme\n")
    return Path()


@pytest.mark.usefixtures("project")
def test_the_looks_go_to_the_projects_brand_and_can_be_composed_with() -> None:
    done = run("brand", "import", str(DATA / "styles.csv"))
    assert done.exit_code == 0, done.output
    assert "acme-styles.yaml, from style-list" in done.stdout
    prompt = (
        Kit().compose("packshot", "acme-styles", {"product": "tin of tea"}, look="studio-soft").text
    )
    assert "Photorealistic photograph, matt finish. 85mm lens." in prompt
    assert "harsh shadows" in prompt
    assert "cartoon" not in prompt
    assert not set("(){}<>[") & set(prompt.replace("(#", "").replace("(instead", "")) - {")", "("}


@pytest.mark.usefixtures("project")
def test_several_lists_in_json_with_what_was_found() -> None:
    lists = [str(DATA / name) for name in ("fooocus.json", "invoke.json", "fooocus.json")]
    done = run("brand", "import", *lists, "--brand", "acme", "--name", "Acme Looks", "--json")
    told = json.loads(done.stdout)
    assert Path(told["file"]).name == "acme-styles.yaml"
    assert told["format"] == "style-list"
    assert [item["rule"] for item in told["findings"]] == ["repeated-style"] * 3
    profile = yaml.safe_load(Path(told["file"]).read_text(encoding="utf-8"))
    assert (profile["extends"], profile["name"]) == ("acme", "Acme Looks")


@pytest.mark.usefixtures("project")
def test_an_import_of_looks_overwrites_nothing_and_shows_warnings() -> None:
    Path("twice.csv").write_text("name,prompt\na,low sun\na,fog\n")
    done = run("brand", "import", "twice.csv", "--out", "brand_profiles/mine.yaml")
    assert "twice.csv:3:1: there is a look “a”" in done.stdout
    assert run("brand", "import", "twice.csv", "-o", "brand_profiles/mine.yaml").exit_code == 2
    assert "extends: acme\nid: mine\n" in Path("brand_profiles/mine.yaml").read_text()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("more", [["--brand", "acme"], ["--only", "x"], [str(DATA / "styles.csv")]])
def test_a_brand_is_imported_by_itself(more: list[str]) -> None:
    done = run("brand", "import", str(DATA / "brand.json"), *more)
    assert done.exit_code == 2
    assert "brand.json is none" in done.output


@pytest.mark.usefixtures("project")
def test_a_list_without_a_name_for_a_file() -> None:
    Path("水.csv").write_text("name,prompt\na,low sun\n")
    assert run("brand", "import", "水.csv").exit_code == 0
    assert TARGET.is_file()
