from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def lay() -> Callable[..., Path]:
    """Writes the files of a set: texts as they are, and a small picture where None stands."""

    def lay_out(root: Path, files: dict[str, str | bytes | None]) -> Path:
        for number, (name, content) in enumerate(files.items()):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                Image.new("RGB", (40, 30), (9 * number % 256, 80, 40)).save(path)
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(content)
        return root

    return lay_out
