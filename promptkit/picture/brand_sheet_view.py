"""What a brand sheet says, as plain data: a brand profile as a person wants to see it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from promptkit.brand.check import MIN_TEXT_CONTRAST, check_brand
from promptkit.brand.color import contrast, parse_hex
from promptkit.brand.look import Look
from promptkit.brand.palette import Colors
from promptkit.brand.profile import Box, Brand, Channel, LogoFile
from promptkit.errors import Finding, InputError
from promptkit.measures import Size
from promptkit.picture.sheet_palette import Band, bands
from promptkit.picture.sheet_view import Row
from promptkit.picture.sheet_words import label
from promptkit.prompt.compose import compose
from promptkit.template.compiled import Template
from promptkit.workflow.run import Swatch

_DARK, _LIGHT = _INKS = ("#1C1C1C", "#FFFFFF")
#: Lower bounds of the WCAG 2.1 contrast ratio, with what they are enough for.
_LEVELS = (
    (7.0, "passes AAA"),
    (4.5, "passes AA"),
    (MIN_TEXT_CONTRAST, "passes AA for large text only"),
)
_GROUND_ROLES = ("background", "surface")
#: What a ground must have against the other ink to count as light or dark.
_GROUND_CONTRAST = 10.0
#: More than this around a logo (in logo heights) is said, but would leave no logo to see.
_WIDEST_CLEAR = 3.0
_HEIGHTS = re.compile(r"\s*([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*x", re.IGNORECASE)
#: Logos that must be larger than this (px) are not drawn at their least size: no page has room.
_LARGEST_DRAWN = (260, 160)
_RESERVE_FRAME = (1536, 1024)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the page carries within itself."""

    uri: str
    """A ``data:`` address."""
    size: Size

    @property
    def ratio(self) -> float:
        """Width over height."""
        return max(self.size[0], 1) / max(self.size[1], 1)


#: Pictures by their paths as the profile writes them; what cannot be shown is not among them.
Pictures = Mapping[str, Picture]


@dataclass(frozen=True, slots=True)
class Use:
    """What a colour is for, and the share of the picture (0–1) it should cover."""

    role: str
    target: float | None
    least: float = 0.0
    most: float = 1.0
    given: bool = True
    """The brand says so itself; else it is what such a colour usually covers."""

    @property
    def share(self) -> str:
        """The share in words, empty where none is known."""
        if self.target is None:
            return ""
        if not self.given:
            return f"usually {self.target:.0%}"
        least = f"at least {self.least:.0%}" if self.least > 0 else ""
        most = f"at most {self.most:.0%}" if self.most < 1 else ""
        return ", ".join(part for part in (f"{self.target:.0%}", least, most) if part)


@dataclass(frozen=True, slots=True)
class Tile:
    """A colour with all that the brand says of it."""

    key: str
    """Its name in the palette."""
    band: Band
    ink: str
    """The ink that reads best on it."""
    words: str
    by_rule: bool
    """The words were made by rule: the brand gave none."""
    uses: tuple[Use, ...]
    notes: tuple[str, ...]
    """Print values, and rules of its own."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Text of one colour on the ground of another. ``ratio`` is WCAG's, cut to two places."""

    text: Tile
    ground: Tile
    ratio: str
    level: str
    """What it is enough for, in words."""
    given: bool
    """The brand names this pair itself; else it follows from the roles."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A file of the logo on its ground; distances are in parts of the zone around it, 0–1."""

    name: str
    file: LogoFile
    picture: Picture | None
    ground: str
    ink: str
    zone: float = 1.0
    """Width over height of the logo with its clear space."""
    across: float = 0.0
    down: float = 0.0


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a frame that is kept for something."""

    kind: str
    """``safe``, ``text`` or ``logo``."""
    box: Box
    """Left, top, right, bottom in 0–1 of the frame."""
    colour: str = ""
    """That of the words in it, where the brand says so."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A place where pictures appear. ``scale`` is its width over the longest edge of all frames."""

    name: str
    size: Size
    scale: float
    zones: tuple[Zone, ...]
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class LookCard:
    """A look: the sentences that a prompt will use, and what carries the colours in it."""

    name: str
    look: Look
    default: bool
    rows: tuple[Row, ...]
    carried: tuple[tuple[Tile, str], ...]
    """Colours, and what carries each."""
    fault: str = ""
    """Why the look cannot be put into words."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a brand sheet works out; plain words it takes from the profile itself."""

    ground: str
    """The colour that frames are drawn on."""
    ink: str
    tiles: tuple[Tile, ...]
    samples: tuple[Sample, ...]
    clashes: tuple[tuple[Tile, Tile], ...]
    marks: tuple[Mark, ...]
    mark: Mark | None
    """The logo as it stands in frames: a file for their ground, where there is one."""
    least: Mark | None
    """The logo to draw at its least height, where a page has room for that."""
    reserve: Frame | None
    looks: tuple[LookCard, ...]
    frames: tuple[Frame, ...]
    findings: tuple[Finding, ...]


