"""Lint: what a person should know about a prompt before money is spent on it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from promptkit.brand.loading import BrandLibrary, parse_brand
from promptkit.errors import Finding
from promptkit.prompt.compose import compose
from promptkit.prompt.house import House, house_of
from promptkit.prompt.lint import Linter, lint, lint_text
from promptkit.prompt.sections import Ban, HouseRules, Lettering, Prompt, Section
from promptkit.rules import RULES
from promptkit.template.library import TemplateLibrary

ROOT = Path(__file__).parents[1]
BRANDS = BrandLibrary([ROOT / "brand_profiles"])
TEMPLATES = TemplateLibrary([ROOT / "templates"])
SCENE = "Can in the lower third, soft daylight from the left, food photograph."


@pytest.fixture(scope="module")
def good() -> Prompt:
    return compose(BRANDS.get("tidewell"), TEMPLATES.get("product-hero"), {"product": "slim can"})


def without(prompt: Prompt, name: str) -> Prompt:
    kept = tuple(section for section in prompt.sections if section.name != name)
    return replace(prompt, sections=kept)


def saying(prompt: Prompt, name: str, text: str) -> Prompt:
    said = tuple(
        Section(name, text, section.origins) if section.name == name else section
        for section in prompt.sections
    )
    return replace(prompt, sections=said)


def copy(prompt: Prompt, *lines: str) -> Prompt:
    return replace(prompt, lettering=Lettering(lines, "composite", "", 3))


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return sorted({finding.rule for finding in findings if finding.severity != "advice"})


def of(text: str, **rules_of_the_house: object) -> list[str]:
    """Return the rules that find something in a typed prompt."""
    house = House("Acme", rules=HouseRules(**rules_of_the_house))  # type: ignore[arg-type]
    return rules(lint_text(text, house))


def message(findings: tuple[Finding, ...], rule: str) -> str:
    return next(finding.message for finding in findings if finding.rule == rule)


def test_a_good_prompt_has_no_findings(good: Prompt) -> None:
    assert lint(good) == ()


@pytest.mark.parametrize(
    ("name", "severity", "fix"),
    [
        ("subject", "error", "say what is shown, first and concretely: the block “subject”"),
        ("composition", "warning", "say where the subject stands, how near, and what stays free"),
        ("lighting", "warning", "say the light's kind and direction"),
        ("style", "warning", "say the medium and manner"),
    ],
)
def test_a_part_that_is_not_said_is_found(good: Prompt, name: str, severity: str, fix: str) -> None:
    (finding,) = lint(without(good, name))
    assert (finding.rule, finding.severity) == (f"no-{name}", severity)
    assert fix in (finding.fix or "")


@pytest.mark.parametrize(
    ("medium", "found"),
    [("illustration", False), ("watercolour", False), ("photo", True), ("3d render", True)],
)
def test_an_illustration_needs_no_light(good: Prompt, medium: str, found: bool) -> None:
    dark = without(replace(good, medium=medium), "lighting")
    assert ("no-lighting" in rules(lint(dark))) is found


@pytest.mark.parametrize("name", ["setting", "style"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Soft late-afternoon coastal daylight, matt finish.", False),
        ("A sunny pier.", False),
        ("A backlit can.", False),
        ("A pier at dusk.", False),
        ("Under open shade.", False),
        ("A warm glow.", False),
        ("Soft light from the left.", False),
        ("Light oak boards.", True),
        ("Slightly worn, split boards in shades of red.", True),
        ("A tall pier.", True),
    ],
)
def test_light_that_is_told_of_in_passing_counts(
    good: Prompt, name: str, text: str, found: bool
) -> None:
    dark = saying(saying(without(good, "lighting"), "setting", "A pier."), "style", "Photograph.")
    assert rules(lint(saying(dark, name, text))) == (["no-lighting"] if found else [])


def test_the_six_lines_of_the_readme_have_no_findings() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```yaml\n(name: .*?)```", readme, re.DOTALL)
    prompt = compose(parse_brand(lines), TEMPLATES.get("product-hero"), {"product": "slim can"})
    assert lint(prompt) == ()


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_the_shipped_examples_have_no_findings(name: str) -> None:
    template = TEMPLATES.get(name)
    for example in template.meta.examples:
        prompt = compose(BRANDS.get(example.brand), template, example.inputs)
        assert [str(finding) for finding in lint(prompt)] == []


def test_a_finding_has_the_place_of_its_section(good: Prompt) -> None:
    (finding,) = lint(saying(good, "setting", "A pier without people."))
    assert finding.place is not None
    assert finding.place.file.endswith("product-hero.j2")
    assert finding.place.line is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Something nice for the website", True),
        ("The product", True),
        ("Innovation, trust and growth.", True),
        ("A great image of our brand.", True),
        ("A slim can.", False),
        ("Portrait of a potter.", False),
        ("An icon of a rocket.", False),
        ("A can.", False),
        ("An elderly beekeeper lifting a frame.", False),
        ("A carpenter carving a frame.", False),
        ("A nurse holds a lens.", False),
        ("A street artist drawing a portrait.", False),
        ("A photographer at work.", False),
        ("A product designer.", False),
        ("A night market.", False),
        ("Two friends on a jetty.", False),
        ("A stone well.", False),
        ("A chemistry experiment.", False),
        ("A mirror frame.", False),
        ("A tight frame.", True),
        ("A frame.", True),
        ("A vintage frame.", True),
        ("A garden centre with tulips.", False),
        ("A poster on a wall.", False),
        ("A banner in the wind.", False),
        ("A banner in blue.", True),
        ("A banner for the campaign.", True),
        ("A poster on our website.", True),
        ("A poster on", True),
        ("A customer at a till.", False),
        ("Our customers.", True),
        ("A solution in a beaker.", False),
        ("A saline solution.", False),
        ("A beautiful modern solution for insurance companies.", True),
        ("Innovation meets the future.", True),
        ("Visualise the city.", False),
        ("Catching and fit our values.", True),
        ("A jazz night.", False),
        ("A summer night.", True),
    ],
)
def test_a_subject_is_a_thing_that_can_be_seen(good: Prompt, text: str, said: bool) -> None:
    assert ("no-subject" in rules(lint(saying(good, "subject", text)))) is said


def test_the_product_is_concrete_when_its_picture_is_there() -> None:
    template = TEMPLATES.get("product-in-room")
    example = template.meta.examples[0]
    prompt = compose(BRANDS.get(example.brand), template, example.inputs)
    assert prompt.references
    assert "no-subject" not in rules(lint(saying(prompt, "subject", "The product.")))


def test_a_subject_that_stands_late_is_found(good: Prompt) -> None:
    subject = next(section for section in good.sections if section.name == "subject")
    late = replace(good, sections=(*without(good, "subject").sections, subject))
    found = lint(late)
    assert rules(found) == ["subject-late"]
    assert "the section “setting” stands before the subject" in found[0].message
    long = saying(late, "subject", "A slim can of sparkling tea, beaded with water, " * 3)
    assert " …”" in message(lint(long), "subject-late")


def test_a_typed_subject_that_comes_late_is_found() -> None:
    talk = (
        "Golden backlight with a warm haze, dreamy mood, muted grading with fine grain, wide "
        "framing with space on the left, shallow depth of field, "
    )
    found = lint_text(f"{talk} a hare in a stubble field. Photograph.")
    assert rules(found) == ["subject-late"]
    assert "“a hare”" in found[0].message or "“hare”" in found[0].message
    assert of(f"A hare in a stubble field. {talk} Photograph.") == []


def test_a_typed_subject_is_late_after_three_parts_of_manner() -> None:
    manner = "moody cinematic lighting, bokeh, 35mm, golden hour"
    found = lint_text(f"{manner}, a nurse")
    assert message(found, "subject-late").startswith("“nurse” is what is shown")
    for text in (f"{manner.rpartition(', ')[2]}, bokeh, a nurse", f"a nurse, {manner}"):
        assert "subject-late" not in of(text)


@pytest.mark.parametrize(
    "text",
    [
        "street level",
        "at knee level",
        "counter height",
        "a 45-degree angle",
        "at a 45° angle",
        "from a 30 degree angle",
    ],
)
def test_a_height_and_an_angle_are_composition(text: str) -> None:
    assert of(f"A frog, {text}, soft daylight, photo") == []


def test_a_night_of_music_is_no_time_of_day() -> None:
    assert "no-lighting" in of("A jazz night in a cellar, close-up, photo")
    assert "contradiction" in of("A truck at night in bright noon sun.")
    assert "contradiction" not in of("A quiz night poster in bright noon sun.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Eine Frau sitzt in der Küche und trinkt Kaffee", False),
        ("Eine rote Dose auf einem Steg am Meer", False),
        ("Une femme assise à une table, lumière douce", False),
        ("Ein schönes Bild von unserem Produkt, tolle Qualität", False),
        ("Czerwona puszka na molo nad morzem wieczorem", False),
        ("Figs from the Costa de la Luz and the Sierra de Gata", True),
        ("red kite, pier", True),
        ("A red can beside the pier in a small fishing village", True),
    ],
)
def test_what_another_language_leaves_out_is_not_claimed(text: str, found: bool) -> None:
    assert ("no-composition" in of(text)) is found
    assert ("no-style" in of(text)) is found
    assert ("not-english" in {finding.rule for finding in lint_text(text)}) is not found


def test_a_poor_prompt_is_told_all_that_it_lacks() -> None:
    assert of("nice picture of our product, high quality, 4k") == [
        "no-composition",
        "no-lighting",
        "no-style",
        "no-subject",
        "parameter-in-words",
        "vague-word",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "A beautiful can.",
        "A can, best quality.",
        "A stunning, breathtaking can.",
        "A can, cool, on a pier.",
    ],
)
def test_praise_is_found(text: str) -> None:
    assert of(f"{text} {SCENE}") == ["vague-word"]


@pytest.mark.parametrize(
    "text",
    [
        "The promenade of a town near Nice.",
        "A stall under the sign “Beautiful Goods”.",
        "A great-grandmother with a Great Dane.",
        "A perfect-bound notebook.",
        "A cool box in a quality inspector's van.",
        "A can in cool light.",
    ],
)
def test_what_only_looks_like_praise_is_none(text: str) -> None:
    assert of(f"{text} {SCENE}") == []


@pytest.mark.parametrize(
    "text",
    ["16:9", "1024x1024", "300 dpi", "--ar 3:2", "8K UHD", "1080 by 1350 pixels", "aspect 4:5"],
)
def test_parameters_in_words_are_found(text: str) -> None:
    found = lint_text(f"A slim can. {SCENE} {text}.")
    assert rules(found) == ["parameter-in-words"]


@pytest.mark.parametrize(
    "text",
    [
        "A 1:12 scale can.",
        "A can at the 16:10 train.",
        "A scoreboard that shows 3:2 beside a can.",
        "A rug of 170 x 240 cm.",
        "A 4K television on a shelf.",
        "An 8x10 view camera with a 35 mm lens at f/1.8.",
        "A can of 330 ml with 24 MP.",
    ],
)
def test_numbers_of_the_world_are_no_parameters(text: str) -> None:
    assert of(f"{text} {SCENE}") == []


@pytest.mark.parametrize(
    "text",
    [
        "A can with no logos.",
        "A can, not too dark.",
        "A can. Never show faces.",
        "A pier free of people.",
    ],
)
def test_a_ban_among_what_is_to_be_seen_is_found(text: str) -> None:
    assert of(f"{text} {SCENE}") == ["negative-in-section"]


@pytest.mark.parametrize(
    "text",
    [
        "A no-knead loaf beside house No. 14.",
        "A bag of No Ordinary Monday coffee.",
        "A notebook on the north pier.",
        "Edit Image 1: paint the can blue. Do not change the light.",
        "A nobleman with forget-me-nots.",
    ],
)
def test_a_no_that_bans_nothing_is_none(text: str) -> None:
    assert of(f"{text} {SCENE}") == []


def test_a_form_that_is_not_there_is_only_advice() -> None:
    (finding,) = lint_text(f"A can, no tilt. {SCENE}")
    assert (finding.rule, finding.severity) == ("negative-in-section", "advice")


@pytest.mark.parametrize(
    "bans", ["No people, no neon.", "Avoid: people, neon.", "avoid people", "No text. No neon."]
)
def test_bans_at_the_end_are_the_practice(bans: str) -> None:
    assert of(f"A slim can. {SCENE} {bans}") == []


def test_bans_at_the_end_are_an_avoid_list() -> None:
    found = lint_text(f"A neon-lit can. {SCENE} No neon, no crowds.")
    assert rules(found) == ["against-avoid"]
    assert "“neon” is on the avoid list" in found[0].message
    assert of("No people, please") != []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A minimalist desk full of clutter.", ("minimalist", "clutter")),
        ("A truck at night in bright noon sun.", ("night", "noon")),
        ("A close-up of a can, panoramic.", ("close-up", "panoramic")),
        ("A flat vector can, photorealistic.", ("vector", "photorealistic")),
        ("A can with a matt finish and a glossy finish.", ("matt", "glossy")),
        ("A can in warm light on the lid and cold light on the lid.", ("warm", "cold")),
        ("A can, bokeh, everything in sharp focus.", ("bokeh", "everything")),
        ("A vintage can of futuristic design.", ("vintage", "futuristic")),
        ("A deserted beach crowded with bathers.", ("deserted", "crowded")),
        ("A can in daylight, studio strobes.", ("daylight", "studio")),
        ("A can in midsummer, deep in snow.", ("midsummer", "snow")),
        ("A nurse, bright daylight, dark moody shadows.", ("bright daylight", "dark moody")),
    ],
)
def test_a_contradiction_names_both_sides(text: str, words: tuple[str, str]) -> None:
    found = lint_text(f"{text} In the lower third, with a soft shadow.")
    said = message(found, "contradiction").lower()
    assert all(word in said for word in words)


@pytest.mark.parametrize(
    "text",
    [
        "A minimal kitchen with a busy street outside.",
        "A can in soft light, a hard shadow on the far wall.",
        "A close-up of a wide-brimmed hat.",
        "A night-blue sofa at noon.",
        "A shallow bowl, everything in focus.",
        "Busy Lizzies in a minimal trough.",
        "A matt can with glossy drops.",
        "Warm light on the duck, cold light on the wall.",
        "A can at eye level or from slightly above.",
        "Three black and white cows in vivid colours.",
        "A man who looks at a long row of small paintings and photographs.",
        "A can without clutter on a minimal shelf",
    ],
)
def test_what_is_said_of_two_things_is_no_contradiction(text: str) -> None:
    assert "contradiction" not in of(f"{text} In the lower third.")


def test_one_sentence_may_say_what_another_does_not(good: Prompt) -> None:
    assert "contradiction" not in of("A rusty gate. A spotless can. In the lower third.")
    assert rules(lint(saying(good, "setting", "A cluttered kitchen, minimal."))) == [
        "contradiction"
    ]
    busy = saying(good, "setting", "A cluttered kitchen.")
    minimal = saying(busy, "style", "Minimalist photograph.")
    assert "in the section “setting” and" in message(lint(minimal), "contradiction")


def test_a_picture_without_colours_has_no_palette(good: Prompt) -> None:
    grey = saying(good, "style", "Black-and-white photograph.")
    assert "leaves no room for the palette: “" in message(lint(grey), "contradiction")
    bare = replace(without(grey, "color"), palette=())
    assert lint(bare) == ()


def test_several_pictures_are_advised_to_be_split() -> None:
    found = lint_text(f"A collage of six scenes with a can, by day and at night. {SCENE}")
    assert [(finding.rule, finding.severity) for finding in found] == [("complex-prompt", "advice")]
    assert "split it" in (found[0].fix or "")


def test_many_demands_are_found() -> None:
    demands = " ".join(
        f"The {thing} must be red." for thing in "cap lid rim can label base".split()
    )
    assert of(f"A can. {demands} {SCENE}") == []
    assert of(f"A can. {demands} {SCENE} No cups, no logos, no hands.") == ["too-many-constraints"]


def test_the_brands_own_bans_are_no_demands_of_a_typed_prompt() -> None:
    house = House("Acme", bans=tuple(Ban(f"thing{number}") for number in range(12)))
    assert lint_text(f"A can. {SCENE}", house) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A mat saying welcome home.", True),
        ("A poster with the headline Summer Sale.", True),
        ("A shirt printed with the words born to nap.", True),
        ("A sign that says: “Mind the geese”.", False),
        ("A poster with the headline “Summer Sale”.", False),
        ("A sign with lettering on the left.", False),
        ("A woman saying hello.", False),
        ("A sign that says in large letters “Open”.", False),
        ("Space for the text. Leave the headline for Image 1.", False),
    ],
)
def test_words_to_be_lettered_stand_in_quotes(text: str, found: bool) -> None:
    assert of(f"{text} {SCENE}") == (["text-unquoted"] if found else [])


def test_copy_that_is_too_long_is_found(good: Prompt) -> None:
    assert lint(copy(good, "Longer days now")) == ()
    (finding,) = lint(copy(good, "Now", "Longer days now here"))
    assert finding.rule == "text-too-long"
    assert finding.message == "“Longer days now here” has 4 words; Tidewell allows 3"
    endless = replace(good, lettering=Lettering(("a " * 99,), "composite", "", None))
    assert "has 99 words; more than 10 are seldom spelled right" in lint(endless)[0].message
    assert of(f"A can with the words “{'very ' * 12}”. {SCENE}") == ["text-too-long"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A detox tea.", True),
        ("A DETOX, cold.", True),
        ("Guilt-free and cold tea.", True),
        ("Superfoods in a can.", True),
        ("A plain can.", False),
    ],
)
def test_a_word_that_the_brand_never_says_is_found(good: Prompt, text: str, found: bool) -> None:
    findings = lint(saying(good, "subject", text))
    assert rules(findings) == (["never-word"] if found else [])
    if findings:
        assert "Tidewell never says “" in findings[0].message
        assert findings[0].message.endswith("it stands in the section “subject”")


def test_a_word_that_the_brand_never_says_is_found_on_the_picture(good: Prompt) -> None:
    (finding,) = lint(copy(good, "Superfood"))
    assert finding.message == (
        "Tidewell never says “superfood”; it stands in the words on the picture"
    )


@pytest.mark.parametrize(
    ("ban", "text", "found"),
    [
        ("neon", "A neon-lit diner.", True),
        ("crowds", "A crowded pier.", True),
        ("smiles at the camera", "Friends smiling straight at the camera.", True),
        ("neon colours, plastic", "A pier with plastic cups.", True),
        ("bright colours", "A bright yellow can.", True),
        ("clutter", "An uncluttered counter.", False),
        ("smoke", "Hot-smoked trout.", False),
        ("hands", "A hand-thrown mug.", False),
        ("water", "A watering can.", False),
        ("windows", "A can in window light.", False),
        ("crowds", "A pier without crowds.", False),
        ("sugar", "A sugar-free gum tin.", False),
        ("tropical beaches", "A tropical fish on no beach.", False),
    ],
)
def test_what_is_banned_is_found_where_it_is_asked_for(
    good: Prompt, ban: str, text: str, found: bool
) -> None:
    asked = saying(replace(good, avoid=(Ban(ban, "a plain pier"),)), "subject", text)
    assert ("against-avoid" in rules(lint(asked))) is found
    if found:
        finding = next(one for one in lint(asked) if one.rule == "against-avoid")
        assert finding.fix == "show this instead: a plain pier"


@pytest.mark.parametrize(
    ("text", "tone", "tone_not", "found"),
    [
        ("A hectic, screaming kettle.", ("calm",), (), True),
        ("A luxurious can.", (), ("luxury",), True),
        ("A can for a surf bro.", (), ("surf-bro",), True),
        ("A can in a hectic kitchen.", ("bold",), (), False),
        ("An aggressive-free zone with a can.", ("calm",), (), False),
        ("A can with bold outlines.", ("calm",), ("bold",), False),
        ("A loud, luxurious can.", (), ("loud", "luxury"), True),
    ],
)
def test_what_does_not_sound_like_the_brand_is_found(
    text: str, tone: tuple[str, ...], tone_not: tuple[str, ...], found: bool
) -> None:
    rules_found = of(f"{text} {SCENE}", tone=tone, tone_not=tone_not)
    assert ("against-tone" in rules_found) is found


def test_the_tone_says_nothing_of_light(good: Prompt) -> None:
    rough = replace(good, house=HouseRules(tone_not=("gentle", "loud")))
    assert lint(saying(rough, "lighting", "Gentle, loud daylight.")) == ()


@pytest.mark.parametrize(
    ("look", "text", "found"),
    [
        (("medium", "photo"), "A flat vector can.", True),
        (("medium", "watercolour"), "Photorealistic can.", True),
        (("style", "minimalist"), "An ornate baroque can.", True),
        (("medium", "photo"), "Photograph of a can.", False),
        (("style", "minimalist"), "A can before a busy street outside.", False),
        (("medium", "flat illustration"), "Subject: Close-up portrait photograph\nMood: x", True),
        (("medium", "flat illustration"), "Subject: A can\nDetails: a close-up photograph", True),
        (("medium", "flat illustration"), "Subject: Man with a photograph\nMood: x", False),
        (("medium", "flat illustration"), "Subject: Wall of old photographs\nMood: x", False),
        (("medium", "illustration"), "A wall that is covered in old photographs.", False),
    ],
)
def test_what_goes_against_the_look_is_found(look: tuple[str, str], text: str, found: bool) -> None:
    rules_found = of(f"{text} In the lower third, soft daylight.", look=(look,))
    assert ("against-look" in rules_found) is found


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("lighting", "the look of Acme, whose lighting is “morning”"),
        ("describe", "Acme, whose look says “morning”"),
        ("tags", "Acme, whose look says “morning”"),
    ],
)
def test_what_goes_against_the_look_says_what_the_look_is(key: str, text: str) -> None:
    house = House("Acme", rules=HouseRules(look=((key, "morning"),)))
    found = lint_text("A can at night. In the lower third. Photograph.", house)
    assert message(found, "against-look") == f"“at night” goes against {text}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A jar by Nordhaus.", True),
        ("A shelf of lindqvist & sons.", True),
        ("A gap in a hedge.", False),
        ("A can.", False),
    ],
)
def test_a_forbidden_name_is_found(text: str, found: bool) -> None:
    names = ("Nordhaus", "Lindqvist & Sons", "Gap")
    assert of(f"{text} {SCENE}", never_names=names) == (["forbidden-name"] if found else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Taylor Swift with a can.", True),
        ("A singer like Rihanna with a can.", True),
        ("Emma Maria Watson on a pier.", True),
        ("Granny Smith apples.", False),
        ("King Edward potatoes.", False),
        ("A jar of Victoria plum jam.", False),
        ("A William Morris wallpaper.", False),
        ("St Peter Port harbour.", False),
        ("A pair of Ray-Ban glasses.", False),
        ("Joe's Diner on a pier.", False),
        ("A nurse with a can.", False),
        ("A Trump tower of cards.", False),
    ],
)
def test_a_real_person_is_found_where_none_may_be_named(text: str, found: bool) -> None:
    assert of(f"{text} {SCENE}", never_people=True) == (["forbidden-name"] if found else [])
    assert of(f"{text} {SCENE}") == []


def test_names_are_found_in_copy_too(good: Prompt) -> None:
    strict = replace(good, house=HouseRules(never_names=("Nordhaus",), never_people=True))
    found = lint(copy(strict, "Not Nordhaus", "Taylor Swift"))
    assert [finding.rule for finding in found] == ["forbidden-name", "forbidden-name"]


def test_labelled_parts_are_sections() -> None:
    text = """For a shop page.
