"""How much work a pickle asks for, counted before any of it is done.

A pickle of 500 bytes may hold a pair of pairs of pairs …: sixty of them are one key whose hash
takes longer than the world lasts. So a program is read step by step first, with sizes in place of
objects: what is held twice counts twice. Nor may thousands of keys be made to have one hash, by
which each would be compared with all before it.
"""

import pickle
import pickletools
from io import BufferedIOBase
from mmap import mmap
from typing import Any, cast

STEPS = 1_000_000
"""Steps that a program may have; a pickled ResNet-101 has 40,000."""
_SHARING = 50
"""How often each step may count: networks that hold a part twice, dictionaries in dictionaries."""
_BASE = 100_000
_COMPARISONS = 20_000_000
FAR = 2**60
"""From here on integers are easily found that have the hash of another one."""
_NOTES = ("PUT", "BINPUT", "LONG_BINPUT")
_RECALLS = ("GET", "BINGET", "LONG_BINGET")
_ADDING = ("APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD")
_HASHED = ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "FROZENSET", "REDUCE", "PERSID", "BINPERSID")
_MARK = -1
Readable = BufferedIOBase | mmap


class _Chosen(int):
    """The size of something whose hash may have been chosen, such as a tuple's."""


def refuse_costly(file: Readable) -> None:
    """Read a program to its end and see that it asks for no more than its own length explains.

    The file is at the program's start, and is left there. UnpicklingError where it asks for more.
    """
    start = file.tell()
    file.seek(0, 2)
    end = file.tell()
    file.seek(start)
    stack: list[int] = []
    notes: dict[int, int] = {}
    work = chosen = comparisons = 0
    for number, (step, argument, place) in enumerate(pickletools.genops(cast(Any, file))):
        if number > STEPS:
            raise pickle.UnpicklingError(f"has more than {STEPS:,} steps")
        # the list of noted objects grows to twice the greatest number
        if step.name in _NOTES and cast(int, argument) > number:
            raise pickle.UnpicklingError("notes more than it holds")
        if step.name == "FRAME" and cast(int, argument) > end - (place or 0):
            raise pickle.UnpicklingError("announces more than it holds")
        for key in _keys(step, stack):
            chosen += 1
            comparisons += chosen * key
        work += _follow(step, argument, stack, notes)
        if work > _SHARING * number + _BASE or comparisons > _COMPARISONS:
            raise pickle.UnpicklingError("unfolds to far more than it holds")
    file.seek(start)


def _follow(
    step: pickletools.OpcodeInfo, argument: Any, stack: list[int], notes: dict[int, int]
) -> int:
    """Do a step with sizes in place of objects; returns how many objects it takes in hand."""
    name = step.name
    if name in _NOTES:
        notes[argument] = stack[-1]
    elif name == "MEMOIZE":
        notes[len(notes)] = stack[-1]
    elif name in _RECALLS:
        stack.append(notes[argument])
    elif name == "DUP":
        stack.append(stack[-1])
    elif name == "MARK":
        stack.append(_MARK)
    elif name == "POP":
        stack.pop()
    else:
        work = _put_together(step, stack)
        if name in _HASHED or (type(argument) is int and abs(argument) >= FAR):
            stack[-1] = _Chosen(stack[-1])
        return work
    return 1


def _keys(step: pickletools.OpcodeInfo, stack: list[int]) -> list[_Chosen]:
    """The keys that a step is about to put into a mapping or set, where their hash is chosen."""
    if step.name == "SETITEM":
        keys = stack[-2:-1]
    elif step.name in ("SETITEMS", "DICT", "ADDITEMS", "FROZENSET"):
        mark = next((n for n in reversed(range(len(stack))) if stack[n] == _MARK), len(stack))
        keys = stack[mark + 1 :: 2 if step.name in ("SETITEMS", "DICT") else 1]
    else:
        return []
    return [key for key in keys if isinstance(key, _Chosen)]


def _put_together(step: pickletools.OpcodeInfo, stack: list[int]) -> int:
    parts: list[int] = []
    wanted = [each for each in step.stack_before if each is not pickletools.stackslice]
    if pickletools.markobject in wanted:
        while (part := stack.pop()) != _MARK:
            parts.append(part)
        wanted = wanted[: wanted.index(pickletools.markobject)]
    parts += [stack.pop() for _ in wanted]
    if _MARK in parts:
        raise pickle.UnpicklingError("is no program of pickle's")
    size = 1 + sum(parts)
    stack.extend([size] * len(step.stack_after))
    # a list that grows is not gone through once more for what is added
    return size - parts[-1] if step.name in _ADDING else size
