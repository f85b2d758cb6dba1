"""The type checkers that run behind every signature of the package under test.

Jaxtyping checks the files that name shapes, and passes over the names that stand in quotes for
what only a type checker imports. All other files are left to beartype alone, since with jaxtyping
every call costs many times as much, and drawing calls small functions by the million.
"""

import functools
import re
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType

import jaxtyping
from beartype import BeartypeConf, beartype

# an int may stand for a float, as everywhere else in Python
_JAXTYPINGS = re.compile(r"^from jaxtyping |^if TYPE_CHECKING", re.MULTILINE)
check = beartype(conf=BeartypeConf(is_pep484_tower=True, violation_type=TypeError))


def check_signatures(package: str) -> None:
    """Check the signatures of all that is imported of a package from now on."""
    shaped = _files_for_jaxtyping(package)
    with_shapes = jaxtyping.jaxtyped

    def jaxtyped(*, typechecker):  # as jaxtyping's hook writes it above every function and class
        def decorate(what):
            if isinstance(what, FunctionType) and what.__code__.co_filename not in shaped:
                return check(what)
            return with_shapes(what, typechecker=typechecker)

        return decorate

    jaxtyping.jaxtyped = functools.wraps(with_shapes)(jaxtyped)
    jaxtyping.install_import_hook(package, "tests.typecheck.check")


def _files_for_jaxtyping(package: str) -> set[str]:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    texts = {file: file.read_text("utf-8") for file in Path(spec.origin).parent.rglob("*.py")}
    return {str(file) for file, text in texts.items() if _JAXTYPINGS.search(text)}
