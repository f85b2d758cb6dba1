from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.walking import files_below
from elsewhere.errors import DataError

Write = Callable[..., Path]


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def splits(root: Path, **kwargs: float) -> dict[str, str]:
    return {r.path: f"{r.split} {r.label}" for r in read_images(root, **kwargs).records}


def test_given_splits_with_common_names(tmp_path: Path) -> None:
    touch(tmp_path, "train/wren/a.JPG", "train/tit/a.webp", "Validation/wren/b.tiff")
    touch(tmp_path, "test/tit/c.png", "test_night/tit/c.png")
    assert splits(tmp_path) == {
        "Validation/wren/b.tiff": "val wren",
        "test/tit/c.png": "test tit",
        "test_night/tit/c.png": "test-night tit",
        "train/tit/a.webp": "train tit",
        "train/wren/a.JPG": "train wren",
    }


def test_hidden_files_and_other_files_are_no_records(tmp_path: Path) -> None:
    touch(tmp_path, "wren/a.jpg", "wren/.b.jpg", "wren/notes.txt", ".cache/c.jpg", "tit/a.jpg")
    touch(tmp_path, "__MACOSX/wren/a.jpg", "readme.png")
    assert list(splits(tmp_path, val=0.0, test=0.0)) == ["tit/a.jpg", "wren/a.jpg"]


def test_folders_inside_a_class_belong_to_it(tmp_path: Path) -> None:
    touch(tmp_path, "wren/monday/a.jpg", "wren/b.jpg", "tit/a.jpg")
    assert splits(tmp_path, val=0.0, test=0.0) == {
        "tit/a.jpg": "train tit",
        "wren/b.jpg": "train wren",
        "wren/monday/a.jpg": "train wren",
    }


def test_splits_are_drawn_where_none_is_given(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{n}.png" for name in ("wren", "tit") for n in range(20)))
    drawn = splits(tmp_path, val=0.1, test=0.2, seed=1)
    assert Counter(drawn.values()) == {
        f"{split} {name}": count
        for name in ("wren", "tit")
        for split, count in (("train", 14), ("val", 2), ("test", 4))
    }
    assert splits(tmp_path, val=0.1, test=0.2, seed=1) == drawn
    assert splits(tmp_path, val=0.1, test=0.2, seed=2) != drawn


def test_only_validation_is_drawn_beside_a_given_test(tmp_path: Path) -> None:
    touch(tmp_path, *(f"train/{name}/{n}.png" for name in ("a", "b") for n in range(10)))
    touch(tmp_path, "test/a/0.png")
    counts = Counter(value.split()[0] for value in splits(tmp_path, val=0.1).values())
    assert counts == {"train": 18, "val": 2, "test": 1}


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    touch(tmp_path, "car/a.png", "bus/a.png", "train/a.png")
    names = [value.split()[1] for value in splits(tmp_path, val=0.0, test=0.0).values()]
    assert names == ["bus", "car", "train"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["wren/a.png", "tit/.keep"], "only class 'wren'; expected are folders"),
        (["a.png", "b.png"], "no images in folders; expected are folders"),
        (["train/a/a.png", "train/b/a.png", "validate/a/a.png"], "validate: .* no split; rename"),
        (["train/a/a.png", "train/b/a.png", "test/x.png"], "outside a class folder: 'x.png'"),
        (["train/x.png", "train/b/a.png", "test/b/x.png"], "outside a class folder: 'x.png'"),
        (["train/a/a.png", "val/a/b.png", "valid/a/c.png"], "are both split 'val'"),
        (["val/a/a.png", "test/a/b.png"], "has 'test', 'val', but no folder 'train'"),
    ],
)
def test_other_layouts_are_refused(tmp_path: Path, files: list[str], message: str) -> None:
    touch(tmp_path, *files)
    with pytest.raises(DataError, match=message):
        read_images(tmp_path)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        read_images(tmp_path / "birds")


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path, "wren/a.png")
    (tmp_path / "wren" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [p.relative_to(tmp_path).as_posix() for p in files_below(tmp_path)] == ["wren/a.png"]
