import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_level_imports_only_from_the_levels_below():
    # in a process of its own, since it turns off every logger that is there already
    code = "from importlinter.cli import lint_imports as lint; exit(lint(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_of_code_is_a_package_with_a_docstring():
    for folder in {file.parent for file in (ROOT / "src" / "elsewhere").rglob("*.py")}:
        file = folder / "__init__.py"
        assert file.is_file(), folder
        assert file.read_text(encoding="utf-8").startswith('"""'), file
