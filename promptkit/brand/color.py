"""Colour: reading it, naming it in words a model can follow, and measuring it.

coloraide does the arithmetic; it is imported only when a measure or a name is asked for.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

_HEX = re.compile(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_LONGEST = 64

#: Upper bounds of OKLCH hue (degrees) with the hue's everyday word.
_HUES = (
    (8, "pink"),
    (22, "rose"),
    (31, "red"),
    (52, "red-orange"),
    (68, "orange"),
    (86, "amber"),
    (112, "yellow"),
    (128, "yellow-green"),
    (158, "green"),
    (182, "green, slightly blue"),
    (205, "teal"),
    (228, "blue-cyan"),
    (248, "blue, slightly green"),
    (268, "blue"),
    (290, "blue-violet"),
    (312, "violet"),
    (335, "purple"),
    (350, "magenta-pink"),
    (360, "pink"),
)
#: Between these hues what is dark is no orange to anybody.
_BROWN = (31, 86)
_LIGHTNESS = (
    (0.25, "very dark"),
    (0.42, "dark"),
    (0.58, "deep"),
    (0.74, ""),
    (0.88, "light"),
    (1.01, "pale"),
)
_GREYS = (
    (0.16, "black"),
    (0.32, "near-black grey"),
    (0.52, "dark grey"),
    (0.72, "mid grey"),
    (0.9, "light grey"),
    (0.985, "off-white"),
    (1.01, "white"),
)
_TINTS = ((70, "warm"), (130, "warm"), (200, "green-tinged"), (290, "cool"), (361, "warm"))


def parse_hex(value: object) -> str:
    """Return a colour as ``#RRGGBB``, from ``#rgb``, ``#rrggbb`` or any opaque CSS colour.

    Raises:
        ValueError: with a message that says how the colour should be written.
    """
    if isinstance(value, int) and not isinstance(value, bool) and _HEX.fullmatch(str(value)):
        raise ValueError(f'a colour must be quoted text; put it in quotes: "#{value}"')
    if value is None or (isinstance(value, str) and not value.strip()):
        raise ValueError(f"is empty; give it a colour, {_AS_IN}")
    if not isinstance(value, str):
        raise ValueError(f"must be a colour; {_meant(value)}")
    value = value.strip()
    if found := _HEX.fullmatch(value):
        digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
        return f"#{digits.upper()}"
    return _css(value)


def _css(value: str) -> str:
    from coloraide import Color

    if len(value) > _LONGEST:
        raise ValueError(f"“{value[:_LONGEST]}…” is not a colour; write it {_AS_IN}")
    try:
        color = Color(value)
        written = color.convert("srgb").fit().to_string(hex=True, alpha=False).upper()
    except (ValueError, OverflowError):
        raise ValueError(f"“{value}” is not a colour; {_meant(value)}") from None
    if color.alpha() != 1:  # NaN, too, is see-through
        fix = f'write the colour without transparency: "{written}"'
        raise ValueError(f"“{value}” is see-through; {fix}")
    return written


_AS_IN = 'as in "#0B6E99"'
_CURLY = "“”„‟‘’‚‛«»"
#: The red, green and blue of a colour, alone or in brackets.
_CHANNELS = re.compile(r"\W*(?:rgb\W*)?(\d{1,3})\s*[,; ]\s*(\d{1,3})\s*[,; ]\s*(\d{1,3})\W*")


def _meant(value: object) -> str:
    """Say what to write in place of a value that is no colour."""
    text = str(value)
    plain = text.strip(_CURLY)
    zeros = plain.upper().replace("O", "0")
    numbers = _CHANNELS.fullmatch(text)
    if plain != text:
        return f'write it in straight quotes: "{plain}"'
    if plain.upper() != zeros and _HEX.fullmatch(zeros):
        return f'write zeros for the letters O: "#{zeros.removeprefix("#")}"'
    if re.fullmatch(r"#\w*", plain):
        return f"write six digits after the #, each 0–9 or A–F, {_AS_IN}"
    if numbers and max(map(int, numbers.groups())) < 256:
        return f'write it by its hex: "#{"".join(f"{int(part):02X}" for part in numbers.groups())}"'
    if re.match(r"pantone|cmyk|ral|hks", plain, re.IGNORECASE):
        return (
            f"take its hex from the brand's guide, {_AS_IN} (beside it may stand pantone and cmyk)"
        )
    from coloraide.css.color_names import name2val_map

    # To compare all names takes too long for a file with thousands of such values.
    names = [name for name in name2val_map if name[0] == plain[:1].casefold()]
    near = get_close_matches(plain.casefold(), names, n=1, cutoff=0.8)
    hint = f"did you mean “{near[0]}”? " if near else ""
    return f"{hint}write its hex in quotes, {_AS_IN}"


@lru_cache(maxsize=4096)
def in_words(value: str) -> str:
    """Name a colour by rule, for brands that gave no ``describe``: lightness, chroma, hue.

    Nearest-name lists mislead (they call ``#0B6E99`` “Disarm”); the OKLCH coordinates do not.
    """
    from coloraide import Color

    light, chroma, hue = Color(value).convert("oklch").coords(nans=False)
    if chroma < 0.012:
        return _upto(_GREYS, light)
    if chroma < 0.035 and (light > 0.88 or light < 0.45):
        return f"{_upto(_TINTS, hue)} {_upto(_GREYS, light)}"
    strength = "muted" if chroma < 0.07 else "vivid" if chroma > 0.19 else ""
    name = _upto(_HUES, hue)
    if _BROWN[0] <= hue < _BROWN[1] and light < _LIGHTNESS[2][0] and chroma < 0.17:
        strength, name = "", "red-brown" if name == "red-orange" else "brown"
    words = (strength, _upto(_LIGHTNESS, light), name)
    return " ".join(word for word in words if word)


def _upto(steps: tuple[tuple[float, str], ...], value: float) -> str:
    return next((word for bound, word in steps if value < bound), steps[-1][1])


@lru_cache(maxsize=4096)
def contrast(one: str, other: str) -> float:
    """Return the WCAG 2.1 contrast ratio of two colours, 1–21."""
    from coloraide import Color

    return float(Color(one).contrast(other, method="wcag21"))


@lru_cache(maxsize=4096)
def difference(one: str, other: str) -> float:
    """Return the CIEDE2000 difference of two colours, ΔE00: about 1 is just noticeable."""
    from coloraide import Color

    return float(Color(one).delta_e(other, method="2000"))
