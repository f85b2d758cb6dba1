"""Reading a pickle without running anything in it.

A pickle is a program that names functions and calls them. Here every name stands for something of
this module: a few for what builds tensors, all others for inert stubs that take whatever they are
given and do nothing. No module is ever imported, and a name that could only do harm ends the
reading. PyTorch's own `weights_only` reader is not used, since it cannot read a whole network of
the older format, which is what is published for re-identification (docs/decisions/0012).
"""

import math
import pickle
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, cast

import torch
from torch import Tensor

from elsewhere.errors import CheckpointError, printable
from elsewhere.files.cost import FAR, Readable, refuse_costly

_DIMENSIONS = 64
_LARGEST = 2**48
_NAMES = 1000
"""Names of classes and functions that a file may hold; published ones have up to 60."""


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

    def append(self, *given: Any) -> None:
        """Take items, as a pickled list, set or mapping does, and forget them."""

    extend = add = __setitem__ = append


class Named(dict[Any, Any], metaclass=_Sealed):
    """What an OrderedDict of the file becomes."""

    __slots__ = ()

    def __init__(self, pairs: Any = ()) -> None:
        """Take pairs in a list, as Python 2 wrote them; anything else may unfold to far more."""
        if not isinstance(pairs, list | tuple):
            raise pickle.UnpicklingError("a mapping is made from something other than pairs")
        for pair in pairs:
            if not isinstance(pair, list | tuple) or len(pair) != 2 or not _is_plain(pair[0]):
                raise pickle.UnpicklingError("a mapping has a key that no file of weights needs")
            self[pair[0]] = pair[1]

    def __setstate__(self, state: Any) -> None:
        """Forget attributes, such as the versions that a state_dict carries."""


class _Numbers(Tensor):
    """A tensor that a pickle can hold, but neither change nor reckon with.

    What is computed from it is a plain tensor.
    """

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    def _refuse(self, *_: Any) -> NoReturn:
        raise pickle.UnpicklingError("changes a tensor, which no file of weights does")

    __setstate__ = __setitem__ = add = append = extend = _refuse  # type: ignore[assignment]


class _Known(NamedTuple):
    """A function of torch's that is answered here; a pickle cannot change it."""

    answer: Callable[..., Any]

    def __call__(self, *given: Any) -> Any:
        return self.answer(*given)


class InertUnpickler(pickle.Unpickler):
    """An unpickler that imports nothing.

    `storages` is room, by key, for the numbers that lie elsewhere in the file; `inert` are by their
    names what stands for nothing here.
    """

    def __init__(self, file: Readable, room: int = 0) -> None:
        """Read from a file, whose tensors take no more than `room` bytes."""
        super().__init__(cast(Any, file), encoding="latin1")
        self._file, self._room = file, room
        self.storages: dict[str, Tensor] = {}
        self.inert: dict[str, type[Stub]] = {}

    def load(self) -> Any:
        """Run the program up to its end, once what it asks for has been looked at."""
        refuse_costly(self._file)
        return super().load()

    def find_class(self, module: str, name: str, /) -> Any:
        """Return what a name stands for, if a file of weights needs it."""
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if module in ("torch", "torch.cuda", "torch.storage") and name in _STORAGES:
            return _STORAGES[name]
        origin = f"{module}.{name}"
        if _is_suspect(module, name):
            raise CheckpointError(
                f"asks for {printable(origin)}, which no file of weights needs; it may be an "
                "attack: nothing of it was run, and it is not read"
            )
        if origin not in self.inert:
            if len(self.inert) == _NAMES:
                raise pickle.UnpicklingError(f"names more than {_NAMES:,} classes and functions")
            members = {"__slots__": (), "origin": origin}
            self.inert[origin] = cast(type[Stub], _Sealed(name, (Stub,), members))
        return self.inert[origin]

    def persistent_load(self, pid: Any, /) -> Any:
        """Return the storage, or the class with its source, that the pickle points to."""
        if not isinstance(pid, tuple):
            raise pickle.UnpicklingError("points to something other than numbers")
        what, kind, *rest = pid
        if what == "module":  # a class and its source, which PyTorch kept to warn of changes
            return kind
        key, _, length, *view = rest
        if what != "storage" or not isinstance(kind, torch.dtype) or not isinstance(key, str):
            raise pickle.UnpicklingError("points to something other than numbers")
        length = _whole(length)
        if key not in self.storages:
            self._room -= length * kind.itemsize
            if self._room < 0:
                raise pickle.UnpicklingError("it describes more numbers than the file can hold")
            self.storages[key] = _numbers(torch.empty(length, dtype=kind))
        storage = self.storages[key]
        if (len(storage), storage.dtype) != (length, kind):
            raise pickle.UnpicklingError(f"describes storage {key!r} in two ways")
        if not view or view[0] is None:
            return storage
        start, count = (_whole(number) for number in view[0][1:])
        if start + count > length:
            raise pickle.UnpicklingError(f"looks beyond the end of storage {key!r}")
        return _numbers(storage[start : start + count])


