import pytest

from elsewhere.data.sets.classes.birds import read_cub
from elsewhere.data.sets.classes.cub import read_environments
from elsewhere.drawn import Cub
from elsewhere.errors import DataError

PATHS = ("images/001.Tern/t_1.jpg", "images/001.Tern/t_2.jpg", "images/002.Jay/j_1.jpg")


@pytest.fixture
def read(tmp_path):
    def read_text(text, paths=PATHS):
        file = tmp_path / "environments.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_environments(file, paths)

    return read_text


@pytest.mark.parametrize(
    "text",
    [
        "path,environment\nimages/001.Tern/t_1.jpg,water\nimages/002.Jay/j_1.jpg,old forest\n",
        "path,environment\n001.Tern/t_1.jpg,water\nimages/002.Jay/j_1.jpg,old forest\n",
        "Environment;by;PATH\r\nwater;me;001.Tern/t_1.jpg\r\n\r\n old forest ;;002.Jay/j_1.jpg\r\n",
        "\ufeffpath\tenvironment\n001.Tern\\t_1.jpg\twater\n./002.Jay/j_1.jpg\told forest\n",
    ],
)
def test_paths_are_the_records_own(read, text):
    found = read(text)
    assert found == {PATHS[0]: "water", PATHS[2]: "old forest"}
    assert PATHS[1] not in found, "an image without a line is left out"


def test_paths_without_the_folder_of_images(read):
    assert read("path,environment\na.jpg,sky\n", ["a.jpg", "b.jpg"]) == {"a.jpg": "sky"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "csv: the list is empty; expected is a header path,environment"),
        (" \n\n", "the list is empty"),
        ("path,environment\n", "there is no line below the header; expected is a header"),
        ("path,place\n001.Tern/t_1.jpg,sea\n", "csv:1: no column 'environment' in the header"),
        ("001.Tern/t_1.jpg,sea\n001.Tern/t_2.jpg,sea\n", "csv:1: no column 'path' in the header"),
        ("path,path,environment\na,b,c\n", "csv:1: more than one column 'path'"),
        ("path,environment\n001.Tern/t_9.jpg,sea\n", "csv:2: no image '001.Tern/t_9.jpg' in the"),
        (
            "path,environment\n001.Tern/t_1.jpg,sea\nimages/001.Tern/t_1.jpg,sky\n",
            r"csv:3: 'images/001.Tern/t_1.jpg' is listed before, in .*csv:2; keep one",
        ),
        ("path,environment\n001.Tern/t_1.jpg, \n", "csv:2: environment is blank"),
        ("path,environment\n,sea\n", "csv:2: path is blank"),
        (
            "path,environment\n001.Tern/t_1.jpg\n",
            r"csv:2: 1 columns where 2 are expected \(path, env",
        ),
        (b"path,environment\n\xff\xfe,sea\n", "not a text in UTF-8"),
        ('path,environment\n"001.Tern/t_1.jpg,sea\n', "csv:2: unexpected end of data"),
    ],
)
def test_every_fault_is_one_line(read, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"none.csv: No such file .* name a CSV"):
        read_environments(tmp_path / "none.csv", PATHS)


def test_the_list_of_drawn_birds(tmp_path):
    Cub(species=2, train=3, test=2, size=24).write(tmp_path / "cub")
    paths = [record.path for record in read_cub(tmp_path / "cub").records]
    found = read_environments(tmp_path / "cub" / "environments.csv", paths)
    assert list(found) == paths
    lines = (tmp_path / "cub" / "environments.csv").read_text().splitlines()[1:]
    assert [f"{path},{place}" for path, place in found.items()] == lines
