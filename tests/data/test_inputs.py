from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import torch
from PIL import Image

from elsewhere.data.images.dataset import ImageDataset
from elsewhere.data.images.transforms import evaluation_transform
from elsewhere.data.inputs import find_images, load_images, seen_image, stream_images
from elsewhere.data.records import Record, RecordTable
from elsewhere.errors import DataError, ModelError
from elsewhere.structures import Preprocessing

PREPROCESSING = Preprocessing((20, 24), (16, 16))


def places(found):
    return [image.place.as_posix() for image in found]


def test_folders_files_and_lists(tmp_path, write_image, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a/2.png", "a/b/1.JPG", "c.bmp", "d/3.png"):
        write_image(tmp_path / name)
    for name in ("a/notes.md", "a/.hidden.png", "a/__MACOSX/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "d" / "list.txt").write_text("3.png\n\n../c.bmp\ngone.png\n")
    alone = find_images(["a"])
    assert places(alone) == ["2.png", "b/1.JPG"]
    assert [image.name for image in alone] == ["a/2.png", "a/b/1.JPG"]
    found = find_images(["a", Path("c.bmp"), "d/list.txt"])
    assert places(found) == ["a/2.png", "a/b/1.JPG", "c.bmp", "3.png", "gone.png"]
    assert [image.path.exists() for image in found] == [True] * 4 + [False]


def test_the_folder_above_is_called_by_its_name(tmp_path, write_image, monkeypatch):
    write_image(tmp_path / "above" / "1.png")
    write_image(tmp_path / "other" / "1.png")
    (tmp_path / "above" / "here").mkdir()
    monkeypatch.chdir(tmp_path / "above" / "here")
    assert places(find_images(["..", "../../other"])) == ["above/1.png", "other/1.png"]


def test_an_image_named_twice_counts_once(tmp_path, write_image):
    file = write_image(tmp_path / "a" / "1.png")
    assert len(find_images([file, tmp_path / "a", tmp_path / "a" / ".." / "a" / "1.png"])) == 1


def test_a_folder_may_be_left_out(tmp_path, write_image):
    inside = write_image(tmp_path / "shown" / "1.png")
    write_image(tmp_path / "1.png")
    assert places(find_images([tmp_path], without=tmp_path / "shown")) == ["1.png"]
    assert places(find_images([inside], without=tmp_path / "shown")) == ["1.png"]
    with pytest.raises(DataError, match="no image in"):
        find_images([tmp_path / "shown"], without=tmp_path / "shown")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.txt", "one.png\ntwo, too.png\n"),
        ("l.txt", "two, too.png\r\none.png\r\n"),
        ("l.txt", "one.png 7\n".replace(" 7", ",7") + '"two, too.png",8\n'),
        ("l.csv", 'one.png\n"two, too.png"\n'),
        ("l.csv", '\ufefflabel,path\n1,one.png\n2,"two, too.png"\n'),
        ("l.csv", 'File,label\none.png,1\n"two, too.png",2\n'),
        ("l.csv", "one.png;1\ntwo, too.png;2\n"),
        ("L.TSV", "one.png\tx\ntwo, too.png\ty\n"),
    ],
)
def test_lists_of_all_kinds(name, text, tmp_path, write_image):
    for file in ("one.png", "two, too.png"):
        write_image(tmp_path / file)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert sorted(image.name for image in find_images([tmp_path / name])) == [
        "one.png",
        "two, too.png",
    ]


def test_listed_paths_that_lead_away_keep_their_name_only(tmp_path, write_image):
    file = write_image(tmp_path / "x" / "1.png")
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "l.txt").write_text(f"{file}\n../x/1.png\nsub\\2.png\n")
    write_image(tmp_path / "l" / "sub" / "2.png")
    found = find_images([tmp_path / "l" / "l.txt"])
    assert places(found) == ["1.png", "sub/2.png"]
    assert all(image.path.is_file() for image in found)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("gone.png", None, "gone.png: no such file or folder"),
        ("gone.csv", None, "gone.csv: no such list"),
        ("empty.txt", b"\n", "empty.txt: the list is empty"),
        ("head.csv", b"path,label\n", "no image in .*head.csv"),
        ("latin.txt", "é.png".encode("latin-1"), "not a text in UTF-8"),
        ("quote.csv", b'"a.png"b,1\n', "a path in the first column is expected"),
    ],
)
def test_what_cannot_be_found(name, data, message, tmp_path):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message):
        find_images([tmp_path / name])


