"""reference check, reference swatch, reference mask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from promptkit.cli.output import (
    JsonFlag,
    ProjectOption,
    many,
    near,
    open_kit,
    print_finding,
    print_json,
)
from promptkit.errors import BriefError, Finding

if TYPE_CHECKING:
    from promptkit.picture.references.check import Checked
    from promptkit.picture.references.mask import Edges

app = typer.Typer(
    help="Pictures that go along with the words: check them, mask them.", no_args_is_help=True
)

BrandOption = Annotated[
    str | None, typer.Option("--brand", "-b", help="The brand's name, or its profile's path.")
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="The file, or its folder.")]


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="Pictures to check.")
    ] = None,
    brand: BrandOption = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", help="The model that gets them.", show_default="that of finals"
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Check pictures before they go along: what models take, see, and need not know.

    With --brand, those of its profile, and whether it may use them. Exits with
    1 on an error or a warning.

    Example: promptkit reference check --brand tidewell
    """
    from datetime import UTC, datetime

    from promptkit.picture.references.brand import check_rights, pictures_of
    from promptkit.picture.references.check import check_reference

    with open_kit(project) as kit:
        paths = [*(files or ())]
        rights: list[Finding] = []
        if brand or not paths:
            profile = kit.brand(brand)
            paths += pictures_of(profile)
            rights = check_rights(profile, datetime.now(UTC).date())
        card = kit.model(model or kit.settings.tiers.final.model).card
        checked = [check_reference(path, card) for path in paths]
    findings = [*(item for each in checked for item in each.findings), *rights]
    if as_json:
        data = {"references": [_data(each) for each in checked]}
        print_json(data | {"findings": [item.as_dict() for item in findings]})
    else:
        _print_checked(checked)
        for finding in findings:
            print_finding(finding)
        print(f"{many(len(checked), 'picture')} checked, {many(len(findings), 'finding')}")
    return int(any(finding.severity != "advice" for finding in findings))


@app.command()
def swatch(
    brand: BrandOption = None,
    out: OutOption = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw a brand's palette as stripes, each as wide as its share: a picture for any model.

    Example: promptkit reference swatch --brand tidewell
    """
    from promptkit.picture.outfile import marked_png, outfile, write_out
    from promptkit.workflow.swatch import swatch as drawn

    with open_kit(project) as kit:
        profile = kit.brand(brand)
    areas = profile.colors.areas()
    name = f"{profile.id}-swatch.png"
    path = outfile(out or Path(name), name)
    write_out(path, marked_png(drawn(areas)))
    if as_json:
        colors = [{"hex": value, "share": round(share, 4)} for value, share in areas]
        print_json({"brand": profile.id, "file": path.absolute(), "colors": colors})
    else:
        print(f"Swatch  {path}")


@app.command()
def mask(
    image: Annotated[Path, typer.Argument(help="The picture that is to be changed.")],
    box: Annotated[
        list[str] | None,
        typer.Option(
            "--box",
            metavar="L,T,R,B",
            help="What may change: left, top, right, bottom, as parts of 1 or in px.",
        ),
    ] = None,
    from_alpha: Annotated[
        bool, typer.Option("--from-alpha", metavar="", help="What is transparent may change.")
    ] = False,
    feather: Annotated[float, typer.Option(min=0, help="Over how many px a box fades.")] = 0,
    out: OutOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a mask of a picture, for a template's input with the role “mask”.

    It is a PNG of the picture's size, transparent where a model may change the
    picture.

    Example: promptkit reference mask can.png --box 0.1,0.1,0.5,0.9
    """
    from promptkit.picture.outfile import marked_png, outfile, write_out
    from promptkit.picture.references.mask import mask_from_alpha, mask_of_boxes

    boxes = [_edges(text) for text in box or ()]
    if bool(boxes) is from_alpha:
        fix = "give --box L,T,R,B for what may change, or --from-alpha, and not both"
        raise BriefError(Finding("mask-box", "a mask is made of boxes or of transparency", fix=fix))
    data = marked_png(
        mask_from_alpha(image) if from_alpha else mask_of_boxes(image, boxes, feather)
    )
    name = f"{image.stem}-mask.png"
    path = outfile(out or Path(name), name, image)
    write_out(path, data)
    if as_json:
        print_json({"image": image.absolute(), "mask": path.absolute(), "bytes": len(data)})
    else:
        print(f"Mask  {path}")


def _edges(text: str) -> Edges:
    parts = text.split(",")
    try:
        left, top, right, bottom = map(float, parts)
    except ValueError:
        fix = "write four numbers with commas, as in --box 0.1,0.1,0.5,0.9"
        raise BriefError(Finding("mask-box", f"“{text}” is no box", fix=fix)) from None
    return left, top, right, bottom


def _data(checked: Checked) -> dict[str, Any]:
    return {
        "file": checked.file,
        "size": checked.size,
        "format": checked.format or None,
        "bytes": checked.bytes,
        "bytes_sent": checked.sent,
    }


def _print_checked(checked: list[Checked]) -> None:
    for each in checked:
        if each.size:
            width, height = each.size
            less = f", {each.sent / 1e6:.1f} MB sent" if each.sent != each.bytes else ""
            about = f"{width}×{height} px  {each.format}  {each.bytes / 1e6:.1f} MB{less}"
            print(f"{near(Path(each.file))}  {about}")
