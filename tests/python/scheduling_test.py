"""bench/scheduling.py against closed forms. Usage: scheduling_test.py"""
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(__file__).parents[2] / "bench/scheduling.py"
specification = importlib.util.spec_from_file_location("scheduling", SCRIPT)
scheduling = importlib.util.module_from_spec(specification)
specification.loader.exec_module(scheduling)
Dealing, makespan = scheduling.Dealing, scheduling.makespan


def write_units(path, rows):
    """rows: (experiment, rank, ranks, seconds, samples)"""
    text = h5py.string_dtype()
    kinds = [("experiment", text), ("rank", "i8"), ("ranks", "i8"), ("seconds", "f8"), ("samples", "i8")]
    experiments = [(name, f"network-{name}") for name in sorted({row[0] for row in rows})]
    with h5py.File(path, "w") as file:
        file["provenance/units"] = np.array(rows, dtype=kinds)
        file["experiments"] = np.array(experiments, dtype=[("id", text), ("network", text)])


def run(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True)


class Makespan(unittest.TestCase):
    def test_equal_units(self):
        for ranks in (1, 3, 64):
            self.assertEqual(makespan([2.0] * 10 * ranks, [1] * 10 * ranks, ranks), 20)
            self.assertEqual(makespan([2.0] * (10 * ranks + 1), [1] * (10 * ranks + 1), ranks), 22)

    def test_fewer_units_than_ranks(self):
        self.assertEqual(makespan([5.0, 3.0], [1, 1], 8), 5)
        self.assertEqual(makespan([], [], 2), 0)

    def test_one_huge_unit(self):
        seconds = [1.0] * 100
        seconds[70] = 1000.0
        dear = [float(unit == 70) for unit in range(100)]
        self.assertEqual(makespan(seconds, dear, 4), 1001)  # dealt first, with one more ahead
        self.assertEqual(makespan(seconds, dear, 4, Dealing(held_back=100)), 1000)
        cheap = [float(unit != 70) for unit in range(100)]
        self.assertEqual(makespan(seconds, cheap, 4), 24 + 1000)  # dealt last

    def test_the_last_units_go_to_whoever_is_idle(self):
        """Rank 0's first unit lasts. Of five more it holds one ahead, of four none."""
        self.assertEqual(makespan([10.0] + [1] * 6, [1] * 7, 2), 11)
        self.assertEqual(makespan([10.0] + [1] * 4, [1] * 5, 2), 10)

    def test_what_a_question_costs(self):
        """Rank 1 asks ahead before each of its 5 units, and idle for the first and the last two; rank 0 never waits."""
        self.assertAlmostEqual(makespan([1.0] * 10, [1] * 10, 2, Dealing(round_trip=0.01)), 5 + 8 * 0.01)
        self.assertAlmostEqual(makespan([1.0] * 10, [1] * 10, 2, Dealing(between=0.1)), 5.5)
        self.assertAlmostEqual(makespan([1.0] * 10, [1] * 10, 1, Dealing(round_trip=9, service=9, between=0.1)), 11)

    def test_questions_queue_at_the_dealer(self):
        """63 ranks ask at once, one of them waits for all others; then again for a unit ahead."""
        dealing = Dealing(service=0.5)
        self.assertAlmostEqual(makespan([1.0] * 64, [1] * 64, 64, dealing), 2 * 63 * 0.5 + 1)

    def test_random_units_stay_between_the_bounds(self):
        random = np.random.default_rng(1)
        for ranks in (2, 7, 32):
            seconds = random.lognormal(0, 1, 400).tolist()
            span = makespan(seconds, [1] * 400, ranks)
            self.assertGreaterEqual(span, sum(seconds) / ranks)
            self.assertLessEqual(span, sum(seconds) / ranks + 2 * max(seconds))


class Runs(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.results = self.folder / "results.h5"

    def units(self, rows):
        write_units(self.results, rows)
        return scheduling.read_units(self.results)

    def test_order_of_dealing(self):
        units = self.units([("a", 0, 2, 3, 1), ("a", 0, 2, 1, 1), ("a", 0, 2, 1, 1),
                            ("a", 1, 2, 1, 1), ("a", 1, 2, 1.5, 1), ("a", 1, 2, 2, 1)])
        self.assertEqual(scheduling.in_order_of_dealing(units, 0), [3, 1, 1, 1.5, 2, 1])

    def test_drawn(self):
        units = self.units([("a", 0, 1, 3, 2), ("a", 0, 1, 5, 2), ("b", 0, 1, 1, 1)])
        seconds, prices = scheduling.drawn(units, 101, np.random.default_rng(0))
        self.assertEqual(len(seconds), 51 + 101)
        self.assertEqual(set(seconds[:51]), {3, 5})
        self.assertEqual(set(prices[:51]), {4})
        self.assertEqual(set(seconds[51:]) | set(prices[51:]), {1})

    def test_simulate(self):
        write_units(self.results, [("a", 0, 1, 2, 1)])
        free = ("--round-trip", 0, "--service", 0, "--between", 0)
        shown = run("simulate", self.results, "--ranks", 50, "--images", 1000, *free).stdout
        self.assertIn("1000 images on 50 ranks, 1000 units of 2 s", shown)
        self.assertIn("efficiency: mean 100.00 %", shown)
        shown = run("simulate", self.results, "--ranks", 50, "--images", 951, *free).stdout
        self.assertIn("efficiency: mean 95.10 %", shown)

    def test_one_network(self):
        write_units(self.results, [("a", 0, 1, 2, 1), ("b", 0, 1, 7, 1)])
        command = ("simulate", self.results, "--ranks", 5, "--images", 10, "--network")
        self.assertIn("10 units of 7 s", run(*command, "network-b").stdout)
        self.assertIn("no unit went through a network 'c'", run(*command, "c").stderr)

    def test_replay(self):
        """Two ranks of two equal units each, in a folder as old as this test."""
        write_units(self.results, [("a", rank, 2, 30, 1) for rank in (0, 0, 1, 1)])
        (self.folder / "journal").mkdir()
        (self.folder / "journal/rank-0000.journal").touch()
        shown = run("replay", self.folder, "--round-trip", 0, "--service", 0, "--between", 0)
        if "does not know when files were made" in shown.stderr:
            self.skipTest(shown.stderr)
        self.assertIn("2 ranks, 4 units of 30.000 s", shown.stdout)
        self.assertIn("predicted 60.00 s", shown.stdout)
        self.assertIn("predicted 100.00 %", shown.stdout)

    def test_mistakes(self):
        write_units(self.results, [("a", 0, 2, 1, 1), ("a", 0, 1, 1, 1)])
        ended = run("replay", self.folder)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("units of several runs", ended.stderr)
        write_units(self.results, [("a", 0, 1, 1, 1)])
        self.assertIn("no journals", run("replay", self.folder).stderr)


if __name__ == "__main__":
    unittest.main()
