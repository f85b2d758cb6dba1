"""Lists as people have them: headings, encodings, tables of other programs, boxes."""

import json
from pathlib import Path

import pytest
from PIL import Image

from elsewhere.data.inputs import find_images
from elsewhere.data.records import require_training_images
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.errors import DataError

NAMES = [f"{name}{number}.jpg" for name in "ab" for number in range(3)]
EXPECTED = {name: name[0] for name in NAMES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        Image.new("RGB", (40, 20)).save(tmp_path / name)
    return tmp_path


def labels(path: Path) -> dict[str, str]:
    table = read_images(path, val=0.0, test=0.0)
    return {record.path: record.label for record in table.records}


def write(folder: Path, rows: str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    (folder / name).write_bytes(rows.encode(encoding))
    return folder / name


def rows(head: str, line: str = "{n},{c}") -> str:
    return "\n".join([head, *(line.format(n=n, c=n[0], s=n[:2]) for n in NAMES)]) + "\n"


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("image,class", "{n},{c}"),
        ("Image,Id", "{n},{c}"),
        ("species,filename", "{c},{n}"),
        ("img_path;Category", "{n};{c}"),
        ("File Name\tClass Name", "{n}\t{c}"),
        ("foto,soort", "{n},{c}"),
        (",image_id,file,target", "0,7,{n},{c}"),
        ("id,breed", "{s},{c}"),
        ("Unnamed: 0,path,label,,", "0,{n},{c},,"),
        ("path,label,label_name", "{n},0{c},{c}"),
        ("sep=;\nimage;label", "{n};{c}"),
        ("image,image_path,label", "x{n},{n},{c}"),
    ],
)
def test_headings(folder: Path, head: str, line: str) -> None:
    text = (
        rows(head, line).replace("0a", "0").replace("0b", "1")
        if "0{c}" in line
        else rows(head, line)
    )
    assert labels(write(folder, text)) == EXPECTED


@pytest.mark.parametrize(
    ("head", "line", "message"),
    [
        ("file,category,species", "{n},{c},{n}", "category and species may both be the label"),
        ("file,alpha,beta", "{n},{c},1", "no column label among file, alpha, beta; call the one"),
        ("file,image,label", "{n},{n},{c}", "file and image may both be the images' files"),
        ("alpha,beta,label", "1,2,{c}", "no column path among alpha, beta, label"),
    ],
)
def test_headings_that_are_not_clear(folder: Path, head: str, line: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        labels(write(folder, rows(head, line)))


@pytest.mark.parametrize(
    ("head", "yes", "no"),
    [("is_valid", "val", "train"), ("Is Train", "train", "test"), ("is_test", "test", "train")],
)
@pytest.mark.parametrize("words", [("True", "False"), ("1", "0"), ("yes", "")])
def test_splits_by_yes_and_no(
    folder: Path, head: str, yes: str, no: str, words: tuple[str, str]
) -> None:
    lines = "".join(f"{n},{n[0]},{words[n[0] == 'b']}\n" for n in NAMES)
    table = read_images(write(folder, f"path,label,{head}\n" + lines), val=0.0, test=0.0)
    assert {r.path[0]: r.split for r in table.records} == {"a": yes, "b": no}


@pytest.mark.parametrize(
    ("head", "line"),
    [("data set", "{n},{c},valid"), ("Subset", "{n},{c},Validation Set"), ("phase", "{n},{c},dev")],
)
def test_splits_under_other_headings(folder: Path, head: str, line: str) -> None:
    table = read_images(write(folder, rows(f"path,label,{head}", line)), val=0.0, test=0.0)
    assert table.splits == ("val",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(folder: Path, encoding: str) -> None:
    assert labels(write(folder, rows("path;label", "{n};{c}"), encoding=encoding)) == EXPECTED


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("".join(f"{n} {n[0]}\n" for n in NAMES), "train.txt"),
        ("".join(f"{n[0]},{n}\n" for n in NAMES), "bare.csv"),
        (json.dumps([{"image": n, "label": n[0]} for n in NAMES]), "l.json"),
        (json.dumps([[n, n[0]] for n in NAMES]), "l.json"),
        (json.dumps(EXPECTED), "l.json"),
        (json.dumps({c: [n for n in NAMES if n[0] == c] for c in "ab"}), "l.json"),
        (json.dumps({"path": NAMES, "label": [n[0] for n in NAMES]}), "l.json"),
        (json.dumps({"path": {str(i): n for i, n in enumerate(NAMES)},
                     "label": {str(i): n[0] for i, n in enumerate(NAMES)}}), "l.json"),
        (json.dumps({"data": [{"file": n, "class": n[0]} for n in NAMES], "version": 2}), "l.json"),
        ("\n".join(json.dumps({"file_name": n, "label": n[0]}) for n in NAMES), "m.jsonl"),
    ],
)  # fmt: skip
def test_forms(folder: Path, text: str, name: str) -> None:
    assert labels(write(folder, text, name)) == EXPECTED


