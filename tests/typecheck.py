"""The type checkers that run behind every signature of the package under test.

Jaxtyping checks the functions that name shapes, in files that import it, and passes over the names
in quotes for what only a type checker imports. All others are left to beartype alone, since with
jaxtyping every call costs many times as much, and drawing calls small functions by the million. A
function inside another is made anew by each call of that: it is checked as it is made first, since
making a check costs a thousand times as much as a call.

Byte code of checked modules has names of its own. Jaxtyping uses them for whatever a checked module
imports, too, and every process would compile torch anew; here the package alone has them.
"""

import functools
import re
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Literal, get_args, get_origin
from unittest.mock import patch

import jaxtyping
from beartype import BeartypeConf, beartype

# an int may stand for a float, as everywhere else in Python
_JAXTYPINGS = re.compile(r"^from jaxtyping |^if TYPE_CHECKING", re.MULTILINE)
check = beartype(conf=BeartypeConf(is_pep484_tower=True, violation_type=TypeError))


def check_signatures(package: str) -> None:
    """Check the signatures of all that is imported of a package from now on."""
    shaped = _files_for_jaxtyping(package)
    with_shapes = jaxtyping.jaxtyped
    checked_once: set[CodeType] = set()

    def jaxtyped(*, typechecker):  # as jaxtyping's hook writes it above every function and class
        def decorate(what):
            if isinstance(what, FunctionType):
                if what.__code__ in checked_once:
                    return what
                if "<locals>" in what.__qualname__:
                    checked_once.add(what.__code__)
                annotations = what.__annotations__.values()
                if what.__code__.co_filename not in shaped or not any(map(_has_shape, annotations)):
                    return check(what)
            return with_shapes(what, typechecker=typechecker)

        return decorate

    jaxtyping.jaxtyped = functools.wraps(with_shapes)(jaxtyped)
    _name_own_byte_code_alone(jaxtyping._import_hook)
    jaxtyping.install_import_hook(package, "tests.typecheck.check")


def _has_shape(annotation: object) -> bool:
    """Whether an annotation names a shape, or stands in quotes, where it may."""
    if isinstance(annotation, type) and issubclass(annotation, jaxtyping.AbstractArray):
        return True
    if get_origin(annotation) is Literal:  # whose words are values
        return False
    return isinstance(annotation, str) or any(map(_has_shape, get_args(annotation)))


def _files_for_jaxtyping(package: str) -> set[str]:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    texts = {file: file.read_text("utf-8") for file in Path(spec.origin).parent.rglob("*.py")}
    return {str(file) for file, text in texts.items() if _JAXTYPINGS.search(text)}


def _name_own_byte_code_alone(hook: ModuleType) -> None:
    def get_code(self, fullname: str) -> CodeType | None:
        names = functools.partial(hook._optimized_cache_from_source, self._typechecker.get_hash())
        with patch("importlib._bootstrap_external.cache_from_source", names):
            return SourceFileLoader.get_code(self, fullname)

    hook._JaxtypingLoader.get_code = get_code
    hook._JaxtypingLoader.exec_module = SourceFileLoader.exec_module
