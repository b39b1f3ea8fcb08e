"""Sanity checks from a configuration to their verdicts and curves. Usage: sanity_test.py PROGRAM"""
import csv
import io
import os
import sys
import tempfile
import unittest

from world import World

PROGRAM = os.path.abspath(sys.argv.pop())
CHECKS = """\
methods: [{method: grad, score: logit}, {method: edge}, {method: random}]
metrics:
  - {metric: parameter-randomization, order: [top-down, bottom-up], cell: 4}
  - {metric: parameter-randomization, seed: fresh, cell: 4}
"""
# Its gradient is its weights.
LINEAR = [{"name": "classes", "op": "linear", "inputs": ["input"], "weight": "classes.weight", "bias": "classes.bias"}]


class Sanity(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(PROGRAM, self.folder.name)
        self.world.model["graph"] = LINEAR
        del self.world.tensors["conv1.weight"], self.world.tensors["conv1.bias"]
        values = [((7919 * i) % 1009) / 1009 - 0.5 for i in range(4 * 768)]
        self.world.tensors["classes.weight"] = ([4, 768], values)
        self.world.save_network()
        self.world.config(CHECKS)
        status, out, err = self.world.run("run", "c.yaml")
        self.assertEqual((status, err), (0, ""), out)

    def tearDown(self):
        self.folder.cleanup()

    def report(self, *arguments):
        status, out, err = self.world.run("report", "out", "--resamples", "200", *arguments)
        self.assertEqual((status, err), (0, ""), out)
        return out

    def rows(self, *arguments):
        return list(csv.DictReader(io.StringIO(self.report("--format", "csv", *arguments))))

    def test_the_controls_get_the_verdicts_that_they_deserve(self):
        verdicts = {(row["variant"], row["row"]): row["verdict"] for row in self.rows("--metric", "MPRT-spearman")}
        for order in ("top-down", "bottom-up"):
            self.assertEqual(verdicts[f"{order} cell=4", "grad"], "passes")
            self.assertEqual(verdicts[f"{order} cell=4", "edge"], "fails")
            self.assertEqual(verdicts[f"{order} cell=4", "random"], "fails")
        self.assertEqual(verdicts["top-down fresh cell=4", "grad"], "passes")
        self.assertEqual(verdicts["top-down fresh cell=4", "edge"], "fails")
        self.assertEqual(verdicts["top-down fresh cell=4", "random"], "uninformative")
        text = self.report()
        self.assertIn("parameter-randomization: verdicts: six / small, protocol paper", text)

    def test_the_curves(self):
        curves = self.rows("--curves")
        edge = [row for row in curves if row["row"] == "edge" and row["curve"] == "ssim"]
        self.assertEqual(len(edge), 3)  # variants; one layer is one step
        for row in edge:
            self.assertAlmostEqual(float(row["mean"]), 1)
            self.assertEqual(row["samples"], "6")
        seeds = {row["mean"] for row in curves if row["curve"] == "seed"}
        self.assertEqual(len(seeds), 1)
        self.assertLess(int(seeds.pop()), 2 ** 53)
        self.assertIn("parameter-randomization: spearman (1), mean by step: six / small, protocol paper",
                      self.report("--curves"))

    def test_a_second_run_computes_nothing(self):
        status, out, err = self.world.run("run", "c.yaml")
        self.assertEqual((status, err), (0, ""), out)
        self.assertIn("all done", out)


if __name__ == "__main__":
    unittest.main()
