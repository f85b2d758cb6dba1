"""Series of look-alike images stay on one side of a drawn split."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.series import find_series
from elsewhere.data.sets.splitting import SERIES, complete_splits, split_by_seed, split_remarks
from elsewhere.errors import DataError


def draw(
    file: Path, hue: float, noise: int, taken: datetime | None = None, value: int = 220
) -> None:
    """A shelf of one colour with something random on it."""
    pixels = np.random.default_rng(noise)
    image = np.full((48, 48, 3), (255 * hue, 220, 200), np.uint8)
    image[10:30, 10:30, 0] = pixels.integers(0, 256)
    image[:, :, 2] = value + pixels.integers(-15, 15, (48, 48))
    file.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if taken is not None:
        exif.get_ifd(0x8769)[36867] = taken.strftime("%Y:%m:%d %H:%M:%S")
    Image.fromarray(image, "HSV").convert("RGB").save(file, quality=95, exif=exif)


def sides(table: RecordTable, of) -> dict[object, set[str]]:
    """The splits of everything that is called alike."""
    found: dict[object, set[str]] = {}
    for record in table.records:
        found.setdefault(of(record), set()).add(record.split)
    return found


def test_shots_of_one_scene_stay_on_one_side(tmp_path):
    for name in "ab":
        for scene in range(8):
            for shot in range(4):
                place = tmp_path / name / f"{scene}-{shot}.jpg"
                value = 220 if name == "a" else 150
                draw(place, (scene + 0.5) / 8, noise=100 * scene + shot, value=value)
    for seed in range(3):
        table = read_images(tmp_path, seed=seed)
        assert set(table.splits) == {"train", "val", "test"}
        found = sides(table, lambda record: record.path.split("-")[0])
        assert all(len(splits) == 1 for splits in found.values())
    assert "series of look-alikes" in split_remarks(table)[0]
    alone = sides(read_images(tmp_path, group="none"), lambda r: r.path.split("-")[0])
    assert any(len(splits) > 1 for splits in alone.values())


@pytest.mark.parametrize("known", ["burst", "folder"])
def test_bursts_and_folders_stay_on_one_side(tmp_path, known):
    start = datetime(2026, 5, 1, 12)
    for name in "ab":
        for number in range(24):
            trip = number % 6
            taken = start + timedelta(hours=trip, seconds=number)
            folder = tmp_path / name / f"trip {trip}" if known == "folder" else tmp_path / name
            hue = np.random.default_rng([number, ord(name)]).random()
            draw(folder / f"{trip}-{number}.jpg", hue, number, taken if known == "burst" else None)
    records = [
        Record(file.relative_to(tmp_path).as_posix(), file.relative_to(tmp_path).parts[0], "train")
        for file in sorted(tmp_path.rglob("*.jpg"))
    ]
    table = RecordTable(tmp_path, tuple(records), class_names_of(records))
    drawn = complete_splits(table, 0.1, 0.2, seed=0, group="auto")
    found = sides(drawn, lambda record: (record.label, Path(record.path).name.split("-")[0]))
    assert all(len(splits) == 1 for splits in found.values())


def test_images_with_nothing_in_common_stand_alone(tmp_path):
    """Colours that say nothing of the class join few images."""
    for number in range(60):
        draw(tmp_path / "ab"[number % 2] / f"{number}.jpg", number / 60, number)
    table = read_images(tmp_path, val=0.0, test=0.0)
    assert len(set(find_series(table).values())) >= 30


def test_a_column_of_a_list_says_what_belongs_together(tmp_path):
    lines = ["path,label,group,site"]
    for number in range(40):
        draw(tmp_path / f"{number}.jpg", 0.5, number)
        group = "" if number >= 32 else f"series {number // 4}"
        lines.append(f"{number}.jpg,{'ab'[number // 4 % 2]},{group},{number % 20}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    table = read_images(tmp_path)
    named = [record for record in table.records if record.attributes["group"]]
    by_group = {}
    for record in named:
        by_group.setdefault(record.attributes["group"], set()).add(record.split)
    assert all(len(splits) == 1 for splits in by_group.values())
    empty = {r.attributes[SERIES] for r in table.records if not r.attributes["group"]}
    assert len(empty) == 8
    with pytest.raises(DataError, match="no column 'shelf' to keep images together by"):
        read_images(tmp_path, group="shelf")


def test_every_class_keeps_half_and_gives_something():
    """Series of one to nine images; shares stay near what was asked for."""
    rng = np.random.default_rng(0)
    records, series = [], {}
    for name in "abcdef":
        for number in range(12):
            for shot in range(rng.integers(1, 10)):
                series[len(records)] = hash((name, number)) % 10**6
                records.append(Record(f"{name}/{number}-{shot}.jpg", name, "train"))
    table = RecordTable(Path("x"), tuple(records), class_names_of(records))
    for seed in range(10):
        drawn = split_by_seed(table, 0.1, 0.2, seed, series)
        for name in "abcdef":
            splits = [r.split for r in drawn.records if r.label == name]
            assert splits.count("train") >= len(splits) / 2
            assert 0.1 < splits.count("test") / len(splits) < 0.3
            assert 0 < splits.count("val") / len(splits) < 0.3
        found = sides(drawn, lambda record: record.path.split("-")[0])
        assert all(len(each) == 1 for each in found.values())


def test_the_zone_of_the_machine_does_not_part_a_burst(tmp_path, monkeypatch):
    rows = []
    for name in "ab":
        for number in range(9):
            # three minutes apart, over the hour at which clocks of Europe are put back
            taken = datetime(2024, 10, 27, 2, 55) + timedelta(days=number // 3)
            taken += timedelta(minutes=3 * (number % 3))
            draw(tmp_path / name / f"{number}.jpg", (number * 7 % 9 + 0.5) / 9, number, taken)
            rows.append(Record(f"{name}/{number}.jpg", name, "train"))
    table = RecordTable(tmp_path, tuple(rows), class_names_of(rows))
    for zone in ("UTC", "Europe/Berlin"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert len(set(find_series(table).values())) == 6, zone
    monkeypatch.undo()
    time.tzset()
