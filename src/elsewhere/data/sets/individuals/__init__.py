"""Readers of re-identification sets: people, vehicles, animals, one's own."""

from elsewhere.data.sets.individuals.check import (
    IndividualsReport,
    SplitSummary,
    check_individuals,
    retrieval_problems,
    retrieval_remarks,
    summarise_splits,
)
from elsewhere.data.sets.individuals.counts import PUBLISHED, Count, PublishedSet, count_remarks
from elsewhere.data.sets.individuals.duke import read_duke
from elsewhere.data.sets.individuals.identity_split import split_identities
from elsewhere.data.sets.individuals.market import read_market
from elsewhere.data.sets.individuals.msmt17 import read_msmt17
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.individuals.reading import SET_NAMES, merge_tables, read_set
from elsewhere.data.sets.individuals.vehicleid import read_vehicleid
from elsewhere.data.sets.individuals.veri import read_veri

__all__ = [
    "PUBLISHED",
    "SET_NAMES",
    "Count",
    "IndividualsReport",
    "PublishedSet",
    "SplitSummary",
    "check_individuals",
    "count_remarks",
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
