"""Means, spreads and differences, recomputed by hand."""

import math
import statistics

import pytest
from tests.reproduce.conftest import classified, retrieved

from elsewhere.reproduce.collected import collect, measured, overlaps
from elsewhere.reproduce.experiments import EXPERIMENTS
from elsewhere.reproduce.paper import printed_table
from elsewhere.reproduce.sweeps import SWEEPS


def test_a_cell_has_mean_deviation_and_difference(table5):
    cell = table5.cells["Baseline"]["cub/top1"]
    assert cell.printed == 89.3
    assert cell.values == {0: 0.80, 1: 0.90}
    assert cell.spread.mean == pytest.approx(0.85)
    assert cell.spread.deviation == pytest.approx(statistics.stdev([0.80, 0.90]))
    assert cell.difference == pytest.approx(85.0 - 89.3)
    assert cell.missing == ""


def test_what_was_not_measured_says_why(table5):
    assert table5.cells["+ Entropy Regularization"]["cub/top1"].missing == "failed: no space left"
    assert table5.cells["+ Attention Normalization"]["cub/miou"].missing == "not run"
    assert table5.cells["+ Attention Normalization"]["cub/miou"].difference is None
    assert table5.reasons == {
        "failed: no space left": ["cub: + Entropy Regularization"],
        "not run": ["cub: + Attention Normalization"],
    }


def test_gains_are_paired_by_seed(table5):
    gains = {(gain.method, gain.column): gain for gain in table5.gains}
    own = gains["+ CAL", "cub/top1"]
    assert own.printed == pytest.approx(90.6 - 89.3)
    pairs = [0.84 - 0.80, 0.96 - 0.90]
    assert own.measured.spread.mean == pytest.approx(statistics.mean(pairs))
    reach = 12.706204736 * statistics.stdev(pairs) / math.sqrt(2)
    assert own.measured.low == pytest.approx(statistics.mean(pairs) - reach)
    # the one seed of this row is compared with the baseline's same seed, not with its mean
    other = gains["+ Attention Dropout", "cub/top1"]
    assert other.measured.spread.mean == pytest.approx(0.85 - 0.90)
    assert other.measured.verdict == "one seed"
    assert ("+ Entropy Regularization", "cub/top1") not in gains


def test_the_sweep_of_thresholds_is_the_mean_over_seeds(table5):
    sweep = next(each for each in table5.sweeps if each.method == "+ CAL")
    assert sweep.plain == pytest.approx({0.1: 0.65, 0.3: 0.75, 0.5: 0.55})
    assert sweep.padded == pytest.approx({0.1: 0.6, 0.3: 0.7, 0.5: 0.75})
    assert [each.method for each in table5.sweeps] == ["Baseline", "+ Attention Dropout", "+ CAL"]


@pytest.mark.parametrize(("threshold", "expected"), [(0.3, 0.5), (0.1, 0.4), (0.2, None)])
def test_miou_is_that_of_the_threshold(threshold, expected):
    found = measured(classified(0.8, overlap=0.5), "cub/miou", threshold)
    assert found == (None if expected is None else pytest.approx(expected))


def test_accuracy_is_of_all_views_together_or_of_the_only_one():
    result = classified(0.8)
    assert measured(result, "cub/top1") == pytest.approx(0.8)
    del result["splits"]["test"]["accuracy"]["together"]
    assert measured(result, "cub/top1") == pytest.approx(0.7)


def test_retrieval_is_by_the_runs_own_vector_unless_another_is_named():
    result = retrieved(0.6, 0.7)
    assert measured(result, "market/mAP") == pytest.approx(0.6)
    assert measured(result, "market/rank1") == pytest.approx(0.7)
    assert measured(result, "market/rank5") == pytest.approx(0.9)
    assert measured(result, "market/mAP-pooled") == pytest.approx(0.3)
    assert measured(result, "market/mAP-neck") is None
    assert measured(result, "duke/mAP") is None
    assert overlaps(result) == {}


def test_a_rank_beyond_a_small_gallery_was_not_measured():
    result = retrieved(0.6, 0.7)
    del result["sets"]["market"]["vectors"]["embedding"]["cmc"]["5"]
    results = {("Baseline", "market"): {0: result}}
    table = collect(EXPERIMENTS["table2"], results, {}, printed=None, drawn=True)
    assert table.cells["Baseline"]["market/rank5"].missing == "the runs did not measure it"
    assert table.cells["Baseline"]["market/mAP"].missing == ""
    assert table.cells["Baseline"]["market/mAP"].printed is None


def test_versions_of_the_runs_are_each_named_once():
    results = {
        ("Baseline", "cub"): {0: classified(0.8), 1: classified(0.8, 1)},
        ("+ CAL", "cub"): {0: classified(0.8, machine="another")},
    }
    table = collect(
        EXPERIMENTS["table5"], results, {}, printed=printed_table("table5"), drawn=False
    )
    assert table.versions == [
        {"torch": "2.15.0"}, {"torch": "2.15.0", "machine": "another"}
    ]  # fmt: skip


def test_a_sweep_is_of_no_table_of_the_paper():
    table = collect(SWEEPS["sweep-person"], {}, {}, printed=None, drawn=False)
    cells = [cell for row in table.cells.values() for cell in row.values()]
    assert {cell.printed for cell in cells} == {None}
    assert {cell.missing for cell in cells} == {"not run"}
    assert table.gains == []
