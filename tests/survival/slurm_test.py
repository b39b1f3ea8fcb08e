"""`assay submit` on a SLURM of two nodes: the run meets its time limit of a minute, is requeued, finishes, and its tables are those of an
undisturbed run under mpirun. Usage: slurm_test.py PROGRAM"""
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

import h5py

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/cli"))
from world import World  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop())
LAB = str(SOURCE / "scripts/slurm-lab")
SKIPPED = 77
# The work of two ranks in seconds. SLURM looks at time limits every half a minute: the signal comes 20 to 50 s after the start.
WORK = 70
PATIENCE = 200  # s for the job in all
ENDED = ("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT")
METHODS = "methods: [{method: occ, patch: 4, stride: 1}, {method: grad}, {method: rise, masks: 1000}]\n"
METRICS = "metrics: [{metric: confidence-gain, rho: 0.25, base: zero}]\n"
PROFILE = """nodes: 2
ranks_per_node: 1
cpus_per_rank: 1
time: {limit: "00:01:00", least: "00:01:00"}
requeue: {notice: 10, most: 20}
report: {time: "00:02:00"}
"""


class Slurm(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.world = World(PROGRAM, self.folder)
        (self.folder / "profile.yaml").write_text(PROFILE)

    def mpirun(self, output):
        launcher = ["mpirun", "-n", "2", "--oversubscribe"] + ["--allow-run-as-root"] * (os.getuid() == 0)
        status, out, err = self.world.run("run", "c.yaml", "--output", output, "--set", "numerics.device=cpu", launcher=launcher)
        self.assertEqual(status, 0, out + err)

    def units(self, output):
        with h5py.File(self.folder / output / "results.h5") as results:
            return results["provenance/units"][()]

    def write_configuration(self):
        """As many images as make the work that is wanted."""
        self.world.write_images(8)
        self.world.config(METHODS + METRICS)
        self.mpirun("trial")
        units = self.units("trial")
        images = math.ceil(WORK * 2 / (sum(unit["seconds"] for unit in units) / len(units)))
        self.world.write_images(images)
        return images

    def start_laboratory(self):
        lab = str(self.folder / "lab")
        self.addCleanup(subprocess.run, [LAB, "stop", lab], timeout=120)
        subprocess.run([LAB, "start", lab], check=True, stdout=subprocess.DEVNULL, timeout=120)
        return lab

    def finished(self, lab, job):
        """What SLURM knows of a job when it has ended."""
        deadline = time.time() + PATIENCE
        while time.time() < deadline:
            told = subprocess.run([LAB, "run", lab, "scontrol", "-o", "show", "job", job], text=True, stdout=subprocess.PIPE, check=True)
            known = dict(word.split("=", 1) for word in told.stdout.split() if "=" in word)
            if known["JobState"] in ENDED:
                return known
            time.sleep(1)
        self.fail(f"job {job} did not end within {PATIENCE} s: {told.stdout}")

    def logs(self):
        return "\n".join(f"==> {log}\n{log.read_text()}" for log in sorted(self.folder.glob("out/submissions/*/*.log")))

    def test_a_run_that_meets_its_time_limit_is_requeued_and_finishes(self):
        images = self.write_configuration()
        self.mpirun("undisturbed")
        lab = self.start_laboratory()
        status, out, err = self.world.run("submit", "c.yaml", "--profile", "profile.yaml", launcher=[LAB, "run", lab])
        self.assertEqual(status, 0, out + err)
        job, report = re.findall(r"^submitted (\d+)", out, re.MULTILINE)
        known = self.finished(lab, job)
        self.assertEqual(known["JobState"], "COMPLETED", self.logs())
        self.assertGreaterEqual(int(known["Restarts"]), 1, self.logs())
        self.assertEqual(known["NumNodes"], "2")
        self.assertIn("stopped by SIGUSR1", self.logs())
        self.assertNotIn("units in flight did not end", self.logs())
        reported = self.finished(lab, report)
        self.assertEqual(reported["JobState"], "COMPLETED", self.logs())
        self.assertGreaterEqual(reported["StartTime"], known["EndTime"])  # ISO 8601
        self.assertTrue((self.folder / "out/report.md").exists(), self.logs())
        diff = self.world.run("diff", "--exact", "undisturbed/results.h5", "out/results.h5")
        self.assertEqual(diff[0], 0, diff[1])
        units = self.units("out")
        self.assertEqual(len(units), images, "a unit was computed twice, though it ended in good order")
        self.assertEqual({(int(unit["rank"]), int(unit["ranks"]), unit["host"]) for unit in units},
                         {(0, 2, b"lab1"), (1, 2, b"lab2")})
        print(f"{images} units, {known['Restarts']} requeues; {diff[1].strip()}")


if __name__ == "__main__":
    able = subprocess.run([LAB, "check"], stderr=subprocess.PIPE, text=True)
    if able.returncode != 0:
        print(f"skipped: {able.stderr.strip()}")
        sys.exit(SKIPPED)
    unittest.main()
