"""Reading the lettering of a picture. The library for it is the extra ``ocr``.

Its models come in its own package; nothing is fetched.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from promptkit.brand.areas import Box

#: What installs the reader.
INSTALL = "pip install 'brand-promptkit[ocr]'"
#: A larger picture is read at this length (px): letters that people see are large enough in it.
USUAL = 1152
#: At this length what could not be read as it should be is read once more.
FINE = 1536
#: Nothing can be read in a picture whose shorter side has fewer px.
_LEAST = 256
#: Where no channel has two values that are further apart, 0–255, nothing stands out.
_FLAT = 16
#: A reading takes no more cores than this.
_THREADS = 2
_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of lettering as it was read, and how sure that is (0–1)."""

    text: str
    box: Box
    """Left, top, right, bottom in 0–1 of the picture."""
    height: float
    """How high the line is, 0–1 of the picture's shorter side."""
    sure: float


class Reader:
    """Reads pictures, one at a time: a reading takes half a gigabyte."""

    def __init__(self) -> None:
        """Take what is needed at the first reading, and not before."""
        self._lock = Lock()

    def read(self, image: Image.Image, length: int = USUAL) -> list[Line]:
        """Return the lines of a picture in sRGB from top to bottom, read at a length (px).

        Raises:
            ImportError: the extra is not installed.
            OSError: its models do not lie where they should.
        """
        small = image.convert("RGB")
        small.thumbnail((length, length), reducing_gap=2)
        if min(image.size) < _LEAST or _flat(small):
            return []
        pixels = np.ascontiguousarray(np.asarray(small)[:, :, ::-1])  # the library wants BGR
        with self._lock:
            found = self._engine(pixels)
        if not found.txts:
            return []
        read = zip(found.txts, found.boxes, found.scores, strict=True)
        return [_line(text, corners, sure, small.size) for text, corners, sure in read]

    def knows(self, text: str) -> bool:
        """Say whether the reader knows every letter of a text: some scripts are unknown to it.

        So are ½ and its like, which it reads as /2.
        """
        with self._lock:
            known = self._letters
        signs = [sign for sign in text if sign.isalnum()]
        return all(sign in known and not _is_fraction(sign) for sign in signs)

    @cached_property
    def _letters(self) -> frozenset[str]:
        session = self._engine._load_rec_model().session
        return frozenset("".join(session.get_character_list()))

    @cached_property
    def _engine(self) -> Any:
        import onnxruntime
        import rapidocr

        onnxruntime.disable_telemetry_events()
        folder = Path(rapidocr.__file__).parent / "models"
        # Paths are named so that none is looked for elsewhere, and fetched when it is missing.
        files = {f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()}
        if missing := [file for file in files.values() if not Path(file).is_file()]:
            raise FileNotFoundError(f"the reader's model {missing[0]} is missing")
        engine = "EngineConfig.onnxruntime"
        return rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                f"{engine}.intra_op_num_threads": min(_THREADS, os.cpu_count() or 1),
                f"{engine}.inter_op_num_threads": 1,
                # Letters stand in the model; were they missing, this file would be read for them,
                # in vain, instead of one that is fetched.
                "Rec.rec_keys_path": files["Rec.model_path"],
                **files,
            }
        )


def installed() -> bool:
    """Say whether the extra is installed, without loading it."""
    return all(find_spec(name) for name in ("rapidocr", "onnxruntime"))


def reader() -> Reader:
    """Return the one reader of this process."""
    return _READER


_READER = Reader()


def _is_fraction(sign: str) -> bool:
    return unicodedata.decomposition(sign).startswith("<fraction>")


def _flat(image: Image.Image) -> bool:
    ends = np.array([band.getextrema() for band in image.split()], int)
    return int(np.ptp(ends, axis=1).max()) < _FLAT


def _line(text: str, corners: Any, sure: float, size: tuple[int, int]) -> Line:
    """Return a line by its four corners, clockwise from its own upper left, in px."""
    points = np.asarray(corners, float)
    sides = np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1)
    left, top = points.min(axis=0) / size
    right, bottom = points.max(axis=0) / size
    box = (float(left), float(top), float(right), float(bottom))
    return Line(text, box, float(min(sides) / min(size)), float(sure))
