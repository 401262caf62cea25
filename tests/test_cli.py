"""The command line, as somebody uses it on a good day."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

from fake_chat import FakeChat
from promptkit import __version__
from promptkit.cli.app import app

CAN = ["--brand", "tidewell", "--set", "product=slim 330 ml can"]
GROUPS = {
    "brand": ["list", "show", "check", "schema", "sheet", "import", "export"],
    "reference": ["check", "swatch", "mask"],
    "template": ["list", "show", "check", "test", "schema", "new"],
    "cache": ["stats", "verify", "prune", "rebuild", "export"],
}
VERBS = [
    *["preview", "pick", "final", "generate", "finish", "audit", "judge", "compose", "lint"],
    *["init", "models", "doctor", "usage", "resolve", "provenance", "report"],
]
ALL = [*([verb] for verb in VERBS), *([group, verb] for group in GROUPS for verb in GROUPS[group])]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def stored(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Share one picture store, so that what a test only needs to be there is drawn once."""
    monkeypatch.setenv("PROMPTKIT_HOME", str(store))


def call(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (words, done.output, done.exception)
    return done.stdout


def data(*words: str, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code))


def test_compose_prints_the_prompt_and_writes_nothing() -> None:
    said = call("compose", "product-hero", *CAN)
    assert said.startswith("Hero picture of one product")
    assert "Subject: A slim 330 ml can." in said
    assert list(Path().iterdir()) == []


def test_compose_as_json() -> None:
    prompt = data("compose", "product-hero", *CAN)
    assert {"text", "sections", "avoid", "model", "findings"} <= prompt.keys()
    assert prompt["text"].startswith("Hero picture")
    assert [set(section) for section in prompt["sections"]] == [{"name", "text"}] * len(
        prompt["sections"]
    )
    assert {"what", "instead", "severity"} == prompt["avoid"][0].keys()
    assert (prompt["model"], prompt["findings"]) == ("comp", [])


def test_compose_takes_look_channel_axis_model_and_inputs_from_a_file() -> None:
    Path("brief.yaml").write_text("product: tin\nplace: on a raft\n", encoding="utf-8")
    prompt = data(
        *["compose", "product-hero", *CAN, "--inputs", "brief.yaml", "--axes", "crop=wide"],
        *["--look", "can-packshot", "--channel", "web_hero", "-m", "openai/gpt-image-2"],
    )
    assert "slim 330 ml can" in prompt["text"]  # the flag wins over the file
    assert "Setting: On a raft." in prompt["text"]
    assert (prompt["look"], prompt["model"]) == ("can-packshot", "openai/gpt-image-2")


def test_compose_shows_findings_and_exits_with_1_on_an_error() -> None:
    Path("promptkit.yaml").write_text("brand: dim\n", encoding="utf-8")
    Path("brand_profiles").mkdir()
    Path("brand_profiles/dim.yaml").write_text(
        'name: Dim\ncolors: {primary: "#0B6E99"}\ntone: calm\nstyle: matt\n', encoding="utf-8"
    )
    Path("templates").mkdir()
    template = "---\ninputs: {thing: {type: text}}\n---\n{% block subject %}{{ thing }}"
    Path("templates/story.j2").write_text(template + "{% endblock %}", encoding="utf-8")
    assert "warning: " in call("compose", "story", "-s", "thing=x")
    old = ["--config", "providers.old.base_url=http://x/v1", "-m", "old/gpt-image-1"]
    long = ["-s", f"thing={'a very long story ' * 300}"]
    guide = ["--config", "providers.old.dialect=guide"]
    said = call("compose", "story", *old, *long, *guide, code=1)
    assert "error: " in said


def test_the_way_from_previews_to_a_final() -> None:
    run = data("preview", "product-hero", *CAN, "-n", "4")
    assert {"run", "sheet", "images"} <= run.keys()
    assert [image["take"] for image in run["images"]] == [1, 2, 3, 4]
    for image in run["images"]:
        assert {"path", "digest", "take", "cost_usd", "cached"} <= image.keys()
        assert Path(image["path"]).is_file()
        assert not image["cached"]
    assert Path(run["sheet"]).is_file()

    again = data("preview", "product-hero", *CAN, "-n", "4")
    assert again["run"] != run["run"]
    assert [image["cached"] for image in again["images"]] == [True] * 4
    assert again["cost_usd"] == 0
    assert [i["digest"] for i in again["images"]] == [i["digest"] for i in run["images"]]

    picked = data("pick", run["run"], "2", "--reason", "reads at a glance")
    assert picked == {"run": run["run"], "picked": 2, "sheet": run["sheet"]}
    assert run["picks"] == []
    (alt,) = {image["alt"] for image in run["images"]}
    assert alt.startswith("A slim 330 ml can; ")
    one = data("final", run["run"])
    (pick,) = one["picks"]
    assert (pick["take"], pick["shown"]) == (2, [1, 2, 3, 4])
    assert (pick["reason"], one["images"][0]["alt"]) == ("reads at a glance", alt)
    two = data("final", run["run"], "--regenerate", "--quality", "low")
    assert [one["images"][0]["mode"], two["images"][0]["mode"]] == ["refine", "regenerate"]
    paths = [Path(item["images"][0]["path"]) for item in (one, two)]
    assert all(path.is_file() for path in paths)
    assert len(set(paths)) == 2
    rows = data("usage", "--by", "tier")
    assert [(row["name"], row["paid"], row["cached"]) for row in rows["rows"]] == [
        ("final", 2, 0),
        ("preview", 4, 4),
    ]


