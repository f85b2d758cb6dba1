import math

import pytest
import torch
from torch.optim.lr_scheduler import OneCycleLR

from elsewhere.errors import ConfigError
from elsewhere.tasks import Constant, Milestones, OneCycle, StepDecay
from elsewhere.tasks.schedule import Length

LENGTH = Length(steps=160 * 375, epoch=375)  # CUB: 5,994 images in batches of 16


def rates(schedule, length: Length, rate: float = 1e-3) -> list[float]:
    """The rate that an optimizer really has at every step of a run."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = schedule(optimizer, length)
    seen = []
    for _ in range(length.steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def test_the_papers_schedule_by_hand():
    seen = rates(StepDecay(every=2, rate=0.9), Length(steps=60, epoch=10))
    expected = [1e-3] * 20 + [1e-3 * 0.9] * 20 + [1e-3 * 0.9 * 0.9] * 20
    assert seen == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("epoch", "i"), [(0, 0), (0, 1), (1, 374), (2, 0), (37, 100), (159, 374)])
def test_the_published_schedule_by_hand(epoch, i):
    schedule = StepDecay(every=2, rate=0.9, continuous=True)
    factor = schedule.factor(epoch * 375 + i, LENGTH)
    assert 1e-3 * factor == pytest.approx(1e-3 * 0.9 ** ((epoch + i / 375) / 2), rel=1e-12)


def test_the_published_schedule_ends_where_it_did():
    last = StepDecay(continuous=True).factor(LENGTH.steps - 1, LENGTH)
    assert 1e-3 * last == pytest.approx(2.2e-7, rel=0.02)


def test_milestones_count_epochs_or_steps():
    by_epoch = Milestones([2, 4], rate=0.1)
    by_step = Milestones([20, 40], rate=0.1, unit="step")
    for schedule in (by_epoch, by_step):
        seen = rates(schedule, Length(steps=60, epoch=10), rate=1.0)
        expected = [1.0] * 20 + [0.1] * 20 + [0.01] * 20
        assert seen == pytest.approx(expected)
    assert by_step.factor(25, Length(60, 6)) == pytest.approx(0.1)


def test_warm_up_is_a_straight_line_then_the_schedule():
    """The published re-identification run: from 0.01 in epoch 0 to 1 in epoch 10, per epoch."""
    schedule = Milestones([40, 80, 120], warmup_epochs=10, warmup_factor=0.01)
    length = Length(steps=160, epoch=1)
    factors = [schedule.warmed(step, length) for step in range(160)]
    assert factors[0] == pytest.approx(0.01)
    assert factors[1] == pytest.approx(0.109)
    assert factors[10:40] == pytest.approx([1.0] * 30)
    assert factors[40:80] == pytest.approx([0.1] * 40)


def test_the_published_warm_up_climbs_once_an_epoch():
    """Epoch 0: 2e-6, epoch 1: 2.18e-5, epoch 10: 2e-4."""
    schedule = Milestones([40], warmup_epochs=10, warmup_factor=0.01, warmup_by="epoch")
    length = Length(steps=160 * 7, epoch=7)
    rates = [2e-4 * schedule.warmed(step, length) for step in range(160 * 7)]
    assert [rates[step] for step in (0, 7, 70)] == pytest.approx([2e-6, 2.18e-5, 2e-4])
    for epoch in range(160):
        assert len(set(rates[epoch * 7 : epoch * 7 + 7])) == 1


def test_no_warm_up_unless_asked_for():
    assert StepDecay().warmed(0, LENGTH) == 1.0


@pytest.mark.parametrize("steps", [20, 101, 360])
@pytest.mark.parametrize("rise", [0.3, 0.1, 0.5])
def test_one_cycle_is_torchs(steps, rise):
    mine = rates(OneCycle(rise=rise), Length(steps, 10), rate=2e-3)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2e-3)
    scheduler = OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=rise)
    theirs = []
    for step in range(steps):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    assert mine == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_one_cycle_of_a_very_short_run_is_finite(steps):
    seen = [OneCycle().factor(step, Length(steps, 1)) for step in range(steps + 2)]
    assert all(math.isfinite(factor) and 0 < factor <= 1 for factor in seen)


def test_constant():
    assert rates(Constant(), Length(5, 2), rate=0.5) == [0.5] * 5


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Constant, {"warmup_epochs": -1}),
        (Constant, {"warmup_factor": math.nan}),
        (Milestones, {"milestones": [3], "warmup_epochs": -0.5}),
        (Milestones, {"milestones": [3], "rate": -0.1}),
        (StepDecay, {"every": 0}),
        (StepDecay, {"every": -2}),
        (StepDecay, {"rate": -0.9}),
        (StepDecay, {"warmup_epochs": math.inf}),
        (OneCycle, {"rise": 1.5}),
        (OneCycle, {"start": -1}),
    ],
)
def test_numbers_that_no_schedule_has(kind, settings):
    with pytest.raises(ConfigError, match=[*settings][-1]):
        kind(**settings)
