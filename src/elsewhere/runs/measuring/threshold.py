"""From which similarity on two images show one individual, by individuals held out of training."""

from collections.abc import Mapping

import torch
from torch import Tensor

from elsewhere.data.protocols import TestSet, part_of
from elsewhere.data.records import Record
from elsewhere.metrics.intervals import false_alarm_interval
from elsewhere.metrics.pairs import PairSimilarities
from elsewhere.metrics.verification import FEWEST_FALSE, RATES, calibrate, measurable_rate
from elsewhere.reports.grounds import OwnThreshold
from elsewhere.reports.retrieval.trials import trial_pairs
from elsewhere.structures import Retrieval, RetrievalVector
from elsewhere.tasks.embedding import EmbeddingRows
from elsewhere.tasks.scoring import PROTOCOL_SEED

Embedded = Mapping[str, tuple[TestSet, EmbeddingRows]]
"""Sets of individuals that were not trained on, by name, and their vectors."""


def set_threshold(
    retrieval: Retrieval, validation: Embedded, tests: Embedded
) -> tuple[Retrieval, OwnThreshold]:
    """Set threshold and probability by individuals that training has not seen, and say by whom.

    Those of the validation do where their pairs measure the lowest rate of false alarms; of a small
    herd, those of the tests are asked as well, and the tests can then not judge it. The retrieval
    gets a threshold only where the pairs allow one.
    """
    kind = retrieval.vector
    sets = validation
    pairs, individuals = _pool(sets, kind)
    if _rate(pairs) != RATES[0]:
        sets = {**validation, **tests}
        pairs, individuals = _pool(sets, kind)
    retrieval = retrieval._replace(individuals=individuals, pairs=len(pairs.different))
    rate = _rate(pairs)
    if rate is not None and pairs.between is not None:
        same = calibrate(pairs.same, pairs.different, false_positive_rate=rate)
        confused = pairs.different >= same.threshold
        interval = false_alarm_interval(confused, pairs.between)
        retrieval = retrieval._replace(**same._asdict(), interval=interval)
    facts: OwnThreshold = {
        "by": list(sets),
        "individuals": individuals,
        "same": len(pairs.same),
        "different": len(pairs.different),
        "threshold": retrieval.threshold,
        "false_positive_rate": retrieval.false_positive_rate,
        "interval": retrieval.interval and list(retrieval.interval),
    }
    return retrieval, facts


def _rate(pairs: PairSimilarities) -> float | None:
    """The rate of false alarms that the pairs can measure; None where either kind is too few."""
    return measurable_rate(len(pairs.different)) if len(pairs.same) >= FEWEST_FALSE else None


def _pool(sets: Embedded, kind: RetrievalVector) -> tuple[PairSimilarities, int]:
    """Pairs among all individuals that some query of their set asks for, and how many these are."""
    records: list[Record] = []
    vectors: list[Tensor] = []
    for tested, rows in sets.values():
        table, trials = tested.table, tested.trials(PROTOCOL_SEED)
        asked = {table.records[row].label for trial in trials for row in trial.query.tolist()}
        kept = [row for row, record in enumerate(table.records) if record.label in asked]
        records += [table.records[row] for row in kept]
        vectors.append(rows.of(kind)[kept])
    (table, protocol), _ = next(iter(sets.values()))
    pool = TestSet(part_of(table, records), protocol)
    pairs = trial_pairs(pool, pool.trials(PROTOCOL_SEED), torch.cat(vectors))
    return pairs, len(pool.table.class_names)
