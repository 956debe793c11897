"""python -m unittest training.tests.test_plates"""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from training.hall.plates import luhn
from training.learner import LAST_RATE
from training.plates import fonts
from training.plates.alphabet import ALPHABET, BLANK, CLASSES, encode, fold, greedy
from training.plates.crops import FAIR_CONTRAST, NET_HEIGHT, NET_WIDTH, Maker, contrast, net_input
from training.plates.measure import distance
from training.plates.net import STEPS, Deployed, Reader
from training.plates.numbers import Numbers, ir11_check
from training.plates.view import View, project
from training.plates.train import RATE, Training, learning_rate, together


def made_fonts(cyrillic=True):
    """Two fonts of rectangles, as wide as their sign's place in the list."""
    ink = []
    for i in range(len(fonts.SIGNS)):
        mask = np.zeros((fonts.HEIGHT, 24 + i % 20), np.uint8)
        mask[fonts.ABOVE : fonts.ABOVE + fonts.CAPITAL, 4 : 16 + i % 20] = 255
        ink.append(mask)
    return [fonts.Font("Made", "Regular", False, ink, cyrillic), fonts.Font("Other", "Bold", True, ink, cyrillic)]


class Alphabet(unittest.TestCase):
    def test_look_alikes_fold_and_separators_of_writing_vanish(self):
        self.assertEqual(fold("ВЛ80С 1234"), "BЛ80C1234")
        self.assertEqual(fold("ЗОО-123.4"), "300-1234")
        self.assertEqual((CLASSES, len(set(ALPHABET))), (56, 55))
        with self.assertRaises(KeyError):
            fold("№1")

    def test_the_best_path_merges_repeats_that_no_blank_divides(self):
        one, eight = encode("18")
        self.assertEqual(greedy([BLANK, one, one, BLANK, one, eight, eight, BLANK]), "118")


class MadeNumbers(unittest.TestCase):
    def test_check_digits_are_right(self):
        self.assertEqual([ir11_check(ten) for ten in ("2114112371", "2113112451", "3110169521")], ["7", "9", "5"])
        numbers = Numbers(np.random.default_rng(3))
        for _ in range(200):
            digits = numbers.cis8().replace(" ", "")
            self.assertEqual(luhn(digits[:-1]), digits[-1])
            wagon = numbers.indian_wagon()
            self.assertEqual(ir11_check(wagon[:-1]), wagon[-1])

    def test_every_text_can_be_said(self):
        numbers = Numbers(np.random.default_rng(4))
        seen = set()
        for _ in range(3000):
            for text in (numbers.scheme(), numbers.anything()):
                self.assertGreater(len(encode(text)), 0)
                seen.update(fold(text))
        self.assertEqual(seen, set(ALPHABET))