Subject: A slim can
Subject: on a pier
- Framing: lower third
**Light**: soft daylight
Style: photograph of a can, no people
Avoid: neon; crowds"""
    (finding,) = lint_text(text)
    assert finding.rule == "negative-in-section"
    assert "in the section “style”" in finding.message
    assert rules(lint_text(text.replace("A slim can\nSubject: on a pier", ""))) != []
    assert "no-subject" not in rules(lint_text("Note: a can\nStyle: photograph"))


def test_a_rule_may_be_ignored_for_a_reason(good: Prompt) -> None:
    vague = saying(good, "setting", "A nice pier.")
    assert rules(lint(vague)) == ["vague-word"]
    assert lint(replace(vague, ignore={"vague-word": "it is called so"})) == ()
    linter = Linter(ignore={"vague-word": "house style", "never-word": "old copy"})
    assert linter(vague) == ()
    ((finding, reason),) = linter.ignored(vague)
    assert (finding.rule, reason) == ("vague-word", "house style")
    assert lint.ignored(vague) == ()
    assert linter.text("A nice pier with a can, " + SCENE) == ()


def test_a_brand_is_a_house() -> None:
    brand = BRANDS.get("tidewell")
    house = house_of(brand)
    assert (house.name, house.max_words, house.rules.look) == ("Tidewell", 6, ())
    assert "detox" in house.never_words
    look = house_of(brand, "cut-paper").rules.look
    assert ("medium", "illustration") in look
    assert not house.rules.never_people
    data = brand.as_data["content"] | {"never": ["real celebrities"], "never_names": ["Acme"]}
    strict = type(brand).model_validate({**brand.as_data, "content": data})
    assert house_of(strict).rules.never_people
    assert house_of(strict).rules.never_names == ("Acme",)


def test_every_rule_is_in_the_docs_with_its_practice() -> None:
    page = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    for rule, about in RULES.items():
        (row,) = re.findall(rf"^\| `{rule}` \|.*$", page, re.MULTILINE)
        assert about.severity in row, row
        assert about.practice in page, rule
