from __future__ import annotations

from cpsl_dev.recorder import Draft, Recorder


def test_event_is_stamped_and_kept_with_all_that_is_said_of_it() -> None:
    kept: list[Draft] = []
    times = iter(["10:00", "10:01"])
    record = Recorder(kept.append, lambda: next(times))

    record("a", {"x": 1}, generation=2, session_id="s", turn=3)
    record("b")

    assert kept == [
        Draft("10:00", "a", 2, "s", 3, {"x": 1}),
        Draft("10:01", "b", None, None, None, {}),
    ]
