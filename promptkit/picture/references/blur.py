"""How sharp the sharpest edges of a picture are."""

from __future__ import annotations

from PIL import Image

#: The long edge, in px, at which a picture is looked at: about what models see of it.
_LOOKED_AT = 1024
#: The share of a picture's spots that count as its sharpest edges, 0–1.
_EDGES = 0.002
#: Less contrast than this between dark and light, 0–255, is one plain tone: it has no edges.
_PLAIN = 8.0
#: A picture whose sharpest edges are below this is blurred; see ``sharpness``.
SHARP = 0.07


def sharpness(image: Image.Image) -> float:
    """Return how steep a picture's sharpest edges are, for its contrast: about 0–2.

    It is the Laplacian at the steepest 0.2 % of its spots, over the difference between its
    darkest and its lightest parts. Measured: sharp photographs have 0.35 and more, ones blurred
    over 3 px 0.03–0.11. A plain tone counts as sharp.
    """
    import numpy as np

    small = image.convert("L")
    small.thumbnail((_LOOKED_AT, _LOOKED_AT))
    grey = np.asarray(small, dtype=np.float32)
    if min(grey.shape) < 3:
        return 1.0
    middle = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    steep = np.abs(around - 4 * middle)
    dark, light = np.percentile(grey, (1, 99))
    if light - dark < _PLAIN:
        return 1.0
    return float(np.quantile(steep, 1 - _EDGES) / (light - dark))
