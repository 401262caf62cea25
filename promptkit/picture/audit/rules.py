"""The rules of the audit by their ids, and what each measures."""

from __future__ import annotations

RULES = {
    "brand-unseen": "whether any of the brand's own strong colours is to be seen at all",
    "off-palette": "how much of the picture is in strong colours that are not the brand's",
    "on-palette": "how much of what has colour is in the brand's colours and their shades",
    "lead-missing": "whether the leading colour is there at all",
    "accent-missing": "whether the accent is there at all",
    "color-share": "how much each colour covers, against the brand's proportions",
    "palette-distance": "how far the colours are from the palette, on average (ΔE00)",
    "barred-ground": "whether a colour has become the ground that a rule keeps it off",
    "barred-pair": "how much of one colour's outline touches one that it is kept apart from",
    "avoided-color": "how much is in a colour that the brand avoids",
    "grade-temperature": "warm or cool, by the mean of CIELAB's b*",
    "grade-saturation": "strong or quiet colours, by the mean chroma",
    "grade-contrast": "hard or soft, by the spread of lightness",
    "grade-blacks": "lifted or deep, by the lightness of the darkest hundredth",
    "text-zone-contrast": "whether the words read on what lies below them",
    "text-zone-busy": "how much of the place for words is edges",
    "logo-contrast": "whether a form of the logo reads in its corner",
    "logo-busy": "how much of the logo's corner is edges",
    "aspect": "width to height, against the channel's",
    "size": "whether the picture has the px that its channel needs",
    "transparency": "whether parts of the picture are see-through",
    "file": "what is unusual about the file: colour space, animation, bits",
    "lettering": "words that can be read though nobody asked for them",
    "lettering-missing": "whether words that were asked for can be read",
    "lettering-misspelt": "words that were asked for and are a letter or two off",
    "drawn-logo": "the brand's name, drawn by the model",
    "unmeasured": "that the audit itself could not be made",
}
