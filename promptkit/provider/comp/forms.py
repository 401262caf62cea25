"""Forms: the simple things that stand for the subject, drawn into a box."""

from __future__ import annotations

from collections.abc import Callable

from promptkit.geometry import Box
from promptkit.provider.comp.geometry import (
    arc,
    arch,
    drum,
    ellipse,
    hoop,
    rectangle,
    rounded,
    standing,
    taper,
)
from promptkit.provider.comp.shape import Shape

Shapes = tuple[Shape, ...]


def form(name: str, box: Box) -> Shapes:
    """Return the shapes of the form called ``name``, from the back to the front."""
    return _FORMS[name](box)


def _can(box: Box) -> Shapes:
    dip = box.width * 0.09
    wall = box.part(0.0, 0.05, 1.0, 0.97)
    rim = box.part(0.09, 0.0, 0.91, 0.1)
    foot = box.part(0.07, 0.88, 0.93, 1.0)
    return (
        Shape(drum(foot, dip * 0.8), "light", -0.35),
        Shape(drum(rim, dip * 0.8), "light", -0.25),
        Shape(ellipse(Box(rim.x0, rim.y0, rim.x1, rim.y0 + dip * 1.6)), "light", -0.12),
        Shape(rounded(wall, box.width * 0.16, foot=box.width * 0.14), "body"),
        *_label(wall.part(0.0, 0.34, 1.0, 0.66), dip * 0.7),
        Shape(rounded(box.part(0.13, 0.11, 0.19, 0.9), 0.02), "light", 0.5, 1, 0.35),
    )


def _label(band: Box, dip: float) -> Shapes:
    """Return a label laid round a drum, with two strokes for its name."""
    name = band.part(0.26, 0.36, 0.74, 0.5).moved(0, dip * 0.9)
    line = band.part(0.34, 0.6, 0.66, 0.67).moved(0, dip * 0.9)
    return (
        Shape(hoop(band, dip), "detail"),
        Shape(rounded(name, name.height / 2), "light", 0.3),
        Shape(rounded(line, line.height / 2), "light", 0.3, 1),
    )


def _bottle(box: Box) -> Shapes:
    dip = box.width * 0.06
    wall = box.part(0.0, 0.36, 1.0, 1.0)
    neck = box.part(0.34, 0.06, 0.66, 0.36)
    shoulders = arc((box.centre[0], wall.y0 + 0.002), box.width / 2, box.height * 0.12, 180, 360)
    return (
        Shape(rectangle(neck), "body"),
        Shape(shoulders, "body"),
        Shape(rounded(wall, 0.0, foot=box.width * 0.14), "body"),
        Shape(rounded(box.part(0.3, 0.0, 0.7, 0.1), box.width * 0.05), "detail"),
        *_label(wall.part(0.0, 0.3, 1.0, 0.74), dip),
        Shape(rounded(wall.part(0.12, 0.05, 0.18, 0.92), 0.02), "light", 0.5, 1, 0.35),
    )


def _jar(box: Box) -> Shapes:
    dip = box.width * 0.06
    wall = box.part(0.0, 0.2, 1.0, 1.0)
    lid = box.part(0.05, 0.0, 0.95, 0.24)
    return (
        Shape(rounded(wall, box.width * 0.12), "body"),
        Shape(drum(lid, dip), "dark", 0.15),
        Shape(ellipse(Box(lid.x0, lid.y0, lid.x1, lid.y0 + 2 * dip)), "dark", 0.3),
        *_label(wall.part(0.0, 0.3, 1.0, 0.78), dip * 0.7),
        Shape(rounded(wall.part(0.08, 0.12, 0.12, 0.9), 0.02), "light", 0.5, 1, 0.35),
    )


def _tin(box: Box) -> Shapes:
    dip = box.height * 0.24
    lid = box.part(0.0, 0.0, 1.0, 0.62)
    top = Box(box.x0, box.y0, box.x1, box.y0 + 2 * dip)
    return (
        Shape(drum(box, dip), "body", -0.08),
        Shape(drum(lid, dip), "body"),
        Shape(ellipse(top), "body", 0.14),
        Shape(ellipse(top.part(0.14, 0.14, 0.86, 0.86)), "detail"),
        Shape(ellipse(top.part(0.32, 0.38, 0.68, 0.62)), "light", 0.3),
    )