def rebuilt(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Tensor:
    """A tensor as a view of a storage; UnpicklingError where it does not lie within that."""
    if not isinstance(storage, Tensor):
        raise pickle.UnpicklingError("a tensor has no numbers")
    sizes, strides = _sizes(size), _sizes(stride)
    count, last = 1, _whole(offset)
    for length, step in zip(sizes, strides, strict=True):
        count *= length
        last += (length - 1) * step
    if math.prod(filter(None, sizes)) >= _LARGEST:  # even one of no numbers at all
        raise pickle.UnpicklingError(f"a tensor of {tuple(sizes)}")
    if count and max(last + 1, count) > storage.numel():
        raise pickle.UnpicklingError(f"a tensor of {tuple(sizes)} is larger than its storage")
    return _numbers(storage.as_strided(sizes, strides, storage.storage_offset() + offset))


def _numbers(tensor: Tensor) -> Tensor:
    return tensor.as_subclass(_Numbers)


def _sizes(numbers: Any) -> tuple[int, ...]:
    """As many sizes as a tensor has dimensions; what is looked at is no longer than that."""
    if not isinstance(numbers, list | tuple):
        raise pickle.UnpicklingError(f"sizes are {type(numbers).__name__}, not whole numbers")
    if len(numbers) > _DIMENSIONS:
        raise pickle.UnpicklingError(f"a tensor of {len(numbers)} dimensions")
    return tuple(_whole(number) for number in numbers)


def _parameter(tensor: Any, *_: Any) -> Tensor:
    if not isinstance(tensor, Tensor):
        raise pickle.UnpicklingError("a parameter is no tensor")
    return tensor


def _whole(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise pickle.UnpicklingError(f"a size is {type(number).__name__}, not a whole number")
    if number >= _LARGEST:
        raise pickle.UnpicklingError("a size that no tensor has")
    return number


def _is_plain(key: Any) -> bool:
    """Whether a key is such that many of them cannot be made to have one hash."""
    return isinstance(key, str) or (isinstance(key, int) and abs(key) < FAR)


def _is_suspect(module: str, name: str) -> bool:
    """Whether a name is of the standard library, which has all that attacks are made of."""
    root = module.partition(".")[0]
    standard = root in sys.stdlib_module_names or root in ("__builtin__", "copy_reg", "commands")
    return standard and name not in _HARMLESS.get(module, ())


_BUILTINS = (
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "getattr", "int", "list",
    "long", "object", "range", "set", "slice", "str", "tuple", "unicode", "xrange",
)  # fmt: skip
_HARMLESS: dict[str, tuple[str, ...]] = {
    "__builtin__": _BUILTINS,
    "builtins": _BUILTINS,
    "_codecs": ("encode",),
    "argparse": ("Namespace",),
    "collections": ("Counter", "OrderedDict", "defaultdict", "deque"),
    "copy_reg": ("_reconstructor",),
    "copyreg": ("_reconstructor",),
    "datetime": ("date", "datetime", "timedelta", "timezone"),
    "functools": ("partial",),
    "pathlib": ("Path", "PosixPath", "PurePath", "PurePosixPath", "WindowsPath"),
    "types": ("SimpleNamespace",),
}
"""Names of the standard library that models are seen to hold; they are stubs all the same."""

_KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): Named,
    ("torch", "Size"): _Known(_sizes),
    ("torch._utils", "_rebuild_tensor"): _Known(rebuilt),
    ("torch._utils", "_rebuild_tensor_v2"): _Known(rebuilt),
    ("torch._utils", "_rebuild_parameter"): _Known(_parameter),
    ("torch._utils", "_rebuild_parameter_with_state"): _Known(_parameter),
}
_STORAGES = {
    "BFloat16Storage": torch.bfloat16, "BoolStorage": torch.bool, "ByteStorage": torch.uint8,
    "CharStorage": torch.int8, "DoubleStorage": torch.float64, "FloatStorage": torch.float32,
    "HalfStorage": torch.float16, "IntStorage": torch.int32, "LongStorage": torch.int64,
    "ShortStorage": torch.int16,
}  # fmt: skip
