import pytest
from tests.retrieval.individuals import draw

from elsewhere.errors import DataError
from elsewhere.retrieval import Share, list_images


def labels(pictures):
    return [(picture.image.path.name, picture.label, picture.camera) for picture in pictures]


def listed(tmp_path, text, name="list.csv"):
    draw(tmp_path / "a.png", 0)
    draw(tmp_path / "sub" / "b.png", 1)
    (tmp_path / name).write_text(text)
    return labels(list_images([tmp_path / name]))


def test_a_list_says_identity_and_camera(tmp_path):
    text = "path,identity,camera\na.png,Ada,north\nsub/b.png,,2\n"
    assert listed(tmp_path, text) == [("a.png", "Ada", "north"), ("b.png", None, "2")]


def test_columns_of_classification_lists_and_semicolons(tmp_path):
    text = "Label;Path\n Ada ;a.png\nBo;sub\\b.png\n"
    assert listed(tmp_path, text) == [("a.png", "Ada", None), ("b.png", "Bo", None)]


def test_tables_of_others_and_unknown_individuals(tmp_path):
    text = ",image_id,identity,path\n0,7,unknown,a.png\n1,8,Bo,sub/b.png\n"
    assert listed(tmp_path, text) == [("a.png", None, None), ("b.png", "Bo", None)]
    text = '{"file_name": "a.png", "individual_id": "Ada"}\n'
    assert listed(tmp_path, text, "metadata.jsonl") == [("a.png", "Ada", None)]
    draw(tmp_path / "herd" / "unknown" / "c.png", 2)
    assert labels(list_images([tmp_path / "herd"])) == [("c.png", None, None)]


def test_a_list_without_header_says_nothing(tmp_path):
    assert listed(tmp_path, "a.png,Ada\n") == [("a.png", None, None)]
    assert listed(tmp_path, "a.png\n", "list.txt") == [("a.png", None, None)]


def test_a_list_that_contradicts_itself(tmp_path):
    with pytest.raises(DataError, match="both 'Ada' and 'Bo'"):
        listed(tmp_path, "path,identity\na.png,Ada\na.png,Bo\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('path,identity\na.png,"A\nda"\n', r"list.csv:3: identity 'A\\nda' has a line break"),
        ("path,identity,camera\na.png,Ada,\x7f\n", r"list.csv:2: camera '\\x7f' has the sign"),
        ("path,id\x00entity\na.png,Ada\n", r"list.csv:1: the column 'id\\x00entity' has the sign"),
    ],
)
def test_names_that_are_not_one_line(text, message, tmp_path):
    with pytest.raises(DataError, match=message):
        listed(tmp_path, text)


def test_folders_whose_names_are_not_one_line(tmp_path):
    draw(tmp_path / "herd" / "A\nda" / "1.png", 0)
    with pytest.raises(DataError, match=r"its folder 'A\\nda' has a line break; rename"):
        list_images([tmp_path / "herd"])


def test_folders_are_individuals(tmp_path):
    for place in ("loose.png", "Ada/1.png", "Bo/north/1.png", "query/Cy/1.png"):
        draw(tmp_path / "animals" / place, 0)
    found = {p.image.place.as_posix(): p.label for p in list_images([tmp_path / "animals"])}
    assert found == {
        "loose.png": None, "Ada/1.png": "Ada", "Bo/north/1.png": "Bo", "query/Cy/1.png": "Cy",
    }  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        ["test-0001", "test-0002", "train-7", "query2"],
        ["Ada", "Dev", "gallery_3", "val"],
        ["test-0001"],
        ["query-1", "gallery-2"],
    ],
)
def test_individuals_called_as_splits_are(names, tmp_path):
    for name in names:
        draw(tmp_path / "herd" / name / "1.png", 0)
    assert [picture.label for picture in list_images([tmp_path / "herd"])] == sorted(names)
    several = list_images([tmp_path / "herd" / name for name in names])
    assert len(names) == 1 or [picture.label for picture in several] == names


def test_split_folders_with_images_or_individuals_in_them(tmp_path):
    for place in ("flat/query/1.png", "flat/gallery/2.png", "flat/test-night/3.png",
                  "deep/train/Ada/1.png", "deep/test-night/test-0001/2.png"):  # fmt: skip
        draw(tmp_path / place, 0)
    assert {picture.label for picture in list_images([tmp_path / "flat"])} == {None}
    found = [picture.label for picture in list_images([tmp_path / "deep"])]
    assert found == ["test-0001", "Ada"]


def test_several_folders_are_individuals_unless_they_hold_some(tmp_path):
    for place in ("Ada/1.png", "Bo/1.png", "zoo/Cy/1.png"):
        draw(tmp_path / place, 0)
    found = list_images([tmp_path / "Ada", tmp_path / "Bo", tmp_path / "zoo"])
    assert [picture.label for picture in found] == ["Ada", "Bo", "Cy"]


def test_a_missing_picture_is_listed_all_the_same(tmp_path):
    (tmp_path / "list.txt").write_text("gone.png\n")
    [picture] = list_images([tmp_path / "list.txt"])
    assert (picture.size, picture.modified) == (-1, 0)


def test_each_picture_belongs_to_one_share(tmp_path):
    for number in range(12):
        draw(tmp_path / f"{number}.png", number)
    pictures = list_images([tmp_path])
    for picture in pictures:
        assert sum(picture.belongs_to(Share(number, 5)) for number in range(1, 6)) == 1
    assert len({p.path for p in pictures if p.belongs_to(Share(1, 2))}) not in (0, 12)
