"""Train the weights that ship with the package: a small backbone that has seen other drawn birds.

The demo freezes it and trains attention and classifier on eight species. Those are not among the
24 that are drawn here, which have long beaks or forked tails; crowns, wings and scenes are alike.
Scene and species have nothing to do with each other. Four minutes on two cores.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.torch import save_file

import elsewhere
from elsewhere.drawn.birds import ALL_SPECIES, draw_bird
from elsewhere.drawn.scenes import SCENES

SHIPPED = Path(elsewhere.__file__).parent / "models" / "small_drawn_birds.safetensors"
SPECIES = ALL_SPECIES[8:]
PICTURES = 100
"""Of each species."""


def draw(folder: Path) -> Path:
    """Draw every picture into a folder a species."""
    for number, species in enumerate(SPECIES):
        place = folder / species.slug
        place.mkdir(parents=True, exist_ok=True)
        for picture in range(PICTURES):
            chance = np.random.default_rng((20_261_128, number, picture))
            scene = SCENES[int(chance.integers(len(SCENES)))]
            pixels = draw_bird(species, scene, 64, chance).image
            Image.fromarray(pixels).save(place / f"{picture:03}.png")
    return folder


def main() -> None:
    """Draw, train a baseline, and keep its backbone in float16."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs/small-backbone"))
    parser.add_argument("--out", type=Path, default=SHIPPED)
    options = parser.parse_args()
    data = {
        "class_path": "elsewhere.data.ImageData",
        "init_args": {
            "path": str(draw(options.work / "birds")), "size": 64, "resize": 72,
            "mean": [0.5] * 3, "std": [0.25] * 3, "batch_size": 32, "workers": 0,
            "brightness": 0.1, "saturation": 0.1,
        },
    }  # fmt: skip
    run = elsewhere.fit("drawn-birds", "baseline", runs=options.work / "runs", seed=0, data=data)
    weights = elsewhere.load_bundle(run.folder / "bundle").backbone.state_dict()
    halves = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in weights.items()
    }
    save_file(halves, options.out)
    accuracy = run.result["splits"]["test"]["accuracy"]["raw"]
    print(f"{options.out}: {options.out.stat().st_size:,} bytes; test {accuracy}")


if __name__ == "__main__":
    main()