def _carton(box: Box) -> Shapes:
    front = box.part(0.0, 0.12, 0.72, 1.0)
    rise = box.height * 0.12
    side = (
        (front.x1, front.y0),
        (box.x1, box.y0 + rise * 0.2),
        (box.x1, box.y1 - rise * 0.8),
        (front.x1, box.y1),
    )
    back = box.part(0.3, 0.017, 1.0, 0.12)
    lid = ((front.x0, front.y0), (back.x0, back.y0), (back.x1, box.y0 + rise * 0.2), side[0])
    return (
        Shape(lid, "body", 0.16),
        Shape(side, "body", -0.14),
        Shape(rectangle(front), "body"),
        Shape(rectangle(front.part(0.0, 0.3, 1.0, 0.62)), "detail"),
        Shape(rounded(front.part(0.2, 0.42, 0.8, 0.49), 0.01), "light", 0.3),
    )


def _cup(box: Box) -> Shapes:
    wall = box.part(0.0, 0.16, 0.76, 0.92)
    mouth = box.part(0.0, 0.08, 0.76, 0.24)
    return (
        Shape(ellipse(box.part(0.55, 0.28, 1.0, 0.74)), "body", -0.1),
        Shape(ellipse(box.part(0.66, 0.38, 0.9, 0.64)), "backdrop"),
        Shape(ellipse(box.part(0.0, 0.86, 0.86, 1.0)), "detail"),
        Shape(rounded(wall, 0.0, foot=wall.width * 0.4), "body"),
        Shape(ellipse(mouth), "body", 0.18),
        Shape(ellipse(mouth.part(0.07, 0.16, 0.93, 0.9)), "dark", 0.2),
    )


def _legs(box: Box, *places: float, width: float = 0.045) -> Shapes:
    return tuple(
        Shape(taper(box.part(place - width, 0.0, place + width, 1.0), 1.0, 0.6), "dark", 0.25)
        for place in places
    )


def _chair(box: Box) -> Shapes:
    return (
        *_legs(box.part(0.0, 0.56, 1.0, 0.94), 0.26, 0.82, width=0.035),
        Shape(rounded(box.part(0.06, 0.0, 0.94, 0.44), box.width * 0.2, foot=0.02), "body"),
        Shape(rectangle(box.part(0.2, 0.4, 0.27, 0.58)), "dark", 0.25),
        Shape(rectangle(box.part(0.73, 0.4, 0.8, 0.58)), "dark", 0.25),
        *_legs(box.part(0.0, 0.58, 1.0, 1.0), 0.1, 0.9),
        Shape(rounded(box.part(0.0, 0.52, 1.0, 0.64), box.width * 0.06), "body", 0.1),
        Shape(rounded(box.part(0.0, 0.58, 1.0, 0.65), 0.01), "detail"),
    )


def _armchair(box: Box) -> Shapes:
    radius = box.width * 0.13
    return (
        *_legs(box.part(0.0, 0.84, 1.0, 1.0), 0.13, 0.87),
        Shape(rounded(box.part(0.11, 0.0, 0.89, 0.8), box.width * 0.24, foot=0.02), "body", -0.06),
        Shape(rounded(box.part(0.18, 0.5, 0.82, 0.88), 0.01), "body", -0.1),
        Shape(rounded(box.part(0.16, 0.5, 0.84, 0.68), radius * 0.5), "body", 0.12),
        Shape(rounded(box.part(0.36, 0.26, 0.7, 0.54), radius * 0.5), "detail"),
        Shape(rounded(box.part(0.0, 0.4, 0.22, 0.88), radius, foot=0.02), "body"),
        Shape(rounded(box.part(0.78, 0.4, 1.0, 0.88), radius, foot=0.02), "body"),
    )


def _sofa(box: Box) -> Shapes:
    radius = box.height * 0.14
    return (
        *_legs(box.part(0.0, 0.84, 1.0, 1.0), 0.08, 0.92, width=0.018),
        Shape(rounded(box.part(0.07, 0.0, 0.93, 0.8), radius * 1.3, foot=0.02), "body", -0.06),
        Shape(rounded(box.part(0.08, 0.5, 0.92, 0.88), 0.01), "body", -0.1),
        Shape(rounded(box.part(0.12, 0.46, 0.5, 0.68), radius * 0.6), "body", 0.12),
        Shape(rounded(box.part(0.5, 0.46, 0.88, 0.68), radius * 0.6), "body", 0.12),
        Shape(rounded(box.part(0.15, 0.2, 0.31, 0.52), radius * 0.5), "detail"),
        Shape(rounded(box.part(0.0, 0.32, 0.13, 0.88), radius, foot=0.02), "body"),
        Shape(rounded(box.part(0.87, 0.32, 1.0, 0.88), radius, foot=0.02), "body"),
    )


