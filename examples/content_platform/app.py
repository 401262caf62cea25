r"""A content platform: a brief comes in, previews go out, then the final of the chosen one.

pip install fastapi uvicorn
uvicorn --app-dir examples/content_platform app:app

curl -s localhost:8000/previews -H 'content-type: application/json' -d '{
"template": "social-post", "brand": "tidewell",
"inputs": {"scene": "two cans on a harbour wall at low tide"}}'
curl -s localhost:8000/finals -H 'content-type: application/json' \
      -d '{"run": "…", "take": 1}'
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, Field

from promptkit import AsyncKit, BudgetError, Image, InputError, PromptkitError, QuotaError, Run

PROJECT = os.environ.get("PLATFORM_PROJECT", ".")


class Brief(BaseModel):
    """What a customer asks for. Templates are named, never sent."""

    template: str
    brand: str
    inputs: dict[str, Any]
    n: int = Field(4, ge=1, le=8)


class Choice(BaseModel):
    """Which preview becomes the final."""

    run: str
    take: int = Field(ge=1)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncKit(PROJECT) as kit:
        app.state.kit = kit
        yield


app = FastAPI(title="Pictures on brand", lifespan=_lifespan)


@app.exception_handler(PromptkitError)
async def _say_why(_: Request, error: PromptkitError) -> JSONResponse:
    """Map promptkit's errors to answers once, in one place."""
    spent = isinstance(error, BudgetError | QuotaError)
    status = 422 if isinstance(error, InputError) else 402 if spent else 502
    return JSONResponse(error.as_dict(), status_code=status)


@app.post("/previews")
async def previews(brief: Brief, request: Request) -> dict[str, Any]:
    """Draw previews of a brief."""
    kit: AsyncKit = request.app.state.kit
    _refuse_files(kit, brief)
    prompt = kit.compose(brief.template, brief.brand, brief.inputs)
    run = await kit.preview(prompt, n=brief.n)
    return {"run": run.id, "previews": [_link(request, run, image) for image in run.images]}


@app.post("/finals")
async def finals(choice: Choice, request: Request) -> dict[str, Any]:
    """Make the final of a preview."""
    kit: AsyncKit = request.app.state.kit
    image = await kit.final(choice.run, pick=choice.take)
    return {"run": choice.run, "final": _link(request, kit.run(choice.run), image)}


@app.get("/pictures/{run}/{file}", name="picture")
async def picture(run: str, file: str, request: Request) -> FileResponse:
    """Serve a picture of a run, and nothing else that lies on this machine."""
    kit: AsyncKit = request.app.state.kit
    found = kit.run(run)
    for image in (*found.images, *found.finals):
        if image.path.name == file:
            return FileResponse(image.path)
    raise HTTPException(404, f"run {run} has no picture {file}")


def _refuse_files(kit: AsyncKit, brief: Brief) -> None:
    """Let a customer name what is known here, never a file of this server.

    Both brands and pictures may be given to the kit as paths: that is for its own people.
    """
    if brief.brand not in kit.brands.paths():
        raise HTTPException(422, f"brand must be one of: {', '.join(kit.brands.paths())}")
    subjects = kit.brand(brief.brand).subjects
    for name, spec in kit.template(brief.template).meta.inputs.items():
        if spec.type == "image" and name in brief.inputs and brief.inputs[name] not in subjects:
            raise HTTPException(422, f"{name} must be one of: {', '.join(subjects)}")


def _link(request: Request, run: Run, image: Image) -> dict[str, Any]:
    url = request.url_for("picture", run=run.id, file=image.path.name)
    return {
        "take": image.take,
        "url": str(url),
        "cost_usd": float(image.cost),
        "cached": image.cached,
    }
