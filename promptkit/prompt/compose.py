"""Brand + template + brief → Prompt. Pure: no socket, no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

from promptkit.brand.avoid import Avoid
from promptkit.brand.look import Look
from promptkit.brand.profile import Box, Brand, Channel, People
from promptkit.errors import BriefError, Finding, unknown
from promptkit.measures import aspect_of
from promptkit.prompt.sections import (
    ColorUse,
    Lettering,
    Prompt,
    Section,
    Source,
    Space,
)
from promptkit.template.compiled import Template
from promptkit.template.document import AxisOption, FrontMatter
from promptkit.template.filters import sentence
from promptkit.template.inputs import Image, check_inputs

#: Official guidance names five colours at most: more, and none of them is followed.
MAX_COLORS = 5

_NOBODY = People().model_dump(mode="json")
_DEFAULT_ASPECT = "1:1"


def compose(
    brand: Brand,
    template: Template,
    inputs: Mapping[str, Any],
    *,
    look: str | None = None,
    channel: str | None = None,
    axes: Mapping[str, str] | None = None,
) -> Prompt:
    """Compose a brief into a prompt.

    Raises:
        BriefError: an input, or an axis's option, is missing, unknown or wrong.
        BrandError: the look or the channel is unknown.
        TemplateError: the template cannot be rendered; with its line.
    """
    meta = template.meta
    place = brand.channel(channel) if channel else None
    look_name = _look_name(brand, template, look, place)
    chosen = brand.look(look_name)
    values = check_inputs(meta.inputs, inputs, brand, template.name)
    options = _axis_options(template, axes or {})
    space = _space(chosen, place, brand if meta.logo else None)
    seen = brand.people if _with_people(template, values) else None
    words = _words(brand, look_name, channel, space, seen, values)
    words["axis"] = {
        name: template.phrase(option.text, words, ("axes", name, key))
        for name, (key, option) in options.items()
    }
    picked = {name: key for name, (key, _) in options.items()}
    return Prompt(
        source=_source(brand, template, look_name, channel, inputs, picked),
        sections=_sections(template, words),
        palette=_palette(brand, template, chosen, words),
        swatches=_swatches(brand),
        palette_mode=chosen.palette_mode,
        medium=chosen.medium,
        lettering=_lettering(brand, template, place, words),
        space=space,
        avoid=_avoid(
            _template_avoid(template, options, words), _brand_avoid(brand, meta, look_name, seen)
        ),
        never_words=tuple(brand.tone.words.never),
        references=tuple(value for value in values.values() if isinstance(value, Image)),
        aspect=aspect_of(place.size) if place else meta.aspect or _DEFAULT_ASPECT,
        size=place.size if place else None,
    )


def _words(
    brand: Brand,
    look: str,
    channel: str | None,
    space: Space,
    people: People | None,
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a template sees beside its axes."""
    return {
        **{name: _plain(value) for name, value in values.items()},
        "brand": brand.as_data,
        "look": brand.as_data["style"]["looks"][look],
        "people": brand.as_data["people"] if people else _NOBODY,
        "space": space.words,
        "position": space.position,
        "logo": space.logo,
        "text_zone": space.words if space.text_zone else "",
        "channel": channel or "",
    }


def _source(
    brand: Brand,
    template: Template,
    look: str,
    channel: str | None,
    inputs: Mapping[str, Any],
    axes: Mapping[str, str],
) -> Source:
    return Source(
        brand=brand.id,
        brand_name=brand.name,
        brand_version=brand.version,
        brand_digest=brand.digest,
        template=template.name,
        template_digest=template.digest,
        look=look,
        channel=channel,
        inputs=dict(inputs),
        axes=axes,
    )


