"""Providers: each turns one ``ImageRequest`` into one ``Answer``, and knows nothing of brands."""

from __future__ import annotations

from typing import Protocol

from promptkit.client.request import Answer, ImageRequest


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


def account_of(provider: Provider) -> str:
    """Return what tells a provider's keys apart, without showing them; "" where it has none.

    Limits hold for a key, so calls with different ones do not wait for each other.
    """
    return str(getattr(provider, "account", ""))
