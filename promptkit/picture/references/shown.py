"""A picture as a vision model is shown it: small, upright, in sRGB, and without metadata."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

from promptkit.client.chat import Shown
from promptkit.picture.opening import open_picture

#: The longest edge, in px: what tells a brand's picture from another is seen at that.
LONGEST = 1024


def shown(source: Path | str | bytes) -> Shown:
    """Return a picture, from a file or its bytes, to go with a message.

    Raises:
        BriefError: it cannot be opened.
    """
    image = open_picture(source).image
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    into = io.BytesIO()
    image.save(into, format="JPEG", quality=90, subsampling=0)
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    of = hashlib.sha256(data).hexdigest()
    return Shown(into.getvalue(), "image/jpeg", image.size, of)
