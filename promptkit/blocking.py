"""The front door for scripts: ``AsyncKit`` with an event loop of its own behind it."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from contextlib import suppress
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from promptkit.client.origin import Origin
from promptkit.kit import AsyncKit

if TYPE_CHECKING:
    import asyncio

    from promptkit.brand.loading import BrandLibrary
    from promptkit.model.catalog import Catalog
    from promptkit.observe.events import Observer
    from promptkit.project import Project
    from promptkit.provider import Provider
    from promptkit.settings import Settings
    from promptkit.template.library import TemplateLibrary
    from promptkit.workflow.dry import DryRun
    from promptkit.workflow.run import RunFolder

P = ParamSpec("P")
T = TypeVar("T")


def _awaited(
    method: Callable[Concatenate[AsyncKit, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Kit, P], T]:
    """Make a verb of ``AsyncKit`` one that is done when it returns."""

    def call(self: Kit, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._wait(method(self._kit, *args, **kwargs))

    update_wrapper(call, method)
    return call


def _same(method: Callable[Concatenate[AsyncKit, P], T]) -> Callable[Concatenate[Kit, P], T]:
    """Hand on a verb of ``AsyncKit`` that needs no event loop."""

    def call(self: Kit, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return method(self._kit, *args, **kwargs)

    update_wrapper(call, method)
    return call


def _each(
    method: Callable[Concatenate[AsyncKit, P], AsyncGenerator[T, None]],
) -> Callable[Concatenate[Kit, P], Generator[T, None, None]]:
    """Make a verb of ``AsyncKit`` that is listened to one that is iterated over."""

    def call(self: Kit, /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        steps = method(self._kit, *args, **kwargs)

        async def following() -> T | None:
            return await anext(steps, None)

        try:
            while (step := self._wait(following())) is not None:
                yield step
        finally:
            self._wait(steps.aclose())

    update_wrapper(call, method)
    return call


class Kit:
    """A project's front door, for scripts: the verbs of ``AsyncKit``, done when they return.

    An event loop in a thread of its own does the work, so a ``Kit`` may be used from any thread,
    and within notebooks that run a loop themselves.
    """

    def __init__(
        self,
        project: str | Path | None = None,
        *,
        config: Mapping[str, Any] | None = None,
        providers: Mapping[str, Provider] | None = None,
        on_event: Observer | None = None,
    ) -> None:
        """Take what ``AsyncKit`` takes. Raises as it does."""
        self._kit = AsyncKit(project, config=config, providers=providers, on_event=on_event)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._origin = Origin()

    brand = _same(AsyncKit.brand)
    brand_of = _same(AsyncKit.brand_of)
    template = _same(AsyncKit.template)
    model = _same(AsyncKit.model)
    compose = _same(AsyncKit.compose)
    lint = _same(AsyncKit.lint)
    run = _same(AsyncKit.run)
    pick = _same(AsyncKit.pick)
    usage = _same(AsyncKit.usage)
    provenance = _same(AsyncKit.provenance)
    report = _same(AsyncKit.report)
    upkeep = _same(AsyncKit.upkeep)
    rewrite = _awaited(AsyncKit.rewrite)
    judge = _awaited(AsyncKit.judge)
    audit = _awaited(AsyncKit.audit)
    preview = _awaited(AsyncKit.preview)
    generate = _awaited(AsyncKit.generate)
    finish = _awaited(AsyncKit.finish)
    stream = _each(AsyncKit.stream)
    draw_many = _each(AsyncKit.draw_many)
    final = _awaited(AsyncKit.final)

    @property
    def project(self) -> Project:
        """The project's folder and settings."""
        return self._kit.project

    @property
    def settings(self) -> Settings:
        """The project's settings."""
        return self._kit.settings

    @property
    def dry(self) -> DryRun:
        """The verbs that pay, gone through: each says what it would ask for, and asks nothing."""
        return self._kit.dry

    @property
    def brands(self) -> BrandLibrary:
        """The brands that can be named."""
        return self._kit.brands

    @property
    def templates(self) -> TemplateLibrary:
        """The templates that can be named."""
        return self._kit.templates

    @property
    def catalog(self) -> Catalog:
        """The models that can be named."""
        return self._kit.catalog

    @property
    def runs(self) -> RunFolder:
        """The folder of runs."""
        return self._kit.runs

    def close(self) -> None:
        """Close connections, store and ledger, and end the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None or not self._origin.here:
            return  # in a process that was forked from it, it is the other's
        import asyncio

        try:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _end(self) -> None:
        """Break off what other threads still wait for, so that none waits for ever."""
        import asyncio

        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._kit.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        import asyncio

        begun: list[asyncio.Task[Any] | None] = []

        async def named() -> T:
            begun.append(asyncio.current_task())
            return await work

        with self._lock:  # also over the hand-over, so that no close comes in between
            if self._loop is None:
                self._origin = Origin()
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="promptkit", daemon=True
                )
                self._thread.start()
            self._origin.check()
            loop = self._loop
            future = asyncio.run_coroutine_threadsafe(named(), loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            # The calls under way must note that they are in doubt before the process ends.
            for task in filter(None, begun):
                loop.call_soon_threadsafe(task.cancel)
            with suppress(BaseException):
                future.result(timeout=5)
            raise