@pytest.mark.parametrize("text", ["{", "[]", "3", '["a0.jpg"]', "{}", '[{"image": "a0.jpg"}, 3]'])
def test_json_that_is_no_list(folder: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"l\.json") as caught:
        labels(write(folder, text, "l.json"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("before", ["C:\\Users\\me\\birds\\", "/home/me/birds/", "..\\gone\\"])
def test_paths_of_another_machine(folder: Path, before: str) -> None:
    file = write(
        folder, rows("path,label", before.replace("\\", "\\\\") + "{n},{c}").replace("\\\\", "\\")
    )
    assert labels(file) == EXPECTED
    assert [image.path.is_file() for image in find_images([file])] == [True] * len(NAMES)
    assert (
        read_images(file, val=0.0, test=0.0).notes[0].startswith(f"paths are read below {folder}")
    )


def test_a_list_beside_the_folder_of_images(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.new("RGB", (9, 9)).save(tmp_path / "images" / name)
    file = write(tmp_path, rows("id,label", "{s},{c}"))
    assert labels(file) == {f"images/{name}": label for name, label in EXPECTED.items()}


def test_files_that_differ_in_what_nobody_sees(folder: Path) -> None:
    Image.new("RGB", (9, 9)).save(folder / "Cafe\u0301.jpg")
    Image.new("RGB", (9, 9)).save(folder / "X.JPG")
    found = labels(write(folder, "path,label\nCaf\u00e9.jpg,a\nx.jpg,b\n"))
    assert sorted(found) == ["Cafe\u0301.jpg", "X.JPG"]


def test_boxes_in_shares_are_of_the_upright_image(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(folder / "a1.jpg", exif=exif)
    head = "ImageID,LabelName,XMin,XMax,YMin,YMax"
    table = read_images(write(folder, rows(head, "{s},{c},0.25,1,0.5,1")), val=0.0, test=0.0)
    assert [record.box for record in table.records[:2]] == [(10, 10, 40, 20), (5, 20, 20, 40)]


def test_sizes_and_several_boxes(folder: Path) -> None:
    text = 'file,label,bbox\na0.jpg,a,"[1.0, 2, 10, 5]"\na1.jpg,b,(3 4 5 6)\na2.jpg,b,nan\n'
    text += 'b0.jpg,b,"[[1,2,3,4],[5,6,7,8]]"\n'
    table = read_images(write(folder, text), val=0.0, test=0.0)
    assert [r.box for r in table.records] == [(1, 2, 11, 7), (3, 4, 8, 10), None, None]


def test_shares_among_pixels_are_refused(folder: Path) -> None:
    text = "path,label,x1,y1,x2,y2\na0.jpg,a,1,1,20,20\na1.jpg,b,0.1,0.1,0.5,0.5\n"
    with pytest.raises(DataError, match=r"list.csv:3: a box smaller than a pixel, in 1 of 2"):
        read_images(write(folder, text))


def coco(**more: object) -> dict[str, object]:
    return {
        "images": [{"id": i, "file_name": n} for i, n in enumerate(NAMES)],
        "categories": [{"id": 4, "name": "a"}, {"id": 2, "name": "b"}],
        "annotations": [
            {"image_id": i, "category_id": 4 if n[0] == "a" else 2, "bbox": [1, 2, 10, 5]}
            for i, n in enumerate(NAMES)
        ],
        **more,
    }


def test_coco_as_it_is(folder: Path) -> None:
    file = write(folder, json.dumps(coco()), "instances.json")
    assert labels(file) == EXPECTED
    assert read_images(file, val=0.0, test=0.0).records[0].box == (1, 2, 11, 7)
    assert [image.listed.label for image in find_images([file]) if image.listed] == list("aaabbb")
    with pytest.raises(DataError, match="6 of 6 images have no category, several"):
        labels(write(folder, json.dumps(coco(annotations=[])), "none.json"))


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl"])
def test_hugging_face_metadata(tmp_path: Path, name: str) -> None:
    whole = tmp_path / "whole"
    for split in ("train", "test"):
        for root in (tmp_path / "each" / split, whole / split):
            root.mkdir(parents=True)
            for file in NAMES:
                (root / file).touch()

    def text(before: str) -> str:
        if name.endswith("csv"):
            return rows("file_name,label", before + "{n},{c}")
        return "\n".join(json.dumps({"file_name": before + n, "label": n[0]}) for n in NAMES) + "\n"

    for split in ("train", "test"):
        write(tmp_path / "each" / split, text(""), name)
    write(whole, text("train/") + text("test/").replace("file_name,label\n", ""), name)
    expected = {f"{s}/{n}": (s, n[0]) for s in ("train", "test") for n in NAMES}
    for root in (tmp_path / "each", whole):
        table = read_images(root, val=0.0)
        assert {r.path: (r.split, r.label) for r in table.records} == expected


def test_captions_leave_the_folders_their_meaning(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name[0]).mkdir(exist_ok=True)
        (tmp_path / name[0] / name).touch()
    write(tmp_path, rows("file_name,text", "{c}/{n},bla"), "metadata.csv")
    assert set(labels(tmp_path).values()) == {"a", "b"}


def test_a_table_of_wildlife_datasets(folder: Path) -> None:
    head = ",image_id,identity,path,date,orientation,bbox,species"
    text = rows(head, '0,7,{c},{n},2014-05-01,left,"[1.0, 2.0, 20.0, 10.0]",zebra')
    text += "1,8,unknown,b2.jpg,,,,\n".replace("b2", "a9")
    Image.new("RGB", (9, 9)).save(folder / "a9.jpg")
    table = read_own(write(folder, text), val=0.0, test=0.0)
    assert {r.path: r.label for r in table.records} == EXPECTED
    assert table.records[0].box == (1, 2, 21, 12)
    assert table.records[0].attributes["orientation"] == "left"
    assert table.notes == ("1 images of unknown individuals are left out: 'unknown' (1)",)


@pytest.mark.parametrize("head", ["Image,Id", "filename,name", "path,individual_id", "file,animal"])
def test_headings_of_individuals(folder: Path, head: str) -> None:
    table = read_own(write(folder, rows(head)), val=0.0, test=0.0)
    assert {r.path: r.label for r in table.records} == EXPECTED
    assert table.notes == (f"column {head.partition(',')[2]!r} is read as the identity",)


def test_columns_that_may_both_be_the_identity(folder: Path) -> None:
    with pytest.raises(DataError, match="individual and label may both be the identity and differ"):
        read_own(write(folder, rows("path,label,individual", "{n},{c},{n}")))


@pytest.mark.parametrize(
    ("label", "message"),
    [("", r"list.csv:2: label is blank, in 2 of 8 lines"), ("nan", "as of 2 of 8 images")],
)
def test_missing_labels_of_a_list(folder: Path, label: str, message: str) -> None:
    for name in ("c0.jpg", "c1.jpg"):
        (folder / name).touch()
    text = f"path,label\nc0.jpg,{label}\nc1.jpg,{label}\n" + rows("x").removeprefix("x\n")
    with pytest.raises(DataError, match=message):
        labels(write(folder, text))


def test_listed_images_of_kinds_that_are_not_read(folder: Path) -> None:
    (folder / "raw.cr2").touch()
    table = read_images(write(folder, rows("path,label") + "raw.cr2,a\n"), val=0.0, test=0.0)
    with pytest.raises(DataError, match=r"of kinds that are not read: 1 × \.cr2"):
        require_training_images(table)


def test_images_beside_the_folder_of_lists(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "train2017").mkdir(exist_ok=True)
        (tmp_path / "train2017" / name).touch()
    (tmp_path / "annotations").mkdir()
    file = write(tmp_path / "annotations", json.dumps(coco()), "train.json")
    expected = {str(tmp_path / "train2017" / name): label for name, label in EXPECTED.items()}
    assert labels(file) == expected


def test_a_tsv_is_cut_at_tabs_even_where_a_comma_is_as_frequent(folder: Path) -> None:
    (folder / "a,1.png").write_bytes((folder / "a0.jpg").read_bytes())
    file = write(folder, "a,1.png\tfinch\na0.jpg\twren\n", "birds.tsv")
    assert [*labels(file).values()] == ["finch", "wren"]
    commas = write(folder, "a0.jpg,finch\na1.jpg,wren\n", "commas.tsv")
    assert [*labels(commas).values()] == ["finch", "wren"]


def test_four_blank_edges_may_be_written_nan(folder: Path) -> None:
    head = "path,label,x1,y1,x2,y2\n"
    file = write(folder, f"{head}a0.jpg,a,nan,nan,nan,nan\na1.jpg,b,0,0,4,4\n", "boxes.csv")
    boxes = [record.box for record in read_images(file, val=0.0, test=0.0).records]
    assert boxes == [None, (0, 0, 4, 4)]
