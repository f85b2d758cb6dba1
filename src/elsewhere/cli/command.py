"""From the words after `elsewhere` to a verb, and from any error to one line and a status.

| status | meaning                                                     |
|--------|-------------------------------------------------------------|
| 0      | done                                                        |
| 1      | something unexpected: a fault of the program                |
| 2      | something the user can put right                            |
| 130    | interrupted (Ctrl-C)                                        |
| 141    | whoever read the output went away (as other commands do it) |
| 143    | terminated, as schedulers do it                             |
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from elsewhere.cli.ending import ending_on_sigterm, telling_how_to_go_on
from elsewhere.cli.verbs import VERBS, load
from elsewhere.errors import ConfigError, ElsewhereError, Interrupted, one_line, plain, printable

USER_ERROR = 2
INTERRUPTED = 130
NO_READER = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status.

    Args:
        argv: the words after `elsewhere`; the process's own if not given. `--debug` may stand
            anywhere and shows the traceback of an error.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    _make_stdout_patient()
    try:
        with ending_on_sigterm(), telling_how_to_go_on(words):
            status = _dispatch(words)
        sys.stdout.flush()
    except SystemExit as error:
        return _status_of_exit(error)
    except BrokenPipeError:
        _silence_stdout()
        return NO_READER
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            import traceback

            print(plain("".join(traceback.format_exception(error))), end="", file=sys.stderr)
        line, status = describe_error(error)
        print(f"elsewhere: {line}", file=sys.stderr)
        if status == 1 and not debug:
            print("elsewhere: run again with --debug for the traceback", file=sys.stderr)
    return status


def describe_error(error: BaseException) -> tuple[str, int]:
    """One readable line for an error, and the exit status it leads to."""
    if isinstance(error, Interrupted):
        return one_line(str(error)), 128 + error.signal
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", INTERRUPTED
    if isinstance(error, ElsewhereError | argparse.ArgumentError):
        return one_line(str(error)), USER_ERROR
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return one_line(f"{where}{error.strerror}"), USER_ERROR
    if isinstance(error, MemoryError) or "allocate" in str(error):
        return one_line(f"not enough memory ({str(error)[:200]}): ask for less at once"), USER_ERROR
    if isinstance(error, ValueError) and "null byte" in str(error):
        return "a name of a file holds the character NUL, which no system takes", USER_ERROR
    return one_line(f"unexpected {type(error).__name__}: {error}"), 1


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0
    if words[0] in {"-V", "--version"}:
        from importlib.metadata import version

        print(f"elsewhere {version('elsewhere')}")
        return 0
    verb, *rest = words
    nul = next((word for word in words if "\0" in word), None)
    if nul is not None:
        raise ConfigError(f"{printable(nul)} holds the character NUL, which no name has")
    if verb not in VERBS:
        raise ConfigError(_unknown_verb(verb))
    return load(verb)(rest)


def _unknown_verb(word: str) -> str:
    if word.startswith("-"):
        return f"{word} stands before the verb: write elsewhere VERB {word} (elsewhere --help)"
    near = get_close_matches(word, VERBS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "elsewhere --help lists the verbs"
    return f"there is no verb {word!r}; {hint}"


def _overview() -> str:
    width = max(map(len, VERBS))
    lines = [f"  {name:<{width}}  {verb.help}" for name, verb in VERBS.items()]
    return "\n".join(
        [
            "usage: elsewhere VERB [options]",
            "",
            "Counterfactual attention learning: would the prediction change had the network",
            "looked elsewhere?",
            "",
            "verbs:",
            *lines,
            "",
            "  elsewhere VERB --help   a verb's options, with their meaning",
            "  elsewhere --version     the version",
            "  --debug                 anywhere: show the traceback of an error",
        ]
    )


def _status_of_exit(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(f"elsewhere: {one_line(str(error.code))}", file=sys.stderr)
    return USER_ERROR


def _make_stdout_patient() -> None:
    """Neither a closed output nor a name that it cannot show ends the work."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Keep the interpreter from complaining again when it flushes at exit."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
    except (OSError, ValueError):
        return
