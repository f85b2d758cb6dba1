"""The type checkers that run behind every signature of the package under test.

Jaxtyping checks the files that name shapes. All others are left to beartype alone, since with
jaxtyping every call costs many times as much, and drawing calls small functions by the million.
"""

from importlib.util import find_spec
from pathlib import Path

from beartype import BeartypeConf, beartype
from beartype.claw import beartype_package
from jaxtyping import install_import_hook

# an int may stand for a float, as everywhere else in Python
_CONF = BeartypeConf(is_pep484_tower=True, warning_cls_on_decorator_exception=None)
check = beartype(conf=_CONF)


def check_signatures(package: str) -> None:
    """Check the signatures of all that is imported of a package from now on."""
    beartype_package(package, conf=_CONF)
    install_import_hook(_modules_with_shapes(package), "tests.typecheck.check")


def _modules_with_shapes(package: str) -> list[str]:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    return [
        ".".join((package, *file.relative_to(root).with_suffix("").parts))
        for file in sorted(root.rglob("*.py"))
        if "from jaxtyping import" in file.read_text(encoding="utf-8")
    ]
