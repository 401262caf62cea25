"""A large project from cold: how long until every brand and template is listed and checked.

    python benchmarks/project.py [--brands 50] [--templates 200] [--rounds 3]

The project is made in a temporary folder: brands of which some build on others, templates of
which some extend others and include partials. Each verb runs in a process of its own, as people
run it, with the bytecode that an installed package has; the figures are those of the best round:
seconds on the clock, and of the processor, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import copytree

ROOT = Path(__file__).parent.parent
VERBS = (("brand", "list"), ("template", "list"), ("brand", "check"), ("template", "check"))
TARGET = 2.0
#: Every third is a child; all of them are as long as the shipped ones.
_EACH = 3


def make_project(folder: Path, brands: int, templates: int) -> None:
    """Write a project: its brands and templates are those that are shipped, again and again."""
    profiles, sources = folder / "brand_profiles", folder / "templates"
    profiles.mkdir()
    sources.mkdir()
    shipped = sorted((ROOT / "brand_profiles").glob("*.yaml"))
    for folder_of_files in ("logos", "refs"):
        copytree(ROOT / "brand_profiles" / folder_of_files, profiles / folder_of_files)
    for number in range(brands):
        text = shipped[number % len(shipped)].read_text(encoding="utf-8")
        if number % _EACH == 2:
            text = f"extends: brand-{number - 1}\nname: Brand {number}\n+avoid: [fog]\n"
        else:
            text = text.replace(f"id: {shipped[number % len(shipped)].stem}", f"id: brand-{number}")
        (profiles / f"brand-{number}.yaml").write_text(text, encoding="utf-8")
    (sources / "_light.j2").write_text("soft light from the left", encoding="utf-8")
    (sources / "base.j2").write_bytes((ROOT / "templates" / "base.j2").read_bytes())
    plain = [path for path in sorted((ROOT / "templates").glob("*.j2")) if path.stem != "base"]
    for number in range(templates):
        text = plain[number % len(plain)].read_text(encoding="utf-8")
        if number % _EACH == 2:
            text = (
                f"---\ndescription: Picture {number}\n---\n"
                f'{{% extends "template-{number - 1}.j2" %}}\n'
                '{% block lighting %}{% include "_light.j2" %}{% endblock %}\n'
            )
        (sources / f"template-{number}.j2").write_text(text, encoding="utf-8")


def seconds(folder: Path, *words: str) -> tuple[float, float]:
    """Return how long one verb takes in a process of its own: on the clock, of the processor, s.

    Raises:
        RuntimeError: it could not read what it was given.
    """
    # Bytecode of its own: a checkout may have none, and a shell may forbid to write it.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "promptkit", *words]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    taken, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    worked = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return taken, worked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brands", type=int, default=50)
    parser.add_argument("--templates", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        make_project(Path(name), wanted.brands, wanted.templates)
        best: dict[str, tuple[float, ...]] = {
            " ".join(words): min(seconds(Path(name), *words) for _ in range(wanted.rounds))
            for words in VERBS
        }
    print(f"{wanted.brands} brands and {wanted.templates} templates, from cold")
    checks = zip(best["brand check"], best["template check"], strict=True)
    best["both checks"] = tuple(map(sum, checks))
    for verb, (taken, worked) in best.items():
        print(f"{verb:22}{taken:8.2f} s{worked:8.2f} s of the processor")
    print(f"{'target':22}{TARGET:8.2f} s for each list, and for both checks")


if __name__ == "__main__":
    main()