class MadeCrops(unittest.TestCase):
    def test_the_same_seed_makes_the_same_crop(self):
        one, two = (Maker(made_fonts(), 5)() for _ in range(2))
        self.assertEqual(one.text, two.text)
        np.testing.assert_array_equal(one.picture, two.picture)

    def test_looks_at_one_plate_differ_by_the_camera_alone(self):
        one, two = Maker(made_fonts(), 9, "hard").looks(2)
        self.assertEqual((one.text, one.picture.shape), (two.text, two.picture.shape))
        self.assertTrue((one.picture != two.picture).any())

    def test_crops_have_the_wanted_height_and_a_text_that_fits_the_steps(self):
        for kind in ("fair", "hard"):
            maker = Maker(made_fonts(), 6, kind, heights=(16, 24))
            for _ in range(60):
                crop = maker()
                self.assertTrue(16 <= crop.picture.shape[0] <= 24)
                classes = encode(crop.text)
                repeats = sum(a == b for a, b in zip(classes, classes[1:]))
                self.assertLessEqual(len(classes) + repeats, STEPS)
                self.assertEqual(net_input(crop.picture).shape, (NET_HEIGHT, NET_WIDTH, 3))

    def test_a_plate_aslant_stays_within_its_box_and_readable(self):
        rng = np.random.default_rng(2)
        for _ in range(50):
            view = View(rng, (0.5, 0.3, 5.5, 1.3), (0.0, 0.0, 6.0, 1.6), 20.0)
            self.assertTrue((view.quad > -4).all() and (view.quad < np.array(view.size) + 4).all())
        maker = Maker(made_fonts(), 10, "hall", heights=(20, 40))
        for _ in range(30):
            crop = maker()
            self.assertEqual(net_input(crop.picture).shape, (NET_HEIGHT, NET_WIDTH, 3))

    def test_a_plate_seen_from_the_front_keeps_its_shape(self):
        box = np.array([[-1.0, -0.5], [1.0, -0.5], [1.0, 0.5], [-1.0, 0.5]])
        np.testing.assert_allclose(project(box, 0, 0, 0, 10), box)
        np.testing.assert_allclose(project(box, np.radians(60), 0, 0, 1e9)[:, 0], box[:, 0] / 2, atol=1e-6)

    def test_fair_paint_keeps_its_contrast(self):
        alpha = np.zeros((30, 90), np.uint8)
        alpha[8:22, 10:80:9] = 255
        picture = np.where(alpha[..., None] > 0, 200.0, 190.0).repeat(3, 2).astype(np.float32)
        self.assertAlmostEqual(contrast(picture, alpha), 10, places=2)
        self.assertGreater(FAIR_CONTRAST, 10)
        thin = [fonts.Font("Thin", "Regular", False, [mask // 2 for mask in made_fonts()[0].ink], True), *made_fonts()]
        for seed in range(20):  # strokes that never reach the contrast are drawn anew, not for ever
            Maker(thin, seed, "fair")()

    def test_glyphs_come_back_from_their_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "glyphs.npz"
            fonts.save(made_fonts(), path)
            training, held_out = fonts.load(path, False), fonts.load(path, True)
        self.assertEqual([(font.family, font.style) for font in training + held_out], [("Made", "Regular"), ("Other", "Bold")])
        for mine, made in zip(training[0].ink, made_fonts()[0].ink):
            np.testing.assert_array_equal(mine, made)


class Learning(unittest.TestCase):
    def test_the_net_has_the_tensor_of_the_model_card(self):
        reader = Reader()
        self.assertLess(sum(p.numel() for p in reader.parameters()), 1_200_000)
        prob = Deployed(reader).eval()(torch.rand(2, 3, NET_HEIGHT, NET_WIDTH))
        self.assertEqual(tuple(prob.shape), (2, STEPS, CLASSES))
        torch.testing.assert_close(prob.sum(2), torch.ones(2, STEPS))

    def test_a_training_goes_on_where_it_was_stopped(self):
        torch.manual_seed(0)
        maker = Maker(made_fonts(), 8)
        batch = together([(net_input(crop.picture), encode(crop.text)) for crop in (maker() for _ in range(4))])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "last.pt"
            first = Training("cpu")
            first.learn(*batch, RATE)
            first.save(path)
            second = Training("cpu")
            second.restore(path)
        self.assertEqual((second.step, second.pictures), (1, 4))
        one, two = (training.learn(*batch, RATE) for training in (first, second))
        self.assertAlmostEqual(one, two, places=4)

    def test_the_learning_rate_stays_and_then_falls(self):
        rates = [learning_rate(progress, 10_000, 0.25) / RATE for progress in (0.0, 0.75, 0.875, 1.0)]
        np.testing.assert_allclose(rates, [1, 1, 0.5 * (1 + LAST_RATE), LAST_RATE])


class Figures(unittest.TestCase):
    def test_edits_by_hand(self):
        self.assertEqual([distance("1234", "1234"), distance("1234", "134"), distance("1", "8"), distance("", "12")], [0, 1, 1, 2])


if __name__ == "__main__":
    unittest.main()
