"""One look per design, in every report the same."""

import re

from reports import look


def test_known_designs_look_different_from_each_other_and_from_every_spare():
    every = [*look.LOOKS.values(), *look.SPARE]
    assert len(set(every)) == len(every)
    assert len({each.colour for each in look.LOOKS.values()}) == len(look.LOOKS)


def test_a_look_does_not_depend_on_who_else_is_there():
    alone = look.looks_of(["mine"])["mine"]
    assert look.looks_of(["bitmap", "mine", "coremap"])["mine"] == alone
    assert look.looks_of(["coremap"])["coremap"] == look.LOOKS["coremap"]


def test_many_new_designs_all_differ():
    names = [f"design{number}" for number in range(len(look.SPARE))]
    assert len(set(look.looks_of(names).values())) == len(names)


def test_more_new_designs_than_looks_are_no_error():
    assert len(look.looks_of([f"design{number}" for number in range(60)])) == 60


def test_every_marker_can_be_drawn_in_the_page():
    for each in (*look.LOOKS.values(), *look.SPARE):
        assert each.marker in look.PATHS and re.fullmatch("#[0-9A-F]{6}", each.colour)
