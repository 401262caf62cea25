"""The whole comp: a request in, the bytes of a picture out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from promptkit.client.request import ImageRequest, Reference
from promptkit.errors import ProviderError
from promptkit.provider.comp import carrier, stage
from promptkit.provider.comp import notes as noting
from promptkit.provider.comp.balance import balanced
from promptkit.provider.comp.grid import Grid, lay_out
from promptkit.provider.comp.notes import Notes
from promptkit.provider.comp.page import (
    Thumbnail,
    draw_palette,
    open_page,
    place_stage,
    write_captions,
    write_mark,
)
from promptkit.provider.comp.pen import Pen
from promptkit.provider.comp.scene import Scene, compose
from promptkit.provider.comp.tones import Tones, deal

_LEVELS = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True, slots=True)
class _Sources:
    """The request's pictures: what is refined, a comp's scene or a photo, and the references."""

    photo: Image.Image | None
    scene: Scene | None
    thumbnails: tuple[Thumbnail, ...]

    def of(self, role: str) -> Image.Image | None:
        """Return the first picture that plays ``role``."""
        found = (thumbnail.picture for thumbnail in self.thumbnails if thumbnail.role == role)
        return next(found, None)


def draw(request: ImageRequest) -> tuple[bytes, str]:
    """Draw the comp that ``request`` asks for; return its bytes and their media type.

    Raises:
        ProviderError: a reference cannot be read as a picture.
    """
    notes = noting.read(request)
    tones = deal(notes.palette, notes.text("subject"))
    sources = _sources(request)
    level = _LEVELS.get(request.quality, 1)
    grid = lay_out(request.size, len(notes.palette), level)
    page = open_page(request.size, grid, tones)
    drawing, scene = _drawing(request, sources, notes, tones, grid, level)
    place_stage(page, drawing.picture)
    write_captions(page, notes, sources.thumbnails, level)
    draw_palette(page, notes)
    write_mark(page, _details(request))
    marks = tuple(mark.ints for mark in drawing.marks)
    measured = carrier.Page(grid.stage.ints, marks)
    return carrier.encoded(page.pen.picture, request.output_format, scene, measured)


def _details(request: ImageRequest) -> Sequence[str]:
    width, height = request.size
    return f"take {request.take}", request.quality, f"{width}×{height}"


def _sources(request: ImageRequest) -> _Sources:
    preview = None
    shown = [*request.references, *([request.mask] if request.mask else [])]
    if request.operation == "edit":
        preview = next((ref for ref in shown if ref.role == "preview"), None)
    picture = _opened(preview) if preview else None
    scene = carrier.carried(picture) if picture else None
    return _Sources(
        photo=_flat(picture) if picture and not scene else None,
        scene=scene,
        thumbnails=tuple(
            Thumbnail(_flat(_opened(ref)), ref.role, ref.name)
            for ref in shown
            if ref is not preview
        ),
    )


def _opened(reference: Reference) -> Image.Image:
    try:
        picture = Image.open(BytesIO(reference.data))
        picture.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise ProviderError(
            f"the {reference.role} picture {reference.name} cannot be read: {error}",
            fix="save it again as PNG, JPEG or WebP",
            provider="comp",
            status=400,
        ) from error
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """Return ``picture`` upright and in RGB, transparent parts on white."""
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    ground = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(ground, upright).convert("RGB")


def _composed(request: ImageRequest, notes: Notes, tones: Tones) -> Scene:
    width, height = request.size
    return balanced(compose(notes, width / height, request.take, tones.spots), tones)


def _drawing(
    request: ImageRequest, sources: _Sources, notes: Notes, tones: Tones, grid: Grid, level: int
) -> tuple[Pen, Scene | None]:
    """Return the drawing and its scene; a preview that is no comp is the drawing, without scene."""
    if sources.photo:
        return Pen(ImageOps.fit(sources.photo, grid.stage.size), grid.em), None
    scene = sources.scene or _composed(request, notes, tones)
    room, product = sources.of("room"), sources.of("product")
    size = grid.stage.size
    return stage.build(scene, notes, tones, size, grid.em, level, room, product), scene