def _table(box: Box) -> Shapes:
    return (
        *_legs(box.part(0.0, 0.4, 1.0, 0.92), 0.2, 0.8, width=0.018),
        *_legs(box.part(0.0, 0.4, 1.0, 1.0), 0.07, 0.93, width=0.024),
        Shape(rounded(box.part(0.0, 0.32, 1.0, 0.42), box.height * 0.04), "body"),
        Shape(rectangle(box.part(0.06, 0.42, 0.94, 0.5)), "body", -0.1),
        Shape(rounded(box.part(0.58, 0.06, 0.7, 0.32), 0.02, foot=0.01), "detail"),
        Shape(arch(box.part(0.26, 0.2, 0.46, 0.32)), "light", -0.1),
    )


def _lamp(box: Box) -> Shapes:
    return (
        Shape(rectangle(box.part(0.47, 0.3, 0.53, 0.97)), "dark", 0.25),
        Shape(rounded(box.part(0.22, 0.955, 0.78, 1.0), 0.01), "dark", 0.25),
        Shape(ellipse(box.part(0.06, 0.27, 0.94, 0.37)), "light", 0.4),
        Shape(taper(box.part(0.0, 0.0, 1.0, 0.32), 0.52), "body"),
        Shape(taper(box.part(0.0, 0.27, 1.0, 0.32), 0.93), "detail"),
    )


def _shelf(box: Box) -> Shapes:
    boards = (0.0, 0.32, 0.64, 0.95)
    rows = (box.part(0.06, 0.04, 0.94, 0.32), box.part(0.06, 0.36, 0.94, 0.64))
    books = ((0.05, 0.3, 0.12), (0.14, 0.2, 0.22), (0.24, 0.36, 0.33))
    return (
        Shape(rectangle(box.part(0.04, 0.0, 0.96, 1.0)), "body", -0.12),
        *(
            Shape(rectangle(row.part(left, top, right, 1.0)), slot, 0.1 * number)
            for row, slot in zip(rows, ("detail", "light"), strict=True)
            for number, (left, top, right) in enumerate(books)
        ),
        Shape(ellipse(rows[0].part(0.62, 0.5, 0.82, 1.0)), "light", 0.2),
        Shape(arch(rows[1].part(0.6, 0.3, 0.86, 1.0)), "detail"),
        *(Shape(rectangle(box.part(0.0, y, 1.0, y + 0.05)), "body") for y in boards),
        Shape(rectangle(box.part(0.0, 0.0, 0.06, 1.0)), "body"),
        Shape(rectangle(box.part(0.94, 0.0, 1.0, 1.0)), "body"),
    )


def _interface(screen: Box) -> Shapes:
    """Return what a screen shows: a side bar, a headline, cards, a chart of columns."""
    heights = (0.45, 0.7, 0.55, 0.9, 0.75, 1.0)
    chart = screen.part(0.3, 0.46, 0.92, 0.93)
    cards = ((0.3, 0.48), (0.52, 0.7), (0.74, 0.92))
    columns = tuple(
        Shape(
            rectangle(chart.part(number / 6 + 0.01, 1 - height, number / 6 + 0.14, 1.0)),
            "detail" if number == 5 else "body",
        )
        for number, height in enumerate(heights)
    )
    return (
        Shape(rectangle(screen), "light", 0.6),
        Shape(rectangle(screen.part(0.0, 0.0, 0.22, 1.0)), "body"),
        *(
            Shape(rounded(screen.part(0.05, y, 0.17, y + 0.05), 0.01), "light", 0.3, 1)
            for y in (0.12, 0.24, 0.36)
        ),
        Shape(rounded(screen.part(0.3, 0.09, 0.6, 0.15), 0.01), "dark", 0.2),
        *(
            Shape(rounded(screen.part(left, 0.22, right, 0.42), 0.01), "body", 0.72 - 0.12 * number)
            for number, (left, right) in enumerate(cards)
        ),
        *columns,
    )


def _laptop(box: Box) -> Shapes:
    lid = box.part(0.1, 0.0, 0.9, 0.86)
    return (
        Shape(rounded(lid, box.height * 0.04), "dark"),
        *_interface(lid.part(0.03, 0.05, 0.97, 0.95)),
        Shape(taper(box.part(0.0, 0.86, 1.0, 0.97), 0.82), "light", -0.3),
        Shape(rounded(box.part(0.0, 0.96, 1.0, 1.0), 0.01), "dark", 0.4),
    )


