"""What a picture is held against: its brand, in one look, as one prompt asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from promptkit.brand.channels import Channel, TextZone
from promptkit.brand.look import Look
from promptkit.brand.marks import Reserve
from promptkit.brand.palette import Grade
from promptkit.brand.profile import Brand
from promptkit.picture.audit.expected import Expected
from promptkit.verdict import Weight

#: How grave the rules of the palette are: in a natural photograph its shares are advice.
_WEIGHTS: Mapping[str, Weight] = {"strict": "must", "grade": "should", "props": "info"}
_USUAL_ON = {"strict": 0.8, "grade": 0.4, "props": 0.0}
_USUAL_OFF = {"strict": 0.08, "grade": 0.4, "props": 1.0}


@dataclass(frozen=True)
class Standard:
    """A brand, in one look and perhaps one channel."""

    brand: Brand
    look_name: str
    channel_name: str | None = None
    asked: Mapping[str, str] | None = None
    """The roles whose colours the prompt asked for, with what carries them; ``None``: unknown."""
    sketch: bool = False
    """Whether it is a comp, which has no light and no px of its own."""
    preview: bool = False
    """Whether it is a preview, which is small on purpose."""
    reserved: bool = True
    """Whether room was kept for the logo."""
    words: Expected | None = None
    """The lettering that it may have; ``None``: it is not to be read."""
    marked: bool = False
    """Whether words and logo are laid over it already."""

    @property
    def look(self) -> Look:
        """The look."""
        return self.brand.look(self.look_name)

    @property
    def channel(self) -> Channel | None:
        """The channel, if there is one."""
        return self.brand.channel(self.channel_name) if self.channel_name else None

    @property
    def mode(self) -> str:
        """How colours may enter: strict, grade or props."""
        return self.look.palette_mode

    @property
    def weight(self) -> Weight:
        """How grave it is when colours are not the palette's."""
        return _WEIGHTS[self.mode]

    @property
    def least_on(self) -> float:
        """How much of what has colour must be in palette colours, 0–1."""
        return self.brand.checks.palette.min_on_palette.get(self.mode, _USUAL_ON[self.mode])

    @property
    def most_off(self) -> float:
        """How much of the picture may be in other strong colours, 0–1."""
        return self.brand.checks.palette.max_off_chromatic.get(self.mode, _USUAL_OFF[self.mode])

    @property
    def zone(self) -> TextZone | None:
        """Where words will be set; ``None`` where they are."""
        return self.channel.text_zone if self.channel and not self.marked else None

    @property
    def reserve(self) -> Reserve | None:
        """Where the logo will stand; ``None`` where it does."""
        logo = self.brand.logo
        room = logo.policy == "composite" and self.reserved and not self.marked
        return logo.reserve if room else None

    @cached_property
    def grade(self) -> Grade:
        """How the picture is to be toned: the look's words over those of the colours."""
        own = {key: word for key, word in self.look.grade if word}
        return self.brand.colors.grade.model_copy(update=own)

    @cached_property
    def roles(self) -> dict[str, str]:
        """The roles whose colours must be looked for, with what carries them, where known."""
        colors = self.brand.colors
        if self.asked is not None:
            return {role: carrier for role, carrier in self.asked.items() if colors.of_role(role)}
        wanted = colors.proportions or colors.roles
        carried = self.look.carriers
        named = {role: colors.roles.get(role, role) for role in wanted}
        return {
            role: carried.get(role, carried.get(name, ""))
            for role, name in named.items()
            if name in colors.palette
        }
