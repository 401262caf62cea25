"""brand sheet, brand import and brand export, as a person types them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from promptkit.brand.loading import load_brand
from promptkit.cli.app import app
from promptkit.kit import SHIPPED

TIDEWELL = load_brand(SHIPPED / "brand_profiles" / "tidewell.yaml")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_brand_sheet_is_one_page() -> None:
    done = run("brand", "sheet", "tidewell")
    assert done.exit_code == 0, done.output
    assert "Sheet  tidewell-brand.html" in done.stdout
    assert "Harbour Blue" in Path("tidewell-brand.html").read_text(encoding="utf-8")


def test_a_brand_sheet_in_json_names_its_file() -> None:
    done = run("brand", "sheet", "northbeam", "--out", "sheets/n.html", "--json")
    assert json.loads(done.stdout)["sheet"] == str(Path("sheets/n.html").absolute())
    assert Path("sheets/n.html").is_file()


@pytest.mark.parametrize(("form", "file"), [("tokens", "t.json"), ("brand-yml", "b.yml")])
def test_what_is_exported_comes_back_whole(form: str, file: str) -> None:
    # A profile's pictures lie beside it, so that it is imported where they are.
    folder = Path("brand_profiles")
    for source in (SHIPPED / "brand_profiles").rglob("*tidewell*/*"):
        target = folder / source.relative_to(SHIPPED / "brand_profiles")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    (folder / "logos").mkdir(parents=True)
    for source in (SHIPPED / "brand_profiles" / "logos").glob("tidewell*"):
        (folder / "logos" / source.name).write_bytes(source.read_bytes())
    assert run("brand", "export", "tidewell", "--as", form, "--out", file).exit_code == 0
    done = run("brand", "import", file, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told) == {"file", "format", "taken", "dropped", "to_add", "findings"}
    assert load_brand(Path(told["file"])).digest == TIDEWELL.digest


def test_an_export_without_a_file_is_printed() -> None:
    assert "$value" in json.loads(run("brand", "export", "tidewell").stdout)["color"]["harbour"]
    assert run("brand", "export", "tidewell", "--as", "brand-yml").stdout.startswith("meta:")


def test_an_export_in_json_is_one_object() -> None:
    data = json.loads(run("brand", "export", "tidewell", "--as", "brand-yml", "--json").stdout)
    assert data["meta"]
    told = json.loads(run("brand", "export", "tidewell", "--out", "t.json", "--json").stdout)
    assert told == {"brand": "tidewell", "form": "tokens", "file": "t.json"}


def test_an_import_says_what_a_person_should_add() -> None:
    Path("brand.yml").write_text(
        "meta: {name: Corner Shop}\ncolor: {palette: {blue: '#0B6E99'}, primary: blue}\n"
    )
    done = run("brand", "import", "brand.yml")
    assert done.exit_code == 0, done.output
    for title in ("Wrote  ", "Taken", "To add"):
        assert title in done.stdout
    assert load_brand(Path("brand_profiles/corner-shop.yaml")).name == "Corner Shop"


def test_an_import_lists_the_files_that_did_not_come_along() -> None:
    assert run("brand", "export", "tidewell", "--out", "o.json").exit_code == 0
    done = CliRunner().invoke(app, ["brand", "import", "o.json"], env={"COLUMNS": "1000"})
    assert done.exit_code == 0, done.output
    named = [file.path for file in TIDEWELL.logo.files]
    assert named
    for path in named:
        assert f"put {path} at {Path.cwd() / 'brand_profiles' / path}" in done.stdout
    assert "warning: there is a brand “tidewell” already" in done.stdout
    assert done.stdout.endswith("Next   promptkit brand check tidewell\n")


def test_files_that_are_there_are_not_missed_and_a_new_name_shadows_nobody() -> None:
    assert run("brand", "export", "tidewell", "--out", "o.json").exit_code == 0
    profiles = shutil.ignore_patterns("*.yaml")
    shutil.copytree(SHIPPED / "brand_profiles", "brand_profiles", ignore=profiles)
    done = run("brand", "import", "o.json", "--name", "Blue Co", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["to_add"], told["findings"]) == ([], [])
    assert Path(told["file"]).name == "blue-co.yaml"
    brand = load_brand(Path(told["file"]))
    assert (brand.id, brand.name) == ("blue-co", "Blue Co")


def test_a_name_that_is_given_names_the_file_and_is_not_doubted() -> None:
    Path("tok.json").write_text(
        '{"color": {"$type": "color", "blue": {"$value": "#0B6E99"}}}', encoding="utf-8"
    )
    done = run("brand", "import", "tok.json", "--name", "Blue Co")
    assert done.exit_code == 0, done.output
    assert "the file's name" not in done.stdout
    assert done.stdout.endswith("Next   promptkit brand check blue-co\n")
    assert load_brand(Path("brand_profiles/blue-co.yaml")).id == "blue-co"
    done = run("brand", "import", "tok.json", "--name", "Blue Co", "--out", "else/mine.yaml")
    assert done.stdout.endswith("Next   promptkit brand check else/mine.yaml\n")
    assert load_brand(Path("else/mine.yaml")).id == "mine"


def test_an_import_overwrites_nothing() -> None:
    Path("brand.yml").write_text("meta: {name: Shop}\ncolor: {primary: '#0B6E99'}\n")
    Path("mine.yaml").write_text("precious")
    done = run("brand", "import", "brand.yml", "--out", "mine.yaml")
    assert done.exit_code == 2
    assert "there already is mine.yaml" in done.output
    assert Path("mine.yaml").read_text() == "precious"


def test_what_is_no_brand_is_told() -> None:
    Path("song.mp3").write_bytes(b"ID3\x04" + bytes(64))
    done = run("brand", "import", "song.mp3")
    assert done.exit_code == 2
    assert "ASE" in done.output


def family() -> None:
    Path("brand_profiles").mkdir()
    Path("brand_profiles/acme.yaml").write_text(
        'name: Acme\ncolors: {primary: "#0B6E99", accent: "#F0593E"}\nstyle: daylight\n'
    )
    Path("brand_profiles/sale.yaml").write_text(
        'extends: acme\nname: Acme Sale\ncolors: {accent: "#FFC24B"}\n+avoid: [neon]\n'
    )


def test_a_brand_says_where_each_value_came_from() -> None:
    family()
    lines = run("brand", "show", "sale", "--origin").stdout.splitlines()
    assert any("#0B6E99" in line and line.endswith("(acme.yaml:2)") for line in lines)
    assert any("#FFC24B" in line and line.endswith("(sale.yaml:3)") for line in lines)
    told = json.loads(run("brand", "show", "sale", "--origin", "--json").stdout)
    assert {"key", "value", "file", "line"} == set(told["values"][0])


def test_two_brands_can_be_compared() -> None:
    family()
    said = run("brand", "show", "sale", "--diff", "acme").stdout
    assert "  sale: #FFC24B\n  acme: #F0593E" in said
    assert "primary" not in said
    told = json.loads(run("brand", "show", "sale", "--diff", "acme", "--json").stdout)
    assert {"key", "sale", "acme"} == set(told["values"][0])
    assert "are the same" in run("brand", "show", "acme", "--diff", "acme").stdout


def test_findings_travel_to_ci() -> None:
    family()
    done = run("brand", "check", "acme", "--format", "sarif")
    rules = {result["ruleId"] for result in json.loads(done.stdout)["runs"][0]["results"]}
    assert "color-without-describe" in rules
    assert run("brand", "check", "acme", "--format", "github").stdout.startswith("::notice file=")


def test_a_project_starts_with_the_schema_that_its_brand_names() -> None:
    assert run("init", "shop", "--name", "Corner Shop").exit_code == 0
    profile = Path("shop/brand_profiles/corner-shop.yaml").read_text(encoding="utf-8")
    assert profile.startswith("# yaml-language-server: $schema=brand.schema.json\n")
    schema = json.loads(Path("shop/brand_profiles/brand.schema.json").read_text(encoding="utf-8"))
    assert schema == json.loads(run("brand", "schema").stdout)
