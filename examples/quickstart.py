"""From a brand and a brief to previews, a pick and a final, in a few lines and without a key.

python examples/quickstart.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from promptkit import Kit


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with Kit(folder) as kit:
        prompt = kit.compose(
            "product-hero",
            brand="tidewell",
            inputs={"product": "slim 330 ml can", "features": ["condensation on the metal"]},
        )
        print(prompt.text)
        for finding in prompt.findings:
            print(finding)

        run = kit.preview(prompt, n=4)
        print(f"\nLook at {run.sheet}, which shows {len(run.images)} previews (${run.cost}).")

        # A person looks and says which; here it is the second one.
        final = kit.final(run, pick=2)
        print(f"The final is {final.path} (${final.cost}).")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "quickstart"))
