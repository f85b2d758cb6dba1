"""The core of every benchmark at a tiny size, and what the benchmarks rest on."""

import ast
import importlib
import json
import sys
from functools import partial
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pytest
import torch
from tests.reproduce.conftest import classified

from elsewhere import TimmBackbone
from elsewhere.functional.region import attention_mask
from elsewhere.reproduce.collected import collect

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TINY = "test_resnet"


@pytest.fixture
def bench(monkeypatch):
    """Import benchmarks as their scripts do: from their own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == BENCHMARKS:
            del sys.modules[name]


def test_training_step(bench):
    module = bench("measure_training_step")
    result = module.measure(module.Case(TINY, 64, 2, heads=2, classes=3), 2, "cpu")
    assert result["on ÷ off"].keys() == {"wall", "cpu"}
    assert result["published crops ÷ ours, alone"]["cpu"]["median"] > 0
    # the branch adds pooling and a classifier, nothing of the backbone
    assert 1 < result["flops"]["on ÷ off"] < 1.01


def test_inference_costs_the_same(bench):
    module = bench("measure_inference")
    case = module.Case(partial(TimmBackbone, TINY), 64, 2, 2, 3)
    result = module.measure(case, 2, "cpu")
    assert result["flops ÷ baseline"] == {"CAL": 1.0, "CAL from a bundle": 1.0}
    assert result["runs of the branch"] == 0
    assert set(result["images per second"]["wall"]) == {"training", "test, 8 views"}


def test_the_branch_is_counted_where_it_runs(bench):
    module, steps = bench("measure_inference"), bench("steps")
    network = module.AttentionNetwork(TimmBackbone(TINY), 2, 3)
    step = steps.TrainingStep(network, steps.noise_batch(2, 64, 3), cal=True)
    with module.counted(*module.BRANCH[0]) as calls:
        step()
    assert calls.call_count == 2  # raw images, then their crops and drops


def test_augmentation(bench):
    result = bench("measure_augmentation").measure((2,), (32,), 2, "cpu")
    (size,) = result["sizes"].values()
    assert size["difference made by batch mates"] == 0
    assert size["published ÷ ours"]["cpu"]["median"] > 0


def test_dependence_on_batch_mates_is_seen(bench, monkeypatch):
    module = bench("measure_augmentation")
    crop = module.crop_region
    monkeypatch.setattr(module, "crop_region", lambda *a: crop(*a) - crop(*a).mean())
    assert module.difference_made_by_mates(*module.scenes(2, 32, "cpu")) > 0


@pytest.mark.parametrize(
    "precision", [None, pytest.param(torch.bfloat16, id="bf16, channels last")]
)
def test_gpu_modes_train_on_a_cpu_too(bench, precision):
    module = bench("measure_gpu")
    case = module.Case(TINY, 64, 2, heads=2, classes=3)
    modes = {"tiny": module.Mode(precision, channels_last=precision is not None)}
    result = module.measure(case, modes, 2, "cpu")
    assert result["modes"]["tiny"]["images per second"] > 0
    assert result["times the first mode's images per second"] == {"tiny": 1.0}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to measure on")
def test_no_gpu_is_one_line(bench, monkeypatch, capsys):
    module = bench("measure_gpu")
    monkeypatch.setattr(sys, "argv", ["measure_gpu.py"])
    module.main()
    assert capsys.readouterr().out == "no GPU here: nothing measured\n"


def test_decoding(bench, tmp_path):
    module = bench("measure_decode")
    path = tmp_path / "photograph.jpg"
    module.photograph(1000, 960, seed=0).save(path, quality=90)
    assert module.speeds([path], 1)["whole_over_reduced"]["median"] > 0
    # at 448 pixels, half the size is still enough
    assert module.differences([path])["decoded_size"] == ["500 x 480"]


def test_published_drop_blanks_what_ours_blanks(bench, monkeypatch):
    published = bench("published")
    monkeypatch.setattr(published.random, "uniform", lambda low, high: (low + high) / 2)
    images, attention = torch.ones(3, 3, 32, 32), torch.rand(3, 1, 4, 4)
    dropped = published.PublishedCropAndDrop()(images, attention)[3:]
    mask = attention_mask(attention[:, 0], 0.35, (32, 32))
    assert torch.equal(dropped[:, 0] == 0, mask)


def test_ways_take_turns(bench):
    order = []
    ways = {name: partial(order.append, name) for name in "ab"}
    seconds = bench("timing").take_turns(ways, 2, warmups=1)
    assert "".join(order) == "ab" + "ab" + "ba"
    assert seconds["cpu"]["a"].shape == (2,)


def test_ratio_is_of_pairs(bench):
    above, below = np.array([2.0, 20.0, 200.0]), np.array([1.0, 10.0, 100.0])
    assert bench("timing").ratio(above, below) == {"median": 2, "low": 2, "high": 2}


def test_conversion(bench, monkeypatch):
    module = bench("measure_conversion")
    monkeypatch.setattr(module, "SEEDS", range(1))
    monkeypatch.setattr(module, "PIXELS", 64)
    found = module.agreement("classifier, ResNet-18")
    assert found.keys() == {"logits", "embedding", "attention"}
    assert all(0 <= gap < 1e-4 for gap in found.values())


def test_tables_on_drawn_birds(bench):
    module = bench("measure_drawn_tables")
    table = module.on_birds("table5")
    assert table.columns == ("cub/top1", "cub/miou")
    results = {
        ("Baseline", "cub"): {0: classified(0.8), 1: classified(0.9, 1)},
        ("+ CAL", "cub"): {0: classified(0.9), 1: classified(1.0, 1)},
    }
    made = module.numbers(collect(table, results, {}, printed=None, drawn=True))
    assert made["rows"]["Baseline"]["cub/top1"] == {"mean": 85.0, "deviation": 7.1, "seeds": 2}
    assert made["gains"][0]["mean"] == 10.0
    assert made["miou by threshold"]["+ CAL"] == {"0.1": 40.0, "0.3": 50.0, "0.5": 30.0}


def test_reproducing(bench, tmp_path):
    cells = {"a": {"missing": None}, "b": {"missing": "not run"}}
    (tmp_path / "table1.json").write_text(json.dumps({"rows": {"x": cells, "y": cells}}))
    assert bench("measure_reproduce").cells(tmp_path / "table1.json") == {
        "numbers": 4, "measured": 2
    }  # fmt: skip


@pytest.mark.parametrize("file", sorted(BENCHMARKS.glob("*.py")), ids=lambda file: file.stem)
def test_what_a_benchmark_imports_is_there(file):
    """Of names that the short runs here never reach, a rename would tell nobody."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "elsewhere":
            for name in node.names:
                resolve_name(f"{node.module}.{name.name}")
