"""Sums of products that do not round, so that they are the same in any order and on any device.

A matrix product adds up rounding errors in an order of its own, so two equal rows may come out
different. Here every number is cut into a few whole numbers of so few bits that their products
add up in float64 without any rounding.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor


class Cut(NamedTuple):
    """Rows cut into whole numbers: their sum, each by the worth of its place, is the row.

    Attributes:
        parts: whole numbers, most significant part first.
        scale: a power of two for each row, by which it was multiplied before.
        bits: of each whole number.
    """

    parts: Float64[Tensor, "parts rows size"]
    scale: Float64[Tensor, " rows"]
    bits: int


def bits_that_add_up(size: int) -> int:
    """How many bits the numbers may have whose products, so many of them, add up exactly."""
    return (53 - math.ceil(math.log2(size))) // 2


def cut_rows(rows: Float64[Tensor, "rows size"], wanted: int) -> Cut:
    """Cut rows down to `wanted` bits below the largest number of each; takes `rows` over."""
    bits = bits_that_add_up(rows.shape[1])
    low, high = rows.aminmax(dim=1)
    largest = torch.maximum(-low, high)
    # a mantissa over its number is a power of two, exactly
    scale = torch.where(largest > 0, largest.frexp().mantissa / largest, 1.0)
    unit = 2.0**bits
    rest = rows.mul_(scale[:, None]).mul_(unit)
    parts = rest.new_empty(-(-wanted // bits), *rest.shape)
    for part in parts:
        torch.round(rest, out=part)
        rest = rest.sub_(part).mul_(unit)
    return Cut(parts, scale, bits)


def row_products(left: Cut, right: Cut) -> Float64[Tensor, " rows"]:
    """Products of each row of one with the same row of the other, both as they were scaled."""
    return _add([[(a * b).sum(dim=1) for b in right.parts] for a in left.parts], left.bits)


def all_products(left: Cut, right: Cut) -> Float64[Tensor, "rows others"]:
    """Products of all rows of one with all of the other, both as they were scaled."""
    return _add([[a @ b.T for b in right.parts] for a in left.parts], left.bits)


def _add(products: list[list[Tensor]], bits: int) -> Tensor:
    """Add up what the places contribute, the smallest first: always the same few roundings."""
    places = [(a, b) for a in range(len(products)) for b in range(len(products[0]))]
    places.sort(key=lambda pair: (-sum(pair), pair))
    total = torch.zeros_like(products[0][0])
    for a, b in places:
        total += products[a][b] * 2.0 ** (-bits * (a + b + 2))
    return total
