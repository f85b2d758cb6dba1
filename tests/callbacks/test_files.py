import os
import warnings
from pathlib import Path

import pytest
import torch

from elsewhere.callbacks import find_damage, find_resumable, read_checkpoint, write_checkpoint
from elsewhere.callbacks.files import LAST, PREVIOUS
from elsewhere.errors import CheckpointError


def write_steps(folder: Path, *steps: int) -> None:
    for step in steps:
        content = {"step": step, "weights": torch.full((1000,), float(step))}
        write_checkpoint(content, folder / LAST, folder / PREVIOUS)


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def test_the_one_before_is_kept(tmp_path):
    write_steps(tmp_path / "new" / "folder", 1, 2, 3)
    folder = tmp_path / "new" / "folder"
    assert read_checkpoint(folder / LAST)["step"] == 3
    assert read_checkpoint(folder / PREVIOUS)["step"] == 2
    assert sorted(os.listdir(folder)) == [LAST, PREVIOUS]  # noqa: PTH208
    assert find_resumable(folder) == folder / LAST


def test_keeps_the_one_before_where_links_are_unknown(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write_steps(tmp_path, 1, 2)
    assert read_checkpoint(tmp_path / PREVIOUS)["step"] == 1


@pytest.mark.parametrize("left", [0, 100, 3000, -1])
def test_a_cut_last_falls_back_and_says_so(tmp_path, left):
    write_steps(tmp_path, 1, 2)
    cut(tmp_path / LAST, left)
    with pytest.warns(UserWarning, match=r"last\.ckpt: it is cut short.*previous\.ckpt instead"):
        assert find_resumable(tmp_path) == tmp_path / PREVIOUS


def test_changed_bytes_are_found(tmp_path):
    write_steps(tmp_path, 1)
    content = bytearray((tmp_path / LAST).read_bytes())
    content[content.index(torch.full((1000,), 1.0).numpy().tobytes()) + 17] ^= 1
    (tmp_path / LAST).write_bytes(content)
    assert "is damaged" in str(find_damage(tmp_path / LAST))
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(tmp_path / LAST)


def test_a_missing_last_falls_back(tmp_path):
    write_steps(tmp_path, 1, 2)
    (tmp_path / LAST).unlink()
    with pytest.warns(UserWarning, match="there is no such file"):
        assert find_resumable(tmp_path) == tmp_path / PREVIOUS


def test_nothing_readable_is_one_clear_line(tmp_path):
    write_steps(tmp_path, 1, 2)
    for name in (LAST, PREVIOUS):
        cut(tmp_path / name, 500)
    with pytest.raises(CheckpointError, match=r"last\.ckpt.*previous\.ckpt") as caught:
        find_resumable(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_good_last_warns_of_nothing(tmp_path):
    write_steps(tmp_path, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_resumable(tmp_path) == tmp_path / LAST


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_clear_line_and_leaves_old_files(tmp_path):
    write_steps(tmp_path, 1, 2)
    (tmp_path / "last.ckpt.partial").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match=r"last\.ckpt: No space left on device") as caught:
        write_steps(tmp_path, 3)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == [LAST, PREVIOUS]  # noqa: PTH208
    assert read_checkpoint(tmp_path / LAST)["step"] == 2
    assert read_checkpoint(tmp_path / PREVIOUS)["step"] == 1


@pytest.mark.parametrize("content", [Path("x"), lambda: 1])
def test_what_could_not_be_read_again_is_not_written(tmp_path, content):
    write_steps(tmp_path, 1)
    with pytest.raises(CheckpointError, match="Cannot write") as caught:
        write_checkpoint({"hyper_parameters": content}, tmp_path / LAST, tmp_path / PREVIOUS)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == [LAST]  # noqa: PTH208
    assert read_checkpoint(tmp_path / LAST)["step"] == 1


def test_code_in_a_file_is_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    torch.save({"state_dict": Trap()}, tmp_path / LAST)
    with pytest.raises(CheckpointError, match="nothing of it was run"):
        read_checkpoint(tmp_path / LAST)
    assert not (tmp_path / "sprung").exists()
