"""python -m unittest training.tests.test_locomodel"""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import cv2
import numpy as np

from training.detector.measure import HERE
from training.detector.nvinfer import read_picture
from training.locomodel import crops, vote
from training.locomodel.measure import FOLDER, Classifier, Ends, share


def end(box, **more):
    return {"class": "head", "box": box, "visibility": 1.0, "model": "S14", **more}


class Boxes(unittest.TestCase):
    def test_a_box_is_cut_inside_the_picture_and_never_empty(self):
        picture = np.zeros((50, 80, 3), np.uint8)
        self.assertEqual(crops.cut(picture, (10.4, 5.2, 30.1, 20.0)).shape, (15, 21, 3))
        self.assertEqual(crops.cut(picture, (-9, -9, 12, 8)).shape, (8, 12, 3))
        for box in ((79, 49, 79, 49), (200, 200, 300, 300), (-5, -5, -1, -1)):
            self.assertGreater(crops.cut(picture, box).size, 0, box)

    def test_what_says_little_is_not_used(self):
        tall = (0, 0, 30, crops.LEAST_HEIGHT)
        self.assertTrue(crops.usable(end(tall)))
        self.assertFalse(crops.usable(end((0, 0, 30, crops.LEAST_HEIGHT - 1))))
        self.assertFalse(crops.usable(end(tall, visibility=0.4)))
        self.assertFalse(crops.usable(end(tall, ignore=True)))

    def test_background_lies_beside_the_ends(self):
        rng = np.random.default_rng(1)
        picture, there = np.zeros((300, 500, 3), np.uint8), (100, 50, 300, 250)
        for _ in range(50):
            box = crops.background(rng, picture, [there])
            if box is None:
                continue
            common = max(0, min(box[2], 300) - max(box[0], 100)) * max(0, min(box[3], 250) - max(box[1], 50))
            self.assertLess(common, crops.MOST_COMMON * (box[2] - box[0]) * (box[3] - box[1]))
        self.assertIsNone(crops.background(rng, np.zeros((60, 12, 3), np.uint8), []), "no room")


class Batches(unittest.TestCase):
    def test_a_folder_gives_its_usable_ends_and_others(self):
        ends = [end([20, 20, 80, 120]), end([200, 30, 260, 140], model="E21"), end([300, 20, 320, 30])]
        with tempfile.TemporaryDirectory() as folder:
            cv2.imwrite(f"{folder}/a.png", np.full((200, 400, 3), 90, np.uint8))
            lines = [json.dumps({"file": "a.png", "objects": [*ends, {"class": "plate", "box": [0, 0, 9, 9]}]})]
            Path(folder, "labels.jsonl").write_text("\n".join(lines) + "\n")
            found = crops.Crops(Path(folder))
        labels = [crops.LABELS[label] for _, _, label in found.items]
        self.assertEqual(labels[:2], ["S14", "E21"])
        self.assertEqual(set(labels[2:]), {crops.OTHER})
        pictures, numbers = next(crops.Batches(found, 3, 8))
        self.assertEqual((pictures.shape, len(numbers)), ((8, crops.NET_HEIGHT, crops.NET_WIDTH, 3), 8))


class Voting(unittest.TestCase):
    LABELS = ["A", "B", crops.OTHER]

    def test_what_is_second_in_every_look_beats_what_is_first_in_one(self):
        looks = np.array([[0.6, 0.4, 0.0], [0.001, 0.45, 0.549], [0.001, 0.45, 0.549]])
        self.assertEqual(vote.winner(self.LABELS, looks), "B")

    def test_other_never_wins_and_no_look_rules_a_model_out(self):
        self.assertEqual(vote.winner(self.LABELS, np.array([[0.1, 0.05, 0.85]])), "A")
        looks = np.array([[0.0, 1.0, 0.0], [0.9, 0.1, 0.0], [0.999, 0.001, 0.0], [0.999, 0.001, 0.0]])
        self.assertEqual(vote.winner(self.LABELS, looks), "A")

    def test_looks_are_grouped_by_locomotive(self):
        looks = [(0.9, 0.1), (0.2, 0.8), (0.9, 0.1), (0.1, 0.9)]
        classifier = mock.Mock(labels=self.LABELS)
        classifier.probabilities.side_effect = [[*look, 0.0] for look in looks]
        made = [(None, "A", "one", 1), (None, "A", "one", 2), (None, "A", "one", 3), (None, "A", "two", 1)]
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(vote, "of_pictures", return_value=made):
            found = vote.figures(classifier, Path(folder))
        self.assertEqual(found["looks"], {"n": 4, "right": 0.5})
        self.assertEqual(found["locomotives"], {"n": 2, "right": 0.5})
        self.assertEqual(found["locomotives_of_3_looks_and_more"], {"n": 1, "right": 1.0})


class Measuring(unittest.TestCase):
    def test_shares_by_hand(self):
        self.assertEqual((share([]), share([True, False])), ({"n": 0}, {"n": 2, "right": 0.5}))

    def test_ends_of_a_committed_picture_are_found_and_named(self):
        pictures = HERE / "validation"
        lines = [json.loads(line) for line in (pictures / "labels.jsonl").read_text().splitlines()[:20]]
        finder, classifier, right = Ends(), Classifier(FOLDER), []
        for line in lines:
            ends = [one for one in line["objects"] if one["class"] in crops.ENDS]
            for crop, one, height in finder.of(read_picture(pictures / line["file"]), ends):
                probabilities = classifier.probabilities(crop)
                self.assertAlmostEqual(float(probabilities.sum()), 1, places=4)
                self.assertTrue(crops.usable(one) and height > 0)
                right.append(classifier.labels[int(probabilities.argmax())] == one["model"])
        self.assertGreater(len(right), 10)
        self.assertGreater(np.mean(right), 0.8)
        self.assertEqual(list(finder.of(np.zeros((90, 160, 3), np.uint8), [])), [])


if __name__ == "__main__":
    unittest.main()
