import subprocess
import sys
from types import ModuleType

import pytest

from elsewhere.cli import main
from elsewhere.cli.verbs import VERBS, Verb
from elsewhere.errors import DataError

HEAVY = {
    "torch",
    "lightning",
    "timm",
    "numpy",
    "torchvision",
    "torchmetrics",
    "PIL",
    "jsonargparse",
}


@pytest.fixture
def verb(monkeypatch):
    """Give the command line a verb `trial` that does what the test says."""

    def install(action):
        module = ModuleType("trial_verb")
        module.run = action
        monkeypatch.setitem(sys.modules, "trial_verb", module)
        monkeypatch.setitem(VERBS, "trial", Verb("trial_verb", "a trial"))

    return install


def raising(error):
    def run(argv):
        raise error

    return run


def test_a_verb_gets_its_words_and_gives_its_status(verb):
    seen = []
    verb(lambda argv: seen.append(argv) or 3)
    assert main(["trial", "a", "--debug", "--b=1"]) == 3
    assert seen == [["a", "--b=1"]]


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_verb(words, capsys):
    assert main(words) == 0
    out = capsys.readouterr().out
    for name, verb in VERBS.items():
        assert name in out
        assert verb.help in out


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("fti", "there is no verb 'fti'; did you mean fit?"),
        ("config", "there is no verb 'config'; did you mean configs?"),
        ("checkdata", "did you mean check-data?"),
        ("zzzzzz", "there is no verb 'zzzzzz'; elsewhere --help lists the verbs"),
        ("--config", "--config stands before the verb"),
    ],
)
def test_a_mistyped_verb(word, message, capsys):
    assert main([word]) == 2
    err = capsys.readouterr().err
    assert err.startswith("elsewhere: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (DataError("x.jpg: broken;\n  remove it"), 2, "elsewhere: x.jpg: broken; remove it\n"),
        (OSError(28, "No space left on device", "a.pt"), 2, "a.pt: No space left on device\n"),
        (KeyboardInterrupt(), 130, "elsewhere: interrupted\n"),
        (ValueError("odd\nthing"), 1, "elsewhere: unexpected ValueError: odd thing\n"),
        (SystemExit(3), 3, ""),
        (SystemExit(None), 0, ""),
        (SystemExit("no\nway"), 2, "elsewhere: no way\n"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_errors_end_in_one_line_and_a_status(verb, error, status, line, capsys):
    verb(raising(error))
    assert main(["trial"]) == status
    err = capsys.readouterr().err
    assert line in err
    assert "Traceback" not in err
    assert ("--debug" in err) == (status == 1)


def test_an_exit_that_follows_an_interrupt_is_an_interrupt(verb, capsys):
    def run(argv):
        try:
            raise KeyboardInterrupt  # noqa: TRY301
        except KeyboardInterrupt:
            sys.exit(1)

    verb(run)
    assert main(["trial"]) == 130
    assert capsys.readouterr().err == "elsewhere: interrupted\n"


@pytest.mark.parametrize("error", [DataError("broken"), ValueError("odd"), KeyboardInterrupt()])
@pytest.mark.parametrize("words", [["--debug", "trial"], ["trial", "--debug"]])
def test_debug_anywhere_shows_the_traceback(verb, error, words, capsys):
    verb(raising(error))
    assert main(words) != 0
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert type(error).__name__ in err


def test_help_and_mistyped_verbs_import_nothing_heavy():
    code = (
        "import sys; from elsewhere.cli import main; "
        "statuses = [main(['--help']), main(['fti']), main(['configs']), main(['--version'])]; "
        "print(statuses, file=sys.stderr); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *_, statuses, modules = done.stderr.splitlines()
    assert statuses == "[0, 2, 0, 0]"
    assert not HEAVY & {name.split(".")[0] for name in modules.split()}


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "elsewhere", "check-data", "--config", "nothing.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("elsewhere: nothing.yaml: there is no such file")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error():
    code = "from elsewhere.cli import main; import sys; sys.exit(main(['--help']))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == b""


def test_an_output_that_cannot_show_every_letter():
    code = "import sys; from elsewhere.cli import verbs, main; from types import ModuleType; "
    code += "fake = ModuleType('fake_verb'); fake.run = lambda words: print('b\\u00e4r') or 0; "
    code += "sys.modules['fake_verb'] = fake; "
    code += "verbs.VERBS['fake'] = verbs.Verb('fake_verb', ''); sys.exit(main(['fake']))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONIOENCODING": "ascii"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "b\\xe4r\n")
