"""Coverage-guided fuzzing of one target with atheris.

python fuzz/harness.py brands|templates|importers|marks [libFuzzer's options …]
python fuzz/harness.py TARGET FILE       run one found input again
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

with atheris.instrument_imports(include=["promptkit", "jinja2", "yaml"]):
    from seeds import write_seeds
    from targets import made


def main() -> None:
    """Fuzz until the time is up, or something is found: it is kept under ``found/``."""
    name, *options = sys.argv[1:]
    found, corpus = HERE / "found", HERE / "corpus" / name
    found.mkdir(exist_ok=True)
    write_seeds(name, corpus)
    usual = [
        f"-artifact_prefix={found}/{name}-",
        f"-dict={HERE / 'words.dict'}",
        "-timeout=20",
        "-max_len=65536",
        "-rss_limit_mb=2048",
    ]
    files = [option for option in options if not option.startswith("-")]
    atheris.Setup([sys.argv[0], *usual, *options, *([] if files else [str(corpus)])], made(name))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
