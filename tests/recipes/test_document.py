import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elsewhere.errors import ConfigError
from elsewhere.recipes.document import description, dump, parse_layer, parse_value, read_layer

TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "1e-3",
        "no",
        "on",
        "~",
        "null",
        "007",
        "0x1F",
        "2001-01-01",
        "1:30",
        "a\x85b",
        "<<",
        ".5",
        "-",
        "1_0",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_written_is_read_back(values):
    assert parse_layer(dump(values), "x.yaml").values == values


@given(st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none())
def test_scalars_of_the_command_line_are_those_of_a_recipe(value):
    text = dump({"a": value}).removeprefix("a:").strip()
    assert parse_value(text, "x") == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 0.001),
        ("2E4", 20000.0),
        ("5.", 5.0),
        ("-.5", -0.5),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("0x10", 16),
        ("0x1e", 30),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("2001-01-01", "2001-01-01"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("", None),
        ("'5'", "5"),
        ("C:\\data: x", "C:\\data: x"),
        ("a # b", "a # b"),
        ("!tag", "!tag"),
        ("*", "*"),
    ],
)
def test_values(text, expected):
    found = parse_value(text, "x")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("text", ["1e-3", "no", "2001-01-01", "0x10", "1:30", "true", "~", ".5"])
def test_a_file_and_the_command_line_read_scalars_alike(text):
    assert parse_layer(f"a: {text}\n", "x").values == {"a": parse_value(text, "x")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: [1\n", "r.yaml:3: "),
        ("a: 1\nb: 2\na: 3\n", "r.yaml:3: key 'a' stands twice (first in line 1)"),
        ("a:\n  - {x: 1, x: 2}\n", "r.yaml:2: key 'x' stands twice"),
        ("a: 1\n\tb: 2\n", "r.yaml:2: "),
        ("a: !python/object:os.system x\n", "r.yaml:1: could not determine a constructor"),
        ("- 1\n- 2\n", "r.yaml: a recipe is a mapping"),
        ("just text", "r.yaml: a recipe is a mapping"),
        ("1: x\n", "r.yaml:1: a key must be a word"),
        ("a: 1\n---\nb: 2\n", "r.yaml:2: "),
        ("a: &x\n  b: *x\n", "r.yaml:1: an anchor that holds itself"),
        ("a: *x\n", "r.yaml:1: "),
        ("trainer.max_epochs: 3\n", "r.yaml: write trainer.max_epochs nested, as trainer: {max_"),
        ("a: \x00", "r.yaml: "),
    ],
)
def test_faulty_yaml_is_one_line_that_says_where(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_layer(text, "r.yaml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_an_empty_file_says_nothing():
    assert parse_layer("# only a comment\n", "x").values == {}


def test_anchors_and_merge_keys_work():
    text = "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n"
    assert parse_layer(text, "x").values["b"] == {"x": 1, "y": 3}


def test_lines_of_keys_and_items():
    lines = parse_layer("a: 1\nb:\n  c: 2\n  d:\n    - e: 1\n    - f: 2\n", "x").lines
    assert lines["a",] == 1
    assert lines["b", "c"] == 3
    assert lines["b", "d", "1", "f"] == 6


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "photo.yaml").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ConfigError, match="not a text file"):
        read_layer(tmp_path / "photo.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_layer(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A recipe.\n# more\na: 1\n", "A recipe."),
        ("\n#A recipe.\n", "A recipe."),
        ("a: 1\n# late\n", ""),
        ("", ""),
    ],
)
def test_description(text, expected):
    assert description(text) == expected
