"""The stage: the drawn scene, or the room's own picture, with the marks on it."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from promptkit.geometry import Box
from promptkit.lettering import LIGHT_INK
from promptkit.provider.comp.marks import Annotated, annotate, letter
from promptkit.provider.comp.notes import Notes
from promptkit.provider.comp.paint import paint
from promptkit.provider.comp.pen import Pen
from promptkit.provider.comp.scene import Scene
from promptkit.provider.comp.tones import Tones

_LEAST_CARD = 0.42

#: The level at which a drawing stands for the finished picture.
FINAL = 2


def build(
    scene: Scene,
    notes: Notes,
    tones: Tones,
    size: tuple[int, int],
    em: int,
    level: int,
    room: Image.Image | None = None,
    product: Image.Image | None = None,
) -> Pen:
    """Paint ``scene`` at ``size`` px and write its marks with text of ``em`` px.

    The pen that comes back holds the picture, and where it was written on. At ``FINAL`` the marks
    of the plan stay away: headline and logo are laid over such a picture.
    ``room`` takes the place of the scenery; ``product`` is then set into it as a card.
    """
    ground = _toned(room, size) if room else None
    if ground and product:
        scene = replace(scene, subject=_card(product, scene))
        picture = _with_card(ground, product, scene, em)
    else:
        picture = paint(scene, tones, size, level, ground)
    pen = Pen(picture, em)
    write = letter if level >= FINAL else annotate
    write(Annotated(pen, scene, notes, tones))
    return pen


def _toned(room: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the room cut to ``size`` px and toned down, to set off what is put into it."""
    muted = ImageEnhance.Color(ImageOps.fit(room, size)).enhance(0.55)
    return Image.blend(muted, Image.new("RGB", size, LIGHT_INK), 0.14)


def _with_card(ground: Image.Image, product: Image.Image, scene: Scene, em: int) -> Image.Image:
    """Set the product's picture into the room, as a card where the subject stands."""
    place = scene.subject.scaled(ground.width / scene.ratio, ground.height)
    left, top, right, bottom = place.ints
    shadow = Image.new("L", ground.size)
    fall = (round(scene.light.dx * em * 0.5), round(em * 0.4))
    shadow.paste(110, (left + fall[0], top + fall[1], right + fall[0], bottom + fall[1]))
    ground.paste((20, 18, 16), (0, 0), shadow.filter(ImageFilter.GaussianBlur(em * 0.6)))
    border = max(2, round(em * 0.3))
    card = ImageOps.expand(
        ImageOps.fit(product, (right - left - 2 * border, bottom - top - 2 * border)),
        border,
        LIGHT_INK,
    )
    ground.paste(card, (left, top))
    return ground


def _card(product: Image.Image, scene: Scene) -> Box:
    """Return where the card lies: on the subject's place, in the product picture's own ratio."""
    room, subject = scene.room, scene.subject
    ratio = product.width / product.height
    height = min(max(subject.height, _LEAST_CARD), room.height, room.width / ratio)
    middle, base = subject.centre[0], subject.y1
    half = height * ratio / 2
    return Box(middle - half, base - height, middle + half, base).within(room)
