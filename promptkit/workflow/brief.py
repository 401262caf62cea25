"""A brief's pictures, put so that a run can be repeated from any folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from promptkit.brand.profile import Brand
from promptkit.errors import BriefError, Finding
from promptkit.template.compiled import Template


def located(inputs: Mapping[str, Any], template: Template, brand: Brand) -> dict[str, Any]:
    """Return a brief's inputs with the paths of pictures made absolute.

    Raises:
        BriefError: a picture is not there.
    """
    found = dict(inputs)
    missing = []
    for name, spec in template.meta.inputs.items():
        value = found.get(name)
        if spec.type != "image" or not isinstance(value, str | PurePath):
            continue
        if str(value) in brand.subjects or not _is_path(str(value)):
            continue
        path = Path(value).expanduser()
        found[name] = str(path.absolute())
        if not path.is_file():
            message = f"{template.name}: the input “{name}”: there is no picture {path}"
            missing.append(Finding("missing-picture", message, fix=spec.help or None))
    if missing:
        raise BriefError(missing)
    return found


def _is_path(value: str) -> bool:
    """Tell a path from a subject's name, misspelt: the template knows the right ones."""
    return any(sign in value for sign in "./\\~")
