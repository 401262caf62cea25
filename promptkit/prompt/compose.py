"""Brand + template + brief → Prompt. Pure: no socket, no database, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from promptkit.brand.channels import Channel
from promptkit.brand.palette import ColorRule
from promptkit.brand.profile import Brand
from promptkit.errors import BriefError, Finding, unknown
from promptkit.measures import aspect_of
from promptkit.prompt.bans import merged, template_bans
from promptkit.prompt.colors import Palette, palette
from promptkit.prompt.relevance import Shown, relevant, shown
from promptkit.prompt.sections import Ban, ColorUse, Lettering, Prompt, Section, Source
from promptkit.prompt.settle import settled
from promptkit.prompt.standing import Setting, Standing, axis_words, standing, tidied
from promptkit.prompt.tidy import one_line
from promptkit.template.compiled import Template
from promptkit.template.inputs import Image, check_inputs

_DEFAULT_ASPECT = "1:1"
_Bans = tuple[tuple[Ban, ...], tuple[Ban, ...]]


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
    values = check_inputs(meta.inputs, inputs, brand, template.name)
    picked = _axis_options(template, axes or {})
    people = _with_people(template, values)
    setting = Setting.of(brand, template, look_name, channel, picked, people=people)
    fixed = standing(setting)
    words = _words(setting, fixed, values)
    colors = _palette(setting, fixed, words)
    agreed = settled(_sections(template, fixed, words), fixed.written, brand)
    sections = agreed.sections
    picture = shown(sections, people=people)
    avoid, left_out = _bans(setting, picture, words)
    return Prompt(
        source=_source(setting, inputs, picked),
        sections=sections,
        palette=colors.uses,
        swatches=fixed.swatches,
        palette_mode=fixed.look.palette_mode,
        medium=fixed.look.medium,
        lettering=_lettering(setting, words),
        space=fixed.space,
        avoid=avoid,
        left_out=left_out,
        never_words=tuple(brand.tone.words.never),
        references=(
            *(value for value in values.values() if isinstance(value, Image)),
            *fixed.references,
        ),
        aspect=aspect_of(place.size) if place else meta.aspect or _DEFAULT_ASPECT,
        size=place.size if place else None,
        house=fixed.house.without(agreed.yielded),
        ignore=meta.ignore,
        notes=(
            *(_reserved(setting, *refused) for refused in colors.refused),
            *agreed.findings,
            *(_unasked(meta.people) if picture.people and not people else ()),
        ),
    )


def _words(setting: Setting, fixed: Standing, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template sees."""
    words = {**{name: _plain(value) for name, value in values.items()}, **fixed.words}
    if setting.template.axes_vary:
        words["axis"] = axis_words(setting, words)
    return words


def _source(setting: Setting, inputs: Mapping[str, Any], axes: Mapping[str, str]) -> Source:
    brand = setting.brand
    return Source(
        brand=brand.id,
        brand_name=brand.name,
        brand_version=brand.version,
        brand_digest=brand.digest,
        template=setting.template.name,
        template_digest=setting.template.digest,
        look=setting.look,
        channel=setting.channel,
        inputs=dict(inputs),
        axes=axes,
    )


def _look_name(brand: Brand, template: Template, look: str | None, channel: Channel | None) -> str:
    """Return the look: the caller's, else what the template asks for, else the channel's."""
    if look:
        brand.look(look)
        return look
    wanted = list(template.meta.look)
    if channel and channel.look:
        wanted.append(channel.look)
    return brand.style.choose(wanted)


def _axis_options(template: Template, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the option of each axis: the chosen one, else the first."""
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
        found[name] = key
    return found


def _with_people(template: Template, values: Mapping[str, Any]) -> bool:
    people = template.meta.people
    return bool(values[people]) if isinstance(people, str) else people


def _plain(value: Any) -> Any:
    if isinstance(value, Image):
        return {"role": value.role, "describe": value.describe, "subject": value.subject}
    return value


def _sections(template: Template, fixed: Standing, words: Mapping[str, Any]) -> tuple[Section, ...]:
    found = {**fixed.sections, **tidied(template, template.render_varying(words))}
    return tuple([found[name] for name in template.sections if name in found])


def _palette(setting: Setting, fixed: Standing, words: Mapping[str, Any]) -> Palette:
    if fixed.palette is not None:
        return fixed.palette
    return palette(setting.brand, setting.template, fixed.look, words)


def _bans(setting: Setting, picture: Shown, words: Mapping[str, Any]) -> _Bans:
    """Return what to keep out, and what the brand keeps out that the picture could not show."""
    if setting.template.bans_vary:
        return _worded_bans(setting, picture, words)
    return _standing_bans(setting, picture)


@lru_cache(maxsize=1024)
def _standing_bans(setting: Setting, picture: Shown) -> _Bans:
    return _worded_bans(setting, picture, {})


def _worded_bans(setting: Setting, picture: Shown, words: Mapping[str, Any]) -> _Bans:
    kept, left_out = relevant(standing(setting).bans, picture)
    own = template_bans(setting.template, setting.options, words)
    return merged(own, kept), left_out


def _lettering(setting: Setting, words: Mapping[str, Any]) -> Lettering:
    brand, template, channel = setting.brand, setting.template, setting.place
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


def _reserved(setting: Setting, use: ColorUse, rule: ColorRule) -> Finding:
    """Tell of a colour that was left out of the picture, since a rule keeps it for other things."""
    place = None
    if use.origin and use.origin.kind == "template":
        place = setting.template.place(use.origin.keys)
    elif use.origin:
        place = setting.brand.origin(("style", "looks", setting.look, *use.origin.keys))
    return Finding(
        "reserved-color",
        f"{use.name} is not for “{use.carrier}”, by the brand's rule “{rule.id}”; it is left out",
        severity="warning",
        place=place,
        fix="give it to something the rule allows, or give that another colour",
    )


def _unasked(asked: str | bool) -> Iterator[Finding]:
    """Tell of people in a brief that does not ask for them, where it could."""
    if isinstance(asked, str):
        yield Finding(
            "people-unsaid",
            f"the words name people, and “{asked}” is no: who may be seen is left to the model",
            severity="advice",
            fix=f"add --set {asked}=yes, and the brand's people are described",
        )
