"""Pictures as the wire carries them: base64, in any wrapping that services use."""

from __future__ import annotations

import base64
import binascii
from typing import Any


def decoded(encoded: Any) -> bytes:
    """Return the bytes of base64, broken into lines or not, or of a data URL.

    Raises:
        ValueError: it is neither.
    """
    try:
        if encoded.startswith("data:"):
            encoded = encoded.partition(",")[2]
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (AttributeError, binascii.Error) as cause:
        raise ValueError(f"no base64: {cause}") from None
