"""One channel's file: the picture cut, scaled, lettered, marked with the logo, and encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import Any

from PIL import Image

from promptkit.brand.channels import Channel, TextZone
from promptkit.brand.profile import Brand
from promptkit.geometry import Box, Point
from promptkit.lettering import LIGHT_INK
from promptkit.measures import Size
from promptkit.picture.audit.laid import FINISHED
from promptkit.picture.finish.canvas import Canvas, inks, rgb_of
from promptkit.picture.finish.crop import Crop, crop, same_ratio
from promptkit.picture.finish.encoding import Encoded, encode
from promptkit.picture.finish.extending import extended
from promptkit.picture.finish.headline import set_headline
from promptkit.picture.finish.label import set_label
from promptkit.picture.finish.logo import lay_logo, logo_area
from promptkit.picture.finish.scaling import scaled
from promptkit.picture.finish.sealing import Signing, signing_of, steps_of
from promptkit.picture.finish.source import Source, Wish
from promptkit.picture.finish.typeface import face_of, must_have
from promptkit.picture.finish.words import check_label, check_words, headline_of, small_type
from promptkit.picture.marks import Notes, marked, media_type_of
from promptkit.provider.comp.carrier import page_of
from promptkit.verdict import Audit, Check, ranked

#: From here on an enlargement is seen, and from here on it is not fit to be shown.
_SOFT, _TOO_SOFT = 1.25, 2.0
#: Less of what draws the eye than this, 0–1, and a crop has perhaps lost the subject, or surely.
_KEPT, _LOST = 0.75, 0.45
#: More ground than this, 0–1 of the file, and somebody should look at it.
_LAID_ON = 0.2
_ROOM = "take another picture, with calm space there, or another channel"
_WHOLE = "take another picture, nearer to the channel's ratio, or another channel"
#: What to do about a picture that no model drew for us.
_FOR_PHOTOGRAPHS = {
    **dict.fromkeys(("logo-contrast", "logo-calm", "logo-free"), _ROOM),
    **dict.fromkeys(("headline-contrast", "headline-calm", "headline-free"), _ROOM),
    **dict.fromkeys(("crop-keeps-subject", "ground-laid-on"), _WHOLE),
    "enlarged": "take a larger picture",
}
_MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
}


@dataclass(frozen=True)
class Made:
    """A finished file, not written yet."""

    data: bytes = field(repr=False)
    audit: Audit
    told: dict[str, Any]
    """What was done, enough to do it again, as plain data."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Cut:
    """The part of a picture that is taken, where its ground was laid on, too."""

    picture: Image.Image
    """The picture, with more of its ground where it has one."""
    crop: Crop
    corner: Point
    """Where the picture's own corner lies, px."""

    def laid_on(self, own: Size) -> float:
        """Return how much of what is taken is laid on, 0–1."""
        box = self.crop.box.moved(-self.corner[0], -self.corner[1])
        width = max(0.0, min(box.x1, own[0]) - max(box.x0, 0))
        height = max(0.0, min(box.y1, own[1]) - max(box.y0, 0))
        return 1 - width * height / (box.width * box.height)

    def told(self, own: Size) -> dict[str, Any]:
        """Return what was taken, in px of the picture as it was (``own`` is its size)."""
        box = self.crop.box.moved(-self.corner[0], -self.corner[1])
        return {
            "box": list(box.ints),
            "kept": round(self.crop.kept, 3),
            "ground_laid_on": not Box(0, 0, *own).holds(box),
        }


def make(source: Source, brand: Brand, name: str, wish: Wish) -> Made:
    """Return a channel's file of a picture.

    Raises:
        BriefError: the picture cannot be opened, or a typeface lacks letters of its words.
        BrandError: there is no such channel, or a font or a logo cannot be read.
    """
    channel = brand.channel(name)
    headline = headline_of(source, brand, channel, wish)
    small = small_type(source, brand, wish)
    zone = _zone(source, brand, channel) if headline else None
    cut = _cut(source, brand, channel, zone)
    picture = scaled(cut.picture, cut.crop.box, channel.size)
    canvas = Canvas.of(picture, channel.safe_area)
    source.check(canvas, wish)
    _check_crop(canvas, source, cut, channel)
    check_label(canvas, source, brand, wish)
    if headline:
        check_words(canvas, brand, channel, headline, zone, typed=wish.headline is not None)
    done = _mark(canvas, brand, name, (headline, zone), small)
    notes = source.notes(brand, wish, laid_over=any(done.values()))
    steps = steps_of(
        cut.told(source.opened.size) | done,
        whole=cut.crop.whole(source.opened.size),
        scale=channel.size[0] / cut.crop.box.width,
        converted=media_type_of(source.data) != _MEDIA_TYPES[channel.format],
    )
    signing = signing_of(source, wish, notes, steps, _MEDIA_TYPES[channel.format])
    encoded = _encoded(canvas, channel, notes, signing)
    checks = ranked(_advised(source, canvas.checks))
    look = source.record.look if source.record else ""
    told = {
        "promptkit": FINISHED,
        "source": source.told(),
        "brand": {"id": brand.id, "version": brand.version, "digest": brand.digest},
        "channel": {"name": name} | channel.model_dump(mode="json"),
        "crop": cut.told(source.opened.size),
        "scale": round(channel.size[0] / cut.crop.box.width, 4),
        **done,
        "alt": notes.alt if notes else wish.alt or "",
        "file": {
            "bytes": len(encoded.data),
            "quality": encoded.quality,
            "signed": signing is not None,
        },
        "checks": [check.model_dump(mode="json") for check in checks],
    }
    return Made(encoded.data, Audit(checks=checks, brand=brand.id, look=look, channel=name), told)