def view(brand: Brand, pictures: Pictures, base: Template) -> Sheet:
    """Return what the sheet of a brand says; ``base`` puts its looks into sentences."""
    tiles = {tile.key: tile for tile in _tiles(brand.colors)}
    marks = tuple(_mark(brand, file, pictures.get(file.path), tiles) for file in brand.logo.files)
    ground = _ground(brand.colors, tiles)
    ink = ink_on(ground)
    shown = [mark for mark in marks if mark.picture]
    return Sheet(
        ground=ground,
        ink=ink,
        tiles=tuple(tiles.values()),
        samples=tuple(_samples(brand.colors, tiles)),
        clashes=tuple((tiles[one], tiles[other]) for one, other in brand.colors.pairs.never),
        marks=marks,
        mark=next(iter([*(mark for mark in shown if mark.ink == ink), *shown]), None),
        least=next((mark for mark in shown if _fits(mark, brand)), None),
        reserve=_reserve(brand),
        looks=tuple(_looks(brand, base, tiles)),
        frames=tuple(_frames(brand, tiles)),
        findings=tuple(check_brand(brand)),
    )


def ink_on(ground: str) -> str:
    """Return the dark or the light ink, whichever reads better on a colour."""
    return max(_INKS, key=lambda ink: contrast(ink, ground))


def wcag(ratio: float) -> str:
    """Return what a contrast ratio (1–21) is enough for, or that it fails."""
    return next((level for bound, level in _LEVELS if ratio >= bound), "fails AA")


# Colours


def _tiles(colors: Colors) -> Iterator[Tile]:
    """Yield the colours, those that cover most of the picture first."""
    uses = {name: tuple(_uses(colors, name)) for name in colors.palette}
    covered = {name: sum(use.target or 0.0 for use in uses[name]) for name in uses}
    names = sorted(uses, key=lambda name: -covered[name])
    swatches = [
        Swatch(
            name=colors.palette[name].name or label(name),
            # Read once more: whatever a caller built by hand, only a colour comes into the CSS.
            hex=parse_hex(colors.palette[name].value),
            role=", ".join(use.role.lower() for use in uses[name]),
            share=covered[name] or None,
        )
        for name in names
    ]
    for name, band in zip(names, bands(swatches), strict=True):
        yield _tile(colors, name, band, uses[name])


def _tile(colors: Colors, name: str, band: Band, uses: tuple[Use, ...]) -> Tile:
    color = colors.palette[name]
    return Tile(
        key=name,
        band=band,
        ink=ink_on(band.colour),
        words=color.words,
        by_rule=not color.describe,
        uses=uses,
        notes=tuple(_color_notes(colors, name)),
    )


def _uses(colors: Colors, name: str) -> Iterator[Use]:
    for role in (role for role, color in colors.roles.items() if color == name):
        wanted = colors.proportions.get(role)
        if wanted:
            yield Use(label(role), wanted.target, wanted.min, wanted.max)
        else:
            yield Use(label(role), colors.share(role), given=False)


def _color_notes(colors: Colors, name: str) -> Iterator[str]:
    color = colors.palette[name]
    yield from (f"Pantone {color.pantone}",) if color.pantone else ()
    yield from (f"CMYK {color.cmyk}",) if color.cmyk else ()
    for rule in (rule for rule in colors.rules if rule.color == name):
        use = f"only as {rule.use}" if rule.use else ""
        never = f"never on {' or '.join(rule.never_on)}" if rule.never_on else ""
        said = ", ".join(part for part in (use, never) if part) or label(rule.id)
        yield f"{said} (must)" if rule.severity == "must" else said


def _samples(colors: Colors, tiles: Mapping[str, Tile]) -> Iterator[Sample]:
    seen: set[tuple[str, str]] = set()
    for ground, text, given in _pairs(colors):
        if ground != text and (ground, text) not in seen:
            seen.add((ground, text))
            yield _sample(tiles[text], tiles[ground], given)


def _pairs(colors: Colors) -> Iterator[tuple[str, str, bool]]:
    """Yield ground, text, and whether the brand names the pair itself."""
    for ground, texts in colors.pairs.text_on.items():
        yield from ((ground, text, True) for text in texts)
    roles = colors.roles
    for ground in _GROUND_ROLES:
        if ground in roles and "text" in roles:
            yield roles[ground], roles["text"], False


