"""python -m unittest training.tests.test_visits"""

import json
import unittest

import numpy as np

from training.hall import visits
from training.hall.plates import luhn
from training.hall.rolling_stock import LIVERIES, MODELS, VALIDATION_LIVERIES
from training.hall.scene import Hall


class Scenes(unittest.TestCase):
    def test_a_scene_is_the_same_every_time_and_shows_enough_numbers(self):
        one, two = visits.scene(1), visits.scene(1)
        self.assertEqual([one.truth(t) for t in (0, 13)], [two.truth(t) for t in (0, 13)])
        self.assertEqual(visits.facility(one), visits.facility(two))
        self.assertGreaterEqual(len(visits.tall(one)), visits.LEAST)

    def test_machines_stand_apart_on_their_tracks_under_right_numbers(self):
        hall = Hall(visits.SEED, validation=True, length=66.0)
        for seed in range(30):
            stand = visits.machines(hall, np.random.default_rng(seed), list(VALIDATION_LIVERIES))
            for track in hall.tracks:
                spans = sorted(machine.segment(0) for machine in stand if machine.track == track.id)
                self.assertTrue(spans and spans[0][0] >= 0 and spans[-1][1] <= track.length)
                self.assertTrue(all(after[0] - before[1] > 0.7 for before, after in zip(spans, spans[1:])))
            for machine in stand:
                self.assertIn(machine.model, MODELS)
                self.assertEqual(luhn(machine.plate[:-1]), machine.plate[-1])
            self.assertEqual(len({machine.id for machine in stand}), len(stand))

    def test_every_other_scene_wears_liveries_that_training_never_showed(self):
        for index, known in ((0, LIVERIES), (1, VALIDATION_LIVERIES)):
            self.assertTrue({machine.livery for machine in visits.scene(index).machines} <= set(known))

    def test_the_search_for_scenes_knows_the_numbers_that_the_list_has(self):
        one = visits.scene(1)
        self.assertEqual(visits.tall(one), visits.showing(visits.visible(one, seconds=1)))

    def test_only_tall_numbers_count_as_shown(self):
        line = json.dumps({"t": 0, "camera": "C1", "plates": [{"id": "V1", "height": 19.9}, {"id": "V2", "height": 20.0}]})
        self.assertEqual(visits.showing([line]), {"V2"})


if __name__ == "__main__":
    unittest.main()
