"""Reports of re-identification: result.json, a table of every query, tables, one HTML page."""

from elsewhere.reports.retrieval.html import SetPictures, retrieval_report
from elsewhere.reports.retrieval.markdown import (
    retrieval_comparison_markdown,
    retrieval_markdown,
)
from elsewhere.reports.retrieval.pictures import draw_found, draw_set, draw_strip, picture_files
from elsewhere.reports.retrieval.result import (
    RetrievalResult,
    SetResult,
    VectorScore,
    Verification,
    read_retrieval_result,
    write_retrieval_result,
)
from elsewhere.reports.retrieval.summary import (
    Sides,
    queries_table,
    score_of,
    summarize_pairs,
    summarize_set,
    worst_queries,
)
from elsewhere.reports.retrieval.terminal import retrieval_comparison, retrieval_summary
from elsewhere.reports.retrieval.trials import Searched, choose_queries, sides_of, trial_pairs
from elsewhere.retrieval.matching import Compared, Match, draw_match, look_at_match

__all__ = [
    "Compared",
    "Match",
    "RetrievalResult",
    "Searched",
    "SetPictures",
    "SetResult",
    "Sides",
    "VectorScore",
    "Verification",
    "choose_queries",
    "draw_found",
    "draw_match",
    "draw_set",
    "draw_strip",
    "look_at_match",
    "picture_files",
    "queries_table",
    "read_retrieval_result",
    "retrieval_comparison",
    "retrieval_comparison_markdown",
    "retrieval_markdown",
    "retrieval_report",
    "retrieval_summary",
    "score_of",
    "sides_of",
    "summarize_pairs",
    "summarize_set",
    "trial_pairs",
    "worst_queries",
    "write_retrieval_result",
]
