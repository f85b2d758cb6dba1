"""Readers of re-identification sets: people, vehicles, animals, one's own."""

from elsewhere.data.individuals.check import IndividualsReport, check_individuals
from elsewhere.data.individuals.counts import PUBLISHED, Count, PublishedSet, count_remarks
from elsewhere.data.individuals.duke import read_duke
from elsewhere.data.individuals.identity_split import split_identities
from elsewhere.data.individuals.market import read_market
from elsewhere.data.individuals.merging import merge_tables
from elsewhere.data.individuals.msmt17 import read_msmt17
from elsewhere.data.individuals.own import read_own
from elsewhere.data.individuals.reading import SET_NAMES, read_set
from elsewhere.data.individuals.remarks import (
    SplitSummary,
    retrieval_problems,
    retrieval_remarks,
    summarise_splits,
)
from elsewhere.data.individuals.vehicleid import read_vehicleid
from elsewhere.data.individuals.veri import read_veri

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
