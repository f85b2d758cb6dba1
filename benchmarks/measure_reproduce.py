"""How long every table and figure takes at toy size on drawn sets, and that every row was measured.

Give it a quiet machine: several trainings run at once, one on each core.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from elsewhere.reproduce.experiments import EXPERIMENTS, FIGURES, TABLES
from record import record


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "elsewhere", "reproduce", "all", "--drawn"]
        subprocess.run([*command, "--out", folder], check=True)
        seconds = time.monotonic() - began
        out = Path(folder)
        payload = {
            "command": "elsewhere reproduce all --drawn",
            "seeds": 1,
            "seconds": round(seconds, 1),
            "trainings": len(list(out.glob("runs/*/*/seed-*/result.json"))),
            "tables": {name: cells(out / f"{name}.json") for name in EXPERIMENTS},
            "files": sorted(
                path.name for name in (*TABLES, *FIGURES) for path in out.glob(f"{name}*.*")
            ),
        }
    print(payload)
    record("reproduce_drawn", payload)


def cells(file: Path) -> dict[str, int]:
    """How many numbers a table has, and how many of them were measured."""
    rows = json.loads(file.read_text())["rows"].values()
    found = [cell["missing"] is None for row in rows for cell in row.values()]
    return {"numbers": len(found), "measured": sum(found)}


if __name__ == "__main__":
    main()
