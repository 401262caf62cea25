"""The examples run as they stand: keyless, in an empty folder."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(script: str, folder: Path) -> str:
    command = [sys.executable, "-W", "error", str(EXAMPLES / script), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_quickstart(tmp_path: Path) -> None:
    said = run("quickstart.py", tmp_path / "first")
    assert "Subject: A slim 330 ml can with condensation on the metal." in said
    final = said.split("The final is ")[1].split(" ($")[0]
    assert Path(final).is_file()


def test_furniture_shop_pays_nothing_the_second_time(tmp_path: Path) -> None:
    first = run("furniture_shop/shop.py", tmp_path)
    assert first.count("2 previews, 0 of them from the store") == 4
    assert first.count(f"final: {tmp_path}") == 4
    second = run("furniture_shop/shop.py", tmp_path)
    assert second.count("2 previews, 2 of them from the store") == 4


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[str]:
    """The content platform, served on a real socket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    command += ["--app-dir", str(EXAMPLES / "content_platform"), "--log-level", "warning"]
    with subprocess.Popen(command, cwd=tmp_path) as server:
        try:
            yield _when_up(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


def _when_up(address: str) -> str:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/docs", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return address
    raise TimeoutError(address)


def post(url: str, body: dict[str, Any]) -> tuple[int, Any]:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_content_platform(platform: str) -> None:
    brief = {"template": "packshot", "brand": "tidewell", "inputs": {"product": "can"}, "n": 2}
    status, shown = post(f"{platform}/previews", brief)
    assert status == 200
    assert [item["take"] for item in shown["previews"]] == [1, 2]
    status, done = post(f"{platform}/finals", {"run": shown["run"], "take": 2})
    assert status == 200
    with urllib.request.urlopen(done["final"]["url"], timeout=10) as answer:
        assert answer.read(8) == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"inputs": {}}, "product"),
        ({"brand": "tidewel"}, "tidewell"),
        ({"inputs": {"product": "can", "base": "/etc/passwd"}}, "must be one of"),
        ({"brand": "/etc/hosts.yaml"}, "brand must be one of"),
    ],
)
def test_content_platform_says_what_is_wrong(
    platform: str, change: dict[str, Any], says: str
) -> None:
    brief = {"template": "packshot", "brand": "tidewell", "inputs": {"product": "can"}}
    status, answer = post(f"{platform}/previews", brief | change)
    assert status == 422
    assert says in json.dumps(answer)


def test_content_platform_serves_nothing_but_pictures(platform: str) -> None:
    for path in ("pictures/nothing/run.json", "pictures/..%2f..%2fetc/passwd"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{platform}/{path}", timeout=10)
        with refused.value as error:
            assert error.code in (404, 422)
