"""Painting a scene: flat and outlined as a sketch, lit and grained as a finished comp."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from promptkit.geometry import Box, Point
from promptkit.lettering import Rgb
from promptkit.provider.comp import forms, scenery
from promptkit.provider.comp.geometry import Outline, ellipse
from promptkit.provider.comp.scene import Light, Scene
from promptkit.provider.comp.shape import Shape
from promptkit.provider.comp.tones import Tones

#: Everything is painted this many times as large and then reduced, for smooth edges.
_OVERSAMPLING = 2
#: Soft things are painted this many times smaller than the rest: nobody sees it, all is faster.
_SOFT_SCALE = 4
#: The outline of a sketch is a little out of register, in heights of the picture.
_SLIP = (0.004, -0.003)
_BLACK: Rgb = (0, 0, 0)
_WHITE: Rgb = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class _Easel:
    """What is painted on, and how: the picture, px per unit across and down, level of detail."""

    picture: Image.Image
    across: float
    down: float
    tones: Tones
    level: int
    flat: bool

    def points(self, outline: Outline, slip: Point = (0.0, 0.0)) -> list[Point]:
        """Return ``outline`` in px, moved by ``slip``."""
        return [((x + slip[0]) * self.across, (y + slip[1]) * self.down) for x, y in outline]

    def fill(self, shapes: Iterable[Shape]) -> None:
        """Fill ``shapes``, from the back to the front."""
        draw = ImageDraw.Draw(self.picture, "RGBA")
        for shape in shapes:
            if shape.level <= self.level:
                colour = self.tones.rgb(shape.slot, shape.shift)
                draw.polygon(self.points(shape.outline), (*colour, round(255 * shape.alpha)))
                if self.level == 0 and shape.alpha == 1:
                    self._contour(draw, shape.outline)

    def _contour(self, draw: ImageDraw.ImageDraw, outline: Outline) -> None:
        points = self.points(outline, _SLIP)
        width = max(2, round(self.down * 0.0032))
        ink = (*self.tones.rgb("dark"), 150)
        draw.line([*points, points[0], points[1]], ink, width, joint="curve")

    def mask(self, outlines: Iterable[Outline], blur: float = 0.0) -> Image.Image:
        """Return a mask of ``outlines``; ``blur`` is its softness in units of the stage."""
        scale = _SOFT_SCALE if blur else 1
        size = (self.picture.width // scale, self.picture.height // scale)
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        for outline in outlines:
            draw.polygon([(x / scale, y / scale) for x, y in self.points(outline)], 255)
        if not blur:
            return mask
        soft = mask.filter(ImageFilter.GaussianBlur(blur * self.down / scale))
        return soft.resize(self.picture.size, Image.Resampling.BICUBIC)

    def tint(self, colour: Rgb, mask: Image.Image, strength: float) -> None:
        """Lay ``colour`` over the picture where ``mask`` is, at ``strength`` (0–1)."""
        self.picture.paste(colour, (0, 0), mask.point(lambda value: round(value * strength)))


def paint(
    scene: Scene, tones: Tones, size: tuple[int, int], level: int, ground: Image.Image | None = None
) -> Image.Image:
    """Paint ``scene`` at ``size`` px; on ``ground`` instead of its own scenery when given.

    ``level`` is the degree of detail: 0 a sketch, 1 medium, 2 finished.
    """
    large = (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING)
    picture = ground.resize(large) if ground else Image.new("RGB", large, tones.rgb("backdrop"))
    easel = _Easel(picture, large[0] / scene.ratio, large[1], tones, level, scene.flat)
    if ground is None:
        easel.fill(scenery.behind(scene))
        _light_up(easel, scene)
    subject = forms.form(scene.form, scene.subject)
    _cast_shadow(easel, scene)
    easel.fill(subject)
    _model(easel, [shape.outline for shape in subject if shape.slot != "backdrop"], scene)
    done = easel.picture.reduce(_OVERSAMPLING)
    return _grained(done, scene.seed) if level == 2 and not scene.flat else done


def shares(scene: Scene, tones: Tones) -> list[float]:
    """Return the part of the picture that each colour of the palette covers, as it is drawn."""
    height = 150
    picture = Image.new("L", (round(height * scene.ratio), height), tones.slots["backdrop"].index)
    draw = ImageDraw.Draw(picture)
    other = len(tones.palette)
    for shape in (*scenery.behind(scene), *forms.form(scene.form, scene.subject)):
        plain = shape.slot not in ("dark", "light") or abs(shape.shift) < 0.25
        index = tones.slots[shape.slot].index if plain else other
        draw.polygon([(x * height, y * height) for x, y in shape.outline], index)
    counts = picture.histogram()[: other + 1]
    return [count / (picture.width * height) for count in counts[:other]]


def _light_up(easel: _Easel, scene: Scene) -> None:
    """Let the air be lighter where the light comes from; only as far as colours stay true."""
    if easel.flat:
        return
    strength = (0.12, 0.16, 0.22)[easel.level]
    fall = _fall(scene.light).resize(easel.picture.size, Image.Resampling.BICUBIC)
    easel.tint(_BLACK, fall, strength * 0.55)
    easel.tint(_WHITE, ImageChops.invert(fall), strength)
    if scene.light.behind:
        glow = easel.mask([ellipse(scene.subject.inset(-0.06))], blur=0.09)
        easel.tint(_WHITE, glow, 0.5)


@lru_cache(maxsize=16)
def _fall(light: Light) -> Image.Image:
    """Return how light fades along its way: black where it comes from, white at the other end."""
    steps = [step / 31 for step in range(32)]
    reach = abs(light.dx) + abs(light.dy)
    start = max(0.0, -light.dx) + max(0.0, -light.dy)
    parts = ((x * light.dx + y * light.dy + start) / reach for y in steps for x in steps)
    return Image.frombytes("L", (32, 32), bytes(round(255 * part) for part in parts))


def _cast_shadow(easel: _Easel, scene: Scene) -> None:
    subject, light = scene.subject, scene.light
    depth = min(subject.height, subject.width) * 0.1
    throw = light.dx * light.reach * subject.height * 0.5
    drop = depth * (2.2 if light.behind else 0.6)
    long = Box(
        subject.x0 + min(0.0, throw),
        subject.y1 - depth,
        subject.x1 + max(0.0, throw),
        subject.y1 + drop,
    )
    close = Box(subject.x0 - 0.01, subject.y1 - depth * 0.5, subject.x1 + 0.01, subject.y1 + 0.012)
    shade = easel.tones.rgb("dark", -0.2)
    # On a seamless ground the shadow alone says where the ground is: a sketch's is soft, too.
    if easel.flat or (easel.level == 0 and not scene.seamless):
        easel.tint(shade, easel.mask([ellipse(close)]), 0.3)
        return
    soft = 0.004 + 0.03 * light.soft
    easel.tint(shade, easel.mask([ellipse(long)], soft), 0.24 - 0.06 * light.soft)
    easel.tint(shade, easel.mask([ellipse(close)], soft / 3), 0.3)


def _model(easel: _Easel, outlines: Sequence[Outline], scene: Scene) -> None:
    """Give the subject roundness: lit on the light's side, shaded on the other."""
    if easel.level == 0 or easel.flat:
        return
    mask = easel.mask(outlines)
    box = scene.subject.scaled(easel.across, easel.down).ints
    body = mask.crop(box)
    across = Image.linear_gradient("L").rotate(90 if scene.light.dx > 0 else -90)
    shade = across.resize(body.size, Image.Resampling.BICUBIC)
    strength = (0.0, 0.26, 0.38)[easel.level]
    for colour, ramp in ((_BLACK, shade), (_WHITE, ImageChops.invert(shade))):
        curved = ramp.point(lambda value: round(strength * max(0, value - 96) * 255 / 159))
        easel.picture.paste(colour, box[:2], ImageChops.multiply(curved, body))


def _grained(picture: Image.Image, seed: int) -> Image.Image:
    """Lay a fine, even grain over the picture."""
    side = 256
    noise = Image.frombytes("L", (side, side), Random(seed).randbytes(side * side))
    tile = noise.filter(ImageFilter.GaussianBlur(0.6)).point(lambda value: 112 + value // 8)
    grain = Image.new("L", picture.size)
    for x in range(0, picture.width, side):
        for y in range(0, picture.height, side):
            grain.paste(tile, (x, y))
    return ImageChops.soft_light(picture, Image.merge("RGB", (grain,) * 3))
