"""What `assay run` does from end to end on a small network. Usage: run_test.py PROGRAM"""
import glob
import os
import re
import sys
import tempfile
import unittest

from world import METHODS, METRICS, World

COST = """\
Cost

                           --------------- per image ----------------          -- seconds ---
configuration      images  forwards  backwards  GMAC asked  GMAC done   saved  median     sum
six / small
  occ                   6        25          0   0.0006916  9.027e-05  86.9 %  #.###   #.###
  grad                  6         1          1   5.533e-05  5.533e-05     0 %  #.###   #.###
  center                6         0          0           0          0       -  #.###   #.###
  confidence-gain       6      12.5          0   0.0003458  0.0003458     0 %  #.###+  #.###+

saved: multiply-adds not done, because only the windows that a change can reach are computed anew
work that several rows share (occlusions, activations) is in each of them, with its time
seconds+ are apportioned by forwards: the records of a metric share their waves; an image's are added up
in all: 231 forwards, 6 backwards, 0.006556 GMAC asked, 0.002948 done (55 % saved)
6 units took # s; ...
"""

# Files of this process and what it starts hold at most so many bytes; more is an error, not a signal. MPI makes none for
# memory that ranks share.
FULL_DISK = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.environ["OMPI_MCA_btl"] = "self"
os.execv(sys.argv[2], sys.argv[2:])
"""

PROGRAM = os.path.abspath(sys.argv.pop())
REFERENCE_BLAS = glob.glob("/usr/lib/*/blas/libblas.so.3")


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(PROGRAM, self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def run_ok(self, *arguments):
        status, out, err = self.world.run("run", "c.yaml", *arguments)
        self.assertEqual((status, err), (0, ""), out)
        return out

    def assert_same(self, a, b):
        status, out, err = self.world.run("diff", "--exact", f"{a}/results.h5", f"{b}/results.h5")
        self.assertEqual((status, err), (0, ""), out)

    def test_a_tuning_file_is_measured_once_and_then_part_of_the_numbers(self):
        self.world.config()
        status, out, err = self.world.run("tune", "c.yaml", "--output", "tuning.yaml", "--rounds", "1")
        self.assertEqual((status, err), (0, ""), out)
        self.assertRegex(out, r"small\n(  (packed|plain) +batch +\d+ +[\d.e+]+ images a second(  <- taken)?\n){6}")
        self.assertEqual(out.count("<- taken"), 1)
        file = self.world.folder / "tuning.yaml"
        text = re.sub(r"form: \w+\n    batch: \d+", "form: plain\n    batch: 8", file.read_text())
        file.write_text(text)
        tuned = ["--set", "numerics.tuning=tuning.yaml"]
        self.run_ok()
        self.assertNotIn("all done", self.run_ok(*tuned))
        self.assertIn("all done", self.run_ok(*tuned))
        file.unlink()  # a configuration may name the file that is yet to be measured
        status, out, err = self.world.run("tune", "c.yaml", "--output", "tuning.yaml", "--rounds", "1", *tuned)
        self.assertEqual((status, err), (0, ""), out)
        self.assertTrue(file.exists())

    def test_a_full_disk_stops_the_run_and_what_was_written_counts(self):
        self.world.config()
        self.world.write_images(60)
        self.run_ok("--output", "whole")
        size = (self.world.folder / "whole/journal/rank-0000.journal").stat().st_size
        limited = [sys.executable, "-c", FULL_DISK, str(size // 2)]
        status, out, err = self.world.run("run", "c.yaml", launcher=limited)
        self.assertEqual((status, err), (1, "assay: out/journal/rank-0000.journal: File too large\n"), out)
        kept = (self.world.folder / "out/journal/rank-0000.journal").stat().st_size
        self.assertGreater(kept, size // 4)
        status, out, err = self.world.run("run", "c.yaml")
        self.assertEqual(status, 0, out + err)
        self.assertIn("six through small: 60 images x 2 cells, ", out)
        self.assertRegex(err, "^assay: the run before ended without giving the output folder back: host .*\n$")
        self.assert_same("whole", "out")

    def test_a_second_run_computes_nothing(self):
        self.world.config()
        first = self.run_ok()
        self.assertRegex(first, r"six through small: 6 images x 2 cells, 6 units, about \d+ passes, \d+ s\n")
        self.assertIn("occ", first)
        journal = self.world.folder / "out/journal/rank-0000.journal"
        size = journal.stat().st_size
        second = self.run_ok()
        self.assertIn("  six through small: 6 images x 2 cells, all done\n"
                      "  nothing to compute: every record is in the journals of out\n", second)
        self.assertEqual(journal.stat().st_size, size)
        table = lambda out: out[out.index("SCG"):]
        self.assertEqual(table(first), table(second))
        self.assertEqual((self.world.folder / "out/config.yaml").read_text(), (self.world.folder / "c.yaml").read_text())

    def test_the_cost(self):
        self.world.config(METHODS.replace("]", ", {method: center}]") + METRICS)
        self.run_ok()
        status, out, err = self.world.run("report", "out", "--cost")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(re.sub(r"\b\d\.\d{3}\b", "#.###", re.sub(r"took \d+\.\d s;.*", "took # s; ...", out)), COST)
        self.assertRegex(out, r"6 units took \d+\.\d s; peak memory of a unit: at most [1-9]\d* MiB, median [1-9]\d* MiB\n$")
        self.world.config(METHODS.replace("]", ", {method: center}, {method: edge}]") + METRICS)
        status, plan, _ = self.world.run("plan", "c.yaml")
        self.assertRegex(plan, r"6 of 24 records missing, 6 units, about \d+ passes, \d+ s at the pace of 6 finished units\n")

    def test_one_method_more_computes_only_that(self):
        self.world.config()
        self.run_ok()
        more = "methods: [{method: occ, patch: 4, stride: 4}, {method: grad}, {method: edge}]\n" + METRICS
        self.world.config(more)
        self.assertIn("6 images x 3 cells, 6 of 18 records missing, 6 units", self.run_ok())
        self.run_ok("--output", "whole")
        self.assert_same("out", "whole")

    def test_more_images_compute_only_those(self):
        self.world.config()
        self.assertIn("2 images x 2 cells, 2 units", self.run_ok("--limit", "2"))
        self.assertIn("6 images x 2 cells, 8 of 12 records missing, 4 units", self.run_ok())
        self.run_ok("--output", "whole")
        self.assert_same("out", "whole")

    def test_other_numerics_are_other_results(self):
        self.world.config()
        self.run_ok()
        self.assertIn("6 images x 2 cells, 6 units", self.run_ok("--set", "numerics.batch=8"))

    def test_protocols_share_cells(self):
        self.world.config(METHODS + METRICS + "protocols: [paper, {name: eps, scores: {confidence-gain: {epsilon: 0.001}}}]\n")
        out = self.run_ok()
        self.assertIn("protocols: paper, eps;", out)
        self.assertIn("6 images x 2 cells,", out)
        self.assertIn("1 images x 2 cells, all done", self.run_ok("--protocol", "eps", "--limit", "1"))

    def test_an_unreadable_image_is_a_record(self):
        (self.world.folder / "images/3.ppm").write_bytes(b"x" * (16 * 16 * 3 + 13))  # a good one's size
        (self.world.folder / "images/4.ppm").unlink()
        self.world.config()
        status, out, err = self.world.run("run", "c.yaml")
        self.assertEqual(status, 1)
        self.assertEqual(err, "assay: 4 of 12 records and 2 images failed; 'assay report out/results.h5 --details' says why, "
                              "'--failed' tries them again\n")
        self.assertRegex(out, r"six / small +6 +4 +\d")
        self.world.write_images(6)
        status, out, _ = self.world.run("run", "c.yaml")
        self.assertEqual(status, 1)
        self.assertIn("2 of 12 records missing", out)  # an image of another size is another image
        self.assertIn("2 of 12 records missing", self.run_ok("--failed"))
        self.assertIn("nothing to compute", self.run_ok())

    def test_plan_lists_the_images(self):
        self.world.config(METHODS + METRICS, "output: out\ndatasets: [{name: g, kind: grid, n: 2, image: 8, distinct: false, "
                          "count: 1, of: {kind: list, path: images/list.txt}}]\nnetworks: [{name: n, path: net}]\n")
        status, _, err = self.world.run("plan", "c.yaml", "--samples", "used.csv")
        self.assertEqual((status, err), (0, ""))
        lines = (self.world.folder / "used.csv").read_text().splitlines()
        self.assertEqual(lines[0], "dataset,picture,sample,tile,file,label")
        self.assertEqual(len(lines), 5)
        for tile, line in enumerate(lines[1:]):
            fields = line.split(",")
            self.assertEqual(fields[:2] + [fields[3]], ["g", "grid-0000", str(tile)])
            self.assertEqual(fields[4], "images/" + fields[2])

    def test_plan_computes_nothing(self):
        self.world.config()
        status, out, err = self.world.run("plan", "c.yaml", "--ranks", "3")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"occ +150 forwards +0 backwards +0\.0 GMAC of 0\.0, \d+ s\n")
        self.assertRegex(out, r"grad +6 forwards +6 backwards +0\.0 GMAC, \d+ s\n")
        self.assertRegex(out, r"about \d+ passes in all, .+ on 3 ranks\n  about [\d.]+ kB more in out\n$")
        self.assertFalse((self.world.folder / "out").exists())

    @unittest.skipUnless(REFERENCE_BLAS, "the reference BLAS is not installed (libblas3)")
    def test_a_slow_blas_is_named(self):
        self.world.config()
        slow = dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(REFERENCE_BLAS[0]))
        status, _, err = self.world.run("run", "c.yaml", environment=slow)
        self.assertEqual(status, 0)
        library = re.escape(os.path.realpath(REFERENCE_BLAS[0]))
        self.assertRegex(err, rf"^assay: slow BLAS: {library} runs \d+\.\d GFLOP/s a thread, a good one 50 to 200; install "
                              r"libopenblas0-openmp and select it \(update-alternatives .+\)\n$")


class List(unittest.TestCase):
    def test_every_list_describes_its_entries(self):
        with tempfile.TemporaryDirectory() as folder:
            world = World(PROGRAM, folder)
            for what, line in (("methods", r"occ\n    occlusion .+\n    patch +an integer +10 +side of the square, px\n"),
                               ("metrics", r"    rho +a list of numbers +\[0\.25,0\.05\] +shares of the pixels"),
                               ("datasets", r"labels-csv\n    .+\n    path +text +required +folder of the images\n"),
                               ("networks", r"path: builtin:NAME .+\n    caffenet\n"),
                               ("protocols", r"authors-code\n    .+\n    target label\n")):
                status, out, err = world.run("list", what)
                self.assertEqual((status, err), (0, ""))
                self.assertRegex(out, line)


if __name__ == "__main__":
    unittest.main()