def _sample(text: Tile, ground: Tile, given: bool) -> Sample:
    ratio = contrast(text.band.colour, ground.band.colour)
    # Cut, not rounded: 4.496 must not read as the 4.5 that it fails.
    return Sample(text, ground, f"{math.floor(ratio * 100) / 100:.2f}:1", wcag(ratio), given)


# The logo


def _ground(colors: Colors, tiles: Mapping[str, Tile]) -> str:
    tile = tiles.get(colors.roles.get("background", "background"))
    return tile.band.colour if tile else _LIGHT


def _mark(brand: Brand, file: LogoFile, picture: Picture | None, tiles: Mapping[str, Tile]) -> Mark:
    ground = _logo_ground(file, brand.colors, tiles)
    around = clear_space(brand.logo.placement.clear_space)
    ratio = picture.ratio if picture else 1.0
    wide, high = ratio + 2 * around, 1 + 2 * around
    return Mark(
        name=label(file.id),
        file=file,
        picture=picture,
        ground=ground,
        ink=ink_on(ground),
        zone=wide / high,
        across=around / wide,
        down=around / high,
    )


def _logo_ground(file: LogoFile, colors: Colors, tiles: Mapping[str, Tile]) -> str:
    """Return the brand's most frequent colour that is as light or dark as the file asks for."""
    if file.background == "any":
        return _ground(colors, tiles)
    ink, plain = (_DARK, _LIGHT) if file.background == "light" else (_LIGHT, _DARK)
    fitting = (tile.band.colour for tile in tiles.values())
    return next((each for each in fitting if contrast(each, ink) >= _GROUND_CONTRAST), plain)


def clear_space(words: str) -> float:
    """Return the room around a logo in logo heights, as in ``1.5x``; 0 where it is not so said."""
    found = _HEIGHTS.match(words)
    return min(float(found[1]), _WIDEST_CLEAR) if found else 0.0


def _fits(mark: Mark, brand: Brand) -> bool:
    height = brand.logo.placement.min_height_px
    if not height or not mark.picture:
        return False
    return height <= _LARGEST_DRAWN[1] and height * mark.picture.ratio <= _LARGEST_DRAWN[0]


# Frames


def _reserve(brand: Brand) -> Frame | None:
    if brand.logo.reserve is None:
        return None
    return Frame("Reserve", _RESERVE_FRAME, 1.0, tuple(_logo_zone(brand)))


def _frames(brand: Brand, tiles: Mapping[str, Tile]) -> Iterator[Frame]:
    longest = max((edge for it in brand.channels.values() for edge in it.size), default=1)
    for name, channel in brand.channels.items():
        zones = (*_zones(channel, brand.colors, tiles), *_logo_zone(brand))
        yield Frame(label(name), channel.size, channel.size[0] / longest, zones, channel)


def _zones(channel: Channel, colors: Colors, tiles: Mapping[str, Tile]) -> Iterator[Zone]:
    if channel.safe_area:
        yield Zone("safe", channel.safe_area)
    if channel.text_zone:
        text = channel.text_zone.text
        colour = tiles[colors.roles.get(text, text)].band.colour if text else ""
        yield Zone("text", channel.text_zone.box, colour)


def _logo_zone(brand: Brand) -> Iterator[Zone]:
    if brand.logo.reserve and brand.logo.policy == "composite":
        yield Zone("logo", brand.logo.reserve.box)


# Looks


def _looks(brand: Brand, base: Template, tiles: Mapping[str, Tile]) -> Iterator[LookCard]:
    """Yield the looks in words, the default one first."""
    default = brand.style.choose([])
    for name, look in sorted(brand.style.looks.items(), key=lambda item: item[0] != default):
        carried = tuple(
            (tiles[brand.colors.roles.get(role, role)], by) for role, by in look.carriers.items()
        )
        rows, fault = _sentences(brand, name, base)
        yield LookCard(label(name), look, name == default, rows, carried, fault)


def _sentences(brand: Brand, look: str, base: Template) -> tuple[tuple[Row, ...], str]:
    """Return a look's sentences, and what is wrong where it cannot be put into any."""
    try:
        prompt = compose(brand, base, {}, look=look)
    except InputError as fault:
        return (), fault.message
    names = {"color": "Colour"}
    rows = (Row(names.get(it.name) or label(it.name), it.text) for it in prompt.sections)
    return tuple(rows), ""
