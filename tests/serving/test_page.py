"""The page in a real browser: what is dropped, chosen, painted and confirmed, by mouse and keys."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from tests.retrieval.individuals import draw
from tests.serving.running import serving

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, Debian's package"),
]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(made, tmp_path_factory):
    with serving(["app", str(made / "birds")], tmp_path_factory.mktemp("app") / "said") as served:
        yield served.address


@contextmanager
def visit(browser, address, width=1000):
    """A page that asks nobody but its own server, and complains of nothing."""
    wrong, page = [], browser.new_page(viewport={"width": width, "height": 800})
    own = (address.partition("?")[0], "data:", "blob:")
    page.on("request", lambda asked: asked.url.startswith(own) or wrong.append(asked.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type != "error" or wrong.append(said.text))
    page.goto(address)
    yield page
    page.close()
    assert wrong == []


def change(page):
    """The answers under both attentions, once the page says what `said` matches."""
    rows = page.locator("#change tbody tr, #change table > tr")
    return {row.locator("th").inner_text(): row.locator("small").all_inner_texts()
            for row in rows.all()}  # fmt: skip


def test_it_ends_with_a_page_open(made, browser, tmp_path):
    page = browser.new_page()
    with serving(["app", str(made / "birds")], tmp_path / "said") as served:
        with page.expect_response("**/heartbeat/*"):
            page.goto(served.address)
        assert served.end() == 0
        assert served.errors == ""
    page.close()


def test_the_answer_changes_with_where_it_looks(birds, made, address, browser):
    pictures = [made / "pictures" / f"{number}.png" for number in (0, 1)]
    with visit(browser, address) as page:
        page.set_input_files("#image input[type=file]", pictures[0])
        page.wait_for_selector("#change tr >> nth=1")
        (said,) = birds.predict(pictures[0])
        assert page.inner_text("#answer").startswith(
            f"{said.ranked[0].name}, {100 * said.ranked[0].probability:.1f} % – unsure"
        )
        assert page.locator("#maps img").count() == 3
        check_change(page, birds.counterfactual(pictures[0], "uniform"))

        page.get_by_label("Where it did not").click()
        page.wait_for_selector("#change >> text=where it did not")
        check_change(page, birds.counterfactual(pictures[0], "reversed"))

        page.get_by_label("Where it looks in another image").click()
        page.wait_for_selector("#change >> text=drop another image")
        page.set_input_files("#other input[type=file]", pictures[1])
        page.wait_for_selector("#change >> text=where it looks in another image")
        check_change(page, birds.counterfactual(pictures[0], pictures[1]))

        page.get_by_label("Where it looks in another image").focus()
        page.keyboard.press("Tab")  # by keys alone from here on
        page.keyboard.press("Space")
        page.wait_for_selector("#change >> text=paint on the image")
        cells = page.locator("#board button")
        rows = birds.counterfactual(pictures[0]).attention.shape[1]
        assert cells.count() == rows * rows
        cells.first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        page.wait_for_selector("#change >> text=where I paint")
        painted = [
            [float((row, column) == (1, 0)) for column in range(rows)] for row in range(rows)
        ]
        check_change(page, birds.counterfactual(pictures[0], np.array(painted)))
        page.locator("#heads input[type=number]").fill("2")
        page.keyboard.press("Tab")
        page.wait_for_selector("#maps >> text=head 2")


def check_change(page, expected):
    shown = change(page)
    assert shown
    for name, before, after in zip(
        expected.class_names, expected.factual, expected.counterfactual, strict=True
    ):
        assert shown[name] == [f"{100 * before:.1f} %", f"{100 * after:.1f} %"]


def test_a_match_is_shown_and_confirmed_and_taken_back_on_a_phone(herd, made, tmp_path, browser):
    new = draw(tmp_path / "new.png", 4711)
    words = ["app", str(made / "finder"), f"--gallery={herd.place}"]
    words += ["--token=a-token-of-some-length"]
    with (
        serving(words, tmp_path / "said") as served,
        visit(browser, f"{served.address}?token=a-token-of-some-length", 390) as page,
    ):
        page.set_input_files("#who input[type=file]", new)
        page.wait_for_selector("#found li")
        assert page.locator("#found li").count() == 4
        page.locator("#near label").first.click()
        page.wait_for_selector("#match img")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.wait_for_selector("#change tr >> nth=1")
        check_matches(page, herd.counterfactual(new))
        page.get_by_label("Where I paint").click()
        page.locator("#board button").nth(1).click()
        page.wait_for_selector("#change >> text=where I paint")
        painted = np.zeros(herd.counterfactual(new).vectors.attention.shape[1:])
        painted[0, 1] = 1
        check_matches(page, herd.counterfactual(new, painted))
        page.get_by_label("It is").fill("<b>nala</b>")
        page.keyboard.press("Enter")
        page.wait_for_selector("#said >> text=5 images in the gallery")
        assert page.inner_text("#said").startswith("<b>nala</b> it is;")
        assert [entry.label for entry in herd.entries()][-1] == "<b>nala</b>"
        page.get_by_role("button", name="Undo").click()
        page.wait_for_selector("#said >> text=4 images in the gallery")
        assert len(herd) == 4
        dropped = Path(page.get_attribute("#who img", "src").partition("file=")[2])
        assert dropped.read_bytes() == new.read_bytes()
        private = next(each for each in dropped.parents if each.name.startswith("elsewhere-"))
        assert private.stat().st_mode & 0o777 == 0o700
        page.close()
        assert (served.end(), served.errors) == (0, "")
    assert not private.exists()


def check_matches(page, expected):
    first = expected.before.individuals[0]
    shown = change(page)
    assert next(iter(shown)) == first.name
    for number, answer in enumerate((expected.before, expected.after)):
        for each in answer.individuals:
            assert shown[each.name][number] == f"{each.similarity:.3f}"
    own = f"two vectors are {expected.vectors.similarity:.3f} alike"
    assert own in page.inner_text("#change .said")


def test_what_cannot_be_taken_is_said_on_the_page(made, tmp_path, address, browser):
    broken = tmp_path / "broken.png"
    broken.write_bytes((made / "pictures" / "0.png").read_bytes()[:300])
    with visit(browser, address) as page:
        page.set_input_files("#image input[type=file]", broken)
        page.wait_for_selector("#answer .problem")
        assert "broken.png" in page.inner_text("#answer")
