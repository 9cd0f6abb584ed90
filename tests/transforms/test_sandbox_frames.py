"""A message is read whole or not at all, and never waited for beyond its deadline."""

import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transforms.sandbox_frames import GarbledFrame, receive_frame, send_frame

# Far longer than any of these takes, even on a busy machine.
SOON_S = 20.0


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon(seconds=SOON_S):
    return time.monotonic() + seconds


@given(messages=st.lists(st.binary(max_size=300), max_size=5))
def test_what_is_sent_is_what_is_received(messages):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for message in messages:
            send_frame(ours, message, soon())

            assert receive_frame(theirs, len(message), soon()) == message


def test_a_message_larger_than_the_socket_holds_goes_through(ends):
    message = bytes(range(256)) * 20_000
    sending = threading.Thread(target=send_frame, args=(ends[0], message))
    sending.start()
    received = receive_frame(ends[1], deadline=soon())
    sending.join()

    assert received == message


@pytest.mark.parametrize("sent", [b"", b"\x01", b"\x05\0\0\0", b"\x05\0\0\0abcd"])
def test_the_other_end_closing_is_told_wherever_it_happens(ends, sent):
    ends[0].sendall(sent)
    ends[0].close()

    with pytest.raises(EOFError):
        receive_frame(ends[1], deadline=soon())


@pytest.mark.parametrize("sent", [b"", b"\x01", b"\x05\0\0\0", b"\x05\0\0\0abcd"])
def test_a_message_that_never_ends_is_waited_for_until_its_deadline(ends, sent):
    ends[0].sendall(sent)

    with pytest.raises(TimeoutError):
        receive_frame(ends[1], deadline=soon(0.05))


def test_a_message_that_trickles_in_is_waited_for_until_its_deadline(ends):
    over = threading.Event()

    def trickle():
        ends[0].sendall(b"\xff\xff\0\0")
        while not over.wait(0.01):
            ends[0].sendall(b"x")

    trickling = threading.Thread(target=trickle)
    trickling.start()
    with pytest.raises(TimeoutError):
        receive_frame(ends[1], deadline=soon(0.2))
    over.set()
    trickling.join()


def test_a_message_nobody_reads_is_sent_until_its_deadline(ends):
    with pytest.raises(TimeoutError):
        send_frame(ends[0], bytes(5_000_000), soon(0.05))


def test_a_deadline_that_has_passed_waits_for_nothing(ends):
    for _ in range(2):
        with pytest.raises(TimeoutError):
            receive_frame(ends[0], deadline=soon(-1.0))
        with pytest.raises(TimeoutError):
            send_frame(ends[0], b"late", soon(-1.0))


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (b"\x06\0\0\0abcdef", "is 6 bytes long, at most 5 are read"),
        (b"\xff\xff\xff\xff", "is 4294967295 bytes long, at most 5 are read"),
        (b"\x01\0\0\0ab", "is followed by what nobody asked for"),
        (b"\0\0\0\0\0", "is followed by what nobody asked for"),
    ],
)
def test_what_may_not_be_sent_is_told_before_it_is_read(ends, sent, found):
    ends[0].sendall(sent)

    with pytest.raises(GarbledFrame, match=found):
        receive_frame(ends[1], 5, soon())
