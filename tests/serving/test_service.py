"""What the service says is what the package says; what it cannot do is one line."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFile
from tests.retrieval.individuals import draw
from tests.serving.conftest import png

from elsewhere.data.naming import each_image
from elsewhere.errors import ConfigError
from elsewhere.inference.search import draw_answer
from elsewhere.serving import Limits, service
from elsewhere.serving.asking import Asking
from elsewhere.serving.desk import Desk
from elsewhere.serving.showing import choices


def test_answers_are_those_of_the_package(client, birds, picture):
    asking = client(birds)
    file = {"image": ("a.png", picture)}
    (said,) = birds.predict(picture, top=2)
    answer = asking.post("/predict?top=2", files=file)
    assert answer.status_code == 200
    assert answer.json() == said.as_dict() | {"file": "a.png"}
    (look,) = birds.explain(picture, "robin")
    explained = asking.post("/explain?target=ROBIN", files=file).json()
    assert explained["target"] == {"class": "robin", "probability": look.target.probability}
    assert np.allclose(explained["attention"], look.attention, atol=1e-6)
    assert np.allclose(explained["evidence"], look.evidence, atol=1e-6)
    drawn = asking.post("/explain?form=png", files=file)
    assert drawn.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(drawn.content)).size[0] > 600
    vector = asking.post("/embed", files=file).json()["vector"]
    assert np.allclose(vector, birds.embed(picture).vectors[0], atol=1e-6)


def test_individuals_are_compared_and_no_class_is_named(client, finder, made):
    asking = client(finder)
    a, b = (made / "herd" / f"ind {number}" / "0.png" for number in (0, 1))
    pair = {"a": ("a.png", a.read_bytes()), "b": ("b.png", b.read_bytes())}
    said = asking.post("/compare", files=pair).json()
    match = finder.compare(a, b)
    assert said["similarity"] == pytest.approx(match.similarity, abs=1e-5)
    assert (said["same"], said["said"]) == (match.same, match.said)
    assert asking.post("/compare?form=png", files=pair).content[:4] == b"\x89PNG"
    answers = asking.get("/health").json()["answers"]
    assert answers == ["embed", "compare"]
    nothing = asking.post("/predict", files=pair)
    assert nothing.status_code == 404
    assert "embed, compare" in nothing.json()["error"]


def test_an_image_that_is_labelled_is_known_to_the_next_search(client, herd, made, tmp_path):
    asking = client(herd.model, herd, keep=tmp_path / "kept")
    new = draw(tmp_path / "new.png", 4711).read_bytes()
    again = (made / "herd" / "ind 2" / "0.png").read_bytes()
    file = {"image": ("new.png", new)}
    before = asking.post("/search?top=2", files=file).json()
    assert len(before["images"]) == 2
    assert not before["in_gallery"]
    assert "path" not in before["images"][0]  # where files lie here is nobody's business
    name = before["images"][0]["name"]
    others = asking.post("/search", params={"where": f"label != {name}"}, files=file).json()
    assert name not in {each["name"] for each in others["images"]}
    for where, says in [
        ("colour=red", "no image of the gallery has 'colour'; there are 'label',"),
        ("colour", "is no condition"),
        ("path > /home", "nobody's business"),
    ]:
        unwilling = asking.post("/search", params={"where": ["label !=", where]}, files=file)
        assert unwilling.status_code == 422
        assert says in unwilling.json()["error"]
    changed = asking.post("/label", files=file, data={"name": "nala"}).json()
    assert changed == {"done": "label", "changed": 1, "images": 5}
    assert asking.post("/search", files=file).json()["in_gallery"]
    names = [
        each["name"] for each in asking.post("/search", files={"image": again}).json()["images"]
    ]
    assert "nala" in names
    assert asking.post("/undo").json() == {"done": "undo label", "changed": 1, "images": 4}
    assert not asking.post("/search", files=file).json()["in_gallery"]
    empty = asking.post("/label", files=file, data={"name": " "})
    assert empty.status_code == 422
    kept = [each.read_bytes() for each in (tmp_path / "kept").iterdir()]
    assert new in kept
    assert len(kept) == 2


def test_uploads_of_one_name_are_told_apart(client, herd, tmp_path):
    asking = client(herd.model, herd)
    for number, name in enumerate(("nala", "simba")):
        image = draw(tmp_path / "image.png", 4711 + number).read_bytes()
        changed = asking.post("/label", files={"image": ("image.png", image)}, data={"name": name})
        assert changed.json() == {"done": "label", "changed": 1, "images": 5 + number}


@pytest.fixture
def asking():
    """What the page asks by; its desk is closed in the end."""
    desks = []

    def ask(model, gallery=None):
        desks.append(Desk(model, gallery))
        return Asking(desks[-1])

    yield ask
    for desk in desks:
        desk.close()


def test_a_clients_name_opens_no_file_here(client, herd, made, asking, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    new = draw(tmp_path / "new.png", 4711).read_bytes()
    file = {"image": ("secret.png", new)}
    client(herd.model, herd).post("/label", files=file, data={"name": "nala"})
    draw(tmp_path / "secret.png", 4712)
    page, asked = asking(herd.model, herd), str(made / "herd" / "ind 2" / "0.png")
    shown, images, _ = page.find(asked)
    assert (len(images), shown.count("no file"), shown.count("<img")) == (5, 1, 4)
    (place,) = [row for row, each in enumerate(images, 1) if each.place == "secret.png"]
    assert place not in [value for _, value in choices(images)]
    assert "its file is gone" in page.match(asked, place, images)
    (answer,) = herd.search(asked)
    with_it, without = (
        np.asarray(draw_answer(herd.model.preprocessing, herd.model.retrieval, image, answer))
        for image in drawn_with_and_without(tmp_path / "secret.png", asked)
    )
    assert np.array_equal(with_it, without)


def drawn_with_and_without(file, asked):
    (image,) = each_image(asked)
    yield image
    file.unlink()
    yield image


def test_a_match_is_of_the_image_that_was_shown(herd, made, asking, tmp_path):
    page, asked = asking(herd.model, herd), str(made / "herd" / "ind 2" / "0.png")
    _, images, _ = page.find(asked)
    before = page.match(asked, 4, images)
    assert "<img" in before
    herd.label(draw(tmp_path / "new.png", 4711), "nala")  # somebody else's
    assert page.match(asked, 4, images) == before
    herd.remove(where=["label != nala"])
    assert page.match(asked, 4, images) == before
    for place, shown in ((11, images), (-1, images), (1, ())):
        assert "drop the image again" in page.match(asked, place, shown)


def test_a_dropped_file_that_is_gone_is_one_line(herd, birds, asking, tmp_path, picture):
    gone, there = str(tmp_path / "gone.png"), tmp_path / "there.png"
    there.write_bytes(picture)
    first, second = asking(birds), asking(herd.model, herd)
    for said in (
        first.see(gone, 0)[0],
        first.change(gone, "uniform", [], 1, None),
        first.change(str(there), "other", [], 1, gone),
        second.find(gone)[0],
        second.compare(str(there), gone),
        second.match(gone, 1, second.find(str(there))[1]),
        second.label(gone, "nala"),
    ):
        assert "gone.png: not here any more; drop the image again" in said
    assert first.board(gone).cells == []


@pytest.mark.parametrize(("board", "columns"), [([1.0] * 9, 2), ([1.0], 0)])
def test_a_board_of_another_grid_is_one_line(birds, asking, made, board, columns):
    file = str(made / "pictures" / "0.png")
    said = asking(birds).change(file, "painted", board, columns, None)
    assert "does not fit the image; drop the image again" in said


def test_a_folder_that_cannot_be_made_is_said_at_the_start(birds, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"--keep .*file/sub") as error:
        service(birds, keep=tmp_path / "file" / "sub")
    assert "\n" not in str(error.value)
    desk = service(birds, keep=tmp_path / "kept").state.desk
    desk.close()
    assert list((tmp_path / "kept").iterdir()) == []


def test_without_keep_nothing_is_left_on_disk(client, birds, picture, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert client(birds).post("/predict", files={"image": ("a.png", picture)}).status_code == 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"", 422, "empty"),
        (b"no image at all", 422, "not an image"),
        (png(50, 50)[:60], 422, "broken"),
        (png(200, 200), 413, "200 x 200 pixels"),
        (b"x" * 3001, 413, "3,001 bytes"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", 422, "drawing"),
    ],
)
def test_an_image_that_cannot_be_taken_is_refused_in_one_line(client, birds, content, status, says):
    limits = Limits(file_bytes=3000, pixels=10_000)
    answer = client(birds, limits=limits).post("/predict", files={"image": ("a\n.png", content)})
    assert answer.status_code == status, answer.text
    assert says in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_a_huge_image_is_refused_before_it_is_decoded(client, birds, monkeypatch):
    bomb, decoded = png(8_000, 8_000, "1"), []
    assert len(bomb) < 20_000
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(
        ImageFile.ImageFile, "load", lambda self: decoded.append(self.size) or load(self)
    )
    answer = client(birds).post("/predict", files={"image": ("bomb.png", bomb)})
    assert (answer.status_code, decoded) == (413, [])


def test_kinds_whose_header_does_not_tell_their_size_are_refused(client, birds):
    file = io.BytesIO()
    Image.new("RGB", (32, 32)).save(file, "ICO")
    answer = client(birds).post("/predict", files={"image": ("a.ico", file.getvalue())})
    assert (answer.status_code, "ICO" in answer.json()["error"]) == (415, True)


@pytest.mark.parametrize(
    ("words", "given", "status"),
    [
        ("/predict?top=0", {}, 422),
        ("/predict?top=x", {}, 422),
        ("/predict", {"files": {"other": b"x"}}, 422),
        ("/predict", {"content": b"{", "headers": {"content-type": "application/json"}}, 422),
        ("/predict", {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ("/explain?target=eagle", {}, 422),
        ("/explain?form=gif", {}, 422),
    ],
)
def test_a_request_that_is_wrong_says_where(client, birds, picture, words, given, status):
    given = given or {"files": {"image": ("a.png", picture)}}
    answer = client(birds).post(words, **given)
    assert answer.status_code == status, answer.text
    assert len(answer.json()["error"]) > 8
    assert list(answer.json()) == ["error"]


def test_what_is_counted_can_be_read(client, birds, picture):
    asking = client(birds)
    for _ in range(3):
        asking.post("/predict", files={"image": ("a.png", picture)})
    asking.get("/nowhere")
    text = asking.get("/metrics").text
    assert 'elsewhere_requests_total{path="/predict",status="200"} 3.0' in text
    assert 'elsewhere_requests_total{path="other",status="404"} 1.0' in text
    assert "elsewhere_batch_images_sum 3.0" in text


def test_the_description_names_every_route_and_problem(client, birds):
    told = client(birds).get("/openapi.json").json()
    assert set(told["paths"]) == {
        "/health", "/metrics", "/predict", "/explain", "/embed", "/compare",
    }  # fmt: skip
    answers = told["paths"]["/predict"]["post"]["responses"]
    assert {"200", "401", "413", "415", "422", "503"} <= set(answers)
    assert answers["413"]["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
