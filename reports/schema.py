"""A small language for the shape of a result: what each field must hold.

A check takes a value and the place where it stands (`cells[3].median_ns`) and raises `ShapeError`
if it is not what it should be. Fields that a shape doesn't name are allowed: results may grow
without a new version.
"""

import math
import re


class ShapeError(Exception):
    """The place and what was expected there."""


def text(value, where):
    """A string."""
    _demand(isinstance(value, str), where, "a text", value)


def flag(value, where):
    """True or false."""
    _demand(isinstance(value, bool), where, "true or false", value)


def count(value, where):
    """A whole number from 0."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    _demand(whole and value >= 0, where, "a whole number from 0", value)


def real(value, where):
    """A finite number of either sign, such as a slope."""
    _demand(_is_finite(value), where, "a number", value)


def number(value, where):
    """A finite number from 0: times, rates and sizes are never negative."""
    _demand(_is_finite(value) and value >= 0, where, "a number from 0", value)


def share(value, where):
    """A part of a whole, from 0 to 1."""
    _demand(_is_finite(value) and 0 <= value <= 1, where, "a share from 0 to 1", value)


def positive(value, where):
    """A finite number above 0."""
    number(value, where)
    _demand(value > 0, where, "a number above 0", value)


def word(value, where):
    """A name or a hash: printable and without blanks."""
    _demand(isinstance(value, str) and re.fullmatch(r"\S+", value), where, "a name", value)


def one_of(*allowed):
    """One of these texts."""

    def check(value, where):
        _demand(value in allowed, where, " or ".join(repr(each) for each in allowed), value)

    return check


def nullable(inner):
    """Null, or what `inner` demands."""

    def check(value, where):
        if value is not None:
            inner(value, where)

    return check


def list_of(inner):
    """A list; each element is checked."""

    def check(value, where):
        _demand(isinstance(value, list), where, "a list", value)
        for index, element in enumerate(value):
            inner(element, f"{where}[{index}]")

    return check


def several(inner):
    """A list with at least one element."""
    listed = list_of(inner)

    def check(value, where):
        listed(value, where)
        _demand(len(value) > 0, where, "at least one element", value)

    return check


def row_of(*inners):
    """A list with one element for each of `inners`."""

    def check(value, where):
        _demand(isinstance(value, list), where, "a list", value)
        _demand(len(value) == len(inners), where, f"{len(inners)} elements", value)
        for index, (element, inner) in enumerate(zip(value, inners)):
            inner(element, f"{where}[{index}]")

    return check


def map_of(inner):
    """An object with any names; each value is checked."""

    def check(value, where):
        _demand(isinstance(value, dict), where, "an object", value)
        for name, element in value.items():
            inner(element, f"{where}.{name}")

    return check


def fields(**shapes):
    """An object that has at least these fields."""

    def check(value, where):
        _demand(isinstance(value, dict), where, "an object", value)
        for name, inner in shapes.items():
            place = f"{where}.{name}" if where else name
            if name in value:
                inner(value[name], place)
            elif not getattr(inner, "may_be_absent", False):
                raise ShapeError(f"{place}: the field is missing")

    return check


def optional(inner):
    """Marks a field of an object that may be absent; if it is there, `inner` holds."""

    def check(value, where):
        inner(value, where)

    check.may_be_absent = True
    return check


def _is_finite(value) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and -math.inf < value < math.inf


def _demand(holds, where: str, expected: str, found) -> None:
    if not holds:
        shown = ascii(found)
        shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
        raise ShapeError(f"{where or 'the document'}: expected {expected}, found {shown}")
