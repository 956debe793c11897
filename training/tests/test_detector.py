"""python -m unittest training.tests.test_detector"""

import unittest

import numpy as np
import torch

from training.detector.dataset import Augment, Objects
from training.detector.frame import CLASSES, NET_HEIGHT, NET_WIDTH, STRIDE
from training.detector.loss import box_loss
from training.detector.measure import CONFIG
from training.detector.metrics import average_precision, camera_of, end_hulls, reference_point
from training.detector.net import Deployed, Detector
from training.detector.nvinfer import Config, detections, preprocess, suppress
from training.detector.targets import targets

ROWS, COLUMNS = NET_HEIGHT // STRIDE, NET_WIDTH // STRIDE


def objects(*rows):
    return Objects(
        classes=np.array([CLASSES.index(name) for name, _ in rows]),
        boxes=np.array([box for _, box in rows], np.float32),
        cut=np.zeros(len(rows), np.float32),
        ignore=np.zeros(len(rows), bool),
        weight=np.ones(len(rows), np.float32),
    )


class OneCell(torch.nn.Module):
    """A detector that reports one tail at column 20, row 10, with known distances from the cell's centre (164, 84)."""

    coverage = torch.nn.Conv2d(1, len(CLASSES), 1)

    def forward(self, pictures):
        logits = torch.full((1, len(CLASSES), ROWS, COLUMNS), -9.0)
        distances = torch.ones(1, 4 * len(CLASSES), ROWS, COLUMNS)
        logits[0, 1, 10, 20] = 2.0
        distances[0, 4:8, 10, 20] = torch.tensor([64.0, 34.0, 36.0, 66.0])
        return logits, distances


class Tensors(unittest.TestCase):
    def test_one_cell_comes_out_where_the_hand_puts_it(self):
        coverage, boxes = (x[0].numpy() for x in Deployed(OneCell())(torch.zeros(1, 3, NET_HEIGHT, NET_WIDTH)))
        # Anchor of the parser: (160.5, 80.5); k = 3.5.
        np.testing.assert_allclose(boxes[4:8, 10, 20] * 35, [60.5, 30.5, 39.5, 69.5], atol=1e-4)
        config = Config.read(CONFIG)
        found = detections(coverage, boxes, (2 / 3, 2 / 3), (960, 540), config, (NET_WIDTH, NET_HEIGHT))
        self.assertEqual([(index, round(score, 4)) for index, score, _ in found], [(1, 0.8808)])
        np.testing.assert_allclose(found[0][2], [150, 75, 300, 225], atol=1e-3)  # 100..200 x 50..150 of the net frame

    def test_the_loss_means_the_same_box(self):
        label = targets(objects(("tail", [100, 50, 200, 150])), ROWS, COLUMNS)
        _, distances = OneCell()(None)
        only = np.all(label.cells == [1, 10, 20], 1)
        label.cells, label.boxes, label.share = label.cells[only], label.boxes[only], label.share[only]
        self.assertEqual(len(label.cells), 1)
        self.assertLess(float(box_loss(distances, [label])), 1e-6)

    def test_untrained_net_has_the_grid_of_the_parser(self):
        logits, distances = Detector().eval()(torch.zeros(1, 3, NET_HEIGHT, NET_WIDTH))
        self.assertEqual(logits.shape, (1, 3, ROWS, COLUMNS))
        self.assertEqual(distances.shape, (1, 12, ROWS, COLUMNS))


class Preprocessing(unittest.TestCase):
    def test_letterbox_is_at_the_top_left_and_black_below(self):
        tensor, ratio = preprocess(np.full((540, 960, 3), 255, np.uint8), Config.read(CONFIG), NET_WIDTH, NET_HEIGHT)
        self.assertEqual(ratio, (640 / 960, 360 / 540))
        self.assertAlmostEqual(float(tensor[0, :, :360].min()), 1.0, places=5)
        self.assertEqual(float(tensor[0, :, 360:].max()), 0.0)


class Clustering(unittest.TestCase):
    def test_keeps_the_best_of_overlapping_boxes(self):
        boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], float)
        kept, scores = suppress(boxes, np.array([0.5, 0.9, 0.4]), 0.45, 60)
        self.assertEqual(scores.tolist(), [0.9, 0.4])
        self.assertEqual(kept.tolist(), [[1, 0, 11, 10], [20, 0, 30, 10]])


class TargetCells(unittest.TestCase):
    def test_a_plate_takes_nothing_from_the_end_it_sits_on(self):
        end, plate = ("head", [100, 50, 300, 330]), ("plate", [180, 180, 220, 200])
        alone, both = (targets(objects(*rows), ROWS, COLUMNS) for rows in ((end,), (end, plate)))
        np.testing.assert_array_equal(alone.coverage[0], both.coverage[0])
        self.assertTrue((both.boxes[both.cells[:, 0] == 0] == end[1]).all())
        self.assertGreater((both.cells[:, 0] == 2).sum(), 0)

    def test_an_ignored_end_is_neither_demanded_nor_forbidden(self):
        label = objects(("head", [100, 50, 300, 330]))
        label.ignore[:] = True
        made = targets(label, ROWS, COLUMNS)
        self.assertEqual((len(made.cells), made.objects), (0, 0))
        self.assertEqual(made.negative[:2, 190 // STRIDE, 200 // STRIDE].tolist(), [0, 0])


class Augmentation(unittest.TestCase):
    def test_boxes_follow_the_pixels(self):
        picture = np.zeros((360, 640, 3), np.uint8)
        picture[100:220, 200:330] = 255
        augment = Augment(np.random.default_rng(3))
        checked = 0
        for shrink in (1, 2) * 10:
            moved, label = augment.geometry(picture, objects(("head", [200, 100, 330, 220])), shrink)
            if label.cut.max(initial=0) > 0.01 or len(label.boxes) == 0:
                continue
            rows, columns = np.nonzero(moved[..., 0] > 190)
            drawn = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_allclose(label.boxes[0], drawn, atol=1.5)
            checked += 1
        self.assertGreater(checked, 5)


class Metrics(unittest.TestCase):
    def test_average_precision_by_hand(self):
        found = [(0.9, True), (0.8, False), (0.7, True)]
        self.assertAlmostEqual(average_precision(found, 4), 0.25 * 1 + 0.25 * 2 / 3)

    def test_the_four_edges_give_the_metre_back(self):
        pitch = np.radians(22)
        line = {
            "width": 640,
            "height": 360,
            "camera": {
                "f": 430,
                "k1": -0.08,
                "R": [0, -1, 0, -np.sin(pitch), 0, -np.cos(pitch), np.cos(pitch), 0, -np.sin(pitch)],
                "C": [-8, 3, 6.5],
            },
        }
        camera = camera_of(line)
        for metre in (4.0, 11.3, 18.0):
            hull = end_hulls(camera, np.array([metre]), 0.0)[0]
            self.assertAlmostEqual(reference_point(camera, hull, 0.0), metre, delta=0.02)


if __name__ == "__main__":
    unittest.main()
