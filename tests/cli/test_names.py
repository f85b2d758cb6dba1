"""Names of strangers' files and classes are shown; no terminal or spreadsheet obeys them."""

import csv
import io
import json
import re

import pytest
from tests.cli.trained import draw_pictures
from tests.cli.trained import write_bundle as write_classifier
from tests.retrieval.individuals import CALIBRATED, draw, write_bundle

from elsewhere.cli import main
from elsewhere.errors import one_line, plain, plain_json
from elsewhere.reports.spreadsheet import csv_text, said_in
from elsewhere.terminal import Terminal

EVIL = "=1+1\x1b[2J\x1b]0;owned\x07\x9b31m\u202egpj.[red]exe"
KIND = "=1+1\u202egpj.[red]exe"
"""A class may be called so; what a terminal obeys besides is refused in its name."""
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, picture in enumerate(draw_pictures(tmp_path / "set" / KIND, 2)):
        picture.rename(picture.with_name(f"{number}{EVIL}.png"))
    draw_pictures(tmp_path / "set" / "@SUM(A1)", 2)
    draw(tmp_path / "evil" / EVIL / "0.png", 0)
    for kind in (KIND, "@SUM(A1)"):
        for number in range(8):
            draw(tmp_path / "set" / kind / f"{number}.png", number)
    (tmp_path / "set" / KIND / f"broken{EVIL}.png").write_bytes(b"no image")
    write_classifier(tmp_path / "bundle", classes=("=cmd|' /C calc'!A0", EVIL, "-x"))
    write_bundle(tmp_path / "finder", CALIBRATED)
    return tmp_path


def said(capsys, *words):
    status = main(list(words))
    captured = capsys.readouterr()
    assert not OBEYED.search(captured.out + captured.err), words
    return status, captured.out, captured.err


def test_no_verb_passes_on_what_a_terminal_would_obey(folder, capsys):
    images = [str(folder / "set")]
    seen = [
        said(capsys, "predict", "bundle", *images, "--csv=a.csv", "--json=a.json"),
        said(capsys, "predict", "bundle", *images),
        said(capsys, "explain", "bundle", *images, "--out=out"),
        said(capsys, "embed", "finder", *images, "--out=store"),
        said(capsys, "search", "finder", "store", *images, "--csv=s.csv", "--out=found"),
        said(capsys, "search", "finder", "store", *images, "--json"),
        said(capsys, "compare", "finder", *images, *images),
        said(capsys, "compare", "finder", *images, *images, "--json"),
        said(capsys, "check-data", *images, "--all"),
        said(capsys, "check-data", "evil"),
        said(capsys, "embed", "finder", "evil", "--out=other"),
        said(capsys, "predict", "bundle", EVIL),
        said(capsys, "predict", EVIL, *images),
        said(capsys, "fit", "--config", EVIL),
        said(capsys, "fit", "--config", "folder", f"--{EVIL}=1"),
        said(capsys, "make-data", "birds", EVIL, "--train=1", "--val=1", "--test=1", "--size=16"),
        said(capsys, EVIL),
    ]
    assert {status for status, _, _ in seen} == {0, 2}
    for number in (1, 4, 8):
        assert "\\x1b[2J" in seen[number][1]
    for _, out, _ in (seen[5], seen[7]):
        json.loads(out)
    for file in ("a.csv", "s.csv", "found/results.csv"):
        with (folder / file).open(encoding="utf-8") as opened:
            cells = [cell for row in csv.reader(opened) for cell in row]
        assert any(cell.startswith("'=") for cell in cells) or file != "a.csv"
        assert not [c for c in cells if c[:1] in "=+@\t\r" and c]
        assert not [c for c in cells if c[:1] == "-" and not re.fullmatch(r"-\d+(\.\d+)?", c)]
        assert not OBEYED.search("".join(cells))
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert not OBEYED.search(page)
    assert "\\x1b[2J" in page


def test_a_recipe_trained_on_such_classes_reports_them_harmless(folder, capsys):
    (folder / "set" / KIND / f"broken{EVIL}.png").unlink()
    words = ["--config", "folder", "--data.path=set", "--data.workers=0",
             "--network.backbone.class_path=elsewhere.SmallResNet", "--data.size=32",
             "--data.resize=36", "--data.batch_size=4",
             "--trainer.max_epochs=1", "--trainer.accelerator=cpu"]  # fmt: skip
    status, _, err = said(capsys, "fit", *words)
    assert status == 0, err
    run = folder / "runs" / "folder" / "seed-0"
    assert not OBEYED.search((run / "report.html").read_text(encoding="utf-8"))
    for table in run.glob("images-*.csv"):
        with table.open(encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        assert all(row["class"][:2] in ("'=", "'@") for row in rows)
        assert {said_in(row["class"]) for row in rows} <= {plain(KIND), "@SUM(A1)"}


def test_a_terminal_that_shows_colours_shows_no_others():
    screen = io.StringIO()
    console = Terminal(file=screen, force_terminal=True, width=200, color_system="truecolor")
    console.print(f"[bold]{EVIL.replace('[', chr(92) + '[')}[/bold]", EVIL.replace("[", "("))
    shown = screen.getvalue()
    assert shown.startswith("\x1b[1m")
    assert "\x1b[2J" not in shown
    assert "\x1b]0" not in shown


@pytest.mark.parametrize("name", ["=1", "+1+1", "-x", "@a", "\tx", "'=1", "''+", "a=1", "", "'tis"])
def test_what_a_cell_stood_for_can_be_read_again(name):
    text = csv_text([[name, -1.5, "-1.5", None]])
    cells = next(csv.reader(io.StringIO(text)))
    assert said_in(cells[0]) == name
    assert cells[1:] == ["-1.5", "-1.5", ""]
    assert cells[0][:1] not in ("=", "+", "-", "@", "\t") or cells[0] == ""


def test_one_line_is_one_line():
    assert one_line("a\n\x1b[31mb\r\tc\u2028d") == "a \\x1b[31mb c d"
    assert json.loads(plain_json(json.dumps({"a": EVIL}, ensure_ascii=False))) == {"a": EVIL}
