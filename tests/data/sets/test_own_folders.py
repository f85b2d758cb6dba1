"""Folders as people have them: wrapped, linked, with what systems leave in them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from elsewhere.data.images.kinds import register_heif
from elsewhere.data.records import require_training_images
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.folders import read_class_folders
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.lists import CLASSES, lists_in
from elsewhere.data.sets.walking import files_below
from elsewhere.errors import DataError

SYSTEM = [
    "lost+found", "$RECYCLE.BIN", "System Volume Information", "@eaDir", "#recycle", "__MACOSX",
    ".ipynb_checkpoints", ".Trash-1000", "found.000", ".AppleDouble", "@__thumb",
]  # fmt: skip


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def two(before: str = "") -> list[str]:
    return [f"{before}{name}/0.jpg" for name in ("tit", "wren")]


def said(root: Path) -> dict[str, str]:
    return {r.path: f"{r.split} {r.label}" for r in read_class_folders(root).records}


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("seg_train/seg_train/", "seg_test/seg_test/"),
        ("Images/train/", "Images/test/"),
        ("dataset/dataset/Training Data/", "dataset/dataset/Test Data/"),
        ("train/images/", "test/images/"),
    ],
)
def test_splits_inside_other_folders(tmp_path: Path, train: str, test: str) -> None:
    touch(tmp_path, *two(train), *two(test))
    expected = {f"{train}{name}/0.jpg": f"train {name}" for name in ("tit", "wren")}
    expected |= {f"{test}{name}/0.jpg": f"test {name}" for name in ("tit", "wren")}
    assert said(tmp_path) == expected


def test_folders_without_images_say_nothing_of_splits(tmp_path: Path) -> None:
    touch(tmp_path, *two("trn/"), *two("tst/"), "annotations/a.xml", "models/b.pt")
    assert {each.partition(" ")[0] for each in said(tmp_path).values()} == {"train", "test"}


def test_folders_beside_lists_say_nothing_of_splits(tmp_path: Path) -> None:
    touch(tmp_path, "images/0.jpg", "images/1.jpg")
    for name in ("trn", "tst"):
        (tmp_path / name).mkdir()
        lines = "path,label\n../images/0.jpg,tit\n../images/1.jpg,wren\n"
        (tmp_path / name / "labels.csv").write_text(lines)
    assert {*lists_in(tmp_path, CLASSES)} == {"train", "test"}


def test_what_was_understood_is_noted(tmp_path: Path) -> None:
    touch(tmp_path, *two("a/b/train_set/"), *two("a/b/test_set/"), "a/b/train_set/wren/x/1.jpg")
    assert read_class_folders(tmp_path).notes == (
        "classes are read below a/b/",
        "splits: test_set is test, train_set is train",
        "folders inside 1 classes, such as a/b/train_set/wren/x, are read as part of these",
    )


@pytest.mark.parametrize("outer", [("2021", "2022"), ("f1", "f2", "f3"), ("1_train", "2_test")])
@pytest.mark.parametrize("read", [read_class_folders, read_own])
def test_two_readings_are_refused(
    tmp_path: Path, outer: tuple[str, ...], read: Callable[[Path], object]
) -> None:
    touch(tmp_path, *(path for folder in outer for path in two(f"{folder}/")))
    with pytest.raises(DataError, match="all hold folders 'tit', 'wren', which has two readings"):
        read(tmp_path)


def test_classes_of_folders_are_said(tmp_path: Path) -> None:
    touch(tmp_path, "dogs/pug/1.jpg", "dogs/beagle/1.jpg", "cats/manx/1.jpg")
    table = read_class_folders(tmp_path)
    assert table.class_names == ("cats", "dogs")
    assert table.notes == (
        "folders inside 2 classes, such as cats/manx, are read as part of these",
    )


def test_many_classes_with_the_same_folders_are_classes(tmp_path: Path) -> None:
    touch(tmp_path, *(f"c{n}/{side}/0.jpg" for n in range(12) for side in ("front", "back")))
    assert len(read_class_folders(tmp_path).class_names) == 12


def test_folders_of_systems_are_no_classes(tmp_path: Path) -> None:
    touch(tmp_path, *two(), *(f"{place}{name}/1.jpg" for name in SYSTEM for place in ("", "wren/")))
    touch(tmp_path, "wren/._0.jpg", "wren/SYNOPHOTO_THUMB_M.jpg")
    assert said(tmp_path) == {"tit/0.jpg": "train tit", "wren/0.jpg": "train wren"}
    assert len(list(files_below(tmp_path))) == 2


def test_a_folder_of_no_rights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, *two())
    whole = Path.iterdir

    def iterdir(path: Path) -> object:
        if path.name == "wren":
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(DataError, match="wren: Permission denied; take it away"):
        read_class_folders(tmp_path)


@pytest.mark.parametrize(
    ("link", "target"),
    [("wren/other", "../tit"), ("robin", "wren"), ("wren/x", "../tit/deep")],
)
def test_a_link_does_not_make_one_class_hold_another(
    tmp_path: Path, link: str, target: str
) -> None:
    touch(tmp_path, *two(), "tit/deep/2.jpg")
    (tmp_path / link).symlink_to(target, target_is_directory=True)
    with pytest.raises(DataError, match="a link makes it the same folder as"):
        read_class_folders(tmp_path)


def test_other_links(tmp_path: Path) -> None:
    touch(tmp_path / "far", "owl/1.jpg")
    near = touch(tmp_path / "near", *two())
    (near / "owl").symlink_to(tmp_path / "far" / "owl", target_is_directory=True)
    (near / "wren" / "up").symlink_to("..", target_is_directory=True)
    (near / "wren" / "out").symlink_to(tmp_path, target_is_directory=True)
    assert said(near) == {
        "owl/1.jpg": "train owl", "tit/0.jpg": "train tit", "wren/0.jpg": "train wren"
    }  # fmt: skip


def test_all_empty_classes_are_named_at_once(tmp_path: Path) -> None:
    touch(tmp_path, *two())
    for name in ("owl", "robin", "finch"):
        (tmp_path / name).mkdir()
    with pytest.raises(DataError, match="3 of 5 classes have no image: 'finch', 'owl', 'robin'"):
        require_training_images(read_class_folders(tmp_path))


def test_kinds_that_are_not_read_are_counted(tmp_path: Path) -> None:
    register_heif.cache_clear()
    if ".heic" in Image.registered_extensions():
        pytest.skip("something reads HEIC here")
    touch(tmp_path, *two(), "wren/1.HEIC", "wren/2.heic", "tit/1.cr2", "owl/1.heic")
    note = (
        "images not read: 1 × .cr2, 3 × .heic (pip install elsewhere[heic]), in 'owl' (1), "
        "'tit' (1), 'wren' (2)"
    )
    table = read_class_folders(tmp_path)
    assert table.notes == (note,)
    with pytest.raises(DataError, match=r"no image: 'owl'.*images not read: 1 × .cr2, 3 × .heic"):
        require_training_images(table)


def test_names_whose_difference_nobody_sees(tmp_path: Path) -> None:
    touch(tmp_path, *two("train/"), "train/Caf\u00e9/1.jpg", "val/Cafe\u0301/1.jpg")
    with pytest.raises(DataError, match=r"'Cafe\\u0301' and 'Caf\\xe9'; rename one"):
        require_training_images(read_class_folders(tmp_path))


@pytest.mark.parametrize("name", ["unlabeled", "nan", "NULL"])
def test_a_missing_label_is_refused(tmp_path: Path, name: str) -> None:
    touch(tmp_path, *two(), f"{name}/0.jpg")
    with pytest.raises(DataError, match="means that it has none, as of 1 of 3 images"):
        read_images(tmp_path, val=0.0, test=0.0)


def test_an_unknown_class_is_said_and_minus_one_refused(tmp_path: Path) -> None:
    touch(tmp_path / "words", *two(), "unknown/0.jpg", "-1/0.jpg")
    table = read_images(tmp_path / "words", val=0.0, test=0.0)
    assert table.notes[0].startswith("trained as a class like others: '-1', 'unknown'; ")
    touch(tmp_path / "numbers", "0/0.jpg", "1/0.jpg", "-1/0.jpg")
    with pytest.raises(DataError, match="its class '-1' means that it has none"):
        read_images(tmp_path / "numbers", val=0.0, test=0.0)


def test_unknown_individuals_are_left_out(tmp_path: Path) -> None:
    names = ["unknown", "-1", "NaN", "new_whale", "new_12", "unknown_3", "Nala"]
    touch(tmp_path, *(f"{name}/{shot}.jpg" for name in names for shot in (0, 1)))
    table = read_own(tmp_path, val=0.0, test=0.0)
    assert table.class_names == ("Nala", "new_12", "unknown_3")
    assert table.notes == (
        "8 images of unknown individuals are left out: '-1' (2), 'NaN' (2), 'new_whale' (2), "
        "'unknown' (2)",
    )


def test_unknown_individuals_stay_in_galleries(tmp_path: Path) -> None:
    known = [f"{split}/{name}/0.jpg" for split in ("query", "gallery") for name in ("a", "b")]
    touch(tmp_path, *known, "query/unknown/0.jpg", "gallery/unknown/1.jpg")
    table = read_own(tmp_path)
    assert [r.split for r in table.records if r.label == "unknown"] == ["gallery"]
    assert "1 stay in galleries as distractors" in table.notes[0]


def test_an_old_waste_bin_is_known_by_what_windows_puts_into_it(tmp_path):
    waste = ("waste/recycled/0.jpg", "waste/Recycler/0.jpg", "waste/organic/0.jpg")
    touch(tmp_path, *waste, "waste/RECYCLER/S-1-5-21-7/Dc1.jpg", "waste/RECYCLED/INFO2")
    touch(tmp_path, "waste/RECYCLED/Dc2.jpg")
    assert said(tmp_path / "waste") == {
        "Recycler/0.jpg": "train Recycler",
        "organic/0.jpg": "train organic",
        "recycled/0.jpg": "train recycled",
    }
