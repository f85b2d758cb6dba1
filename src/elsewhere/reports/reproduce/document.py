"""A reproduced table as JSON, for other programs."""

import json
from typing import Any

from elsewhere.reports.documents import finite
from elsewhere.reports.reproduce import wording
from elsewhere.reports.reproduce.collected import Cell, Collected
from elsewhere.reports.statistics import Spread


def reproduced_document(collected: Collected, runs: dict[str, list[str]]) -> str:
    """All of it as JSON, numbers in percent: printed, measured by seed, spread, difference, gains.

    Args:
        collected: the experiment as far as it has been run.
        runs: folders of the runs, by method.
    """
    printed = collected.printed
    document = {
        "experiment": collected.experiment.name,
        "caption": collected.experiment.caption,
        "unit": "percent",
        "drawn": collected.drawn,
        "columns": list(collected.experiment.columns),
        "quoted": {} if printed is None else {name: printed.rows[name] for name in printed.quoted},
        "rows": {
            method: {column: _cell(cell, drawn=collected.drawn) for column, cell in cells.items()}
            for method, cells in collected.cells.items()
        },
        "gains": [
            {
                "method": gain.method,
                "baseline": gain.baseline,
                "column": gain.column,
                "printed": gain.printed,
                **_spread(gain.measured.spread),
                "interval": [100 * gain.measured.low, 100 * gain.measured.high],
                "verdict": gain.measured.verdict,
            }
            for gain in collected.gains
        ],
        "miou_threshold": collected.threshold if collected.sweeps else None,
        "miou_by_threshold": [
            {"method": s.method, "plain": _percent(s.plain), "padded": _percent(s.padded)}
            for s in collected.sweeps
        ],
        "remarks": wording.remarks(collected),
        "runs": runs,
        "versions": list(collected.versions),
    }
    return json.dumps(finite(document), indent=2, ensure_ascii=False) + "\n"


def _cell(cell: Cell, *, drawn: bool) -> dict[str, Any]:
    return {
        "printed": cell.printed,
        **_spread(cell.spread),
        "by_seed": {str(seed): 100 * value for seed, value in cell.values.items()},
        "difference": None if drawn else cell.difference,
        "missing": cell.missing or None,
    }


def _spread(spread: Spread) -> dict[str, Any]:
    return {"mean": 100 * spread.mean, "deviation": 100 * spread.deviation, "seeds": spread.runs}


def _percent(values: Any) -> dict[str, float]:
    return {f"{at:g}": 100 * value for at, value in values.items()}
