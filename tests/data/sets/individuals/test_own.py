import shutil
from collections import Counter

import pytest

from elsewhere.data.sets.individuals.check import retrieval_remarks, summarise_splits
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.errors import ConfigError, DataError


@pytest.fixture
def folders(tmp_path, jpeg):
    """Ten individuals with two images each, and an eleventh with one."""
    jpeg(tmp_path, *(f"id{n}/{i}.jpg" for n in range(10) for i in range(2)), "lone/only.jpg")
    return tmp_path


def write(folder, text, name="list.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(folder, header="path,identity"):
    lines = [f"id{n}/{i}.jpg,id{n}" for n in range(10) for i in range(2)]
    return write(folder, "\n".join([header, *lines]))


def test_a_folder_for_each_individual_is_split_by_identity(folders):
    table = read_own(folders)
    splits = {(r.label, r.split) for r in table.records}
    assert len(table) == 21
    assert len(splits) == 11
    assert Counter(split for _, split in splits) == {"train": 7, "test": 2, "val": 2}
    assert {r.camera for r in table.records} == {None}
    assert read_own(folders, seed=1).records != table.records
    assert read_own(folders, val=0.0, test=0.0).splits == ("train",)
    assert read_own(folders, val=0.0, test=1.0).splits == ("test",)


def test_split_folders(folders):
    for folder, names in {"training": range(4), "query": [4, 5], "gallery": [4, 5]}.items():
        for name in names:
            shutil.copytree(folders / f"id{name}", folders / "set" / folder / f"id{name}")
    table = read_own(folders / "set", val=0.0)
    assert {(r.split, r.path.split("/")[0]) for r in table.records} == {
        ("train", "training"),
        ("query", "query"),
        ("gallery", "gallery"),
    }
    with pytest.raises(DataError, match="too few identities to draw split 'val'"):
        read_own(folders / "set", val=0.9)
    drawn = read_own(folders / "set", val=0.1)
    assert [s.identities for s in summarise_splits(drawn)] == [2, 2, 2, 2]


def test_a_given_validation_split_is_taken_as_it_is(folders):
    for folder, names in {"train": range(4), "valid": [4, 5], "test": [6, 7]}.items():
        for name in names:
            shutil.copytree(folders / f"id{name}", folders / "set" / folder / f"id{name}")
    table = read_own(folders / "set")
    assert {r.label for r in table.split("val").records} == {"id4", "id5"}
    assert len(table.split("train")) == 8
    shutil.rmtree(folders / "set" / "test")
    assert read_own(folders / "set").splits == ("train", "val")


def test_a_list_without_split_is_split_by_identity_as_folders_are(folders):
    shutil.rmtree(folders / "lone")
    listed = read_own(rows(folders))
    assert sorted(r[:3] for r in listed.records) == sorted(r[:3] for r in read_own(folders).records)


def test_every_column_has_its_meaning(folders):
    text = "Camera;path;Identity;split;x1;y1;x2;y2;Pose\n" + "".join(
        f"c{i};id{n}/{i}.jpg;id{n};{['train', 'test'][n > 5]};{box};left\n"
        for n in range(10)
        for i, box in enumerate(["0;0;9;9", ";;;"])
    )
    table = read_own(write(folders, text), val=0.0)
    first, second = table.records[:2]
    assert first[:3] == ("id0/0.jpg", "id0", "train")
    assert (first.box, first.camera, first.attributes) == ((0, 0, 9, 9), "c0", {"Pose": "left"})
    assert (second.box, second.camera) == (None, "c1")
    assert table.splits == ("train", "test")


def test_label_does_for_identity_and_labels_csv_for_the_list(folders):
    rows(folders, "path,label").rename(folders / "labels.csv")
    assert len(read_own(folders)) == 20
    with pytest.raises(DataError, match=r"list.csv:1: no column identity among path, who;"):
        read_own(rows(folders, "path,who"))
    assert len(read_own(rows(folders, "path,who"), identity=("who",))) == 20
    assert len(read_own(rows(folders, "path,who"), identity="who")) == 20


def test_several_columns_make_an_identity_and_stay_as_attributes(folders):
    text = "path,individual,side\n" + "".join(
        f"id{n}/{i}.jpg,{n // 2},{['left', 'right'][n % 2]}\n" for n in range(10) for i in range(2)
    )
    table = read_own(write(folders, text), identity=("individual", "side"), val=0.0, test=0.4)
    assert table.records[2].label == "0 right"
    assert table.records[2].attributes == {"individual": "0", "side": "right"}
    where = {r.label: r.split for r in table.records}
    assert all(where[f"{n} left"] == where[f"{n} right"] for n in range(5))
    assert Counter(where.values()) == {"train": 6, "test": 4}


def test_capitals_of_headings_do_not_matter(folders):
    text = "path,Individual,Side\n" + "".join(
        f"id{n}/{i}.jpg,{n // 2},{['left', 'nan' if n == 1 else 'right'][n % 2]}\n"
        for n in range(10) for i in range(2)
    )  # fmt: skip
    file = write(folders, text)
    same, found = (read_own(file, identity=names, val=0.0, test=0.4)
                   for names in (("Individual", "Side"), ("individual", "SIDE")))  # fmt: skip
    assert found.records == same.records
    assert len(found) == 18
    assert found.notes == ("2 images of unknown individuals are left out: '0 nan' (2)",)


def test_cells_that_run_into_one_another(folders):
    text = "path,a,b\nid0/0.jpg,1 2,3\nid0/1.jpg,1,2 3\n"
    with pytest.raises(DataError, match=r"list.csv:3: identity '1 2 3' is made of other cells"):
        read_own(write(folders, text), identity=("a", "b"))


def test_queries_missing_from_the_gallery_are_allowed_and_told(folders):
    lines = ["id0/0.jpg,a,query", "id0/1.jpg,a,gallery", "id1/0.jpg,b,query", "id1/1.jpg,c,gallery"]
    table = read_own(write(folders, "\n".join(["path,identity,split", *lines])))
    assert retrieval_remarks(table)[-1].startswith("1 of 2 images of 'query' have no match")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"list.csv: the list is empty; expected is a header path,identity\[,camera\]"),
        ("path,identity\n", r"list.csv:1: nothing below the header"),
        ("id0/0.jpg,id0\n", r"list.csv:1: no column path or identity among id0/0.jpg, id0"),
        ("path,identity\nid0/0.jpg", r"list.csv:2: 1 columns where 2 are expected"),
        ("path,identity\nid0/0.jpg,", r"list.csv:2: identity is blank"),
        ("path,identity\n,id0", r"list.csv:2: path is blank"),
        ("path,identity,split\nid0/0.jpg,id0,trian", r"list.csv:2: split 'trian' is not train"),
        ("path,identity,Path\na,b,c", r"list.csv:1: columns need names that differ"),
        ("path,identity,x1,y1\na,b,c,d", r"list.csv:1: a box needs the four columns"),
        ("path,identity,x1,y1,x2,y2\nid0/0.jpg,a,1,1,1,9", r"list.csv:2: its box .* has no area"),
        ("path,identity,x1,y1,x2,y2\nid0/0.jpg,a,1,1,1,b", r"list.csv:2: box .* is not four num"),
        ("path,identity\nid0/7.jpg,a\nid0/8.jpg,a", r"list.csv:2: no file 'id0/7.jpg'.*2 of 2 li"),
        (
            "path,identity\nid0/0.jpg,a\nid0\\0.jpg,b",
            r"list.csv:3: 'id0.*0.jpg' is listed before, in .*list.csv:2",
        ),
        (
            "path,identity,camera\nid0/0.jpg,a,1\n\nid0/1.jpg,a,\nid1/0.jpg,b,",
            r"list.csv:4: camera is blank, in 2 of 3 lines; give every line a camera, or none",
        ),
        (
            "path,identity,split\nid0/0.jpg,a,train\nid0/1.jpg,a,train\nid1/0.jpg,b,train\n"
            "id1/1.jpg,a,test\nid2/0.jpg,a,test",
            r"1 identities are in train and in the test: 'a'; move all images",
        ),
        (
            "path,identity,split\nid0/0.jpg,a,train\nid1/0.jpg,b,train",
            r"each of the 2 training identities has one image, so nothing can be found again",
        ),
        (
            "path,identity,split\nid0/0.jpg,a,query\nid0/1.jpg,a,query",
            r"split 'query' has no 'gallery' to search",
        ),
    ],
)
def test_bad_lists(folders, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_own(write(folders, text), val=0.0, test=0.0)
    assert "\n" not in str(caught.value)


def test_paths_below_another_folder(folders, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("lists")
    file = rows(folders)
    shutil.move(file, elsewhere / "list.csv")
    assert read_own(elsewhere / "list.csv", images=folders).root == folders
    with pytest.raises(DataError, match="no such folder for the images of"):
        read_own(elsewhere / "list.csv", images=folders / "none")


def test_bad_folders(folders, jpeg):
    with pytest.raises(ConfigError, match="identity and images are for lists"):
        read_own(folders, identity=("individual",))
    with pytest.raises(DataError, match="no such folder or list of images"):
        read_own(folders / "none")
    (folders / "new" / "notes").mkdir(parents=True)
    with pytest.raises(DataError, match="new: no images in folders"):
        read_own(folders / "new")
    shutil.rmtree(folders / "new")
    with pytest.raises(DataError, match=r"1 images lie outside .*: 'only.jpg'; move"):
        read_own(folders / "lone")
    (folders / "empty").mkdir()
    with pytest.raises(DataError, match="1 identities without any image: 'empty'"):
        read_own(folders)
    (folders / "empty").rmdir()
    jpeg(folders, "loose.jpg")
    with pytest.raises(DataError, match=r"1 images lie outside .*: 'loose.jpg'"):
        read_own(folders)
    (folders / "loose.jpg").unlink()
    jpeg(folders, "test/id0/9.jpg")
    with pytest.raises(DataError, match=r"id0: beside split folders \('test'\) stands one with"):
        read_own(folders)


def test_one_image_of_everybody(tmp_path, jpeg):
    jpeg(tmp_path, *(f"id{n}/0.jpg" for n in range(9)))
    with pytest.raises(DataError, match=r"draw split 'test' .* there are 9, 0 of them"):
        read_own(tmp_path)
    with pytest.raises(DataError, match="each of the 9 training identities has one image"):
        read_own(tmp_path, val=0.0, test=0.0)


@pytest.mark.shared
def test_photographs_of_wild_animals(shared):
    file = shared / "data" / "nyala" / "index.csv"
    table = read_own(file, identity=("individual", "side"), val=0.0)
    assert [(s.split, s.images, s.identities) for s in summarise_splits(table)] == [
        ("train", 1213, 357),
        ("test", 729, 116),
    ]
    who = [{r.attributes["individual"] for r in table.split(s).records} for s in table.splits]
    assert [len(some) for some in who] == [179, 58]
    drawn = read_own(file, identity=("individual", "side"))
    both = [{r.attributes["individual"] for r in drawn.split(s).records} for s in ("train", "val")]
    assert [len(some) for some in both] == [161, 18]
    assert not both[0] & both[1]


@pytest.mark.parametrize("seed", range(4))
def test_an_identity_of_train_and_test_is_refused_whatever_is_drawn(folders, seed):
    """Drawn for validation it would be in neither, and the threshold set by what is tested."""
    lines = [
        f"id{n}/{i}.jpg,id{n},{'train' if n < 7 else 'test'}" for n in range(10) for i in (0, 1)
    ]
    lines += [f"id{n}/0.jpg,id{n},test" for n in range(7)]
    file = write(folders, "\n".join(["path,identity,split", *lines]))
    with pytest.raises(DataError, match="7 identities are in train and in the test"):
        read_own(file, val=0.5, seed=seed)
