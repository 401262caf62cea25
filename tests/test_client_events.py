"""Server-sent events, as browsers read them, wherever the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptkit.client.events import Event, EventReader


def read(raw: bytes, *cuts: int, most: int = 1000) -> list[Event]:
    reader = EventReader(most)
    ends = [0, *sorted(cuts), len(raw)]
    chunks = [raw[start:end] for start, end in pairwise(ends)]
    found = [event for chunk in chunks for event in reader.feed(chunk)]
    return [*found, *reader.rest()]


CASES: dict[bytes, list[Event]] = {
    b"": [],
    b"event: a\ndata: 1\n\n": [Event("a", b"1")],
    b"data:1\n\ndata: 2\n\n": [Event("", b"1"), Event("", b"2")],
    b"data: 1\r\n\r\ndata: 2\r\rdata: 3\n\r\n": [Event("", b"%d" % n) for n in (1, 2, 3)],
    b"data: {\ndata:  1}\n\n": [Event("", b"{\n 1}")],
    b"data\n\ndata: \n\n": [Event("", b""), Event("", b"")],
    b": heartbeat\n\n:\n\ndata: 1\n: another\n\n": [Event("", b"1")],
    b"event: a\n\ndata: 1\n\n": [Event("", b"1")],
    b"id: 7\nretry: 3\nevent: a\ndata: 1\nunknown: x\n\n": [Event("a", b"1")],
    b"\xef\xbb\xbfdata: 1\n\n": [Event("", b"1")],
    b"event: \xff\ndata: \xfe\n\n": [Event("�", b"\xfe")],
    b"data: a: b\n\n\n\n": [Event("", b"a: b")],
    b"data: 1\n\ndata: 2": [Event("", b"1"), Event("", b"2", "cut")],
    b"event: a\ndata: 1\n": [Event("a", b"1", "cut")],
    b"event: a\n": [],
}


@pytest.mark.parametrize(("raw", "events"), CASES.items())
def test_events_are_read_as_browsers_read_them(raw: bytes, events: list[Event]) -> None:
    assert read(raw) == events
    assert read(raw, *range(len(raw))) == events, "byte by byte"


@given(st.sampled_from([raw for raw in CASES if raw]), st.data())
def test_it_is_all_one_where_the_bytes_are_cut(raw: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=9))
    assert read(raw, *cuts) == CASES[raw]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_no_bytes_at_all_break_it(raw: bytes, cuts: list[int]) -> None:
    cuts = [min(cut, len(raw)) for cut in cuts]
    assert read(raw, *cuts, most=20) == read(raw, most=20)


def test_too_much_data_is_left_out_and_the_next_event_is_read() -> None:
    large = b"event: a\ndata: %s\n\nevent: b\ndata: 1\n\n" % (b"x" * 2000)
    assert read(large, *range(0, 2000, 7)) == [Event("a", b"", "large"), Event("b", b"1")]


def test_many_lines_that_are_too_much_together_are_left_out() -> None:
    large = b"event: a\n%s\ndata: 1\n\n" % (b"data: 0123456789\n" * 200)
    assert read(large) == [Event("a", b"", "large"), Event("", b"1")]


def test_data_as_long_as_may_be_is_read() -> None:
    assert read(b"data: %s\n\n" % (b"x" * 994)) == [Event("", b"x" * 994)]
    assert read(b"data: %s\n\n" % (b"x" * 995))[0].fault == "large"


def test_lines_without_anything_on_them_are_counted_too() -> None:
    assert read(b"data:\n" * 1001 + b"\n")[0].fault == "large"
