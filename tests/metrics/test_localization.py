import math

import pytest
import torch

from elsewhere.functional.region import attention_to_box, box_iou, mass_inside
from elsewhere.metrics.localization import THRESHOLDS, localize

SIZE = (40, 56)


def case(images: int = 10, heads: int = 3):
    """Attention, evidence and boxes; the third image has no box, the fifth an empty one."""
    source = torch.Generator().manual_seed(0)
    attention = torch.rand(images, heads, 5, 7, generator=source)
    evidence = torch.randn(images, heads, 5, 7, generator=source)
    corner = torch.rand(images, 2, generator=source) * torch.tensor([28.0, 20.0])
    boxes = torch.cat((corner, corner + torch.tensor([20.0, 15.0])), dim=1)
    boxes[2] = math.nan
    boxes[4, 2] = boxes[4, 0]
    return attention, evidence, boxes


def expected_means() -> dict[object, float]:
    """The means image by image, over those with a box."""
    attention, evidence, boxes = case()
    sums: dict[object, float] = dict.fromkeys((*THRESHOLDS, "attention", "evidence", "area"), 0.0)
    kept = [index for index in range(len(boxes)) if index not in (2, 4)]
    for index in kept:
        box, one = boxes[index : index + 1], attention[index : index + 1].mean(1)
        for threshold in THRESHOLDS:
            found = attention_to_box(one, threshold, size=SIZE)
            sums[threshold] += box_iou(found, box).item()
        sums["attention"] += mass_inside(one, box, SIZE).item()
        used = evidence[index].sum(0).clamp_min(0)[None]
        sums["evidence"] += mass_inside(used, box, SIZE).item()
        sums["area"] += 20 * 15 / (40 * 56)
    return {name: total / len(kept) for name, total in sums.items()}


def test_means_over_images_with_a_box():
    attention, evidence, boxes = case()
    rows, expected = localize(attention, boxes, SIZE, evidence=evidence), expected_means()
    overlaps = dict(zip(THRESHOLDS, rows.iou.nanmean(dim=0).tolist(), strict=True))
    assert overlaps == pytest.approx({at: expected[at] for at in THRESHOLDS}, abs=1e-6)
    inside = rows.attention_inside, rows.evidence_inside, rows.box_area
    found = dict(zip(("attention", "evidence", "area"), inside, strict=True))
    for name, column in found.items():
        assert column.nanmean().item() == pytest.approx(expected[name], abs=1e-6)


def test_without_evidence():
    attention, _, boxes = case()
    rows = localize(attention, boxes, SIZE, thresholds=(0.5,))
    assert rows.evidence_inside.isnan().all()
    assert rows.iou.shape == (10, 1)


def test_rows_know_images_without_a_box():
    attention, evidence, boxes = case()
    rows = localize(attention, boxes, SIZE, evidence=evidence)
    for column in (rows.iou[:, 0], rows.attention_inside, rows.evidence_inside, rows.box_area):
        assert column.isnan().nonzero().flatten().tolist() == [2, 4]


def test_perfect_attention_scores_one():
    attention = torch.zeros(1, 1, 40, 56)
    attention[0, 0, 10:20, 30:50] = 1.0
    boxes = torch.tensor([[30.0, 10.0, 50.0, 20.0]])
    rows = localize(attention, boxes, SIZE)
    assert rows.iou.eq(1).all()
    assert rows.attention_inside.item() == 1
    padded = localize(attention, boxes, SIZE, padding=0.1)
    assert padded.iou.lt(1).all()


def test_an_even_map_scores_the_area():
    boxes = case()[2]
    rows = localize(torch.ones(10, 5, 7), boxes, SIZE)
    torch.testing.assert_close(rows.attention_inside, rows.box_area, equal_nan=True)
