import pytest

from elsewhere.cli import main
from elsewhere.errors import ConfigError
from elsewhere.recipes.composition import compose, merge
from elsewhere.recipes.shipped import find, shipped, shipped_in
from elsewhere.recipes.trust import leading_out

ITEMS = shipped()
RECIPES = [item for item in ITEMS if not item.is_overlay]
OVERLAYS = [item for item in ITEMS if item.is_overlay]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_every_file_has_a_description_and_a_mapping(item):
    assert item.description
    assert item.layer().values


def test_names_are_unique():
    names = [item.name for item in ITEMS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda item: item.name)
def test_overlays_change_a_recipe(overlay):
    values = RECIPES[0].layer().values
    assert merge(values, overlay.layer().values) != values


def test_configs_lists_recipes_then_overlays(capsys):
    assert main(["configs"]) == 0
    out = capsys.readouterr().out
    recipes, overlays = out.split("overlays:")
    for item in RECIPES:
        assert f"{item.name} " in recipes
        assert item.description in recipes
    for item in OVERLAYS:
        assert item.description in overlays


def test_configs_shows_a_file(capsys):
    assert main(["configs", RECIPES[0].name]) == 0
    assert capsys.readouterr().out == RECIPES[0].text


def test_unknown_names_suggest_a_near_one(capsys):
    assert main(["configs", "drawn-brids"]) == 2
    assert "did you mean drawn-birds?" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="did you mean baseline"):
        compose(["drawn-birds", "basline"])
    with pytest.raises(ConfigError, match=r"x\.yaml: there is no such file"):
        find("x.yaml")


def test_the_home_of_nobody_is_no_file(tmp_path, capsys):
    assert main(["fit", "--config", "~nobody-of-that-name/x.yaml"]) == 2
    err = capsys.readouterr().err
    assert "x.yaml: there is no such file" in err
    assert "unexpected" not in err
    assert leading_out({"logger": {"save_dir": "~nobody-of-that-name/x"}}, tmp_path) is not None


def test_names_and_folders(tmp_path):
    (tmp_path / "overlays" / "deep").mkdir(parents=True)
    (tmp_path / "b.yaml").write_text("# B.\nx: 1\n")
    (tmp_path / "a.yaml").write_text("x: 1\n")
    (tmp_path / "overlays" / "c.yaml").write_text("# C.\nx: 2\n")
    (tmp_path / "overlays" / "deep" / "d.yaml").write_text("# D.\nx: 3\n")
    (tmp_path / "notes.txt").write_text("nothing")
    found = shipped_in(tmp_path)
    assert [(i.name, i.folder, i.is_overlay, i.description) for i in found] == [
        ("a", "", False, ""),
        ("b", "", False, "B."),
        ("c", "overlays", True, "C."),
        ("d", "overlays/deep", True, "D."),
    ]