def _monitor(box: Box) -> Shapes:
    case = box.part(0.0, 0.0, 1.0, 0.8)
    return (
        Shape(taper(box.part(0.4, 0.8, 0.6, 0.96), 0.7), "dark", 0.35),
        Shape(rounded(box.part(0.3, 0.95, 0.7, 1.0), 0.01), "dark", 0.35),
        Shape(rounded(case, box.height * 0.03), "dark"),
        *_interface(case.part(0.02, 0.03, 0.98, 0.97)),
    )


def _phone(box: Box) -> Shapes:
    screen = box.part(0.05, 0.03, 0.95, 0.97)
    rows = tuple(
        Shape(rounded(screen.part(0.1, y, 0.9, y + 0.12), 0.012), "body", 0.6) for y in (0.5, 0.66)
    )
    return (
        Shape(rounded(box, box.width * 0.14), "dark"),
        Shape(rounded(screen, box.width * 0.1), "light", 0.6),
        Shape(rounded(screen.part(0.1, 0.1, 0.9, 0.44), box.width * 0.06), "body"),
        Shape(ellipse(screen.part(0.32, 0.16, 0.68, 0.34)), "light", 0.2),
        *rows,
        Shape(rounded(screen.part(0.1, 0.84, 0.9, 0.93), box.width * 0.08), "detail"),
    )


def _tablet(box: Box) -> Shapes:
    edge = box.height * 0.06
    return (
        Shape(rounded(box, box.height * 0.07), "dark"),
        *_interface(box.inset(edge)),
        Shape(ellipse(standing(box.x0 + edge / 2, box.centre[1], edge / 3, edge / 3)), "light"),
    )


def _figure(box: Box, slot: str, shift: float = 0.0) -> Shapes:
    """Return a standing person: head, trunk with shoulders, legs."""
    middle = box.centre[0]
    radius = box.height * 0.075
    head = Box(middle - radius, box.y0, middle + radius, box.y0 + 2.3 * radius)
    return (
        Shape(taper(box.part(0.24, 0.54, 0.49, 1.0), 1.0, 0.7), "dark", 0.15 + shift),
        Shape(taper(box.part(0.51, 0.54, 0.76, 1.0), 1.0, 0.7), "dark", 0.15 + shift),
        Shape(rounded(box.part(0.08, 0.2, 0.92, 0.58), box.width * 0.3, foot=0.02), slot, shift),
        Shape(ellipse(head), "light", -0.28),
        Shape(arc(head.centre, radius, 1.15 * radius, 180, 360), "dark", 0.1 + shift),
    )


def _person(box: Box) -> Shapes:
    badge = box.part(0.56, 0.3, 0.72, 0.36)
    return *_figure(box, "body"), Shape(rounded(badge, 0.006), "detail")


def _couple(box: Box) -> Shapes:
    return (
        *_figure(box.part(0.0, 0.04, 0.52, 0.98), "detail"),
        *_figure(box.part(0.47, 0.0, 1.0, 1.0), "body"),
    )


def _people(box: Box) -> Shapes:
    return (
        *_figure(box.part(0.0, 0.07, 0.36, 0.97), "body", 0.16),
        *_figure(box.part(0.64, 0.04, 1.0, 0.97), "detail"),
        *_figure(box.part(0.3, 0.0, 0.69, 1.0), "body"),
    )


def _block(box: Box) -> Shapes:
    dip = box.width * 0.08
    plinth = box.part(0.0, 0.62, 1.0, 1.0)
    thing = box.part(0.2, 0.0, 0.8, 0.68)
    return (
        Shape(drum(plinth, dip), "light", -0.16),
        Shape(ellipse(Box(plinth.x0, plinth.y0, plinth.x1, plinth.y0 + 2 * dip)), "light", 0.1),
        Shape(rounded(thing, thing.width * 0.2), "body"),
        Shape(rounded(thing.part(0.0, 0.4, 1.0, 0.66), 0.004), "detail"),
    )


_FORMS: dict[str, Callable[[Box], Shapes]] = {
    "can": _can,
    "bottle": _bottle,
    "jar": _jar,
    "tin": _tin,
    "carton": _carton,
    "cup": _cup,
    "chair": _chair,
    "armchair": _armchair,
    "sofa": _sofa,
    "table": _table,
    "lamp": _lamp,
    "shelf": _shelf,
    "laptop": _laptop,
    "monitor": _monitor,
    "phone": _phone,
    "tablet": _tablet,
    "person": _person,
    "couple": _couple,
    "people": _people,
    "block": _block,
}
