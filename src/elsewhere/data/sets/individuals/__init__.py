"""Readers of re-identification sets: people, vehicles, animals, one's own."""

from elsewhere.data.sets.individuals.check import (
    IndividualsReport,
    SplitSummary,
    check_individuals,
    retrieval_problems,
    retrieval_remarks,
    summarise_splits,
)
from elsewhere.data.sets.individuals.market import read_duke, read_market
from elsewhere.data.sets.individuals.msmt17 import read_msmt17
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.individuals.reading import SET_NAMES, merge_tables, read_set
from elsewhere.data.sets.individuals.vehicles import read_vehicleid, read_veri
from elsewhere.data.sets.splitting import split_identities

__all__ = [
    "SET_NAMES",
    "IndividualsReport",
    "SplitSummary",
    "check_individuals",
    "merge_tables",
    "read_duke",
    "read_market",
    "read_msmt17",
    "read_own",
    "read_set",
    "read_vehicleid",
    "read_veri",
    "retrieval_problems",
    "retrieval_remarks",
    "split_identities",
    "summarise_splits",
]