def test_loaded_images_are_those_of_the_test(tmp_path, write_image):
    files = [write_image(tmp_path / f"{n}.png", (40 + n, 30), n) for n in range(3)]
    records = tuple(Record(file.name, "a", "test") for file in files)
    dataset = ImageDataset(
        RecordTable(tmp_path, records, ("a",)),
        evaluation_transform(PREPROCESSING),
        PREPROCESSING.resize,
    )
    loaded = load_images(files, PREPROCESSING)
    assert loaded.shape == (3, 3, 16, 16)
    assert torch.equal(loaded, torch.stack([dataset[row].image for row in range(3)]))
    assert torch.equal(load_images(str(files[1]), PREPROCESSING), loaded[1:2])


def test_loading_refuses(tmp_path, write_image):
    file = write_image(tmp_path / "1.png")
    with pytest.raises(ModelError, match="no preprocessing"):
        load_images([file], None)
    with pytest.raises(DataError, match="no image named"):
        load_images([], PREPROCESSING)
    with pytest.raises(DataError, match="no such file"):
        load_images([file, tmp_path / "2.png"], PREPROCESSING)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stream_tells_broken_images_apart(workers, tmp_path, write_image):
    files = [write_image(tmp_path / f"{n}.png", seed=n) for n in range(5)]
    for row in (2, 3):
        files[row].write_bytes(files[row].read_bytes()[:70])
    images = find_images(files)
    batches = list(stream_images(images, PREPROCESSING, 2, workers))
    assert [len(batch.inputs) for batch in batches] == [2, 2, 1]
    assert [batch.read for batch in batches] == [[0, 1], [], [0]]
    assert [sorted(batch.problems) for batch in batches] == [[], [0, 1], []]
    assert [len(batch.images) for batch in batches] == [2, 0, 1]
    assert torch.equal(batches[2].images, load_images(files[4], PREPROCESSING))
    assert str(tmp_path) not in batches[1].problems[0]


def test_the_seen_part_keeps_the_images_aspect(tmp_path):
    pixels = np.zeros((40, 100, 3), np.uint8)
    pixels[4:36, 10:90] = 255  # what a crop of 8 of 10 leaves
    Image.fromarray(pixels).save(tmp_path / "p.png")
    seen = seen_image(tmp_path / "p.png", Preprocessing((10, 10), (8, 8)))
    assert seen.shape == (3, 32, 80)
    assert seen.min() == 1
    whole = seen_image(tmp_path / "p.png", Preprocessing((10, 10), (10, 10)), longest=50)
    assert whole.shape == (3, 20, 50)
    assert whole.min() == 0


def test_a_sliver_is_still_seen(tmp_path):
    Image.new("RGB", (300, 1)).save(tmp_path / "p.png")
    seen = seen_image(tmp_path / "p.png", Preprocessing((10, 10), (2, 2)), longest=20)
    assert seen.shape == (3, 1, 20)
    assert load_images(tmp_path / "p.png", PREPROCESSING).isfinite().all()


def test_names_that_are_no_text_can_be_shown(tmp_path, write_image):
    raw = Path(str(tmp_path) + "/" + b"caf\xe9.png".decode("utf-8", "surrogateescape"))
    try:
        write_image(tmp_path / "x.png").rename(raw)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    found = find_images([tmp_path])[0]
    assert found.name.encode("utf-8").endswith("caf\ufffd.png".encode())
    assert load_images(found.path, PREPROCESSING).shape[0] == 1
    assert isinstance(found.place, PurePosixPath)


def test_an_empty_name_is_not_the_folder_that_one_stands_in(tmp_path, monkeypatch, write_image):
    write_image(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    assert len(find_images(["."])) == 1
    with pytest.raises(DataError, match="an image without a name"):
        find_images(["a.png", ""])
