"""Finding profiles, reading them, and the files they name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from promptkit.brand.loading import BrandLibrary, load_brand, parse_brand
from promptkit.errors import BrandError, Finding

SHIPPED = Path(__file__).parent.parent / "brand_profiles"
BARE = 'name: Acme\ncolors: {primary: "#0B6E99"}\nstyle: calm photos\n'


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_profile_is_read(path: Path) -> None:
    brand = load_brand(path)
    assert brand.id == path.stem
    assert brand.folder == SHIPPED
    assert brand.document
    assert brand.document.file == str(path)


def _lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _findings(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(BrandError) as caught:
        load_brand(path)
    return caught.value.findings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "brands"
    _lay(root, "refs/can.png", "refs/Can-Back.png", "logos/acme.svg", "fonts/inter.otf")
    _lay(tmp_path, "outside.png")
    return root


def test_files_are_found_from_the_profiles_folder(folder: Path) -> None:
    (folder / "acme.yaml").write_text(
        BARE.replace(
            "calm photos", "{references: [{id: a, path: refs/can.png}, {id: b}]}\n"
        ).replace("style: {", "style: {medium: photo, ")
        + "subjects: {can: {refs: refs/can.png}}\n"
        "logo: {files: [{id: a, path: ./logos/../logos/acme.svg}]}\n"
        "typography: {display: {path: fonts/inter.otf}}\n"
    )
    assert load_brand(folder / "acme.yaml").subjects["can"].refs == ["refs/can.png"]


# A path that a profile names: what is wrong with it, and a part of the fix.
PATHS: list[tuple[str, str, str]] = [
    ("refs/cna.png", "there is no file “refs/cna.png”", "did you mean “refs/can.png”? paths start"),
    ("refs/can-back.png", "there is no file “refs/can-back.png”", "“refs/Can-Back.png”? paths"),
    ("refs\\\\can.png", "there is no file “refs\\can.png”", "did you mean “refs/can.png”?"),
    ("refs", "there is no file “refs”", "paths start at the profile's folder, "),
    ("", "there is no file “”", "paths start at the profile's folder, "),
    ("nowhere/x.png", "there is no file “nowhere/x.png”", "paths start at the profile's folder"),
    ("https://a.example/x.png", "there is no file “https://a.example/x.png”", "copy the file into"),
    ("a\\0b", "there is no file “a\ufffdb”", "paths start at the profile's folder"),
    ("x\\0/b", "there is no file “x\ufffd/b”", "paths start at the profile's folder"),
    ("x" * 5000, "there is no file “xxx", "paths start at the profile's folder"),
    (
        "../outside.png",
        "“../outside.png” lies outside the profile's folder",
        "copy it into brands/",
    ),
    ("/etc/passwd", "“/etc/passwd” lies outside the profile's folder", "name it from there"),
]


@pytest.mark.parametrize(("path", "message", "fix"), PATHS)
def test_a_file_that_is_not_there_or_outside(
    path: str, message: str, fix: str, folder: Path
) -> None:
    (folder / "acme.yaml").write_text(f'{BARE}subjects:\n  can:\n    refs: ["{path}"]\n')
    (finding,) = _findings(folder / "acme.yaml")
    assert finding.message.startswith(message)
    assert fix in (finding.fix or "")
    assert finding.place
    assert (finding.place.line, finding.place.column) == (6, 12)


def test_a_link_does_not_lead_outside(folder: Path) -> None:
    (folder / "refs" / "link.png").symlink_to(folder.parent / "outside.png")
    (folder / "acme.yaml").write_text(f"{BARE}subjects: {{can: {{refs: refs/link.png}}}}\n")
    assert _findings(folder / "acme.yaml")[0].rule == "path-outside"


def test_every_missing_file_is_told_at_once(folder: Path) -> None:
    (folder / "acme.yaml").write_text(
        BARE.replace("calm photos", "{medium: photo, references: [{id: a, path: one.png}]}")
        + "subjects: {can: {refs: [two.png, refs/can.png, three.png]}}\n"
        "logo: {files: [{id: a, path: four.svg}]}\n"
        "typography: {display: {path: five.otf}, body: {path: six.otf}}\n"
    )
    told = sorted(str(finding) for finding in _findings(folder / "acme.yaml"))
    assert len(told) == 6
    for number, name in [
        (3, "one"),
        (4, "two"),
        (4, "three"),
        (5, "four"),
        (6, "five"),
        (6, "six"),
    ]:
        assert any(f"acme.yaml:{number}:" in item and f"“{name}." in item for item in told)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the profile is empty"),
        ("# later\n", "the profile is empty"),
        ("- a\n", "a brand profile is a group of keys"),
        ("hello\n", "a brand profile is a group of keys"),
    ],
)
def test_what_is_no_profile(text: str, message: str) -> None:
    with pytest.raises(BrandError) as caught:
        parse_brand(text, "acme.yaml")
    (finding,) = caught.value.findings
    assert finding.message == message
    assert finding.fix == "it needs three keys at least: name, colors and style"


@pytest.mark.parametrize("written", [BARE, "\ufeff" + BARE, BARE.replace("\n", "\r\n")])
def test_however_an_editor_saved_it(written: str, folder: Path) -> None:
    path = folder / "acme.yaml"
    path.write_bytes((written + "tone:\n").encode())
    (finding,) = _findings(path)
    assert str(finding.place) == f"{path}:4:1"
    assert finding.message == "`tone`: is empty"


# The library ----------------------------------------------------------------------------------


@pytest.fixture
def library(tmp_path: Path) -> BrandLibrary:
    own, shared = tmp_path / "own", tmp_path / "shared"
    for path in (own / "acme.yaml", own / "beta.yml", shared / "acme.yaml", shared / "zeta.yaml"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(BARE.replace("Acme", f"{path.parent.name} {path.stem}"))
    _lay(own, "_draft.yaml", "notes.txt", "folder.yaml/x")
    return BrandLibrary([own, tmp_path / "nowhere", shared])


def test_the_first_folder_with_a_name_wins(library: BrandLibrary) -> None:
    paths = library.paths()
    assert [(name, path.parent.name) for name, path in paths.items()] == [
        ("acme", "own"),
        ("beta", "own"),
        ("zeta", "shared"),
    ]
    assert library.get("acme").name == "own acme"
    assert library.get(str(paths["zeta"])).name == "shared zeta"


def test_a_brand_is_read_again_only_when_its_file_changed(library: BrandLibrary) -> None:
    path = library.paths()["acme"]
    first = library.get("acme")
    assert library.get("acme") is first
    path.write_text(BARE.replace("Acme", "New"))
    os.utime(path, ns=(1, 1))
    assert library.get("acme").name == "New"
    path.unlink()
    assert library.get("acme").name == "shared acme"
    assert library.get("zeta").name == "shared zeta"
    _lay(path.parents[1], "nowhere/zeta.yml")
    (path.parents[1] / "nowhere" / "zeta.yml").write_text(BARE)
    assert library.get("zeta").name == "Acme"


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("acne", "there is no brand “acne”", "did you mean “acme”? known: acme, beta, zeta"),
        ("x", "there is no brand “x”", "known: acme, beta, zeta"),
        ("_draft", "there is no brand “_draft”", "known: acme, beta, zeta"),
        ("nowhere/x.yaml", "there is no such file", "check the file's name and folder"),
        ("a\0b.yaml", "this file cannot be read: no file can have this name", "check the file's"),
        ("x" * 5000 + ".yaml", "this file cannot be read: file name too long", "check the file's"),
    ],
)
def test_a_brand_that_is_not_there(
    name: str, message: str, fix: str, library: BrandLibrary
) -> None:
    with pytest.raises(BrandError) as caught:
        library.get(name)
    (finding,) = caught.value.findings
    assert finding.message == message
    assert (finding.fix or "").startswith(fix)
