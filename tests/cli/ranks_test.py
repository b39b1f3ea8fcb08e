"""The same results for 1, 2 and 3 ranks, each of which did some of the work. Usage: ranks_test.py PROGRAM"""
import os
import socket
import subprocess
import sys
import tempfile
import unittest

import h5py

PROGRAM = os.path.abspath(sys.argv.pop())
PACK = os.environ.get("ASSAY_DATA", "")
CONFIG = """
name: cifar
output: out
datasets: [{name: cifar10, kind: labels-csv, path: "${ASSAY_DATA}/images/cifar10_test", count: 10}]
networks: [{name: resnet20, path: "${ASSAY_DATA}/models/resnet20_cifar10"}]
protocols: [paper, authors-code]
methods:
  - {name: occ 4, method: occ, patch: 4, stride: 4}
  - {name: grad 2, method: grad, dilations: 2}
  - {name: C-MWP, method: c-mwp, layer: layer2.2.relu2, contrast: avgpool}
  - {name: C-MWP+occ, method: agreement, of: [C-MWP, occ 4]}
  - {name: random, method: random}
metrics: [{metric: confidence-gain, rho: 0.25, base: ["gaussian(5)", zero], protocols: [paper]},
          {metric: confidence-gain, rho: 0.25, base: ["box(5)", zero], protocols: [authors-code]},
          {metric: aopc, region: 8, steps: 3, repeats: 2, protocols: [paper]},
          {metric: road, shares: [0.2, 0.7], protocols: [paper]},
          {metric: sensitivity-n, points: 3, sets: 5, protocols: [paper]},
          {metric: infidelity, samples: 6, sides: [4, 8], protocols: [paper]},
          {metric: max-sensitivity, samples: 2, protocols: [paper]}]
"""


@unittest.skipUnless(os.path.exists(f"{PACK}/models/resnet20_cifar10"), "ASSAY_DATA does not point to the data pack")
class Ranks(unittest.TestCase):
    def launch(self, folder, ranks):
        subprocess.run(["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks), PROGRAM, "run", "c.yaml",
                        "--output", f"out{ranks}"], cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=300)

    def workers(self, file):
        with h5py.File(file) as results:
            return {int(unit["rank"]) for unit in results["provenance/units"][()]}

    def check_places(self, file, ranks):
        with h5py.File(file) as results:
            places, units = results["provenance/ranks"][()], results["provenance/units"][()]
        self.assertEqual(places["rank"].tolist(), list(range(ranks)))
        self.assertEqual(set(places["host"]), {socket.gethostname().encode()})
        self.assertEqual(places["threads"].tolist(), [1] * ranks)
        self.assertGreater(min(places["blas_gflops"]), 0)
        for place in places:
            self.assertTrue(place["device"] and place["blas"])
            self.assertEqual(place["units"], sum(units["rank"] == place["rank"]))

    def test_results_do_not_depend_on_the_number_of_ranks(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/c.yaml", "w") as file:
                file.write(CONFIG)
            for ranks in (1, 2, 3):
                self.launch(folder, ranks)
                self.assertEqual(self.workers(f"{folder}/out{ranks}/results.h5"), set(range(ranks)))
                self.check_places(f"{folder}/out{ranks}/results.h5", ranks)
            for ranks in (2, 3):
                done = subprocess.run([PROGRAM, "diff", "--exact", "out1/results.h5", f"out{ranks}/results.h5"], cwd=folder,
                                      text=True, stdout=subprocess.PIPE)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("identical: 1 experiments, 10 samples, 10 explanations, 45 cells, 450 records", done.stdout)

    def test_a_mistake_is_said_once(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/c.yaml", "w") as file:
                file.write(CONFIG.replace("patch", "pach"))
            done = subprocess.run(["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "3", PROGRAM, "run", "c.yaml"],
                                  cwd=folder, text=True, stderr=subprocess.PIPE, timeout=300)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stderr.count("methods[0].pach: unknown key"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