#: What empty inputs leave behind, and what stands there without it.
_LEFT_BEHIND = (
    (re.compile(r"\(\s*[,;:.]*\s*\)"), ""),
    (re.compile(r"(?<=\d)\s+:\s+(?=\d)"), ":"),
    (re.compile(r"[\s,;:]+(?=[.!?…](?!\w))"), ""),
    (re.compile(r"(?<=[,;:])[\s,;:]*(?=[,;:])|\s+(?=[,;:])"), ""),
    (re.compile(r"([,;:])[,;:]+"), r"\1"),
    (re.compile(r"([.!?…])[.\s]*\.(?!\w)"), r"\1"),
    (re.compile(r"([.!?…])[,;:]+"), r"\1"),
    (re.compile(r"^(?:[,;:!?…\s]|\.(?!\w))+|[,;:\s]+$"), ""),
    (re.compile(r"\s+"), " "),
)
#: Short forms whose stop does not end a sentence; a letter after a number is a unit, which may.
_ABBREVIATED = re.compile(
    r"(?:\b(?:approx|ca|dr|etc|fig|incl|max|min|mr|mrs|no|st|vs)|(?<!\d )\b[^\W\d_])\.$",
    re.IGNORECASE,
)
_SENTENCE_GAP = re.compile(r"(?<=[.!?…]) (?=[^\W\d_]|“)")


