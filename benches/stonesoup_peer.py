#!/usr/bin/env python3
"""The peer of `roundhouse bench fusion`: Stone Soup on the same reports.

Stone Soup is a tracking framework; it knows no machines with two ends, no hidden ends and no gaps. So each end is a target on a
line (one tracker for each railway): constant velocity, Kalman filter, nearest neighbours by the Hungarian method, a target from
four measurements on, forgotten after 30 s. Looks come in the order of their times, and only those that show something: the peer
is spared delays and empty looks. Two ends at the distance of a model are then paired to a machine, which is not timed.

    python3 -m venv ~/.cache/roundhouse/stonesoup
    ~/.cache/roundhouse/stonesoup/bin/pip install stonesoup==1.9.1
    ~/.cache/roundhouse/stonesoup/bin/python benches/stonesoup_peer.py FACILITY REPORTS STATES

Writes a state every second to STATES, for `roundhouse evaluate`, and prints one JSON line: reports, CPU seconds, version.
"""

import json
import sys
import time
import tomllib
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.deleter.time import UpdateTimeDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import ConstantVelocity
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.tracker.simple import MultiTargetTracker
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import KalmanUpdater

ACCELERATION = 0.06  # m²/s³, as our fusion has it
FORGOTTEN = timedelta(seconds=30)
GATE_SIGMAS = 4
LENGTH_TOLERANCE = 0.6  # m
SECOND = timedelta(seconds=1)


def tracker(looks: list[tuple[datetime, list[dict]]]) -> MultiTargetTracker:
    """A tracker of all ends on one railway, fed by its looks."""
    predictor, updater = KalmanPredictor(ConstantVelocity(ACCELERATION)), KalmanUpdater(None)
    associator = GNNWith2DAssignment(DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=GATE_SIGMAS))
    model = LinearGaussian(ndim_state=2, mapping=(0,), noise_covar=[[0.04]])
    initiator = MultiMeasurementInitiator(
        prior_state=GaussianState([[0], [0]], [[0, 0], [0, 0.5]]),
        measurement_model=model,
        deleter=UpdateTimeDeleter(timedelta(seconds=3)),
        data_associator=associator,
        updater=updater,
        min_points=4,
    )
    return MultiTargetTracker(
        initiator=initiator,
        deleter=UpdateTimeDeleter(FORGOTTEN),
        detector=detections(looks),
        data_associator=associator,
        updater=updater,
    )


def detections(looks: list[tuple[datetime, list[dict]]]):
    for when, ends in looks:
        yield when, {
            Detection(
                [[end["s"]]],
                timestamp=when,
                measurement_model=LinearGaussian(ndim_state=2, mapping=(0,), noise_covar=[[end["sigma"] ** 2]]),
                metadata={"kind": end["kind"]},
            )
            for end in ends
        }


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def read(reports: Path) -> tuple[int, datetime, dict[str, list]]:
    """How many looks there are, when the last message comes, and each railway's looks in the order of their times."""
    count, last, railways = 0, datetime.min.replace(tzinfo=UTC), defaultdict(list)
    for line in reports.read_text().splitlines():
        event = json.loads(line)
        when, data = instant(event["time"]), event["data"]
        last = max(last, when)
        if "ends" not in data:
            continue
        count += 1
        here = defaultdict(list)
        for end in data["ends"]:
            here[end["track"]].append(end)
        for railway, ends in here.items():
            railways[railway].append((when, ends))
    for looks in railways.values():
        looks.sort(key=lambda look: look[0])
    return count, last, railways


def follow(looks: list[tuple[datetime, list[dict]]], last: datetime, snapshots: dict[datetime, list]) -> float:
    """Runs one railway's tracker; adds (place, whether head) of its ends at each whole second. Returns the CPU time."""
    spent, votes, known = 0.0, defaultdict(Counter), {}
    due = looks[0][0].replace(microsecond=0) + SECOND
    tracks, steps = set(), iter(tracker(looks))
    for when, _ in looks + [(last + SECOND, None)]:
        while due < when and due <= last:
            for track in tracks:
                state = track.states[-1]
                age = (due - state.timestamp).total_seconds()
                kinds = votes[track.id]
                snapshots[due].append((float(state.state_vector[0]) + age * float(state.state_vector[1]), kinds["head"] >= kinds["tail"]))
            due += SECOND
        if _ is None:
            break
        begin = time.process_time()
        _, tracks = next(steps)
        spent += time.process_time() - begin
        for track in tracks:
            for state in track.states[known.get(track.id, 0) :]:
                hypothesis = getattr(state, "hypothesis", None)
                if hypothesis:
                    votes[track.id][hypothesis.measurement.metadata["kind"]] += 1
            known[track.id] = len(track.states)
    return spent


def machines(ends: list[tuple[float, bool]], lengths: list[float]) -> list[tuple[tuple, tuple]]:
    """Pairs of ends at the distance of a model, the best first, none over another."""
    ends = sorted(ends)
    pairs = []
    for i, low in enumerate(ends):
        for high in ends[i + 1 :]:
            off = min(abs(high[0] - low[0] - length) for length in lengths)
            if off < LENGTH_TOLERANCE:
                pairs.append((off + (0.5 if low[1] == high[1] else 0.0), low, high))
    chosen = []
    for _, low, high in sorted(pairs):
        if all(high[0] <= a[0] + 0.8 or low[0] >= b[0] - 0.8 for a, b in chosen):
            chosen.append((low, high))
    return chosen


def state(number: int, when: datetime, found: list[tuple[str, tuple, tuple]]) -> str:
    stamp = when.isoformat().replace("+00:00", "Z")
    locomotives = []
    for index, (railway, low, high) in enumerate(found):
        head, tail = (low, high) if low[1] and not high[1] else (high, low)
        locomotives.append(
            {
                "id": f"S{index}", "track": railway,
                "head": {"s": round(head[0], 3), "sigma": 0.2}, "tail": {"s": round(tail[0], 3), "sigma": 0.2},
                "orientation_confidence": 0.5, "velocity": 0.0, "moving": False, "confidence": 0.9, "status": "confirmed",
                "model": None, "plate": None, "last_seen": stamp, "seen_by": [],
            }
        )  # fmt: skip
    data = {"state": number, "count": len(locomotives), "inputs": ["prod"], "locomotives": locomotives, "cameras": []}
    event = {
        "specversion": "1.0", "type": "com.roundhouse.facility-state.v1", "source": "/peer/stonesoup/1", "id": f"1-{number}",
        "time": stamp, "flow": "prod", "data": data,
    }  # fmt: skip
    return json.dumps(event, separators=(",", ":"))


def main() -> None:
    facility, reports, out = map(Path, sys.argv[1:4])
    lengths = [model["length"] for model in tomllib.loads(facility.read_text())["model"]]
    count, last, railways = read(reports)
    spent, found = 0.0, defaultdict(list)
    for railway, looks in sorted(railways.items()):
        snapshots = defaultdict(list)
        spent += follow(looks, last, snapshots)
        for when, ends in snapshots.items():
            found[when] += [(railway, low, high) for low, high in machines(ends, lengths)]
    lines = [state(number, when, found[when]) for number, when in enumerate(sorted(found), 1)]
    out.write_text("\n".join(lines) + "\n")
    print(json.dumps({"reports": count, "cpu_s": spent, "version": version("stonesoup")}))


if __name__ == "__main__":
    main()
