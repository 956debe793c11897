"""python -m unittest training.tests.test_readers"""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import cv2
import numpy as np

from training.plates import compare, labelled, measure, teach, tensors
from training.plates.network import OWN, PPOCR, Network


def picture(height=24, width=90, value=80):
    return np.full((height, width, 3), value, np.uint8)


def folder_of(rows, into):
    """A folder of crops with its list."""
    folder = Path(into)
    for file, _, _ in rows:
        cv2.imwrite(str(folder / file), picture())
    labelled.write(folder, rows)
    return folder


class Lists(unittest.TestCase):
    def refused(self, text):
        with tempfile.TemporaryDirectory() as folder:
            cv2.imwrite(f"{folder}/a.png", picture())
            Path(folder, labelled.LIST).write_text(text, encoding="utf-8")
            with self.assertRaises(SystemExit) as error:
                labelled.labelled(Path(folder))
        return str(error.exception)

    def test_what_is_written_comes_back(self):
        with tempfile.TemporaryDirectory() as folder:
            crops = labelled.labelled(folder_of([("a.png", "ВЛ80С-1234", "hall"), ("b.png", "", "")], folder))
        self.assertEqual([(crop.file, crop.text, crop.kind) for crop in crops], [("a.png", "ВЛ80С-1234", "hall"), ("b.png", "", "")])
        self.assertEqual((crops[0].shapes, crops[0].cyrillic, crops[1].cyrillic), ("BЛ80C-1234", True, False))
        self.assertEqual(crops[0].picture.shape, (24, 90, 3))

    def test_a_list_that_is_none_says_what_is_missing_and_where(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(SystemExit) as error:
            labelled.labelled(Path(folder))
        self.assertIn("a table with the columns file and text", str(error.exception))
        self.assertIn("crops.csv:3: a line needs file and text", self.refused("file,text\na.png,123\na.png\n"))
        self.assertIn("crops.csv:2: '№12' holds '№'", self.refused("file,text\na.png,№12\n"))


class Crops(unittest.TestCase):
    def test_a_true_box_gets_a_margin_and_stays_in_the_frame(self):
        frame = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)
        inside = tensors.cut(frame, (10, 10, 40, 35))  # 25 px high: 2 px on every side
        np.testing.assert_array_equal(inside, frame[8:37, 8:42])
        self.assertEqual(tensors.cut(frame, (-5, -5, 20, 20)).shape, (22, 22, 3))
        self.assertIsNone(tensors.cut(frame, (59, 10, 70, 30)), "next to nothing of it is left")

    def test_the_frames_at_whole_seconds_come_once_each(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/clip.avi"
            clip = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 5, (32, 32))
            for index in range(16):
                clip.write(np.full((32, 32, 3), 10 * index, np.uint8))
            clip.release()
            found = [(t, round(float(frame.mean()) / 10)) for t, frame in tensors.frames(path, {0: [], 2: [], 3: [], 9: []})]
        self.assertEqual(found, [(0, 0), (2, 10), (3, 15)])

    def test_tensors_lie_in_one_file_with_a_line_for_each_look(self):
        network = mock.Mock(labels=["<blank>", "1"])
        network.name = "made"
        network.probabilities.side_effect = lambda crop: np.full((4, 2), crop.mean(), np.float64)
        looks = [("own", "a", 24, "11", picture(value=1)), ("own", "b", 30, "1", picture(value=2))]
        with tempfile.TemporaryDirectory() as folder:
            tensors.dump(network, looks, Path(folder) / "new")
            out = Path(folder) / "new"
            floats = np.fromfile(out / "tensors.f32", "<f4")
            np.testing.assert_array_equal(floats, [1] * 8 + [2] * 8)
            self.assertEqual((out / "looks.tsv").read_text(), "own\ta\t24\t11\nown\tb\t30\t1\n")
            self.assertEqual((out / "labels.txt").read_text(), "<blank>\n1\n")


class Reading(unittest.TestCase):
    def test_the_shipped_network_reads_committed_crops(self):
        network = Network(OWN)
        fair = [crop for crop in labelled.labelled(measure.VALIDATION) if crop.kind == "fair"][:20]
        for crop in fair:
            np.testing.assert_allclose(network.probabilities(crop.picture).sum(1), 1, atol=1e-4)
        right = sum(network.read(crop.picture) == measure.unmarked(crop.shapes) for crop in fair)
        self.assertGreaterEqual(right, 18)

    def test_repeats_are_merged_unless_a_blank_divides_them(self):
        network = mock.Mock(labels=["<blank>", "1", "8", "-", "#"])
        steps = np.eye(5)[[0, 1, 1, 0, 1, 2, 2, 3, 4, 1]]
        self.assertEqual(Network.text(network, steps), "1181")

    @unittest.skipUnless((PPOCR / "model.onnx").exists(), "scripts/setup.sh has not brought it")
    def test_classes_of_one_shape_are_added_up(self):
        network = Network(PPOCR)
        self.assertEqual(len(set(network.labels)), len(network.labels))
        steps = network.probabilities(picture())
        self.assertEqual(steps.shape[1], len(network.labels))
        np.testing.assert_allclose(steps.sum(1), 1, atol=1e-3)

    def test_without_its_network_a_folder_says_what_to_do(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "config_infer.txt").write_text((OWN / "config_infer.txt").read_text())
            with self.assertRaises(SystemExit) as error:
                Network(Path(folder))
        self.assertIn("run scripts/setup.sh", str(error.exception))


