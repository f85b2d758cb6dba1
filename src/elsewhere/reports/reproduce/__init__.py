"""The paper's tables and figures: what was printed, what has been measured, side by side."""

from elsewhere.reports.reproduce.collected import Collected, collect
from elsewhere.reports.reproduce.experiments import (
    EXPERIMENTS,
    FIGURES,
    PANELS,
    TABLES,
    Experiment,
    Method,
    Preset,
    Training,
    training_of,
)
from elsewhere.reports.reproduce.paper import PrintedTable, printed_table
from elsewhere.reports.reproduce.sets import SOURCES
from elsewhere.reports.reproduce.sweeps import SWEEPS

__all__ = [
    "EXPERIMENTS",
    "FIGURES",
    "PANELS",
    "SOURCES",
    "SWEEPS",
    "TABLES",
    "Collected",
    "Experiment",
    "Method",
    "Preset",
    "PrintedTable",
    "Training",
    "collect",
    "printed_table",
    "training_of",
]
