"""What a name or a path means."""

import shutil
from collections import Counter

import pytest

from elsewhere.data.image_data import ImageData
from elsewhere.data.sets.classes.aircraft import read_aircraft
from elsewhere.data.sets.classes.birds import read_cub
from elsewhere.data.sets.classes.reading import (
    CATEGORY_SETS,
    find_category_set,
    read_categories,
    read_images,
)
from elsewhere.drawn import Aircraft, Cub
from elsewhere.errors import ConfigError, DataError
from elsewhere.runs.data_check import check_data


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """A folder of sets: birds as `make-data cub SETS/cub` leaves them, aircraft as published."""
    root = tmp_path_factory.mktemp("sets")
    Cub(species=3, train=4, test=2, size=32).write(root / "cub")
    Aircraft(variants=2, train=4, test=2, size=32).write(root / "fgvc-aircraft-2013b")
    return root


@pytest.mark.parametrize("name", CATEGORY_SETS)
def test_every_name_is_read_by_a_reader_of_its_own(name, tmp_path):
    with pytest.raises(DataError, match=r"here; expected are|the set needs this list") as caught:
        read_images(name, root=tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match=f"^{name}: say with root which folder it lies in"):
        read_images(name)


def test_names_are_read_below_root(sets):
    assert read_images("cub", val=0.0, root=sets) == read_cub(sets / "cub")
    assert read_images("aircraft", val=0.0, root=sets) == read_aircraft(sets)
    assert read_categories("aircraft", sets) == read_aircraft(sets)
    with pytest.raises(ConfigError, match="'birds' is no data set; these are cub, cars"):
        read_categories("birds", sets)


def test_a_folder_is_known_by_its_lists(sets):
    assert read_images(sets / "cub", val=0.0) == read_cub(sets)
    assert read_images("fgvc-aircraft-2013b", val=0.0, root=sets) == read_aircraft(sets)
    assert find_category_set(sets / "cub") == ("cub", sets / "cub")
    assert find_category_set(sets) is None


def test_birds_with_a_hierarchy_are_nabirds(sets, tmp_path):
    import shutil

    copy = shutil.copytree(sets / "cub", tmp_path / "mine")
    (copy / "hierarchy.txt").write_text("1 0\n")
    assert find_category_set(copy).name == "nabirds"
    assert len(read_images(copy)) == 18


def test_validation_images_are_drawn_by_seed_from_training_alone(sets):
    table = read_images("cub", val=0.25, seed=3, root=sets)
    assert Counter(r.split for r in table.records) == {"train": 9, "val": 3, "test": 6}
    assert table.split("test") == read_cub(sets).split("test")
    assert table != read_images("cub", val=0.25, seed=4, root=sets)


def test_ones_own_folder_comes_before_a_set_of_that_name(tmp_path, write_image, monkeypatch):
    for number in range(4):
        write_image(tmp_path / "dogs" / "lassie" / f"{number}.png")
        write_image(tmp_path / "dogs" / "rex" / f"{number}.png")
    assert read_images("dogs", root=tmp_path).class_names == ("lassie", "rex")
    monkeypatch.chdir(tmp_path)
    assert read_images("dogs").class_names == ("lassie", "rex")
    assert read_images("./dogs").class_names == ("lassie", "rex")


def test_a_set_of_its_own_name_that_is_not_whole_says_what_it_lacks(tmp_path, lay):
    lay(tmp_path / "cub" / "CUB_200_2011", {"train_test_split.txt": "1 1\n", "images.txt": "1 a\n"})
    with pytest.raises(DataError, match=r"CUB-200-2011 lacks 'images', 'image_class_labels.txt'"):
        read_images("cub", root=tmp_path)


def test_a_folder_called_like_a_year_of_inaturalist_is_that_set_by_its_lists(tmp_path, lay):
    folder = lay(tmp_path / "inat2018", {"train2018.json": "{}"})
    assert find_category_set("inat2018", tmp_path) == ("inat2018", folder)
    (folder / "train2018.json").rename(folder / "train2019.json")
    assert find_category_set("inat2018", tmp_path) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cubs", "cubs: no such folder or list of images, and no data set of that name; did you "
                 "mean cub?"),
        ("Aircrafts", "did you mean aircraft?"),
        ("inat", "did you mean inat2"),
        ("zzz", "zzz: no such folder or list of images"),
        ("deep/cubs", "cubs: no such folder or list of images"),
    ],
)  # fmt: skip
def test_names_that_are_none(name, message, tmp_path):
    with pytest.raises(DataError) as caught:
        read_images(name, root=tmp_path)
    assert message in str(caught.value)
    assert ("did you mean" in str(caught.value)) == ("did you mean" in message)


def test_a_published_set_takes_no_folder_of_images(sets):
    with pytest.raises(ConfigError, match="cub knows where its images are; leave images out"):
        read_images("cub", images="pictures", root=sets)


def data(sets, **options):
    sizes = {"size": 32, "batch_size": 4, "test_batch_size": 5, "workers": 0}
    return ImageData("cub", root=str(sets), **{**sizes, **options})


def test_the_data_module_takes_a_name(sets):
    birds = data(sets)
    birds.check()
    assert birds.published.name == "cub"
    assert birds.table.splits == ("train", "val", "test")
    (remark,) = birds.remarks
    assert remark.startswith("cub: a drawn set of 3 classes")
    batch = next(iter(birds.train_dataloader()))
    assert batch.images.shape == (4, 3, 32, 32)


def test_without_validation_images_the_test_may_choose(sets):
    birds = data(sets, val=0.0)
    with pytest.raises(
        DataError, match=r"set data.val above 0, or data.validate_on to test or null"
    ):
        birds.check()
    birds = data(sets, val=0.0, validate_on="test")
    birds.check()
    assert len(birds.dataset("train")) == 12
    assert sum(len(batch.labels) for batch in birds.val_dataloader()) == 6


def test_ones_own_images_have_no_published_counts(tmp_path, write_image):
    for seed, name in enumerate(("a/0.png", "a/1.png", "b/0.png", "b/1.png")):
        write_image(tmp_path / name, seed=seed)
    own = ImageData(str(tmp_path), size=32, workers=0, val=0.0, test=0.5)
    assert own.published is None
    assert own.remarks == ()


def test_a_list_of_ones_own_in_a_published_sets_folder_comes_before_it(sets, tmp_path):
    own = shutil.copytree(sets / "cub", tmp_path / "cub")
    paths = [record.path for record in read_cub(own).records]
    lines = [f"{path},{'ab'[n % 2]}" for n, path in enumerate(paths)]
    (own / "labels.csv").write_text("\n".join(["path,label", *lines]))
    assert find_category_set(own) is None
    data = ImageData(str(own), size=32)
    assert data.published is None
    assert data.class_names == ("a", "b")
    assert not any("published" in line for line in data.remarks)
    assert "parts/parts.txt" in check_data(own).files.unlisted  # as of any folder of ones own