def row(level="look", height=30.0, truth="1234", wanted="uk5", **said):
    return {"level": level, "kind": "made", "plate": "a.png", "height": height, "truth": truth, "wanted": wanted} | said


class Comparing(unittest.TestCase):
    def test_lines_of_the_decoder_become_rows(self):
        line = "look\tmade\ta.png\t24\t1234\tuk5\t1234\t12345\tuk5\tNone\t0.9000\t12345\n"
        with mock.patch.object(compare.subprocess, "run", return_value=mock.Mock(stdout=line)) as run:
            (found,) = compare.decoded(["A", "B"], "--scheme", "uk5")
        self.assertEqual(run.call_args.args[0][-4:], ["--scheme", "uk5", "A", "B"])
        self.assertEqual((found["height"], found["path"], found["all"], found["given"]), (24.0, "1234", "12345", "12345"))

    def test_tables_keep_heights_lengths_and_plates_apart(self):
        looks = [row(all="1234"), row(height=14.0, all="1235"), row(truth="1" * 12, all="1" * 12), row(wanted="", all="1234")]
        readings = {"a": [*looks, row("plate", all="1234")]}
        counts = {title: len(chosen["a"]) for title, chosen in compare.subsets(readings)}
        self.assertEqual(
            {title: n for title, n in counts.items() if n},
            {"made, one look, 24 px and more, up to 11 glyphs": 1, "made, one look, 12 to 16 px": 1, "made, all looks at a plate": 1},
        )
        self.assertEqual(compare.exact(looks[:2], "all"), "50.0")

    def test_a_table_is_printed_for_every_reader(self):
        one = row(path="1234", all="1234", given="1234")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            compare.print_table({"a": [one], "b": [one], "both": [one]})
        self.assertIn("| 1 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 |  | 100.0 | 100.0 |", out.getvalue())


class Teaching(unittest.TestCase):
    def taught(self, **said):
        answer = row(path="12344", all="12344", scheme="uk5", validity="None", confidence="0.99") | said
        with tempfile.TemporaryDirectory() as folder:
            crops = folder_of([("a.png", "", ""), ("b.png", "77", "")], folder)
            with mock.patch.object(teach, "Network"), mock.patch.object(teach, "dump"), mock.patch.object(teach, "decoded", return_value=[answer]):
                return teach.taught(crops, PPOCR, ["uk5"], 0.95)

    def test_a_reading_is_kept_only_where_nothing_speaks_against_it(self):
        self.assertEqual(self.taught(), {"a.png": "12344"})
        self.assertEqual(self.taught(path="12341"), {}, "a scheme had to bend it")
        self.assertEqual(self.taught(confidence="0.9"), {})
        self.assertEqual(self.taught(validity="Failed"), {})
        self.assertEqual(self.taught(scheme=""), {})

    def test_where_everything_is_read_nobody_is_asked(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(teach.taught(folder_of([("a.png", "12", "")], folder), PPOCR, ["uk5"], 0.95), {})


class Figures(unittest.TestCase):
    def test_shares_by_hand(self):
        self.assertEqual(measure.share([]), {"n": 0})
        self.assertEqual(measure.share([(24, 4, "digits", True, 0), (24, 6, "digits", False, 1)]), {"n": 2, "exact": 0.5, "glyph_errors": 0.1})

    def test_tables_tell_height_length_and_script_apart(self):
        rows = [(30, 8, "digits", True, 0), (20, 8, "cyrillic", False, 2), (30, 12, "latin", False, 3)]
        table = measure.table(rows)
        self.assertEqual(table["up_to_11_glyphs"]["24_px_and_more"]["n"], 1)
        self.assertEqual(table["up_to_11_glyphs"]["16_to_24_px"], {"n": 1, "exact": 0.0, "glyph_errors": 0.25})
        self.assertEqual(table["24_px_and_more"]["12_to_22_glyphs"]["n"], 1)
        self.assertEqual((table["24_px_and_more"]["cyrillic"]["n"], table["24_px_and_more"]["latin"]["n"]), (0, 1))

    def test_crops_without_text_are_not_measured(self):
        network = mock.Mock()
        network.read.return_value = "12"
        with tempfile.TemporaryDirectory() as folder:
            crops = folder_of([("a.png", "12", "x"), ("b.png", "", "x"), ("c.png", "13", "y")], folder)
            (figures,) = measure.on_labelled([network], crops)
        self.assertEqual({kind: share["n"] for kind, share in figures.items()}, {"all": 2, "x": 1, "y": 1})
        self.assertEqual(figures["all"]["exact"], 0.5)

    def test_a_check_names_the_figure_that_is_off(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "metrics.json").write_text(json.dumps({"validation": {"all": {"n": 2, "exact": 0.9}}}))
            measure.check(Path(folder), {"all": {"n": 2, "exact": 0.902}})
            with self.assertRaises(SystemExit) as error:
                measure.check(Path(folder), {"all": {"n": 2, "exact": 0.8}})
        self.assertIn("/all/exact: committed 0.9, measured 0.8", str(error.exception))


if __name__ == "__main__":
    unittest.main()
