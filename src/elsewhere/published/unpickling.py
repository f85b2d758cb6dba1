"""Reading a pickle without running anything in it.

A pickle is a program that names functions and calls them. Here every name stands for something of
this module: five names for what builds tensors' descriptions, all others for inert stubs that take
whatever they are given and do nothing. No module is ever imported, and a name that could only do
harm ends the reading.
"""

import pickle
import pickletools
import sys
from collections.abc import Callable, Iterable
from io import BufferedIOBase
from typing import Any, NamedTuple, NoReturn, cast

import torch

from elsewhere.errors import CheckpointError


class Storage(NamedTuple):
    """Numbers that lie elsewhere in the file.

    Attributes:
        key: their name in the file.
        dtype: of one number.
        length: how many numbers there are under that name.
        start: the first that this storage sees.
        visible: how many it sees.
    """

    key: str
    dtype: torch.dtype
    length: int
    start: int
    visible: int


class Stored(NamedTuple):
    """A tensor that is described, not made yet."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class StorageKind(NamedTuple):
    """What a class of torch's storages says: the type of its numbers."""

    dtype: torch.dtype


class _Sealed(type):
    """Classes that a pickle can name, but not change."""

    def __setattr__(cls, name: str, value: Any) -> NoReturn:
        raise TypeError(f"a pickle may not change {cls.__name__}")


class Stub(metaclass=_Sealed):
    """An object of a class that is not imported; `state` is all that the file says of it."""

    __slots__ = ("state",)
    origin = ""

    def __new__(cls, *given: Any, **named: Any) -> "Stub":  # noqa: ARG004
        """Make an object whatever it is made from."""
        stub = super().__new__(cls)
        stub.state = None
        return stub

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        """Take an item, as a pickled mapping does, and forget it."""

    def append(self, item: Any) -> None:
        """Take an item, as a pickled list does, and forget it."""

    def extend(self, items: Iterable[Any]) -> None:
        """Take items, as a pickled list does, and forget them."""

    def add(self, item: Any) -> None:
        """Take an item, as a pickled set does, and forget it."""


class Named(dict[Any, Any], metaclass=_Sealed):
    """What an OrderedDict of the file becomes."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        """Forget attributes, such as the versions that a state_dict carries."""


class _Known:
    """A function of torch's that is answered here."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[..., Any]) -> None:
        self._answer = answer

    def __call__(self, *given: Any) -> Any:
        return self._answer(*given)

    def __setstate__(self, state: Any) -> NoReturn:
        raise TypeError("a pickle may not change a function")


