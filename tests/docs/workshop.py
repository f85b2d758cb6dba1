"""What the examples of the documentation find where they run: images, trained models, a recipe."""

import shutil

import numpy as np
from PIL import Image
from tests.retrieval.individuals import write_bundle

import elsewhere

TINY = """\
# So small that it trains in a second.
data: {init_args: {size: 32, resize: 36, batch_size: 4, test_batch_size: 4, workers: 0}}
network:
  backbone: {class_path: elsewhere.SmallResNet, init_args: {widths: [4, 6, 8]}}
  heads: 2
trainer: {max_epochs: 1, accelerator: cpu}
"""


def furnish(folder):
    """Fill a folder, which must be where the process runs."""
    (folder / "tiny.yaml").write_text(TINY)
    for label, name in enumerate(("robin", "wren")):
        for number in range(8):
            draw(folder / "birds" / name / f"{number}.png", 10 * label + number)
    for number, name in enumerate("ab"):
        draw(folder / f"{name}.jpg", 100 + number)
    run = elsewhere.fit("folder", "tiny.yaml", **{"data.path": "birds"})
    shutil.copytree(run.folder, folder / "runs" / "folder" / "seed-0")
    write_bundle(folder / "runs" / "individuals" / "seed-0" / "bundle")


def draw(file, seed):
    """A few patches of colour."""
    patches = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(patches).resize((40, 40), Image.Resampling.NEAREST).save(file)
