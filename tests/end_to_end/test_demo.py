"""The demo through the command line, on few and small pictures."""

import os

import pytest
import torch

from elsewhere.cli import main
from elsewhere.data.images.dataset import collate
from elsewhere.models import SmallResNet
from elsewhere.runs import demo
from elsewhere.runs.attempts import trained_network
from elsewhere.runs.building import build_run

TINY = """
data: {init_args: {species: 2, train: 4, val: 2, test: 4, batch_size: 4}}
trainer: {max_epochs: 1}
"""


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    overlay = tmp_path / "tiny.yaml"
    overlay.write_text(TINY)
    monkeypatch.setattr(demo, "RECIPE", (*demo.RECIPE, str(overlay)))
    monkeypatch.setattr(demo, "RATES", (1.0,))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # this process alone
    return tmp_path / "demo"


def test_it_writes_a_page_and_keeps_what_it_trained(tiny, capsys):
    assert main(["demo", "--out", str(tiny), "--seeds", "2"]) == 0
    assert "A network trained with CAL" in capsys.readouterr().out
    page = (tiny / "report.html").read_text()
    assert "another picture&#39;s attention" in page
    kept = {file: file.stat().st_mtime_ns for file in tiny.glob("runs/trial/*/attempts/*")}
    assert len(kept) == 3 * 2 * 2  # scores and weights

    found = demo.run_demo(tiny, 2, "elsewhere demo").trial  # nothing is trained again
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    for job, attempt in zip(found.jobs, found.attempts, strict=True):
        data = build_run("test", job.compose(), job.runs).data
        dataset = data.dataset(demo.FAIR)
        batch = collate([dataset[row] for row in range(len(dataset))])
        with torch.inference_mode():
            answers = trained_network(job)(batch.images).logits.argmax(1)
        hits = int((answers == batch.labels).sum())
        assert abs(hits - attempt.test * len(dataset)) <= 1  # features were kept in float16


def test_a_single_seed_is_refused_before_anything_is_drawn(tiny, capsys):
    assert main(["demo", "--out", str(tiny), "--seeds", "1"]) == 2
    assert "two at least" in capsys.readouterr().err
    assert not tiny.exists()


def test_the_shipped_weights_are_small_and_load():
    trained, fresh = SmallResNet(weights="drawn-birds"), SmallResNet()
    assert trained.settings == fresh.settings
    assert all(value.isfinite().all() for value in trained.state_dict().values())
    assert not torch.equal(trained.network[0].weight, fresh.network[0].weight)
