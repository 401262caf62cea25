"""Whether what a provider sent is a picture that can be kept."""

from __future__ import annotations

import io
import warnings

from promptkit.client.request import sniff
from promptkit.errors import UnusableError

#: The largest picture that is decoded, in px: a small file can unfold into gigabytes.
MAX_PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")


def verify(data: bytes) -> str:
    """Return a picture's media type after decoding it whole.

    Raises:
        UnusableError: it is no PNG, JPEG or WebP, is cut short, or is too large.
    """
    from PIL import Image

    media_type = sniff(data)
    if media_type is None:
        raise UnusableError("the answer is not a PNG, JPEG or WebP picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit below is stricter than Pillow's
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise UnusableError(
                        f"the picture has {picture.width} × {picture.height} px, too many to open"
                    )
                picture.load()
    except UnusableError:
        raise
    except Image.DecompressionBombError:
        raise UnusableError("the picture is a small file that unfolds into too many px") from None
    except Exception as cause:  # decoders raise what they like at bytes that make no sense
        raise UnusableError(f"the picture cannot be decoded: {cause}") from None
    return media_type
