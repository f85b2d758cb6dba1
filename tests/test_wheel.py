"""What is published: the wheel, in an environment that has nothing of this folder."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import twine.commands.check
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
ASKED = """
import elsewhere, torch
print(elsewhere.__file__)
print(sum(p.numel() for p in elsewhere.SmallResNet(weights="drawn-birds").parameters()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return Path(
        next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel"))))
    )


def test_the_registry_would_take_it(wheel):
    assert not twine.commands.check.check([str(wheel)], strict=True)


def test_it_holds_every_file_of_the_package(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, tmp_path], check=True)
    source = ROOT / "src" / "elsewhere"
    ours = {file.relative_to(source) for file in source.rglob("*") if file.is_file()}
    theirs = {file.relative_to(tmp_path / "elsewhere") for file in tmp_path.rglob("*.*")
              if file.is_relative_to(tmp_path / "elsewhere")}  # fmt: skip
    assert {file for file in ours if file.suffix != ".pyc"} == theirs


def test_it_runs_where_nothing_else_is(wheel, tmp_path):
    """Dependencies are those of this environment, the package is the wheel's."""
    uv = Path(sys.executable).with_name("uv")
    bare = tmp_path / "bare"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, bare], check=True)
    python, quiet = bare / "bin" / "python", ["--quiet", "--offline", "--no-deps"]
    subprocess.run([uv, "pip", "install", *quiet, "--python", python, wheel], check=True)
    (site,) = bare.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def said(*words):
        done = subprocess.run(words, cwd=tmp_path, env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    place, weights = said(python, "-c", ASKED).splitlines()
    assert Path(place).is_relative_to(bare)
    assert int(weights) > 10_000
    assert "elsewhere.ShuffledAttention" in said(bare / "bin" / "elsewhere", "configs", "folder")
    drawn = ["--species=2", "--train=1", "--val=1", "--test=1", "--size=32", "birds"]
    said(bare / "bin" / "elsewhere", "make-data", "birds", *drawn)
    assert (tmp_path / "birds" / "labels.csv").is_file()
