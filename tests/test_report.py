"""The report: one page on many runs, that holds together from any folder."""

from __future__ import annotations

import json
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner, Result

from promptkit import Kit
from promptkit.cli.app import app
from promptkit.errors import BriefError
from promptkit.picture.report import write_report
from promptkit.picture.report_view import standing_for, totals
from promptkit.verdict import Audit, Check
from promptkit.workflow.run import Failure, Finished, Pick, Record, RunFolder, RunRow
from test_sheet import HOSTILE, final, record, shot

GOOD = Audit(checks=[Check(rule="a", status="pass", severity="must", message="all is well")])
BAD = Audit(checks=[Check(rule="a", status="fail", severity="must", message="no coral")])


def runs(*records: Record) -> RunFolder:
    folder = RunFolder(Path("runs").absolute())
    for each in records:
        folder.path(each.id).mkdir(parents=True)
        folder.write(each)
    return folder


def many() -> list[Record]:
    picked = [Pick(take=2, shown=[1, 2], reason="calm", at="2026-06-11T10:00:00Z")]
    return [
        record([shot(1), shot(2, saved_usd=Decimal("0.01"))], id="one", picks=picked),
        record(
            [shot(1), final(1, audit=GOOD)],
            id="two",
            created="2026-07-01T00:00:00Z",
            finished=[Finished(of="d", channel="web", file="finished/a.jpg", size=(10, 10))],
        ),
        record(
            [shot(1, audit=BAD)],
            id="three",
            created="2026-05-01T00:00:00Z",
            failures=[Failure(tier="preview", take=2, error="E", message="no")],
            findings=[],
        ),
    ]


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        if tag == "a":
            self.links.append(unquote(found["href"] or ""))
        if tag == "img":
            self.pictures.append(found)

    def handle_data(self, data: str) -> None:
        self.text += data


def page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_totals_count_what_a_team_asks_for() -> None:
    assert totals(many()) == {
        "runs": 3,
        "previews": 4,
        "finals": 1,
        "files": 1,
        "unfit": 0,
        "failures": 1,
        "picked": 1,
        "to_pick": 3,
        "on_brand": 1,
        "audited": 2,
        "cost_usd": Decimal("0.0084") * 4 + Decimal("0.2"),
        "saved_usd": Decimal("0.01"),
    }


def test_files_that_are_not_fit_are_counted() -> None:
    records = [
        record.model_copy(
            update={"finished": [one.model_copy(update={"ok": False}) for one in record.finished]}
        )
        for record in many()
    ]
    found = page(write_report(runs(*records)).path).text
    assert "Files not fit" in found
    assert "1 of 1" in found
    assert "1 file, 1 of them not fit" in found


def test_a_run_is_stood_for_by_its_final_else_its_pick_else_its_first() -> None:
    one, two, three = many()
    assert [head.file for head in map(standing_for, (one, two, three)) if head] == [
        "preview-2.png",
        "final-1.png",
        "preview-1.png",
    ]
    assert standing_for(record([])) is None


def test_the_page_tells_of_every_run_the_newest_first() -> None:
    made = write_report(runs(*many()))
    found = page(made.path)
    sheets = [link for link in found.links if link.endswith("sheet.html")]
    assert sheets == ["two/sheet.html", "one/sheet.html", "three/sheet.html"]
    assert "Take 2: calm" in found.text
    assert "1 preview, 1 final, 1 file" in found.text
    assert "1 preview, 1 not made" in found.text
    assert "Not on brand: 1 point must change" in found.text
    assert "1 of 3" in found.text
    assert "saved $0.01" in found.text


def test_the_page_links_to_its_runs_from_wherever_it_lies() -> None:
    folder = runs(*many())
    out = Path("elsewhere") / "deep" / "page.html"
    write_report(folder, out=out)
    for link in page(out).links:
        assert (out.parent / link).parent.parent.resolve() == folder.root.resolve()


def test_the_page_stands_alone_and_can_be_heard() -> None:
    made = write_report(runs(*many()))
    text = made.path.read_text(encoding="utf-8")
    found = page(made.path)
    assert "<script" not in text
    assert "http" not in text
    assert {"header", "main", "h1", "h2", "table", "caption", "th"} - {"caption"} <= {*found.tags}
    assert all(picture["alt"] for picture in found.pictures)
    assert text.count('scope="col"') == 6
    assert text.count('scope="row"') == 3


def test_hostile_words_are_only_words() -> None:
    evil = record(
        [shot(alt=HOSTILE)],
        id="evil",
        picks=[Pick(take=1, shown=[1], reason=HOSTILE, at="2026-06-11T10:00:00Z")],
    )
    found = page(write_report(runs(evil)).path)
    assert "script" not in found.tags
    assert "{{ 7 * 7 }}" in found.text


def test_runs_may_be_named() -> None:
    folder = runs(*many())
    made = write_report(folder, ["one", "three", "one"])
    assert [each.id for each in made.records] == ["one", "three"]
    with pytest.raises(BriefError, match="there is no run"):
        write_report(folder, ["four"])


