"""`assay floors` and `assay train floors` as programs: what they say, refuse and keep. Usage: floors_test.py PROGRAM"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop())
SIDE = 227
PIXEL = {"3rd": b"\xC0\x40\x20", "4th": b"\x20\x40\xC0"}


class Floors(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.holder.name)

    def tearDown(self):
        self.holder.cleanup()

    def run_assay(self, *arguments):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def write_views(self, kind="images", pixels=PIXEL):
        """Two floors of two views of one colour: one for training, one for the test."""
        for floor, pixel in pixels.items():
            (self.folder / "data" / kind / floor).mkdir(parents=True)
            for view in "01":
                file = self.folder / f"data/{kind}/{floor}/{view}.png"
                file.write_bytes(f"P6\n{SIDE} {SIDE}\n255\n".encode() + pixel * SIDE * SIDE)
        for number, split in enumerate(("train", "test")):
            (self.folder / f"data/{split}.txt").write_text(
                "".join(f"images/{floor}/{number}.png {floor}\n" for floor in pixels))

    def train(self, *arguments):
        return self.run_assay("train", "floors", "data", "--out", "net", "--epochs", "1", *arguments)

    def test_a_training_reports_is_not_repeated_and_belongs_to_its_settings(self):
        self.write_views()
        self.write_views("painted", {floor: b"\x80\x80\x80" for floor in PIXEL})
        status, first, err = self.train()
        self.assertEqual((status, err), (0, ""))
        self.assertIn("views        2 for training, 2 for the test; floors 3rd 4th\n", first)
        self.assertRegex(first, r"epoch +1   loss [0-9.]+, ")
        self.assertRegex(first, r"painted out  [0-2] of 2 views lose confidence without their object: p = ")
        report = json.loads((self.folder / "net/report.json").read_text())
        self.assertEqual((report["epochs"], report["test"]["views"], report["painted_out"]["views"]), (1, 2, 2))
        wrong = report["test"]["views"] - report["test"]["right"]
        self.assertEqual(len(report["test"]["failed"]), wrong)
        self.assertIn(f"test views   {2 - wrong} of 2 right\n", first)
        status, again, _ = self.train()
        self.assertEqual(status, 0)
        self.assertNotIn("epoch    1   loss", again)
        self.assertEqual(again.splitlines()[-1], "saved        net")
        status, _, err = self.train("--seed", "2")
        self.assertEqual(status, 2)
        self.assertRegex(err, r"^assay: net[^\n]*another [^\n]*, or --restart\n$")

    def test_views_that_cannot_be_read_are_named(self):
        self.write_views()
        (self.folder / "data/images/4th/0.png").write_bytes(b"P6\n227 227\n255\nshort")
        status, _, err = self.train()
        self.assertEqual(status, 1)
        self.assertEqual(err.splitlines()[-1], "assay: data/images/4th/0.png: not an image, or damaged")

    def test_one_floor_is_nothing_to_tell_apart(self):
        self.write_views(pixels={"3rd": PIXEL["3rd"]})
        status, _, err = self.train()
        self.assertEqual(status, 2)
        self.assertRegex(err, r"^assay: [^\n]*floor[^\n]*\n$")

    def test_floors_does_not_write_over_anything_else(self):
        (self.folder / "notes.txt").write_text("mine")
        status, _, err = self.run_assay("floors", ".")
        self.assertEqual(status, 2)
        self.assertEqual(err, "assay: .: is not empty and holds no floors (floors.json); name an empty or new folder\n")
        self.assertEqual([file.name for file in self.folder.iterdir()], ["notes.txt"])


if __name__ == "__main__":
    unittest.main()
