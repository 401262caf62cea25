"""Kit: the same verbs, done when they return, from any thread and inside any loop."""

from __future__ import annotations

import asyncio
import inspect
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from promptkit import AsyncKit, Image, Kit, RefusedError, Run
from test_kit import Quick, quick

UNDER_WAY = {"held", "sent", "received"}
CAN = {"product": "slim 330 ml can"}


def test_library_use_as_the_readme_shows_it() -> None:
    with Kit(providers=quick()) as kit:
        prompt = kit.compose("packshot", brand="tidewell", inputs=CAN)
        assert prompt.text.endswith("purple.")
        assert prompt.sections[1].text.startswith("A slim 330 ml can")
        assert prompt.findings == ()
        run = kit.preview(prompt, n=2)
        assert isinstance(run, Run)
        final = kit.final(run, pick=2, mode="regenerate", quality="low")
        assert isinstance(final, Image)
        assert final.path.is_file()
        assert final.cost == 0
        assert kit.run("last").finals[0].path == final.path
        assert kit.pick(run, 1).record.picked().take == 1
        assert [row.name for row in kit.usage("tier")] == ["final", "preview"]


def test_kit_has_the_verbs_of_async_kit() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Kit) - {"close"} == public(AsyncKit) - {"aclose"} | {"project", "runs"} | {
        "brands",
        "templates",
    }
    for name in ("compose", "preview", "generate", "final", "pick", "run", "usage"):
        ours, theirs = getattr(Kit, name), getattr(AsyncKit, name)
        assert ours.__doc__ == theirs.__doc__
        assert inspect.signature(ours) == inspect.signature(theirs)


def test_what_the_settings_and_libraries_hold() -> None:
    kit = Kit(config={"brand": "tidewell"})
    assert kit.project.root == Path.cwd()
    assert kit.settings.brand == "tidewell"
    assert "tidewell" in kit.brands.paths()
    assert "packshot" in kit.templates.names()
    assert kit.template("packshot").name == "packshot"
    assert kit.brand().id == "tidewell"
    assert str(kit.model("comp")) == "comp"
    assert kit.catalog.models
    assert kit.runs.ids() == []
    kit.close()


def test_eight_threads_use_one_kit() -> None:
    drawn = Quick(delay_s=0.05)
    with Kit(providers={"comp": drawn}) as kit, ThreadPoolExecutor(8) as pool:
        briefs = ["can", "tin"] * 4

        def work(product: str) -> Run:
            prompt = kit.compose("packshot", "tidewell", {"product": product})
            return kit.preview(prompt, n=1)

        runs = list(pool.map(work, briefs))
        assert len({run.id for run in runs}) == 8
        assert len(drawn.calls) == 2  # equal requests under way are one call
        assert len(kit.runs.ids()) == 8
        (row,) = kit.usage()
        assert (row.paid, row.cached) == (2, 6)


def test_eight_threads_pick_in_one_run_and_no_pick_is_lost() -> None:
    with Kit(providers=quick()) as kit, ThreadPoolExecutor(8) as pool:
        run = kit.preview(kit.compose("packshot", "tidewell", CAN), n=1)
        list(pool.map(lambda number: kit.pick(run, 1, f"reason {number}"), range(8)))
        reasons = {pick.reason for pick in kit.run(run.id).record.picks}
        assert reasons == {f"reason {number}" for number in range(8)}


def test_a_kit_works_inside_a_running_loop() -> None:
    async def notebook() -> int:
        with Kit(providers=quick()) as kit:
            return len(kit.preview(kit.compose("packshot", "tidewell", CAN), n=1).images)

    assert asyncio.run(notebook()) == 1


def test_errors_come_through_as_they_are() -> None:
    with Kit(providers=quick(answers=["refuse"])) as kit:
        prompt = kit.compose("packshot", "tidewell", CAN)
        with pytest.raises(RefusedError):
            kit.preview(prompt, n=1)
        assert len(kit.preview(prompt, n=1).images) == 1


def test_closing_twice_closing_unused_and_going_on_after_closing() -> None:
    kit = Kit(providers=quick())
    kit.close()
    prompt = kit.compose("packshot", "tidewell", CAN)
    kit.preview(prompt, n=1)
    kit.close()
    kit.close()
    assert kit.preview(prompt, n=1).images[0].cached
    kit.close()
    assert not [t for t in threading.enumerate() if t.name == "promptkit"]


def test_closing_breaks_off_what_another_thread_waits_for() -> None:
    drawn = Quick(delay_s=30)
    kit = Kit(providers={"comp": drawn})
    prompt = kit.compose("packshot", "tidewell", CAN)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(kit.preview, prompt, n=1)
        while not drawn.calls:
            time.sleep(0.02)
        kit.close()
        with pytest.raises(CancelledError):
            waiting.result(timeout=5)
    assert not UNDER_WAY.intersection(states())


def states() -> list[str]:
    with closing(sqlite3.connect(".promptkit/ledger.sqlite3")) as ledger:
        return [state for (state,) in ledger.execute("SELECT state FROM calls ORDER BY id")]


SCRIPT = """
import asyncio
from promptkit import Kit
from promptkit.provider.comp import Comp

class SlowAtFirst(Comp):
    async def generate(self, request):
        print("asked", flush=True)
        await asyncio.sleep(30 if not self.calls else 0)
        return await super().generate(request)

kit = Kit(providers={"comp": SlowAtFirst()})
prompt = kit.compose("packshot", "tidewell", {"product": "can"})
try:
    kit.preview(prompt, n=1)
except KeyboardInterrupt:
    print("broken off")
kit.close()
kit = Kit()
print(len(kit.preview(prompt, n=1, first_take=2).images))
kit.close()
"""


def test_an_interrupt_settles_the_journal_and_the_kit_goes_on() -> None:
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == "asked\n"
        script.send_signal(signal.SIGINT)
        said, complained = script.communicate(timeout=30)
    assert (said, complained, script.returncode) == ("broken off\n1\n", "", 0)
    first, second = states()
    assert first not in UNDER_WAY
    assert second == "done"
