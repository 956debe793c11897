"""The simulated days: deterministic, physically possible, written in the fixed formats."""

import datetime as dt
import tomllib

import numpy as np
import pytest

from training.hall import clips
from training.hall.scenario import DURATION, SCENARIOS, coupled, survey
from training.hall.scene import MODELS


@pytest.fixture(scope="module", params=sorted(SCENARIOS))
def scenario(request):
    return SCENARIOS[request.param]()


def test_is_the_same_every_time(scenario):
    again = SCENARIOS[scenario.name]()
    assert clips.facility(again) == clips.facility(scenario)
    assert [again.truth(t) for t in range(91)] == [scenario.truth(t) for t in range(91)]


def test_machines_never_overlap_nor_leave_the_track(scenario):
    for t in np.arange(0.0, DURATION + 0.1, 0.2):
        for track in scenario.tracks:
            segments = sorted(m.segment(t) for m in scenario.machines if m.track == track)
            assert all(b[0] - a[1] > 0.7 for a, b in zip(segments, segments[1:])), (t, track)
            assert all(hi < scenario.length for _, hi in segments)


def test_motion_is_smooth_and_ends_where_it_says(scenario):
    for machine in scenario.machines:
        t = np.arange(0.0, DURATION, 0.01)
        lo = np.array([machine.segment(x)[0] for x in t])
        speed = np.array([machine.velocity(x) for x in t])
        assert np.abs(np.diff(lo) / 0.01 - (speed[1:] + speed[:-1]) / 2).max() < 1e-3
        assert np.abs(speed).max() <= 1.55 and np.abs(np.diff(speed)).max() / 0.01 < 0.5
        for move in machine.moves:
            assert 30.0 <= move.start and move.end < DURATION and move.steady > 0
            assert move.travelled(move.end) == pytest.approx(move.distance)


def test_truth_has_the_fixed_format(scenario):
    for second in range(int(DURATION) + 1):
        truth = scenario.truth(second)
        when = dt.datetime.fromisoformat(truth["time"].replace("Z", "+00:00"))
        assert when == dt.datetime(2026, 3, 1, 6, 0, tzinfo=dt.timezone.utc) + dt.timedelta(seconds=second)
        for machine in truth["locomotives"]:
            assert set(machine) == {"id", "track", "head", "tail", "velocity", "inside", "model", "plate"}
            lo, hi = sorted((machine["head"], machine["tail"]))
            assert hi > 0 and machine["inside"] == (lo >= 0 and hi <= scenario.length)
            assert hi - lo == pytest.approx(MODELS[machine["model"]], abs=2e-3)


def test_the_story_is_told(scenario):
    first, last = scenario.truth(0)["locomotives"], scenario.truth(90)["locomotives"]
    came = {m["id"] for m in last} - {m["id"] for m in first}
    assert len(came) == 2 and all(m["inside"] for m in last)
    assert len({m["id"] for m in first} - {m["id"] for m in last}) == 1
    assert len({m.model for m in scenario.machines}) >= 5
    inside = [sum(m["inside"] for m in scenario.truth(t)["locomotives"]) for t in range(91)]
    assert 4 <= min(inside) and max(inside) <= 6
    assert any(coupled(scenario, m, True, 90.0) for m in scenario.machines)


def test_every_free_end_at_rest_is_seen(scenario):
    """In normal operation: before the events, and at the end."""
    for t in (5.0, 89.5):
        for machine in scenario.machines:
            if machine.segment(t)[1] < 0:
                continue
            for low in (True, False):
                seen = [scenario.seen_share(c, machine, low, t) for c in scenario.cameras if machine.track in c.tracks]
                assert coupled(scenario, machine, low, t) or max(seen) > 0.5, (machine.id, low, t)


def test_marks_reproject(scenario):
    for camera in scenario.cameras:
        marks = survey(scenario, camera)
        assert len(marks) >= 8 and sum("z" in mark for mark in marks) >= 2
        points = np.array([[*mark["plan"], mark.get("z", 0.0)] for mark in marks])
        pixels = np.array([mark["px"] for mark in marks])
        assert (pixels > 0).all() and (pixels < [960, 540]).all()
        # 0.4 px of reading and 1 cm of tape, which near the camera is about a pixel more
        assert np.abs(camera.optics.project(points) - pixels).max() < 3.0


def test_facility_is_toml(scenario):
    site = tomllib.loads(clips.facility(scenario))
    assert len(site["camera"]) == 8 and [t["gates"] for t in site["track"]] == [["low"]] * 3
    assert {m["name"]: m["length"] for m in site["model"]} == MODELS