def _zone(source: Source, brand: Brand, channel: Channel) -> TextZone | None:
    """Return where words go: the channel's own zone, else what the prompt kept clear."""
    if channel.text_zone or not source.zone:
        return channel.text_zone
    return TextZone(box=source.zone, min_contrast=brand.checks.text_zone.min_contrast)


def _cut(source: Source, brand: Brand, channel: Channel, zone: TextZone | None) -> Cut:
    calm = [zone.box] if zone else []
    if _bears_logo(brand):
        calm.append(logo_area(brand.logo))
    picture, corner = source.opened.image, (0.0, 0.0)
    if not same_ratio(picture.size, channel.size):
        picture, corner = extended(picture, channel.size)
    focus = source.focus if corner == (0.0, 0.0) else None
    part = crop(picture, channel.size, calm=calm, safe=channel.safe_area, focus=focus)
    return Cut(picture, part, corner)


def _advised(source: Source, checks: Iterable[Check]) -> Iterator[Check]:
    """Yield checks with what to do about them: nobody can ask a photograph for anything."""
    for check in checks:
        ours = source.shot or check.status != "fail" or check.rule not in _FOR_PHOTOGRAPHS
        yield check if ours else check.model_copy(update={"hint": _FOR_PHOTOGRAPHS[check.rule]})


def _bears_logo(brand: Brand) -> bool:
    return brand.logo.policy == "composite" and bool(brand.logo.files)


def _check_crop(canvas: Canvas, source: Source, cut: Cut, channel: Channel) -> None:
    if cut.told(source.opened.size)["ground_laid_on"]:
        share = cut.laid_on(source.opened.size)
        canvas.check(
            "ground-laid-on",
            "should",
            share <= _LAID_ON,
            f"{share:.0%} of the file is plain ground, laid on at the rim",
            measured=share,
            wanted=f"≤ {_LAID_ON:g}",
            hint="draw the picture in the channel's own ratio: add --channel when it is made",
        )
    elif not cut.crop.whole(source.opened.size):
        canvas.check(
            "crop-keeps-subject",
            "must" if cut.crop.kept < _LOST else "should",
            cut.crop.kept >= _KEPT and not cut.crop.through,
            f"the crop keeps {floor(cut.crop.kept * 100)} % of what draws the eye"
            + (f", and cuts through it at the {cut.crop.through}" if cut.crop.through else ""),
            measured=cut.crop.kept,
            wanted=f"≥ {_KEPT:g}",
            hint="draw the picture in the channel's own ratio: add --channel when it is made",
        )
    _check_scale(canvas, source, channel.size[0] / cut.crop.box.width)


def _check_scale(canvas: Canvas, source: Source, scale: float) -> None:
    if scale <= 1:
        return
    if page_of(source.opened.texts or {}):
        told = f"the comp is enlarged {scale:.2f} times: its drawing is a part of its page"
        canvas.check("enlarged", "info", True, told, measured=scale)
    else:
        canvas.check(
            "enlarged",
            "must" if scale > _TOO_SOFT else "should",
            scale <= _SOFT,
            f"the picture is enlarged {ceil(scale * 100) / 100:.2f} times"
            + ("" if scale <= _SOFT else ", and looks soft"),
            measured=scale,
            wanted=f"≤ {_SOFT:g}",
            hint="preview it with --channel, or raise tiers.final.quality in promptkit.yaml",
        )


def _mark(
    canvas: Canvas, brand: Brand, name: str, words: tuple[str, TextZone | None], small: list[str]
) -> dict[str, Any]:
    """Lay logo, small type and headline over the picture; return what was done."""
    headline, zone = words
    area = canvas.part(zone.box) if zone else None
    done: dict[str, Any] = {"logo": None, "label": None, "headline": None}
    if _bears_logo(brand):
        done["logo"] = lay_logo(canvas, brand, name, area)
    if small:
        done["label"] = _labelled(canvas, brand, small, done["logo"], area)
    if zone:
        face = face_of(brand, "display")
        must_have(face, headline, "display")
        wanted = brand.checks.text_zone
        done["headline"] = set_headline(canvas, headline, zone, face, inks(brand, zone), wanted)
    return done


def _labelled(
    canvas: Canvas, brand: Brand, texts: list[str], logo: dict[str, Any] | None, area: Box | None
) -> dict[str, Any] | None:
    face = face_of(brand, "body")
    for text in texts:
        must_have(face, text, "body")
    plate = brand.colors.of_role("surface") or brand.colors.of_role("background")
    colour = rgb_of(plate.value) if plate else LIGHT_INK
    left = bool(logo and "right" in logo["corner"])
    return set_label(canvas, texts, face, inks(brand), colour, left=left, off=area)


def _encoded(
    canvas: Canvas, channel: Channel, notes: Notes | None, signing: Signing | None
) -> Encoded:
    def noted(data: bytes) -> bytes:
        return marked(data, _MEDIA_TYPES[channel.format], notes) if notes else data

    reserve = signing.weight if signing else 0
    encoded = encode(canvas.picture, channel.format, channel.max_kb, noted, reserve)
    if signing:
        encoded = replace(encoded, data=signing.signed(encoded.data))
    if channel.max_kb:
        weight = len(encoded.data) / 1000
        lossless = " a PNG loses nothing;" if channel.format == "png" else ""
        canvas.check(
            "file-weight",
            "must",
            encoded.fits,
            f"the file has {weight:.0f} kB",
            measured=weight,
            wanted=f"≤ {channel.max_kb} kB",
            hint=f"{lossless} set the channel's format to webp or avif, or allow more kB".strip(),
        )
    return encoded