@lru_cache(maxsize=4096)  # most sections of a brand are the same from one picture to the next
def tidy(text: str) -> str:
    """Return a section's words as sentences: what an empty input left behind is cleared away."""
    parts = [""]
    for part in _SENTENCE_GAP.split(_cleared(text.replace("...", "…"))):
        if _ABBREVIATED.search(parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return " ".join(sentence(part) for part in parts if part)


def _cleared(text: str) -> str:
    """Clear away until nothing is left to clear: one mark that goes may bare another."""
    before = None
    while text != before:
        before = text
        for pattern, instead in _LEFT_BEHIND:
            text = pattern.sub(instead, text)
    return text


def one_line(text: str) -> str:
    """Return text on one line, with single spaces."""
    return " ".join(text.split())


def _look_name(brand: Brand, template: Template, look: str | None, channel: Channel | None) -> str:
    """Return the look: the caller's, else what the template asks for, else the channel's."""
    if look:
        brand.look(look)
        return look
    wanted = list(template.meta.look)
    if channel and channel.look:
        wanted.append(channel.look)
    return brand.style.choose(wanted)


def _axis_options(
    template: Template, chosen: Mapping[str, str]
) -> dict[str, tuple[str, AxisOption]]:
    """Return each axis's option: the chosen one, else the first."""
    axes = template.meta.axes
    for name in chosen:
        if name not in axes:
            message, fix = unknown("axis", name, axes)
            raise BriefError(Finding("unknown-axis", f"{template.name}: {message}", fix=fix))
    found = {}
    for name, options in axes.items():
        key = chosen.get(name, next(iter(options)))
        if key not in options:
            message, fix = unknown(f"option of {name}", key, options)
            raise BriefError(Finding("unknown-option", f"{template.name}: {message}", fix=fix))
        found[name] = (key, options[key])
    return found


def _space(look: Look, channel: Channel | None, logo_of: Brand | None) -> Space:
    zone = channel.text_zone.box if channel and channel.text_zone else None
    reserve = logo_of.logo.reserve if logo_of and logo_of.logo.policy == "composite" else None
    return Space(
        words=region(zone) if zone else look.framing.negative_space,
        position=_OPPOSITE.get(region(zone), "") if zone else look.framing.position,
        text_zone=zone,
        logo=(reserve.describe or f"the {region(reserve.box)}") if reserve else "",
        logo_box=reserve.box if reserve else None,
    )


#: Where the subject stands when a channel keeps a part of the picture free for words.
_OPPOSITE = {
    "upper left": "on the right third",
    "lower left": "on the right third",
    "left side": "on the right third",
    "upper right": "on the left third",
    "lower right": "on the left third",
    "right side": "on the left third",
    "upper third": "in the lower half",
    "lower third": "in the upper half",
}


def region(box: Box) -> str:
    """Return a box (left, top, right, bottom; 0–1) in words: “upper left”, “lower third”."""
    left, top, right, bottom = box
    across, down = (left + right) / 2, (top + bottom) / 2
    side = "left" if across < 0.42 else "right" if across > 0.58 else ""
    height = "upper" if down < 0.42 else "lower" if down > 0.58 else ""
    if height and side:
        return f"{height} {side}"
    if height:
        return f"{height} third"
    return f"{side} side" if side else "centre"


def _with_people(template: Template, values: Mapping[str, Any]) -> bool:
    people = template.meta.people
    return bool(values[people]) if isinstance(people, str) else people


def _plain(value: Any) -> Any:
    if isinstance(value, Image):
        return {"role": value.role, "describe": value.describe, "subject": value.subject}
    return value


def _sections(template: Template, words: Mapping[str, Any]) -> tuple[Section, ...]:
    rendered = {name: tidy(text) for name, text in template.render(words).items()}
    return tuple(
        Section(name, text, template.origins[name]) for name, text in rendered.items() if text
    )


def _palette(
    brand: Brand, template: Template, look: Look, words: Mapping[str, Any]
) -> tuple[ColorUse, ...]:
    """Return the colours with their carriers, the dominant first, five at most."""
    if not template.meta.colors:
        return ()
    uses: list[ColorUse] = []
    seen: set[tuple[str, str]] = set()
    for role, said in (template.meta.colors | look.carriers).items():
        name = brand.colors.roles.get(role, role)
        carrier = look.carriers.get(role) or look.carriers.get(name)
        carrier = one_line(carrier or template.phrase(said, words, ("colors", role)))
        if (name, carrier) not in seen:  # a look may say by name what a template says by role
            uses += _color_uses(brand, role, carrier)
        seen.add((name, carrier))
    uses.sort(key=lambda use: -(use.share or 0))
    return tuple(uses[: min(MAX_COLORS, look.max_colors or MAX_COLORS)])


def _swatches(brand: Brand) -> tuple[ColorUse, ...]:
    uses = [use for role in brand.colors.roles for use in _color_uses(brand, role, "")]
    return tuple(sorted(uses, key=lambda use: -(use.share or 0))[:MAX_COLORS])


def _color_uses(brand: Brand, role: str, carrier: str) -> Iterator[ColorUse]:
    color = brand.colors.of_role(role)
    if color is not None:
        name = color.name or brand.colors.roles.get(role, role)
        share = brand.colors.share(role)
        yield ColorUse(role, name, color.value, color.words, carrier, share)


def _lettering(
    brand: Brand, template: Template, channel: Channel | None, words: Mapping[str, Any]
) -> Lettering:
    said = (
        template.phrase(text, words, ("text", number))
        for number, text in enumerate(template.meta.text)
    )
    wish = brand.tone.on_image_text
    own = channel.on_image_words if channel else None
    return Lettering(
        copy=tuple(copy for text in said if (copy := one_line(text))),
        policy=wish.policy,
        typeface=brand.typography.display.describe,
        max_words=own if own is not None else wish.max_words,
    )


def _avoid(*said: Iterable[Avoid]) -> tuple[Avoid, ...]:
    """Return what to keep out, once each and as strictly as anyone says, the strictest first."""
    items: dict[str, Avoid] = {}
    for item in chain.from_iterable(said):
        first = items.setdefault(item.what.casefold(), item)
        strict = "must" if "must" in (first.severity, item.severity) else "should"
        instead = first.instead or item.instead
        update = {"severity": strict, "instead": instead}
        items[item.what.casefold()] = first.model_copy(update=update)
    items.pop("", None)
    return tuple(sorted(items.values(), key=lambda item: item.severity != "must"))


def _template_avoid(
    template: Template,
    options: Mapping[str, tuple[str, AxisOption]],
    words: Mapping[str, Any],
) -> Iterator[Avoid]:
    said: Iterable[tuple[Avoid, tuple[str | int, ...]]] = [
        *((item, ("avoid", number)) for number, item in enumerate(template.meta.avoid)),
        *(
            (item, ("axes", name, key, "avoid", number))
            for name, (key, option) in options.items()
            for number, item in enumerate(option.avoid)
        ),
    ]
    for item, where in said:
        yield item.model_copy(
            update={
                "what": one_line(template.phrase(item.what, words, (*where, "what"))),
                "instead": one_line(template.phrase(item.instead, words, (*where, "instead"))),
            }
        )


def _brand_avoid(
    brand: Brand, meta: FrontMatter, look: str, people: People | None
) -> Iterator[Avoid]:
    said = [
        item for item in (*brand.avoid, *brand.colors.avoid) if not item.looks or look in item.looks
    ]
    for item in (*said, *(people.never if people else ())):
        yield item.model_copy(update={"instead": ""}) if meta.bans_only else item
    for what in (*brand.content.never, *brand.content.claims.forbidden_visuals):
        yield Avoid(what=what, severity="must")
