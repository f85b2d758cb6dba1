"""The pictures that belong to a reproduced table: Figure 4, and overlap against threshold."""

import math

from elsewhere.reports.reproduce.collected import Collected
from elsewhere.reports.reproduce.experiments import HEADS
from elsewhere.reports.reproduce.wording import column_title
from elsewhere.visualization.charts import line_chart


def charts(collected: Collected) -> list[tuple[str, str]]:
    """What each shows, and its SVG; none for most tables."""
    if collected.experiment.name == "figure4":
        return _heads(collected)
    if collected.sweeps:
        lines = {sweep.method: sorted(sweep.plain.items()) for sweep in collected.sweeps}
        scaled = {
            name: [(100 * x, y) for x, y in points] for name, points in lines.items()
        }  # whole ticks, in percent
        words = "mIoU against the threshold, in percent of the attention's maximum"
        return [(words, line_chart(scaled, x_label="threshold, % of maximum", y_label="mIoU"))]
    return []


def _heads(collected: Collected) -> list[tuple[str, str]]:
    drawn = []
    for column in collected.experiment.columns:
        lines: dict[str, list[tuple[float, float]]] = {"Baseline": [], "Baseline + CAL": []}
        for heads in HEADS:
            for name, points in lines.items():
                cell = collected.cells[f"M = {heads}: {name}"][column]
                if cell.values:
                    points.append((math.log2(heads), cell.spread.mean))
        if any(lines.values()):
            title = column_title(column)
            ticks = {math.log2(heads): str(heads) for heads in HEADS}
            svg = line_chart(lines, x_label="attention heads M", y_label=title, ticks=ticks)
            drawn.append((f"{title} against the number of attention heads", svg))
    return drawn
