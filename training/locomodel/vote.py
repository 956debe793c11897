"""Which share of the locomotives gets the right model once the looks at each are voted over; on data not trained on.

    python -m training.locomodel.vote tests/data/evaluation tests/data/demo    # scenarios: clips with truth and visible.jsonl
    python -m training.locomodel.vote PICTURES                                 # of training.hall.pictures --validation

Looks are the boxes that the shipped detector finds, of a scenario once a second. The vote is the highest mean logarithm of the
probabilities, over all looks at a locomotive and, of a scenario, over those of one camera alone. `other` cannot win: it is a
detection that is no locomotive.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from ..plates.tensors import frames, read_lines
from .crops import OTHER
from .measure import FOLDER, Classifier, Ends, framed

LEAST = 1e-4  # no look rules a model out for ever


def of_pictures(pictures):
    """(crop, model, locomotive, camera) of every look: a hall's machines come to eight pictures, each by another camera."""
    for crop, end, _, line in framed(pictures):
        yield crop, end["model"], (line["hall"], end["text"]), line["file"]


def of_clips(folder):
    models = {one["id"]: one["model"] for line in read_lines(folder / "truth.jsonl") for one in line["locomotives"]}
    finder, cameras = Ends(), defaultdict(dict)
    for line in read_lines(folder / "visible.jsonl"):
        cameras[line["camera"]][line["t"]] = [{"id": end["id"], "box": end["box"], "visibility": end["share"]} for end in line["ends"]]
    for camera, seconds in cameras.items():
        for t, frame in frames(folder / f"{camera}.mp4", seconds):
            for crop, end, _ in finder.of(frame, seconds[t]):
                yield crop, models[end["id"]], (folder.name, end["id"]), camera


def winner(labels, looks):
    """The model that the looks say together."""
    scores = np.log(np.maximum(looks, LEAST)).mean(0)
    scores[labels.index(OTHER)] = -np.inf
    return labels[int(scores.argmax())]


def share(labels, groups):
    right = [winner(labels, looks) == model for model, looks in groups]
    return {"n": len(right), "right": round(float(np.mean(right)), 4)} if right else {"n": 0}


def figures(classifier, folder):
    scenario = (folder / "visible.jsonl").exists()
    looks, of_one_camera, models = defaultdict(list), defaultdict(list), {}
    for crop, model, locomotive, camera in (of_clips if scenario else of_pictures)(folder):
        probabilities = classifier.probabilities(crop)
        models[locomotive] = model
        looks[locomotive].append(probabilities)
        of_one_camera[locomotive, camera].append(probabilities)
    every = [(model, looks[one]) for one, model in models.items()]
    single = [(model, [look]) for model, several in every for look in several]
    wrong = {f"{one[-1]} {models[one]}": winner(classifier.labels, looks[one]) for one in models if winner(classifier.labels, looks[one]) != models[one]}
    result = {"looks": share(classifier.labels, single), "locomotives": share(classifier.labels, every)}
    if scenario:
        result["locomotives_before_a_camera"] = share(classifier.labels, [(models[one], several) for (one, _), several in of_one_camera.items()])
    else:
        result["locomotives_of_3_looks_and_more"] = share(classifier.labels, [group for group in every if len(group[1]) >= 3])
    return result | {"taken_for": wrong}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, nargs="+", help="folders of scenarios or of pictures")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    classifier = Classifier(arguments.folder)
    for source in arguments.sources:
        print(json.dumps({source.name: figures(classifier, source)}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
