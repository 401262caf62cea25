"""Providers: each turns one ``ImageRequest`` into one ``Answer``, and knows nothing of brands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable

from promptkit.client.request import Answer, ImageRequest

#: Is given what is shown of a picture: which one it is, from 0, and its bytes.
Look = Callable[[int, bytes], Awaitable[None]]


class Provider(Protocol):
    """The one seam for pictures. ``comp`` is the keyless one, and the tests' double."""

    async def generate(self, request: ImageRequest) -> Answer:
        """Ask for one picture.

        Raises:
            ProviderError: or one of its kinds, by what may be done about it.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """What a provider has beside ``generate`` when it can show pictures while it draws them.

    It is asked for models whose card has ``partial_images``. Whatever is shown, the picture is the
    one that ``generate`` would bring: it is the same request.
    """

    async def stream(self, request: ImageRequest, partials: int, look: Look) -> Answer:
        """Ask for one picture, and hand up to ``partials`` unfinished ones to ``look``.

        Raises:
            ProviderError: or one of its kinds, by what may be done about it.
        """
        ...


def account_of(provider: Provider) -> str:
    """Return what tells a provider's keys apart, without showing them; "" where it has none.

    Limits hold for a key, so calls with different ones do not wait for each other.
    """
    return str(getattr(provider, "account", ""))
