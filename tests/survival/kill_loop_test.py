"""scripts/kill-loop with five kills on a run of some seconds. Usage: kill_loop_test.py PROGRAM"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/cli"))
from world import World  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop())
KILLS, RANKS = 5, 3
METHODS = "methods: [{method: occ, patch: 4, stride: 1}, {method: grad}, {method: rise, masks: 400}]\n"
METRICS = "metrics: [{metric: confidence-gain, rho: 0.25, base: zero}]\n"


class KillLoop(unittest.TestCase):
    def test_what_comes_out_is_what_an_undisturbed_run_finds(self):
        with tempfile.TemporaryDirectory() as folder:
            world = World(PROGRAM, folder)
            world.write_images(60)
            world.config(METHODS + METRICS)
            done = subprocess.run([SOURCE / "scripts/kill-loop", "c.yaml", "--kills", str(KILLS), "--seed", "7", "--ranks", str(RANKS),
                                   "--program", PROGRAM, "--folder", "loop"], cwd=folder, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            print(done.stdout)
            self.assertEqual(done.returncode, 0, done.stdout)
            with open(f"{folder}/loop/kills.csv", newline="") as file:
                kills = list(csv.DictReader(file))
            self.assertEqual([int(kill["kill"]) for kill in kills], list(range(1, KILLS + 1)))
            for kill in kills:  # what a journal held before, it holds after it
                self.assertGreaterEqual(int(kill["units_done"]), int(kill["units_before"]), kill)
            self.assertRegex(done.stdout, r"lap-\d+: identical: 1 experiments, 60 samples")


if __name__ == "__main__":
    unittest.main()
