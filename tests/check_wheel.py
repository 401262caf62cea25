"""Install a built wheel by itself and use it from an empty folder: are the shipped files in it?"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

CONSTRAINTS = Path(__file__).parent.parent / "requirements-dev.txt"


def main(wheel: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "venv", with_pip=True)
        bin_ = home / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        pip = [str(bin_ / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-c", str(CONSTRAINTS), wheel], check=True)
        work = home / "work"
        work.mkdir()
        command = [str(bin_ / "promptkit"), "preview", "product-in-room", "--json"]
        command += ["--brand", "hearth-and-ply", "-n", "2", "--set", "product=lounge chair"]
        command += ["--set", "base=lounge-chair", "--set", "room=loft-living"]
        done = subprocess.run(command, cwd=work, check=True, capture_output=True, text=True)
        run = json.loads(done.stdout)
        assert len(run["images"]) == 2, run
        assert all(Path(image["path"]).is_file() for image in run["images"]), run
    print(f"{Path(wheel).name}: installed by itself, drew {len(run['images'])} previews")


if __name__ == "__main__":
    main(sys.argv[1])