def test_one_run_gives_the_page_its_name() -> None:
    assert "Run two" in page(write_report(runs(*many()), ["last"]).path).text


def test_a_record_that_cannot_be_read_is_told_and_stops_nothing() -> None:
    folder = runs(*many())
    (folder.root / "two" / "run.json").write_text("{")
    made = write_report(folder)
    assert len(made.records) == 2
    found = page(made.path)
    assert "Not read" in found.text
    assert "cannot be read" in found.text


def test_no_run_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(BriefError, match="promptkit preview makes one"):
        write_report(RunFolder(Path("runs")))


def test_a_page_that_cannot_be_written_is_an_error() -> None:
    Path("taken").write_text("a file")
    with pytest.raises(BriefError, match="cannot be written"):
        write_report(runs(*many()), out=Path("taken/page.html"))


def test_a_page_goes_into_a_folder_and_replaces_nothing_but_a_report() -> None:
    Path("pages").mkdir()
    folder = runs(*many())
    made = write_report(folder, out=Path("pages"))
    assert made.path == Path("pages/report.html")
    write_report(folder, out=made.path)
    made.path.write_text("<p>ours")
    with pytest.raises(BriefError, match="not made by promptkit"):
        write_report(folder, out=Path("pages"))
    record = Path("runs/two/run.json")
    before = record.read_bytes()
    with pytest.raises(BriefError, match=r"\.html") as caught:
        write_report(folder, out=record)
    assert caught.value.findings[0].rule == "wrong-ending"
    assert record.read_bytes() == before


def verb(*words: str) -> Result:
    return CliRunner().invoke(app, ["report", *words])


def told(*words: str, code: int = 0) -> Any:
    done = verb(*words, "--json")
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_the_verb_reports_on_a_project_s_runs() -> None:
    with Kit() as kit:
        prompt = kit.compose("packshot", "tidewell", {"product": "slim can"})
        run = kit.preview(prompt, n=1)
        kit.pick(run, 1)
    found = told()
    assert (found["runs"], found["picked"], found["cost_usd"]) == (1, 1, 0)
    assert found["entries"][0]["run"] == run.id
    assert Path(found["entries"][0]["sheet"]).is_file()
    said = verb().stdout
    assert "1 run, 1 of 1 picked" in said
    assert Path("runs/report.html").is_file()


def test_the_verb_reports_on_a_folder_of_runs() -> None:
    runs(*many()).root.rename("campaign")
    found = told("campaign", "--out", "page.html")
    assert found["runs"] == 3
    assert Path(found["report"]).name == "page.html"
    said = verb("campaign").stdout
    assert "On brand" in said
    assert "Saved" in said


def test_the_verb_ends_with_1_when_a_record_cannot_be_read() -> None:
    folder = runs(*many())
    (folder.root / "two" / "run.json").write_text("{")
    assert len(told(code=1)["unread"]) == 1
    assert "Not read" in verb().stdout


def test_runs_without_previews_have_nothing_to_pick() -> None:
    found = page(write_report(runs(record([final(1)], id="only"))).path)
    assert "Picked" not in found.text.partition("Runs")[2].partition("Picture")[0]


def test_runs_on_another_drive_are_linked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_drive(*_: object) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr("promptkit.picture.report_view.os.path.relpath", other_drive)
    (link, *_) = page(write_report(runs(*many())).path).links
    assert link.startswith("file:///")


def test_a_run_is_told_by_its_row_and_its_first_inputs() -> None:
    said = {"product": "slim\ncan", "claims": ["cold", "crisp"], "view": "above"}
    told = [
        record(id="a", inputs=said, row=RunRow(number=1, id="can-330")),
        record(id="b", inputs=said, row=RunRow(number=2)),
        record(id="c", inputs=said | {"product": "w" * 200}),
        record(id="d", inputs={}),
    ]
    folder = runs(*told)
    names = [entry["subject"] for entry in write_report(folder, list("abcd")).as_dict()["entries"]]
    assert names[:2] == ["can-330: slim can, cold, crisp", "row 2: slim can, cold, crisp"]
    assert names[2] == "w" * 79 + "…"
    assert names[3] == ""
    text = page(folder.root / "report.html").text
    assert all(name in text for name in names)
    entries = write_report(folder).as_dict()["entries"]
    assert {(each["run"], each["row"], each["id"]) for each in entries} == {
        ("a", 1, "can-330"),
        ("b", 2, ""),
        ("c", None, ""),
        ("d", None, ""),
    }


def test_runs_that_are_named_keep_their_order() -> None:
    made = write_report(runs(*many()), ["three", "two", "one"])
    sheets = [link for link in page(made.path).links if link.endswith("sheet.html")]
    assert sheets == ["three/sheet.html", "two/sheet.html", "one/sheet.html"]
    assert [each["run"] for each in made.as_dict()["entries"]] == ["three", "two", "one"]


def test_a_record_without_a_row_is_read() -> None:
    data = record(id="old").model_dump(mode="json")
    del data["row"]
    assert Record.model_validate(data).row is None
