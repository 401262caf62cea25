"""Profiles that build on others: how the parent is found, its files, and its changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from brand_family import PARENT, Write, family, findings, where
from promptkit.brand import parents
from promptkit.brand.loading import BrandLibrary, load_brand
from promptkit.errors import BrandError


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return family(tmp_path)


# Finding the parent ---------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["acme", "acme.yaml", "./acme.yaml", "refs/../acme.yaml"])
def test_a_parent_is_found_by_name_or_path(wanted: str, write: Write, tmp_path: Path) -> None:
    brand = load_brand(write("child.yaml", f"extends: {wanted}\n"))
    assert brand.origin("name").file == str(tmp_path / "acme.yaml")


def test_a_parent_may_be_hidden_and_incomplete(write: Write, tmp_path: Path) -> None:
    write("_base.yml", "tone: [calm]\n")
    write("child.yaml", 'extends: _base\nname: A\ncolors: {a: "#111"}\nstyle: s\n')
    library = BrandLibrary([tmp_path])
    assert library.get("child").tone.traits == ["calm"]
    assert "_base" not in library.paths()


def test_a_parent_is_looked_for_on_the_search_path(write: Write, tmp_path: Path) -> None:
    write("own/child.yaml", "extends: acme\n")
    write("own/acme.yaml", "extends: acme\nname: Our Acme\n")
    library = BrandLibrary([tmp_path / "own", tmp_path])
    brand = library.get("child")
    assert brand.name == "Our Acme"
    assert [path.parent.name for path in brand.parents] == ["own", tmp_path.name]
    assert library.get(str(tmp_path / "own" / "child.yaml")) is brand
    elsewhere = write("else/child.yaml", "extends: acme\n")
    assert library.get(str(elsewhere)).name == "Our Acme"
    assert library.get(str(write("else/two.yaml", "extends: ../own/acme.yaml\n"))).id == "two"


# The parent that is named, and what is wrong with it.
PARENTS: list[tuple[str, str, str]] = [
    ("acne", "there is no brand “acne” to build on (child.yaml → acne)", "“acme”? known: acme"),
    ("x\\0y", "there is no brand “x\0y” to build on", "known: acme"),
    ("x" * 5000, "there is no brand “xxx", "known: acme"),
    ("no.yaml", "there is no file “no.yaml” to build on (child.yaml → no.yaml)", "paths start at"),
    ("a\\0.yaml", "there is no file “a\0.yaml”", "paths start at"),
    ("no/acme", "there is no file “no/acme”", "paths start at the profile's folder, "),
    ("../out.yaml", "“../out.yaml” lies outside the folders of the profiles (child.yaml →", "copy"),
    ("/etc/hosts.yaml", "“/etc/hosts.yaml” lies outside", "or name a brand"),
    ("child", "this profile builds on itself", "name the profile that it builds on"),
    ("./child.yaml", "this profile builds on itself", "or delete the line"),
    ("", "`extends` is empty", "name a brand, as in extends: tidewell, or the path"),
]


@pytest.mark.parametrize(("wanted", "message", "fix"), PARENTS, ids=[row[0][:9] for row in PARENTS])
def test_a_parent_that_cannot_be(wanted: str, message: str, fix: str, write: Write) -> None:
    write("../out.yaml", PARENT)
    (finding,) = findings(write("child.yaml", f'name: C\nextends: "{wanted}"\n'))
    assert message in finding.message
    assert fix in (finding.fix or "")
    assert where(finding) == "child.yaml:2:1"


@pytest.mark.parametrize("wanted", ["[a, b]", "{a: b}", "3", "true"])
def test_there_is_one_parent(wanted: str, write: Write) -> None:
    (finding,) = findings(write("child.yaml", f"extends: {wanted}\n"))
    assert finding.message == "`extends` takes one parent"


def test_a_circle_is_told_with_all_its_profiles(write: Write) -> None:
    write("b.yaml", "extends: c\n")
    write("c.yaml", "name: C\nextends: a\n")
    (finding,) = findings(write("a.yaml", "extends: b\n"))
    assert finding.rule == "extends-cycle"
    assert finding.message.endswith("in a circle: a.yaml → b.yaml → c.yaml → a.yaml")
    assert where(finding) == "c.yaml:2:1"


def test_parents_stand_eight_deep_at_most(write: Write) -> None:
    write("p0.yaml", "extends: acme\n")
    for number in range(1, parents.MAX_PARENTS):
        write(f"p{number}.yaml", f"extends: p{number - 1}\n")
    top = parents.MAX_PARENTS - 1
    assert len(load_brand(write(f"p{top}.yaml", f"extends: p{top - 1}\n")).parents) == 8
    (finding,) = findings(write("p8.yaml", "extends: p7\n"))
    assert finding.rule == "extends-depth"
    assert finding.message.endswith("p0.yaml → acme.yaml")
    assert where(finding) == "p0.yaml:1:1"


def test_the_folder_may_be_gone(write: Write, tmp_path: Path) -> None:
    path = write("child.yaml", "extends: acne\n")
    (finding,) = findings(path, tmp_path / "nowhere")
    assert "“acme”?" in (finding.fix or "")


def test_a_link_does_not_lead_outside(write: Write, tmp_path: Path) -> None:
    write("in/child.yaml", "extends: ./link.yaml\n")
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "acme.yaml")
    assert findings(tmp_path / "in" / "child.yaml")[0].rule == "path-outside"


def test_a_step_up_out_of_a_linked_folder_is_kept(write: Write, tmp_path: Path) -> None:
    write("real/deep/x.png", "")
    write("real/acme.yaml", PARENT.replace("refs: [refs/can.png]", "refs: []"))
    write("brands/child.yaml", "extends: linked/../acme.yaml\n")
    (tmp_path / "brands" / "linked").symlink_to(tmp_path / "real" / "deep")
    brand = load_brand(tmp_path / "brands" / "child.yaml", [tmp_path / "real"])
    assert brand.name == "Acme"


# Files ----------------------------------------------------------------------------------------


def test_paths_stay_with_the_file_that_wrote_them(write: Write, tmp_path: Path) -> None:
    write("markets/refs/keg.png", "")
    text = "extends: acme\nsubjects: {keg: {refs: refs/keg.png}}\n"
    brand = load_brand(write("markets/child.yaml", text), [tmp_path])
    assert brand.subjects["can"].refs == ["../refs/can.png"]
    assert brand.subjects["keg"].refs == ["refs/keg.png"]
    assert (brand.folder / brand.subjects["can"].refs[0]).is_file()
    write("deeper/down/refs/keg.png", "")
    again = load_brand(write("deeper/down/child.yaml", text), [tmp_path])
    assert again.subjects["can"].refs == ["../../refs/can.png"]
    assert again.digest == brand.digest


def test_a_missing_file_is_told_where_it_was_written(write: Write, tmp_path: Path) -> None:
    (tmp_path / "refs" / "can.png").unlink()
    write("markets/refs/can.png", "")
    (finding,) = findings(write("markets/child.yaml", "extends: acme\n"), tmp_path)
    assert where(finding) == "acme.yaml:20:42"
    assert finding.message == (
        "there is no file “refs/can.png” (in child.yaml, which builds on this file)"
    )
    write("acme.yaml", PARENT.replace("refs/can.png", "../can.png"))
    (finding,) = findings(tmp_path / "markets" / "child.yaml", tmp_path)
    assert finding.rule == "path-outside"


def test_a_parent_on_another_drive(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(*_: object) -> str:
        raise ValueError("path is on mount 'D:'")

    monkeypatch.setattr(os.path, "relpath", elsewhere)
    brand = load_brand(write("markets/child.yaml", "extends: acme\n"), [tmp_path])
    assert brand.subjects["can"].refs == [str(tmp_path / "refs" / "can.png")]


# The library's memory -------------------------------------------------------------------------


def test_the_library_notices_a_changed_parent(write: Write, tmp_path: Path) -> None:
    write("own/child.yaml", "extends: middle\n")
    write("middle.yaml", "extends: acme\n")
    library = BrandLibrary([tmp_path / "own", tmp_path])
    first = library.get("child")
    assert library.get("child") is first
    os.utime(write("acme.yaml", PARENT.replace("Acme", "New")), ns=(1, 1))
    assert library.get("child").name == "New"
    write("own/acme.yaml", "extends: acme\nname: Own\n")
    assert library.get("child").name == "Own"
    (tmp_path / "own" / "acme.yaml").unlink()
    assert library.get("child").name == "New"
    (tmp_path / "acme.yaml").unlink()
    with pytest.raises(BrandError, match="there is no brand “acme” to build on"):
        library.get("child")
