from pathlib import Path

from PIL import Image

from elsewhere.data.inputs import each_image, find_images
from elsewhere.inference.labels import known_classes

NAMES = ("wren", "Caf\u00e9", "tit")


def draw(*files):
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(file)


def known(*names):
    images = find_images([str(name) for name in names])
    return {image.path.name: label for image, label in
            zip(images, known_classes(images, NAMES), strict=True)}  # fmt: skip


def test_folders_name_classes(tmp_path: Path):
    draw(
        tmp_path / "test/wren/1.png", tmp_path / "test/wren/tit/2.png", tmp_path / "test/owl/3.png"
    )
    draw(tmp_path / "test/4.png", tmp_path / "test/cafe\u0301/5.png")
    assert known(tmp_path) == known(tmp_path / "test") == {
        "1.png": "wren", "2.png": "wren", "3.png": None, "4.png": None, "5.png": "Caf\u00e9"
    }  # fmt: skip
    assert known(tmp_path / "test/wren/1.png") == {"1.png": "wren"}
    assert known(tmp_path / "test/wren") == {"1.png": "wren", "2.png": "tit"}
    several = known(tmp_path / "test/wren", tmp_path / "test/owl")
    assert several == {"1.png": "wren", "2.png": "wren", "3.png": None}


def test_lists_name_classes(tmp_path: Path):
    draw(tmp_path / "wren/1.png", tmp_path / "wren/2.png")
    (tmp_path / "l.csv").write_text("image,species\nwren/1.png,tit\nwren/2.png,owl\n")
    assert known(tmp_path / "l.csv") == {"1.png": "tit", "2.png": None}


def test_images_in_memory_have_none():
    images = list(each_image([Image.new("RGB", (8, 8))]))
    assert known_classes(images, NAMES) == [None]
