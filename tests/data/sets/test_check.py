from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from elsewhere.data.images.opening import ORIENTATION
from elsewhere.data.records import Record, RecordTable
from elsewhere.data.sets.check import FileRemark, check_images
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.folders import read_class_folders

Write = Callable[..., Path]


def test_a_sound_set_has_no_problems(tmp_path: Path, write_image: Write) -> None:
    for seed, name in enumerate(["train/a/1.png", "train/b/1.png", "train/b/2.jpg", "val/a/1.png"]):
        write_image(tmp_path / name, seed=seed)
    calls: list[tuple[int, int]] = []
    table = read_images(tmp_path)
    report = check_images(table, workers=3, progress=lambda done, all_: calls.append((done, all_)))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert report.problems == ()
    assert report.remarks == (
        "1 of 2 classes have no image in val: 'b'",
        "the largest class in train is 2 x the smallest",
    )
    assert report.counts == {"train": {"a": 1, "b": 2}, "val": {"a": 1, "b": 0}}
    assert (report.images, report.imbalance) == (4, 2.0)
    assert (report.broken, report.odd, report.duplicates, report.unlisted) == ((), (), (), ())
    assert check_images(table) == report


def test_broken_files_are_told_with_their_reason(tmp_path: Path, write_image: Write) -> None:
    whole = write_image(tmp_path / "train/a/1.jpg", (300, 300))
    write_image(tmp_path / "train/b/1.jpg", seed=1)
    (tmp_path / "train/a/2.jpg").write_bytes(whole.read_bytes()[:1500])
    (tmp_path / "train/b/text.png").write_text("no image")
    report = check_images(read_images(tmp_path, val=0.0, test=0.0), workers=2)
    assert [remark.path for remark in report.broken] == ["train/a/2.jpg", "train/b/text.png"]
    assert "truncated" in report.broken[0].remark
    assert report.broken[1].remark == "not an image that can be read; replace or remove it"
    assert report.problems == (
        "2 broken images: 'train/a/2.jpg', 'train/b/text.png'; replace or remove them",
    )


def test_a_file_gone_since_the_table_was_read(tmp_path: Path) -> None:
    table = RecordTable(
        tmp_path, (Record("a.png", "a", "train"), Record("b.png", "b", "test")), ("a", "b")
    )
    report = check_images(table)
    assert [remark.path for remark in report.broken] == ["a.png", "b.png"]
    assert report.duplicates == ()


def test_odd_files(tmp_path: Path, write_image: Write) -> None:
    write_image(tmp_path / "a/plain.png")
    picture = Image.open(tmp_path / "a/plain.png")
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture.save(tmp_path / "a/turned.jpg", exif=exif)
    picture.convert("CMYK").save(tmp_path / "a/print.jpg")
    Image.fromarray(np.arange(40 * 40, dtype=np.uint16).reshape(40, 40)).save(
        tmp_path / "a/deep.png"
    )
    picture.save(tmp_path / "a/moving.gif", save_all=True, append_images=[picture.rotate(90)])
    picture.convert("RGBA").save(tmp_path / "a/glass.png")
    write_image(tmp_path / "a/long.png", (200, 40))
    write_image(tmp_path / "a/tiny.png", (31, 32))
    write_image(tmp_path / "b/plain.png", seed=1)
    picture.save(tmp_path / "b/phone.mpo", "MPO", save_all=True, append_images=[picture])
    (tmp_path / "b/phone.mpo").rename(tmp_path / "b/phone.jpg")
    report = check_images(read_images(tmp_path, val=0.0, test=0.0))
    assert report.odd == (
        FileRemark("a/deep.png", "16-bit or float grey"),
        FileRemark("a/glass.png", "transparent, laid on white"),
        FileRemark("a/long.png", "one side more than 4 x the other"),
        FileRemark("a/moving.gif", "several frames, first one used"),
        FileRemark("a/print.jpg", "CMYK"),
        FileRemark("a/tiny.png", "a side below 32 pixels"),
        FileRemark("a/turned.jpg", "rotated by EXIF"),
    )
    assert report.problems == ()
    assert "1 images: CMYK" in report.remarks


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_rotation_is_seen_in_other_formats(tmp_path: Path, suffix: str, write_image: Write) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 8
    write_image(tmp_path / "b/1.png")
    (tmp_path / "a").mkdir()
    Image.new("RGB", (150, 140)).save(tmp_path / f"a/1{suffix}", exif=exif)
    report = check_images(read_images(tmp_path, val=0.0, test=0.0))
    assert report.odd == (FileRemark(f"a/1{suffix}", "rotated by EXIF"),)


