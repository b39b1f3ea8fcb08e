"""What `assay doctor` says on this machine, alone, under mpirun and where srun offers no PMIx.
Usage: doctor_test.py PROGRAM"""
import glob
import os
import sys
import tempfile
import time
import unittest

from world import World

PROGRAM = os.path.abspath(sys.argv.pop())
REFERENCE_BLAS = glob.glob("/usr/lib/*/blas/libblas.so.3")
# Without TCP, of which Open MPI 5 says so where a machine has no network that reaches itself.
MPIRUN = ("mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "btl", "^tcp", "-n", "2")
CHECKS = ["configuration", "MPI", "devices", "BLAS", "output", "space", "images", "network small"]


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.world = World(PROGRAM, self.folder.name)
        self.world.config()

    def doctor(self, *arguments, **how):
        """Exit status, and what is said by check: (health, text)."""
        status, out, err = self.world.run("doctor", *arguments, **how)
        self.assertEqual(err, "", out)
        said = {}
        for line in out.splitlines():
            self.assertRegex(line, r"^(ok  |warn|fail)  [A-Za-z ]+: .")
            what, text = line[6:].split(": ", 1)
            self.assertNotIn(what, said)
            said[what] = (line[:4].strip(), text)
        self.assertEqual(status, int("fail" in [health for health, _ in said.values()]))
        return said

    def test_everything_in_ten_seconds_and_nothing_is_left(self):
        before = sorted(os.listdir(self.world.folder))
        start = time.monotonic()
        said = self.doctor("c.yaml")
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(list(said), CHECKS)
        self.assertEqual(said["configuration"], ("ok", "test: 1 experiments, 12 records"))
        self.assertRegex(said["MPI"][1], r"^.+, 1 rank \(.+ 1\), started by no launcher$")
        self.assertEqual(said["images"], ("ok", "six: 6 samples; 6 files looked for and there, 3 images decoded"))
        self.assertEqual(sorted(os.listdir(self.world.folder)), before)

    def test_without_a_configuration(self):
        self.assertEqual(list(self.doctor()), ["MPI", "devices", "BLAS"])

    def test_two_ranks_speak_once(self):
        said = self.doctor("c.yaml", launcher=MPIRUN)
        self.assertEqual(list(said), CHECKS)
        self.assertRegex(said["MPI"][1], r", 2 ranks \(.+ 2\), started by mpirun$")

    def test_a_rank_that_cannot_read_the_configuration_is_named(self):
        hidden = [*MPIRUN, "sh", "-c", 'cd "$(test $OMPI_COMM_WORLD_RANK = 0 && pwd || echo /)" && exec "$@"', "rank"]
        status, out, _ = self.world.run("doctor", "c.yaml", launcher=hidden)
        self.assertIn("fail  configuration: rank 1: c.yaml: cannot be read: No such file or directory\n", out)
        self.assertNotEqual(status, 0)

    def test_tasks_without_pmix(self):
        alone = {key: value for key, value in os.environ.items() if not key.startswith(("OMPI_", "PMIX_", "PMI_"))}
        alone.update(SLURM_JOB_ID="1", SLURM_STEPID="0", SLURM_NODELIST="n1", SLURM_STEP_NUM_TASKS="4", SLURM_PROCID="0")
        said = self.doctor(environment=alone)
        self.assertEqual(said["MPI"][0], "fail")
        self.assertTrue(said["MPI"][1].startswith("srun started 4 tasks, but each is an MPI world of its own: PMIx is missing; "
                                                  "start them with 'srun --mpi=pmix'"), said)
        status, out, err = self.world.run("doctor", environment=dict(alone, SLURM_PROCID="1"))
        self.assertEqual((status, out, err), (1, "", ""))  # the first has said it

    def test_a_step_of_one_task_needs_no_pmix(self):
        alone = {key: value for key, value in os.environ.items() if not key.startswith(("OMPI_", "PMIX_", "PMI_"))}
        alone.update(SLURM_JOB_ID="1", SLURM_STEPID="0", SLURM_NODELIST="n1", SLURM_STEP_NUM_TASKS="1", SLURM_PROCID="0")
        self.assertEqual(self.doctor(environment=alone)["MPI"][0], "ok")

    def test_mistakes_and_missing_images_are_findings(self):
        said = self.doctor("c.yaml", "--set", "methods=[{method: ocx}]")
        self.assertEqual(said["configuration"][0], "fail")
        for image in (self.world.folder / "images").glob("*.ppm"):
            image.unlink()
        health, text = self.doctor("c.yaml")["images"]
        self.assertEqual(health, "fail")
        self.assertTrue(text.startswith("six: 6 of 6 files are missing, the first images/0.ppm; "), text)

    def test_a_network_that_predicts_something_else(self):
        (self.world.folder / "images/predictions.csv").write_text("file,small:top1\n" + "".join(f"{i}.ppm,9\n" for i in range(6)))
        health, text = self.doctor("c.yaml")["network small"]
        self.assertEqual(health, "fail")
        self.assertTrue(text.startswith("top-1 of 0 of 6 images as in images/predictions.csv; "), text)

    def test_predictions_that_the_program_wrote_come_out_again(self):
        status, out, err = self.world.run("network", "net", "--images", "images/list.txt", "--kind", "list", "--predictions",
                                          "net/predictions.csv")
        self.assertEqual((status, err), (0, ""), out)
        self.assertEqual(self.doctor("c.yaml")["network small"], ("ok", "top-1 of 6 of 6 images as in net/predictions.csv"))

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_an_output_that_cannot_be_written(self):
        (self.world.folder / "closed").mkdir(mode=0o500)
        health, text = self.doctor("c.yaml", "--output", "closed/out")["output"]
        self.assertEqual(health, "fail")
        self.assertIn("closed: cannot be written: Permission denied; ", text)

    def test_an_output_on_a_file_system_without_files(self):
        health, text = self.doctor("c.yaml", "--output", "/proc/out")["output"]
        self.assertEqual(health, "fail")
        self.assertRegex(text, r"^/proc: cannot be written: .+; make it writable")

    @unittest.skipUnless(REFERENCE_BLAS, "the reference BLAS is not installed (libblas3)")
    def test_the_reference_blas(self):
        said = self.doctor(environment=dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(REFERENCE_BLAS[0])))
        self.assertIn(said["BLAS"][0], ("warn", "fail"))
        self.assertIn(os.path.realpath(REFERENCE_BLAS[0]), said["BLAS"][1])


if __name__ == "__main__":
    unittest.main()
