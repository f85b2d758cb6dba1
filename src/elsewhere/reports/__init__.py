"""From runs to reports: result.json, tables for terminal and Markdown, one HTML page."""

from elsewhere.reports.choice import Chosen, choose_pictures, rule_text
from elsewhere.reports.html import comparison_report, run_report, write_report
from elsewhere.reports.markdown import comparison_markdown
from elsewhere.reports.page import PictureRow
from elsewhere.reports.result import RunResult, SplitResult, read_result, write_result
from elsewhere.reports.statistics import Difference, Spread, difference_of, spread_of
from elsewhere.reports.terminal import SplitCount, comparison_table, run_summary, start_table
from elsewhere.reports.wording import verdict_sentence

__all__ = [
    "Chosen",
    "Difference",
    "PictureRow",
    "RunResult",
    "SplitCount",
    "SplitResult",
    "Spread",
    "choose_pictures",
    "comparison_markdown",
    "comparison_report",
    "comparison_table",
    "difference_of",
    "read_result",
    "rule_text",
    "run_report",
    "run_summary",
    "spread_of",
    "start_table",
    "verdict_sentence",
    "write_report",
    "write_result",
]