@pytest.mark.usefixtures("stored")
def test_what_a_person_sees_is_aligned_and_names_the_next_step() -> None:
    said = call("preview", "packshot", *CAN, "-n", "2").splitlines()
    assert len({len(re.match(r"\w+( \d+)? +", line).group()) for line in said}) == 1  # type: ignore[union-attr]
    assert said[0].startswith("Preview 1  runs/")
    assert said[-2].split() == ["Cost", "free"]
    next_ = said[-1].removeprefix("Next").strip()
    assert re.fullmatch(r"promptkit pick \S+ N", next_)
    said = call(*shlex.split(next_)[1:-1], "2").splitlines()
    assert said[0].startswith("Picked  preview 2 of run ")
    next_ = said[-1].removeprefix("Next").strip()
    said = call(*shlex.split(next_)[1:], "--regenerate", "--quality", "low").splitlines()
    assert said[0].startswith("Final 2  runs/")
    assert [line[:9].strip() for line in said] == ["Final 2", "Sheet", "Cost"]


@pytest.mark.usefixtures("stored")
def test_the_next_step_works_from_where_the_last_one_was_typed() -> None:
    call("init", "my shop", "--name", "Corner Shop")
    brief = ["-C", "my shop", "-s", "thing=a stack of three notebooks"]
    said = call("preview", "first", *brief, "-n", "1").splitlines()
    assert said[-1].endswith("-C 'my shop'")
    call(*shlex.split(said[-1])[2:4], "1", "-C", "my shop")
    assert "my shop/runs/" in said[0]


@pytest.mark.usefixtures("stored")
def test_generate_draws_finals() -> None:
    run = data("generate", "packshot", *CAN, "--quality", "low")
    assert [image["tier"] for image in run["images"]] == ["final"]
    assert call("generate", "packshot", *CAN, "--quality", "low").startswith("Final 1")


@pytest.mark.usefixtures("stored")
def test_pick_and_final_know_runs_kept_elsewhere() -> None:
    elsewhere = ["--config", "runs=shown"]
    run = data("preview", "packshot", *CAN, "-n", "1", *elsewhere)
    assert Path(run["sheet"]).parent.parent == Path("shown").absolute()
    assert data("pick", "last", "1", *elsewhere)["run"] == run["run"]
    assert data("final", "last", "--regenerate", "--quality", "low", *elsewhere)["failures"] == []


def test_a_later_final_does_not_repeat_what_was_missing_in_the_previews() -> None:
    comp = "providers: {comp: {answers: [ok, refuse]}}\n"
    Path("promptkit.yaml").write_text(comp, encoding="utf-8")
    run = data("preview", "packshot", *CAN, "-n", "2", code=3)
    assert len(run["images"]) == 1
    take = str(run["images"][0]["take"])
    Path("promptkit.yaml").write_text("{}\n", encoding="utf-8")
    final = ["final", "last", "--pick", take, "--regenerate", "--quality", "low"]
    assert "Missing" not in call(*final)
    assert data(*final)["failures"] == []


def test_init_makes_a_project_that_draws_and_has_no_findings() -> None:
    made = data("init", "shop", "--name", "Café “Zum Anker” \\ 7")
    assert made["brand"] == "cafe-zum-anker-7"
    assert sorted(path.name for path in Path("shop").iterdir()) == [
        ".gitignore",
        "brand_profiles",
        "promptkit.yaml",
        "templates",
    ]
    brief = ["-C", "shop", "-s", "thing=a stack of three notebooks"]
    prompt = data("compose", "first", *brief)
    assert prompt["findings"] == []
    assert "A stack of three notebooks." in prompt["text"]
    assert call("brand", "check", made["brand"], "-C", "shop").endswith(", no findings\n")
    assert data("brand", "show", made["brand"], "-C", "shop")["name"] == "Café “Zum Anker” \\ 7"


