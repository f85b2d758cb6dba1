import pytest
import torch
from tests.callbacks.toy_training import Run, ToyTask, fit

from elsewhere.callbacks import KeepCheckpoints, read_checkpoint
from elsewhere.errors import CheckpointError, ConfigError


class Scored(ToyTask):
    """Logs given scores, one at each validation, and remembers its weights at each."""

    def __init__(self, scores: list[float]) -> None:
        super().__init__()
        self.scores = list(scores)
        self.history: list[torch.Tensor] = []

    def validation_step(self, batch, batch_idx) -> None:
        pass

    def on_validation_epoch_end(self) -> None:
        self.log("score", self.scores.pop(0))
        self.history.append(self.head[1].weight.detach().clone())


def train(tmp_path, scores, run=None, **keeping):
    torch.manual_seed(0)
    run = run or Run(str(tmp_path), epochs=len(scores), batches=2, accumulate=1)
    task = Scored([0.0, *scores])  # the first is the sanity check's, never to be kept
    keep = KeepCheckpoints(tmp_path / "checkpoints", **{"monitor": "score", **keeping})
    fit(task, run, keep, None)
    return task, keep


@pytest.mark.parametrize(
    ("mode", "scores", "best"),
    [
        ("max", [0.2, 0.9, 0.9, 0.5], 2),
        ("min", [0.8, 0.3, 0.3, 0.5], 2),
        ("max", [float("nan"), 0.1, float("nan")], 2),
    ],
)
def test_best_is_the_first_of_the_best_and_last_the_last(tmp_path, mode, scores, best):
    task, keep = train(tmp_path, scores, mode=mode)
    kept = read_checkpoint(tmp_path / "checkpoints" / "best.ckpt")
    last = read_checkpoint(tmp_path / "checkpoints" / "last.ckpt")
    previous = read_checkpoint(tmp_path / "checkpoints" / "previous.ckpt")
    assert keep.best_score == pytest.approx(scores[best - 1])
    assert keep.best_model_path == str(tmp_path / "checkpoints" / "best.ckpt")
    # history[0] is the sanity check's
    assert torch.equal(kept["state_dict"]["head.1.weight"], task.history[best])
    assert torch.equal(last["state_dict"]["head.1.weight"], task.history[-1])
    assert [kept["global_step"], last["global_step"]] == [2 * best, 2 * len(scores)]
    assert previous["global_step"] == 2 * len(scores) - 2


def test_without_a_monitor_no_best_is_kept(tmp_path):
    _, keep = train(tmp_path, [0.5, 0.6], monitor=None)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["last.ckpt", "previous.ckpt"]
    assert keep.best_model_path == ""


def test_an_unknown_monitor_names_what_was_logged(tmp_path):
    with pytest.raises(ConfigError, match=r"'accuracy', which validation did not log.*score"):
        train(tmp_path, [0.5], monitor="accuracy")


def test_validation_between_accumulated_batches_is_refused(tmp_path):
    run = Run(str(tmp_path), accumulate=3, validate_every=4)
    with pytest.raises(ConfigError, match=r"every 4 of an epoch's 8 batches.*the 3 whose"):
        train(tmp_path, [0.5] * 9, run)


def test_a_damaged_file_is_one_clear_line(tmp_path):
    (tmp_path / "broken.ckpt").write_bytes(b"PK not a checkpoint")
    run = Run(str(tmp_path), epochs=1)
    with pytest.raises(CheckpointError, match=r"broken\.ckpt: it is cut short"):
        fit(ToyTask(), run, KeepCheckpoints(tmp_path), str(tmp_path / "broken.ckpt"))


def test_saving_every_no_steps_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="at least 1, got 0"):
        KeepCheckpoints(tmp_path, every_n_steps=0)
