"""What is fuzzed: each target takes bytes as a file holds them, and lets PromptkitError be.

Anything else that comes out is a fault: another exception, a message that cannot be printed, an
answer that takes longer than `SECONDS` or more memory than `MEGABYTES`.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from promptkit.brand.check import check_brand
from promptkit.brand.importers import import_brand, to_yaml
from promptkit.brand.loading import BrandLibrary, load_brand, parse_brand
from promptkit.errors import MAX_FINDINGS, InputError, PromptkitError
from promptkit.picture.marks import Notes, Rights, marked, told
from promptkit.prompt.compose import compose
from promptkit.template.check import check_template
from promptkit.template.compiled import Template
from promptkit.template.library import TemplateLibrary
from promptkit.template.schema import template_schema

Target = Callable[[bytes], None]

ROOT = Path(__file__).parent.parent
SECONDS = 2.0
MEGABYTES = 200
#: No message is longer, however hostile the file.
LONGEST = 5_000 * MAX_FINDINGS
#: A library keeps what it compiled; so many files later it is begun anew.
_RENEWED = 200
_KINDS = ("image/png", "image/jpeg", "image/webp", "image/avif")
#: What a brief says of an input, by the input's type.
_GIVEN: dict[str, Any] = {
    "text": "{{ brand }} {% endblock %} \u202eslim can\x1b[31m",
    "number": 3,
    "boolean": True,
    "list": ["{{ one }}", "{% two %}"],
    "color": "primary",
    "image": "./can.png",
}


class Fault(Exception):
    """A bound does not hold."""


def within_bounds(target: Target) -> Target:
    """Return a target that also fails when it is slow, large, or cannot say what is wrong."""

    def bounded(data: bytes) -> None:
        before, start = _megabytes(), time.process_time()
        try:
            target(data)
        except PromptkitError as error:
            _say(error)
        seconds, grown = time.process_time() - start, _megabytes() - before
        if seconds > SECONDS or grown > MEGABYTES:
            raise Fault(f"{len(data)} bytes took {seconds:.1f} s and {grown:.0f} MB")

    return bounded


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(error: PromptkitError) -> None:
    said = f"{error}{json.dumps(error.as_dict())}"
    said.encode()
    if isinstance(error, InputError) and not 0 < len(error.findings) <= MAX_FINDINGS:
        raise Fault(f"{len(error.findings)} findings")
    if len(said) > LONGEST:
        raise Fault(f"a message of {len(said)} characters")


def brand_target(folder: Path) -> Target:
    """Return the reading and checking of a brand profile, in a folder beside the shipped ones."""
    shutil.copytree(ROOT / "brand_profiles", folder, dirs_exist_ok=True)
    path = folder / "fuzzed.yaml"

    def target(data: bytes) -> None:
        path.write_bytes(data)
        brand = load_brand(path, [folder])
        json.dumps([finding.as_dict() for finding in check_brand(brand)])
        assert len(brand.digest) == 64

    return target


def template_target(folder: Path) -> Target:
    """Return the reading, checking and rendering of a template, with a fixed brief."""
    brand = BrandLibrary([ROOT / "brand_profiles"]).get("tidewell")
    folder.mkdir(exist_ok=True)
    path = folder / "fuzzed.j2"
    (folder / "_part.j2").write_text("{% macro said(what) %}a {{ what }}{% endmacro %}part")
    numbers = count(1)
    library = TemplateLibrary([folder, ROOT / "templates"])

    def target(data: bytes) -> None:
        nonlocal library
        number = next(numbers)
        if number % _RENEWED == 0:
            library = TemplateLibrary([folder, ROOT / "templates"])
        path.write_bytes(data)
        os.utime(path, ns=(number, number))  # a file system's clock is too coarse to tell
        template = library.get("fuzzed")
        json.dumps([finding.as_dict() for finding in check_template(template)])
        json.dumps(template_schema(template))
        prompt = compose(brand, template, _brief(template))
        assert all(section.text for section in prompt.sections)

    return target


def _brief(template: Template) -> dict[str, Any]:
    return {
        name: spec.enum[0] if spec.type == "choice" else _GIVEN[spec.type]
        for name, spec in template.meta.inputs.items()
    }


def importer_target(folder: Path) -> Target:
    """Return the import of a brand; what comes of it is a profile that can be read."""
    folder.mkdir(exist_ok=True)
    path = folder / "fuzzed"

    def target(data: bytes) -> None:
        path.write_bytes(data)
        imported = import_brand(path)
        try:
            parse_brand(to_yaml(imported))
        except PromptkitError as error:
            raise Fault(f"what was imported cannot be read: {error}") from error

    return target


def marks_target(_: Path) -> Target:
    """Return the reading of what a picture says of itself, and the writing of notes into it.

    The first byte says what it is said to be; what has been written can be read.
    """
    notes = Notes(source="", alt="A slim can.", rights=Rights(creators=("Ana Silva",)))

    def target(data: bytes) -> None:
        kind = _KINDS[data[0] % len(_KINDS)] if data else _KINDS[0]
        found = told(data[1:], kind)
        json.dumps(found.fields)
        assert len(found.rights.notice) < 1_000
        written = told(marked(data[1:], kind, notes), kind)
        if written.rights.creators != ("Ana Silva",):
            raise Fault(f"what was written cannot be read: {written.unread}")

    return target


TARGETS: dict[str, Callable[[Path], Target]] = {
    "brands": brand_target,
    "templates": template_target,
    "importers": importer_target,
    "marks": marks_target,
}


def made(name: str) -> Target:
    """Return a target by name, with its bounds, in a temporary folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix=f"promptkit-fuzz-{name}-"))
    return within_bounds(TARGETS[name](folder / "files"))