class InertUnpickler(pickle.Unpickler):
    """An unpickler that imports nothing.

    Attributes:
        storages: by key, what the pickle says lies elsewhere in the file.
        inert: names that stand for nothing here.
    """

    def __init__(self, file: BufferedIOBase) -> None:
        super().__init__(file, encoding="latin1")
        self._file = file
        self.storages: dict[str, Storage] = {}
        self.inert: dict[tuple[str, str], type[Stub]] = {}

    def load(self) -> Any:
        """Run the program up to its end, once its wish for memory has been looked at."""
        start = self._file.tell()
        steps: Any = pickletools.genops(cast(Any, self._file))
        for number, (step, argument, _) in enumerate(steps):
            if step.name in _NOTES and argument > number:
                raise pickle.UnpicklingError("notes more than it holds")
        self._file.seek(start)
        return super().load()

    def find_class(self, module: str, name: str, /) -> Any:
        """Return what a name stands for.

        Raises:
            CheckpointError: for a name that no file of weights needs.
        """
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if module in ("torch", "torch.cuda", "torch.storage") and name in _STORAGES:
            return StorageKind(_STORAGES[name])
        if _is_suspect(module, name):
            raise CheckpointError(
                f"asks for {printable(f'{module}.{name}')}, which no file of weights needs; it may "
                "be an attack: nothing of it was run, and it is not read"
            )
        if (module, name) not in self.inert:
            origin = f"{module}.{name}"
            members = {"__slots__": (), "origin": origin}
            self.inert[module, name] = cast(type[Stub], _Sealed(name, (Stub,), members))
        return self.inert[module, name]

    def persistent_load(self, pid: Any, /) -> Any:
        """Return the storage, or the class with its source, that the pickle points to."""
        what, kind, *rest = pid
        if what == "module":  # a class and its source, which PyTorch kept to warn of changes
            return kind
        key, _, length, *view = rest
        if what != "storage" or not isinstance(kind, StorageKind) or not isinstance(key, str):
            raise pickle.UnpicklingError("points to something other than numbers")
        length = _whole(length)
        whole = Storage(key, kind.dtype, length, 0, length)
        known = self.storages.setdefault(key, whole)
        if known != whole:
            raise pickle.UnpicklingError(f"describes storage {key!r} in two ways")
        if not view or view[0] is None:
            return whole
        start, count = (_whole(number) for number in view[0][1:])
        if start + count > length:
            raise pickle.UnpicklingError(f"looks beyond the end of storage {key!r}")
        return whole._replace(start=start, visible=count)


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Stored:
    if not isinstance(storage, Storage):
        raise pickle.UnpicklingError("a tensor has no numbers")
    sizes, strides = (tuple(_whole(number) for number in numbers) for numbers in (size, stride))
    offset = _whole(offset)
    count, last = 1, offset
    for length, step in zip(sizes, strides, strict=True):
        count *= length
        last += (length - 1) * step
    if count and (last >= storage.visible or count > storage.visible):
        raise pickle.UnpicklingError(f"a tensor of {sizes} is larger than its storage")
    return Stored(storage, offset, sizes, strides)


def _parameter(tensor: Any, *_: Any) -> Stored:
    if not isinstance(tensor, Stored):
        raise pickle.UnpicklingError("a parameter is no tensor")
    return tensor


def _whole(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise pickle.UnpicklingError(f"a size is {type(number).__name__}, not a whole number")
    return number


def printable(name: str) -> str:
    """The name, cut where it is long, and without what a terminal would obey."""
    name = name if len(name) <= 120 else f"{name[:117]}..."
    return name if name.isprintable() else repr(name)


def _is_suspect(module: str, name: str) -> bool:
    """Whether a name is of the standard library, which has all that attacks are made of."""
    root = module.partition(".")[0]
    standard = root in sys.stdlib_module_names or root in ("__builtin__", "copy_reg", "commands")
    return standard and name not in _HARMLESS.get(module, ())


_BUILTINS = [
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "getattr",
    "int",
    "list",
    "long",
    "object",
    "range",
    "set",
    "slice",
    "str",
    "tuple",
    "unicode",
    "xrange",
]
_HARMLESS: dict[str, list[str]] = {
    "__builtin__": _BUILTINS,
    "builtins": _BUILTINS,
    "_codecs": ["encode"],
    "argparse": ["Namespace"],
    "collections": ["Counter", "OrderedDict", "defaultdict", "deque"],
    "copy_reg": ["_reconstructor"],
    "copyreg": ["_reconstructor"],
    "datetime": ["date", "datetime", "timedelta", "timezone"],
    "functools": ["partial"],
    "pathlib": ["Path", "PosixPath", "PurePath", "PurePosixPath", "WindowsPath"],
    "types": ["SimpleNamespace"],
}
"""Names of the standard library that models are seen to hold; they are stubs all the same."""

_KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): Named,
    ("torch", "Size"): _Known(tuple),
    ("torch._utils", "_rebuild_tensor"): _Known(_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): _Known(_tensor),
    ("torch._utils", "_rebuild_parameter"): _Known(_parameter),
    ("torch._utils", "_rebuild_parameter_with_state"): _Known(_parameter),
}

_NOTES = ("PUT", "BINPUT", "LONG_BINPUT")
"""Steps that keep an object under a number; the list of them grows to twice the number."""

_STORAGES = {
    "BFloat16Storage": torch.bfloat16,
    "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8,
    "CharStorage": torch.int8,
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "IntStorage": torch.int32,
    "LongStorage": torch.int64,
    "ShortStorage": torch.int16,
}