@pytest.mark.parametrize(
    ("name", "brand"),
    [("123", "123"), ("null", "null"), ("水", "my-brand"), ("  ", "my-brand"), ("Ünï", "uni")],
)
def test_init_makes_a_usable_brand_of_any_name(name: str, brand: str) -> None:
    said = call("init", "--name", name)
    assert said.splitlines()[-1] == (
        'Next   promptkit preview first --set thing="a stack of three notebooks"'
    )
    assert data("compose", "first", "-s", "thing=cup")["brand"] == brand


def test_init_keeps_an_ignore_file() -> None:
    Path(".gitignore").write_text("mine\n", encoding="utf-8")
    assert ".gitignore" not in call("init")
    assert Path(".gitignore").read_text(encoding="utf-8") == "mine\n"


def test_models() -> None:
    assert "openai/gpt-image-2 " in call("models")
    assert "dall-e-3" not in call("models")
    assert "dall-e-3" in call("models", "--gone")
    cards = {card["model"]: card for card in data("models", "--gone")["models"]}
    assert cards["comp"]["usd_per_megapixel_picture"] == {"low": 0, "medium": 0, "high": 0}
    assert cards["openai/gpt-image-1"]["successor"]
    assert all(card["checked"] and card["source"] for card in cards.values())


def test_usage_where_nothing_was_asked_for() -> None:
    assert call("usage") == "Nothing was asked for yet.\n"
    assert data("usage") == {
        "by": "model",
        "rows": [],
        "cost_usd": 0,
        "saved_usd": 0,
        "previewing_saved_usd": 0,
        "in_doubt": [],
    }
    assert list(Path().iterdir()) == []


def test_usage_in_money() -> None:
    paid = "providers: {paid: {type: comp, dialect: openai}}\n"
    Path("promptkit.yaml").write_text(paid, encoding="utf-8")
    brief = ["preview", "packshot", *CAN, "-n", "1", "-m", "paid/gpt-image-2"]
    assert re.search(r"paid (about )?\$0\.\d+", call(*brief))
    assert "cached, saved " in call(*brief)
    assert "paid/gpt-image-2" in call("usage")
    rows = data("usage")
    assert rows["cost_usd"] == rows["rows"][0]["cost"] > 0
    assert rows["saved_usd"] > 0


def test_brand_list_show_and_check() -> None:
    assert "sparkling botanical tea" in call("brand", "list")
    assert {brand["id"] for brand in data("brand", "list")["brands"]} >= {"tidewell", "northbeam"}
    shown = yaml.safe_load(call("brand", "show", "tidewell"))
    assert shown["name"] == data("brand", "show", "tidewell")["name"] == "Tidewell"
    assert "" not in shown.values()
    assert call("brand", "check") == "3 brands checked, no findings\n"
    assert data("brand", "check", "tidewell") == {"brands": ["tidewell"], "findings": []}


def test_brand_check_finds() -> None:
    Path("dim.yaml").write_text(
        'name: Dim\ncolors: {primary: "#0B6E99"}\ntone: calm\nstyle: matt\n', encoding="utf-8"
    )
    said = call("brand", "check", "dim.yaml", "tidewell")
    assert "advice: dim.yaml:2:" in said
    assert "[color-without-describe]" in said
    assert said.splitlines()[-1] == "2 brands checked, 1 finding"


def test_one_broken_file_does_not_hide_the_others() -> None:
    Path("brand_profiles").mkdir()
    Path("brand_profiles/bad.yaml").write_text("name: Bad\n", encoding="utf-8")
    Path("templates").mkdir()
    Path("templates/bad.j2").write_text("---\ninputs: 3\n---\n", encoding="utf-8")
    for group, good in (("brand", "tidewell"), ("template", "packshot")):
        said = call(group, "list", code=1)
        assert good in said
        assert "error: " in said
        listed = data(group, "list", code=1)
        assert good in json.dumps(listed)
        assert listed["findings"]


def test_template_list_and_show() -> None:
    assert "Hero picture of one product" in call("template", "list")
    names = {template["template"] for template in data("template", "list")["templates"]}
    assert {"packshot", "product-hero"} <= names
    said = call("template", "show", "product-hero")
    assert "slim 330 ml can" in said
    assert re.search(r"^--axes crop= +close, wide$", said, re.MULTILINE)
    shown = data("template", "show", "product-hero")
    assert shown["inputs"]["product"]["required"]
    assert shown["axes"] == {"crop": ["close", "wide"]}


