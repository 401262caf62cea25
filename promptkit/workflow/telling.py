"""A run as it comes about: unfinished pictures, each take's end, and the run itself at last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from promptkit.client.partials import Partial
from promptkit.workflow.run import Failure, Shot
from promptkit.workflow.shown import Run

Step = Partial | Shot | Failure | Run


async def told(
    draw: Callable[[Callable[[Step], None]], Coroutine[Any, Any, Run]],
) -> AsyncGenerator[Step, None]:
    """Give what ``draw`` tells while it draws, and the run at the end.

    Who stops listening before that waits for what is under way: it is paid for. Who is cancelled
    breaks it off. Raises what ``draw`` raises.
    """
    steps: asyncio.Queue[Step | None] = asyncio.Queue()
    drawing = asyncio.create_task(draw(steps.put_nowait))
    drawing.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while (step := await steps.get()) is not None:
            yield step
        yield await drawing
    except asyncio.CancelledError:
        drawing.cancel()
        raise
    finally:
        await asyncio.gather(drawing, return_exceptions=True)
