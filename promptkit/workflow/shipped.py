"""Where the brands and templates lie that come with promptkit."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
#: In an installed wheel the shipped files lie in the package; in a checkout, beside it.
SHIPPED = next(
    folder for folder in (_PACKAGE / "shipped", _PACKAGE.parent) if (folder / "templates").is_dir()
)