@pytest.mark.parametrize("columns", ["50", "80"])
@pytest.mark.parametrize("words", [["models"], ["brand", "list"], ["template", "list"]])
def test_tables_keep_within_the_terminal_and_cut_nothing(
    monkeypatch: pytest.MonkeyPatch, columns: str, words: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    table = call(*words).split("\nPrices")[0]
    assert "…" not in table
    assert max(map(len, table.splitlines())) <= int(columns)


def test_into_a_pipe_a_row_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    (row,) = [line for line in call("models").splitlines() if line.startswith("comp ")]
    assert row.rstrip().endswith("costs nothing")


def test_the_version() -> None:
    assert call("--version") == f"promptkit {__version__}\n"


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_verb_has_json(words: list[str]) -> None:
    assert "--json" in call(*words, "--help")


def test_every_verb_is_known_to_these_tests() -> None:
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    assert sorted(command.commands) == sorted([*VERBS, *GROUPS])
    for name, verbs in GROUPS.items():
        group = command.commands[name]
        assert isinstance(group, typer.core.TyperGroup)
        assert sorted(group.commands) == sorted(verbs)


def ask_a_judge(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    answer = {"question": 1, "answer": "yes", "reason": "So it is.", "instead": ""}
    answers = json.dumps({"addressed": False, "answers": [answer]})
    Image.new("RGB", (60, 40), "#0B6E99").save("final.png")
    with FakeChat(write=lambda *_: answers) as chat:
        monkeypatch.setenv("JUDGE_KEY", chat.expected_key)
        settings = f"base_url: {chat.base_url}, model: {chat.model}, key_env: JUDGE_KEY, free: true"
        Path("promptkit.yaml").write_text(f"judge: {{{settings}}}\n", encoding="utf-8")
        assert "So it is." in call(*said)


def example(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    lines = call(*words, "--help").splitlines()
    (line,) = [line for line in lines if "Example: " in line]
    return line.partition("Example: ")[2].strip()


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("words", [[], *ALL], ids=" ".join)
def test_the_help_of_every_verb_has_an_example_on_one_line_that_works(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    said = shlex.split(example(monkeypatch, words))
    assert said[: len(words) + 1] == ["promptkit", *words]
    if words == ["judge"]:
        ask_a_judge(monkeypatch, said[1:])
        return
    if words in (["pick"], ["final"], ["provenance"], ["report"]):
        call("preview", "packshot", *CAN, "-n", "2")
    if words == ["finish"]:
        call("generate", "packshot", *CAN, "--quality", "low")
    if words == ["audit"]:
        good = Image.new("RGB", (1536, 1024), "#F4E9D8")
        good.paste("#0B6E99", (900, 0, 1400, 900))
        good.save("final.png")
    if words == ["reference", "mask"]:
        Image.new("RGB", (60, 40), "#0B6E99").save("can.png")
    if words == ["brand", "import"]:
        tokens = {"ink": {"$type": "color", "$value": "#112233"}}
        Path("tokens.json").write_text(json.dumps(tokens), encoding="utf-8")
    call(*said[1:])


def paragraphs(command: Any) -> list[str]:
    own = inspect.cleandoc(command.help or "").split("\n\n")[1:]
    return own + [
        text for inner in getattr(command, "commands", {}).values() for text in paragraphs(inner)
    ]


def test_no_help_breaks_in_the_middle_of_a_sentence() -> None:
    """Its breaks are kept, so that a longer line is broken twice, in 80 columns less margins."""
    told = paragraphs(get_command(app))
    assert len(told) > len(ALL)
    broken = [text for text in told if "\n" in text]
    assert [line for text in broken for line in text.splitlines() if len(line) > 78] == []


def test_the_help_says_where_a_project_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert "the nearest folder above with a promptkit.yaml" in call("compose", "--help")


@pytest.mark.usefixtures("stored")
def test_a_new_project_does_what_the_docs_teach(monkeypatch: pytest.MonkeyPatch) -> None:
    call("init", "shop", "--name", "Corner Shop")
    monkeypatch.chdir("shop")
    page = (Path(__file__).parents[1] / "docs" / "templates.md").read_text(encoding="utf-8")
    gift = page.split("```jinja\n")[1].split("```")[0]
    Path("templates/gift.j2").write_text(gift, encoding="utf-8")
    assert data("compose", "gift", "-s", "gift=a stack of books")["findings"] == []
    assert data("compose", "first", "-s", "thing=a stack of three notebooks")["findings"] == []
    call("generate", "first", "-s", "thing=a stack of three notebooks", "--quality", "low")
    assert "web_hero" in call("finish", "last", "--channel", "web_hero")


@pytest.mark.parametrize("words", [[], ["brand"], ["template"]], ids=" ".join)
def test_without_a_verb_there_is_help(words: list[str]) -> None:
    assert "Usage: " in call(*words, code=2)
