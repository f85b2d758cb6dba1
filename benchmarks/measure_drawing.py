"""How fast birds are drawn, in pictures per second of one core's time, alone and as PNG files."""

import time
from io import BytesIO

from PIL import Image

from elsewhere.drawn.birds import species
from elsewhere.drawn.layouts.birds import Birds, draw_numbered
from record import record

COUNT, ROUNDS = 200, 5


def main() -> None:
    rates = {}
    for size in (64, 128, 224):
        rounds = sorted(rate(size) for _ in range(ROUNDS))
        drawn, saved = zip(*rounds, strict=True)
        rates[f"{size} px"] = {
            "drawn per second": {"median": drawn[ROUNDS // 2], "range": [drawn[0], drawn[-1]]},
            "saved per second": {"median": sorted(saved)[ROUNDS // 2], "range": sorted(saved)[::4]},
        }
        print(size, rates[f"{size} px"])
    record("drawing", {"clock": "CPU time of the process", "pictures": COUNT, "rates": rates})


def rate(size: int) -> tuple[float, float]:
    settings, kinds = Birds(size=size), species(8)
    start = time.process_time()
    birds = [draw_numbered(kinds[n % 8], "train", n, settings) for n in range(COUNT)]
    drawn = time.process_time()
    for bird in birds:
        Image.fromarray(bird.image).save(BytesIO(), "PNG")
    saved = time.process_time()
    return COUNT / (drawn - start), COUNT / (saved - start)


if __name__ == "__main__":
    main()
