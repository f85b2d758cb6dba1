"""Arrays in, pictures out: overlays, panels and charts. Nothing here writes a file."""

from elsewhere.visualization.bars import Bars, bar_chart
from elsewhere.visualization.charts import Dots, dot_chart, line_chart, roc_chart
from elsewhere.visualization.comparison import Look, comparison_panel
from elsewhere.visualization.match import MatchSide, match_panel
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.panel import explanation_panel, head_shares
from elsewhere.visualization.sheet import Seen, attention_sheet
from elsewhere.visualization.strip import ranked_strip, strip_sheet
from elsewhere.visualization.tiles import thumbnail

__all__ = [
    "Bars",
    "Dots",
    "Look",
    "MatchSide",
    "Seen",
    "attention_overlay",
    "attention_sheet",
    "bar_chart",
    "comparison_panel",
    "dot_chart",
    "evidence_overlay",
    "explanation_panel",
    "head_shares",
    "line_chart",
    "match_panel",
    "ranked_strip",
    "roc_chart",
    "strip_sheet",
    "thumbnail",
]