def test_boxes_beyond_the_upright_image(tmp_path: Path, write_image: Write) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.open(write_image(tmp_path / "a.png", (60, 40))).save(tmp_path / "b.png", exif=exif)
    for name, box, odd in [
        ("a.png", "0,0,60,40", 0),
        ("b.png", "0,0,60,40", 2),
        ("b.png", "0,0,40,60", 1),
    ]:
        (tmp_path / "list.csv").write_text(f"{name},a,train,{box}")
        report = check_images(read_images(tmp_path / "list.csv", val=0.0, test=0.0))
        assert len(report.odd) == odd
        assert (FileRemark(name, "box reaches outside the image") in report.odd) == (odd == 2)


def test_the_same_bytes_in_two_splits_or_under_two_labels(
    tmp_path: Path, write_image: Write
) -> None:
    write_image(tmp_path / "train/a/1.png")
    write_image(tmp_path / "train/b/1.png", seed=1)
    write_image(tmp_path / "train/b/2.png", seed=1)
    write_image(tmp_path / "test/a/copy.png")
    write_image(tmp_path / "train/b/other.png", seed=2)
    write_image(tmp_path / "train/a/other.png", seed=2)
    write_image(tmp_path / "test/b/3.png", seed=5)
    write_image(tmp_path / "test/b/4.png", seed=5)
    report = check_images(read_images(tmp_path, val=0.0))
    assert report.duplicates == (("test: test/a/copy.png", "train: train/a/1.png"),)
    assert report.contradictions == (("train/a/other.png", "train/b/other.png"),)
    assert report.copies == (
        ("test: test/b/3.png", "test: test/b/4.png"),
        ("train: train/b/1.png", "train: train/b/2.png"),
    )
    assert report.problems == ()
    assert report.remarks[:3] == (
        "1 images are in more than one split, first test: test/a/copy.png = train: train/a/1.png",
        "2 images are there several times in one split, first test: test/b/3.png = "
        "test: test/b/4.png",
        "1 images are under several labels, first train/a/other.png = train/b/other.png",
    )


def test_files_that_the_table_does_not_use(tmp_path: Path, write_image: Write) -> None:
    for name in ("a/1.png", "b/1.png", "loose.png"):
        write_image(tmp_path / name, seed=len(name))
    for name in ("a/1.heic", "b/notes.txt", "b/raw", ".hidden", "labels.csv"):
        (tmp_path / name).write_text(name)
    report = check_images(read_class_folders(tmp_path))
    assert report.unlisted == ("a/1.heic", "b/notes.txt", "b/raw", "loose.png")
    assert "not used: 1 × *.heic" in report.remarks
    assert not any("labels" in line for line in report.unlisted)


def test_classes_without_training_images_are_problems(tmp_path: Path, write_image: Write) -> None:
    write_image(tmp_path / "a.png")
    records = (Record("a.png", "wren", "test"),)
    report = check_images(RecordTable(tmp_path, records, ("owl", "wren")))
    assert report.only_outside_training == ("wren",)
    assert report.without_images == ("owl",)
    assert report.problems == ("1 classes not in train: 'wren'", "1 classes without images: 'owl'")
    assert report.imbalance == 1.0
