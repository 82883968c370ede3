"""Where things stand on the schedule's grid: arithmetic without a database (WCAG 2.5.8, A4)."""

import itertools

import pytest

from clinic.scheduling.layout import MAX_LANES, Frame, Span, free_places, lanes

GRID = Frame(8 * 60, 36)


@pytest.mark.parametrize(
    ("start", "end", "classes"),
    [
        (480, 510, "at-1 for-2"),
        (485, 500, "at-1 for-2 off-5 cut-10"),
        (495, 500, "at-2 for-1"),  # five minutes are drawn as a row
        (492, 519, "at-1 for-3 off-10 cut-5"),
        (400, 420, "at-1 for-1"),  # before the first row: at its edge
    ],
)
def test_a_stretch_covers_its_minutes_to_five_and_a_row_at_least(start, end, classes):
    assert GRID.classes(Span(start, end)) == classes


def test_nothing_drawn_is_lower_than_a_row_or_outside_the_grid():
    for start, length in itertools.product(range(300, 1300, 7), (5, 10, 20, 45, 600)):
        drawn = GRID.drawn(Span(start, start + length))
        assert drawn.end - drawn.start >= 15
        assert GRID.whole.start <= drawn.start < drawn.end <= GRID.whole.end


def test_what_overlaps_never_shares_a_lane_and_what_lives_stands_left_of_what_was_missed():
    spans = [Span(0, 30), Span(0, 15), Span(15, 45), Span(30, 60), Span(50, 80), Span(100, 130)]
    ranks = [1, 0, 0, 1, 2, 0]
    placed = lanes(spans, ranks)
    for one, other in itertools.combinations(range(len(spans)), 2):
        if spans[one].overlaps(spans[other]):
            assert placed[one][0] != placed[other][0], (spans[one], spans[other])
    assert placed[1][0] == placed[2][0] == 1
    assert placed[5] == (1, 1)


def test_more_lanes_than_have_room_are_told_by_a_lane_past_the_last():
    placed = lanes([Span(0, 30)] * 8)
    assert [lane for lane, _ in placed] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {width for _, width in placed} == {MAX_LANES}


def test_a_quarter_is_free_while_a_lane_is_free_and_a_half_hour_while_one_lane_is_free_all_of_it_a4():
    worked = [Span(480, 540)]
    assert free_places(worked, [(Span(480, 510), 0)], limit=2) == [Span(480, 510), Span(510, 540)]
    assert free_places(worked, [(Span(480, 510), 0), (Span(480, 510), 1)], limit=2) == [Span(510, 540)]
    # The first quarter is free in one lane, the second in the other: no half hour, two quarters.
    crossed = [(Span(480, 495), 0), (Span(495, 510), 1)]
    assert free_places(worked, crossed, limit=2) == [Span(480, 495), Span(495, 510), Span(510, 540)]
    assert free_places(worked, [], [Span(480, 525)]) == [Span(525, 540)]
