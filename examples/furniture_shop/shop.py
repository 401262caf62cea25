"""A furniture shop: base products × standard rooms × described changes become room scenes.

Each scene gets previews; the shop's buyer picks; the picked one becomes the final. Pictures that
were made before come from the store and are not paid again.

    python examples/furniture_shop/shop.py [FOLDER]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import yaml

from promptkit import AsyncKit, PromptkitError, Run

CATALOGUE = Path(__file__).parent / "catalogue.yaml"
BRAND = "hearth-and-ply"


async def preview(kit: AsyncKit, scene: dict[str, Any]) -> Run | None:
    """Draw two previews of a scene; a scene that fails does not stop the others."""
    name = f"{scene['product']} in {scene['room']}"
    try:
        run = await kit.preview(kit.compose("product-in-room", BRAND, scene), n=2)
    except PromptkitError as error:
        print(f"{name}: {error}")
        return None
    cached = sum(image.cached for image in run.images)
    print(f"{name}: {len(run.images)} previews, {cached} of them from the store – {run.sheet}")
    return run


async def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scenes = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["scenes"]
    async with AsyncKit(folder) as kit:
        runs = await asyncio.gather(*(preview(kit, scene) for scene in scenes))
        # The buyer looks at the sheets; here the first preview of each scene is taken.
        for run in filter(None, runs):
            final = await kit.final(run, pick=1)
            print(f"final: {final.path}")
        for row in kit.usage(by="tier"):
            print(f"{row.name}: {row.paid} made, {row.cached} from the store, ${row.cost}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "furniture-shop")))
