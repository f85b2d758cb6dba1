from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]


def test_every_level_imports_only_from_the_levels_below(capsys):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_every_folder_of_code_is_a_package_with_a_docstring():
    for folder in {file.parent for file in (ROOT / "src" / "elsewhere").rglob("*.py")}:
        file = folder / "__init__.py"
        assert file.is_file(), folder
        assert file.read_text(encoding="utf-8").startswith('"""'), file
