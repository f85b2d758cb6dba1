from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def jpeg() -> Callable[..., None]:
    """Writes small pictures of one colour each, by their names below a folder."""

    def write(folder: Path, *names: str) -> None:
        for number, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            colour = (40 + 17 * len(name) % 200, 7 * number % 256, sum(map(ord, name)) % 256)
            Image.new("RGB", (40, 48), colour).save(path)

    return write


@pytest.fixture
def market(tmp_path: Path, jpeg: Callable[..., None]) -> Path:
    """A tiny Market-1501, with junk, distractors and what archives leave behind."""
    root = tmp_path / "market-here"
    jpeg(root / "bounding_box_train", "0002_c1s1_000451_03.jpg", "0002_c2s1_000476_01.jpg")
    jpeg(root / "bounding_box_train", "0007_c3s3_077419_03.jpg", "0007_c1s6_028521_01.jpg")
    jpeg(root / "query", "0001_c1s1_001051_00.jpg", "0003_c4s6_015641_00.jpg")
    jpeg(root / "bounding_box_test", "-1_c1s1_000401_03.jpg", "0000_c6s1_000151_01.jpg")
    jpeg(root / "bounding_box_test", "0001_c2s1_000301_00.jpg", "0001_c1s1_002301_00.jpg")
    for folder in ("bounding_box_train", "query", "bounding_box_test"):
        (root / folder / "Thumbs.db").write_bytes(b"\xd0\xcf")
    (root / "query" / "._0003_c4s6_015641_00.jpg").write_bytes(b"resource fork")
    (root / "readme.txt").write_text("about")
    return root
