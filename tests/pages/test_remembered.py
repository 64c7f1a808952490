"""The cache of results: one piece of work for all who ask, nothing kept of work that failed, bounded."""

import threading

import pytest

from pages.ui.cache import Remembered


def test_the_same_key_is_worked_out_once():
    remembered, calls = Remembered(), []
    for _ in range(3):
        assert remembered("key", lambda: calls.append(1) or "result") == "result"
    assert len(calls) == 1


def test_readers_who_ask_together_wait_for_one_piece_of_work():
    remembered, calls, begun = Remembered(), [], threading.Barrier(6)

    def ask():
        begun.wait()
        assert remembered("key", lambda: calls.append(1) or len(calls)) == 1

    readers = [threading.Thread(target=ask) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(calls) == 1


def test_abandoned_work_is_forgotten_and_can_be_asked_again():
    remembered = Remembered()

    def abandoned():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remembered("key", abandoned)
    assert remembered("key", lambda: "result") == "result"


def test_only_the_results_used_last_are_kept():
    remembered = Remembered(most=2)
    remembered("a", lambda: 1)
    remembered("b", lambda: 1)
    remembered("a", lambda: 2)
    remembered("c", lambda: 1)
    assert remembered("a", lambda: 3) == 1
    assert remembered("b", lambda: 3) == 3


def test_waiting_for_another_reader_can_be_abandoned():
    remembered, begun, go_on = Remembered(), threading.Event(), threading.Event()

    def slow():
        begun.set()
        assert go_on.wait(10)
        return "result"

    def gone(share, text):
        raise KeyboardInterrupt

    other = threading.Thread(target=remembered, args=("key", slow))
    other.start()
    begun.wait(10)
    with pytest.raises(KeyboardInterrupt):
        remembered("key", slow, gone)
    go_on.set()
    other.join()
    assert remembered("key", lambda: "again") == "result"
