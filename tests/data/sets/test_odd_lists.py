"""Whatever a list holds, it is read, or refused in one line."""

import json
import random
from pathlib import Path

import pytest

from elsewhere.data.inputs import find_images
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.errors import ElsewhereError

HEADS = (
    "path image Id id label class split x1 y1 x2 y2 bbox camera identity name file_name species "
    "\ufeffpath xmin ymax group label_name"
)
CELLS = [
    "a.jpg", "b.jpg", "c.png", "sub\\d.jpg", "wren", "0", "-1", "nan", "", "train", "test", "0.5",
    "[1,2,3,4]", "1e999", 'q"', '"q', "a.jpg\0", "x" * 300, "/etc/passwd", "C:\\a.jpg", "[", "{}",
]  # fmt: skip
VALUES = [*CELLS, None, 1, float("nan"), True, [1, 2, 3, 4], {"a": 1}, ["a.jpg"], [["a.jpg"]]]


def draw(chance: random.Random) -> tuple[str, str]:
    """A name and a text: a table of any separator, or JSON of any form."""
    width, lines = chance.randint(1, 5), range(chance.randint(0, 5))
    heads = chance.choices(HEADS.split(), k=width)
    if chance.random() < 0.5:
        between = chance.choice(",;\t| ")
        rows = [
            chance.choices(CELLS, k=max(width + chance.choice([0, 0, 0, 1, -1]), 1)) for _ in lines
        ]
        return chance.choice(["l.csv", "l.txt"]), "\n".join(map(between.join, [heads, *rows]))
    objects = [dict(zip(heads, chance.choices(VALUES, k=width), strict=True)) for _ in lines]
    if chance.random() < 0.3:
        return "l.jsonl", "\n".join(map(json.dumps, objects))
    ids = [chance.choice([0, 1, "x", None, [1]]) for _ in lines]
    coco = {
        "images": [{"id": i, "file_name": chance.choice(VALUES)} for i in ids],
        "categories": [{"id": i, "name": chance.choice(VALUES)} for i in ids],
        "annotations": [
            {"image_id": i, "category_id": i, "bbox": chance.choice(VALUES)} for i in ids
        ],
    }
    forms = [
        objects, {"data": objects}, coco, chance.choice(VALUES), chance.choices(VALUES, k=3),
        {head: chance.choices(VALUES, k=3) for head in heads},
        {head: {"0": chance.choice(VALUES)} for head in heads},
        {str(cell): chance.choice(VALUES) for cell in CELLS[:3]},
    ]  # fmt: skip
    return "l.json", json.dumps(chance.choice(forms))


COCO = {
    "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
    "categories": [{"id": 1, "name": "wren"}, {"id": 2, "name": "ti\nt"}],
    "annotations": [{"image_id": 1, "category_id": 1}, {"image_id": 2, "category_id": 2}],
}


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("l.json", json.dumps(COCO), r"l.json: image 2: label 'ti\\nt' has a line break"),
        (
            "l.json",
            json.dumps([{"path": "b.jpg", "label": "t\0t"}]),
            r"entry 1: label 't\\x00t' has",
        ),
        (
            "metadata.jsonl",
            '{"file_name": "a.jpg", "label": "wren"}\n{"file_name": "b.jpg", "label": "ti\\rt"}',
            r"metadata.jsonl:2: label 'ti\\rt' has a line break",
        ),
        ("metadata.jsonl", '{"file_name": "a.jpg", "la\\nbel": "wren"}', "column 'la.*line break"),
    ],
)
def test_names_in_json_that_are_not_one_line(
    name: str, text: str, place: str, tmp_path: Path
) -> None:
    for image in ("a.jpg", "b.jpg"):
        (tmp_path / image).touch()
    (tmp_path / name).write_text(text)
    for reader in (read_images, read_own, lambda path: find_images([path])):
        with pytest.raises(ElsewhereError, match=place) as caught:
            reader(tmp_path / name)
        assert "\n" not in str(caught.value)
        place = place.replace(": label", ": (label|identity)")


@pytest.mark.parametrize("seed", range(4))
def test_any_list(seed: int, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.png", "sub/d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    readers = (
        lambda file: read_images(file, val=0.0, test=0.0, refuse=False),
        lambda file: read_own(file, val=0.0, test=0.0),
        lambda file: find_images([file]),
    )
    chance, read, refused = random.Random(seed), 0, []
    for _ in range(100):
        name, text = draw(chance)
        (tmp_path / name).write_text(text, encoding="utf-8")
        for reader in readers:
            try:
                reader(tmp_path / name)
                read += 1
            except ElsewhereError as error:
                refused.append(str(error))
        (tmp_path / name).unlink()
    assert read > 10
    assert refused
    assert not any("\n" in message for message in refused)
