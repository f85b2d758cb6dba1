from pathlib import Path

import pytest

from elsewhere.data.records import Record
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b, c.png", "sub/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def write(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def records(folder: Path, text: str) -> tuple[Record, ...]:
    return read_images(write(folder, text), val=0.0, test=0.0).records


@pytest.mark.parametrize(
    "text", ["a.png,wren", "a.png, wren\n", "\ufeffpath;label\r\na.png;wren\r\n"]
)
def test_path_and_label_alone_are_training_images(folder: Path, text: str) -> None:
    assert records(folder, text) == (Record("a.png", "wren", "train", None, {}),)


def test_the_whole_layout_without_header(folder: Path) -> None:
    text = (
        'a.png,wren,train,1,2,3.5,4\n\n"b, c.png",tit,valid,,,,\nsub/d.png,tit,test-night,0,0,1,1'
    )
    assert records(folder, text) == (
        Record("a.png", "wren", "train", (1, 2, 3.5, 4), {}),
        Record("b, c.png", "tit", "val", None, {}),
        Record("sub/d.png", "tit", "test-night", (0, 0, 1, 1), {}),
    )


def test_a_header_gives_columns_in_any_order_and_attributes(folder: Path) -> None:
    text = "Label\tScene\tx1\ty1\tx2\ty2\tPath\nwren\tbog, wet\t0\t0\t9\t9\tb, c.png\n"
    expected = Record("b, c.png", "wren", "train", (0, 0, 9, 9), {"Scene": "bog, wet"})
    assert records(folder, text) == (expected,)


def test_quotes_may_follow_a_space(folder: Path) -> None:
    assert records(folder, 'a.png, "wren, grey"')[0].label == "wren, grey"


def test_a_third_column_that_is_no_split_is_an_attribute(folder: Path) -> None:
    assert records(folder, "a.png, 7, 3\nsub/d.png, 12, 4")[1] == Record(
        "sub/d.png", "12", "train", None, {"column3": "4"}
    )
    assert read_images(folder / "list.csv", val=0.0, test=0.0).class_names == ("7", "12")


def test_one_list_for_each_split(folder: Path) -> None:
    train = write(folder, "a.png, 0, 0", "train.txt")
    test = write(folder / "sub", "d.png, 1, 0", "test.txt")
    table = read_images(
        {"train": train, "valid": write(folder, "a.png, 0, 0", "v.txt"), "test": test}
    )
    assert table.root == folder
    assert [(r.path, r.split) for r in table.records] == [
        ("a.png", "train"),
        ("a.png", "val"),
        ("sub/d.png", "test"),
    ]


def test_a_root_beside_the_list(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    lines = ["a.png;x", "sub\\d.png;y", f"{folder}/b, c.png;z"]
    file = write(tmp_path_factory.mktemp("lists"), "\n".join(lines))
    table = read_images(file, images=folder, val=0.0, test=0.0)
    assert table.root == folder
    assert [r.path for r in table.records] == ["a.png", "sub/d.png", "b, c.png"]


def test_splits_are_drawn_where_the_list_gives_none(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.png").touch()
    file = write(tmp_path, "\n".join(f"{n}.png,{n % 2}" for n in range(20)))
    table = read_images(file, val=0.1, test=0.2, seed=5)
    assert [len(table.split(name)) for name in table.splits] == [14, 2, 4]


def test_other_cells_may_have_several_lines(folder: Path) -> None:
    text = 'path,label,caption\na.png,x,"one\ntwo\u2028three"\nsub/d.png,x,four\n'
    assert records(folder, text)[0].attributes == {"caption": "one\ntwo\u2028three"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"list.csv: the list is empty; expected is path,label"),
        ("path,label\n", r"list.csv:1: nothing below the header"),
        ("a.png", r"list.csv:1: 1 column; expected is path,label"),
        ("a.png,x\nsub/d.png", r"list.csv:2: 1 columns where 2 are expected \(path, label\)"),
        ("a.png,x\n\nz.png,x", r"list.csv:3: no file 'z.png' in .*relative to the list's folder"),
        ("y.png,x\nz.png,x", r"list.csv:1: no file 'y.png' .*2 of 2 lines name no file"),
        ("a.png,\n", r"list.csv:1: label is blank"),
        (",x\n", r"list.csv:1: path is blank"),
        ("a.png,x,train\nsub/d.png,x,trian", r"list.csv:2: split 'trian' is not train, val"),
        ("a.png,x,train,1,2,3", r"list.csv:1: 6 columns; expected"),
        ("a.png,x,train,1,2,3,four", r"list.csv:1: box '1,2,3,four' is not four numbers"),
        ("a.png,x,train,1,2,3,", r"list.csv:1: box '1,2,3,' is not four numbers"),
        ("a.png,x,train,1,2,1,4", r"list.csv:1: its box 1,2,1,4 has no area"),
        ("a.png,x,train,1,2,nan,4", r"list.csv:1: its box 1,2,nan,4 has no area"),
        ("path,label,x1,y1,x2\na.png,x,1,1,1", r"list.csv:1: a box needs the four columns"),
        ("path,label,Path\na.png,x,y", r"list.csv:1: columns need names that differ"),
        ("a.png,x\nsub/d.png,x\na.png,y", r"list.csv:3: 'a.png' is listed before, in .*list.csv:1"),
        ('a.png,"x', r"list.csv:1: unexpected end of data"),
        ('a.png,x\nsub/d.png,"x\ny"', r"list.csv:3: label 'x\\ny' has a line break; rename it"),
        ("path,label\na.png,x\ny.png,x\x85y", r"list.csv:3: label 'x\\x85y' has a line break"),
        ("a.png,x\x1b[31m", r"list.csv:1: label 'x\\x1b\[31m' has the sign U\+001B"),
        ('path,"la\nbel",label\na.png,x,y', r"list.csv:2: the column 'la\\nbel' has a line break"),
    ],
)
def test_a_malformed_line_is_named(folder: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        records(folder, text)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_lists(folder: Path) -> None:
    with pytest.raises(DataError, match=r"none.csv: No such file"):
        read_images({"train": folder / "none.csv"})
    (folder / "binary.csv").write_bytes(b"a.png,\xff\xfe")
    with pytest.raises(DataError, match=r"binary.csv: not a text in UTF-8"):
        read_images(folder / "binary.csv")
    with pytest.raises(DataError, match=r"no such folder"):
        read_images(write(folder, "a.png,x"), images=folder / "nowhere")
    with pytest.raises(DataError, match="no list given"):
        read_images({})


def test_a_file_given_for_a_split_has_no_split_column(folder: Path) -> None:
    with pytest.raises(DataError, match=r"list.csv:1: has a split for each line"):
        read_images({"train": write(folder, "a.png,x,train")})
    with pytest.raises(DataError, match="given for split 'night', which is not train"):
        read_images({"night": write(folder, "a.png,x")})


@pytest.mark.shared
def test_lists_of_real_photographs(shared: Path) -> None:
    folder = shared / "data" / "grocery"
    table = read_images({name: folder / f"{name}.txt" for name in ("train", "val", "test")})
    assert {name: len(table.split(name)) for name in table.splits} == {
        "train": 2640,
        "val": 296,
        "test": 2485,
    }
    assert table.class_names == tuple(str(number) for number in range(81))
    assert table.records[0].attributes == {"column3": "0"}
