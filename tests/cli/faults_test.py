"""What a run survives: each fault is made, and the results are those of an undisturbed run. Usage: faults_test.py PROGRAM"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from world import METHODS, METRICS, World, without_slow_words

PROGRAM = os.path.abspath(sys.argv.pop())
SLOW = "methods: [{method: occ, patch: 4, stride: 1}, {method: grad}]\nmetrics: [{metric: confidence-gain, rho: [0.25, 0.1]}]\n"
IMAGES = 200
CELLS = 8
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2"]
PRIVATE = ["unshare", "-m", "sh", "-c"]
CAN_MOUNT = subprocess.run([*PRIVATE, "mount -t tmpfs none /mnt"], stderr=subprocess.DEVNULL).returncode == 0


def parents():
    """Living process -> (its parent, its name)."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
        if rest[0] != "Z":
            found[int(stat.parent.name)] = (int(rest[1]), name)
    return found


def below(pid):
    """Names of the processes that come from one."""
    known, found = parents(), {}
    for other, (parent, name) in known.items():
        while parent in known and parent != pid:
            parent = known[parent][0]
        if parent == pid:
            found[other] = name
    return found


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.world = World(PROGRAM, cls.folder.name)
        cls.world.write_images(IMAGES)
        cls.world.config(SLOW)
        status, out, err = cls.world.run("run", "c.yaml", "--output", "whole")
        assert (status, err) == (0, ""), out + err

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.out = self.world.folder / self.id().rsplit(".", 1)[1]
        self.assertFalse(self.out.exists())

    def units(self):
        """Units that the journals hold."""
        return sum(file.read_bytes().count(b"assayJ01") for file in self.out.glob("journal/*.journal"))

    def start(self, *launcher, environment=None):
        """A run that has finished some units and has most of them before it."""
        run = subprocess.Popen([*launcher, PROGRAM, "run", "c.yaml", "--output", self.out.name], cwd=self.world.folder,
                               env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for(lambda: self.units() >= 3 or run.poll() is not None)
        self.assertIsNone(run.poll(), "the run ended before it was disturbed")
        return run

    def wait_for(self, condition):
        end = time.monotonic() + 120
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.005)

    def end_of(self, run):
        out, err = run.communicate(timeout=120)
        return run.returncode, out, without_slow_words(err)

    def run_again(self, *arguments, environment=None):
        return self.world.run("run", "c.yaml", "--output", self.out.name, *arguments, environment=environment)

    def finish(self, torn=0):
        """Goes on with what no journal holds (of `torn` units at most one holds a part), and compares. Returns what it said on
        stderr."""
        done = self.units()
        status, out, err = self.run_again()
        self.assertEqual(status, 0, err)
        missing = re.search(r"(\d+) of (\d+) records missing", out)
        self.assertIsNotNone(missing, out)
        self.assertEqual(int(missing[2]), IMAGES * CELLS)
        self.assertLessEqual(int(missing[1]), (IMAGES - done + torn) * CELLS)
        self.assert_same()
        return err

    def assert_same(self):
        status, out, err = self.world.run("diff", "--exact", "whole/results.h5", f"{self.out.name}/results.h5")
        self.assertEqual((status, err), (0, ""), out)

    def details(self, folder=None):
        status, out, err = self.world.run("report", folder or self.out.name, "--details")
        self.assertEqual((status, err), (0, ""))
        return " ".join(out.split())

    # killed --------------------------------------------------------------------------------------------------------

    def test_sigkill_of_the_job(self):
        run = self.start()
        run.kill()
        self.end_of(run)
        said = self.finish(torn=1)
        line = f"the run before ended without giving the output folder back: host {socket.gethostname()}, process {run.pid}"
        self.assertIn(line, said)
        self.assertIn("Faults that the run survived", self.details())
        self.assertIn(line, self.details())

    def test_sigkill_of_one_rank(self):
        run = self.start(*MPIRUN)
        ranks = [pid for pid, (parent, _) in parents().items() if parent == run.pid]
        self.assertEqual(len(ranks), 2)
        os.kill(ranks[1], signal.SIGKILL)
        self.assertNotIn(self.end_of(run)[0], (0, 75))
        self.assertIn("without giving the output folder back", self.finish(torn=2))

    def test_nothing_is_left_behind_by_a_kill(self):
        run = self.start()
        helpers = below(run.pid)
        self.assertEqual(list(helpers.values()), ["assay-decoder"] * 2)
        run.kill()
        self.end_of(run)
        self.wait_for(lambda: not any(parents().get(pid, (0, ""))[1] == "assay-decoder" for pid in helpers))

    # told to stop --------------------------------------------------------------------------------------------------

    def test_told_to_stop(self):
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
            before = self.units()
            run = self.start() if before == 0 else self.go_on(before)
            run.send_signal(number)
            status, out, err = self.end_of(run)
            self.assertEqual(status, 75, err)
            self.assertEqual(self.finished_by(err, number), self.units() - before)
            self.assertIn(f"assay: stopped by {number.name}; what was done is kept in {self.out.name}/journal; run it again "
                          "to go on\n", err)
            self.assertFalse((self.out / "results.h5").exists())
            self.assertFalse((self.out / "lease.json").exists())
            self.assertGreater(self.units(), before)
        self.assertEqual(self.finish(), "")
        self.assertIn("stopped in good order by SIGTERM", self.details())

    def finished_by(self, err, number):
        """How many units a run that was stopped says that it finished: each of them must be in a journal."""
        said = re.search(rf"^test: (\d+) / \d+ in .+, stopped by {number.name}$", err, re.MULTILINE)
        self.assertIsNotNone(said, err)
        return int(said[1])

    def go_on(self, before):
        run = subprocess.Popen([PROGRAM, "run", "c.yaml", "--output", self.out.name], cwd=self.world.folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for(lambda: self.units() > before)
        return run

    def test_one_rank_told_to_stop_stops_all(self):
        run = self.start(*MPIRUN)
        ranks = [pid for pid, (parent, _) in parents().items() if parent == run.pid]
        os.kill(max(ranks), signal.SIGUSR1)
        status, _, err = self.end_of(run)
        self.assertEqual(status, 75, err)
        self.assertEqual(err.count("run it again to go on"), 1, err)
        said = re.search(r"^test: (\d+) / \d+ in .+, stopped by ", err, re.MULTILINE)
        self.assertIsNotNone(said, err)
        self.assertEqual(int(said[1]), self.units())
        self.assertEqual(self.finish(), "")

    # one folder, one owner -----------------------------------------------------------------------------------------

    def write_lease(self, token="t", **changes):
        lease = dict(host="n17", job="123", restart=0, pid=4711, born=1, machine="", token=token, renewed="")
        (self.out / "new").write_text(json.dumps({**lease, **changes}))
        (self.out / "new").rename(self.out / "lease.json")

    def test_a_second_run_is_refused(self):
        run = self.start()
        run.send_signal(signal.SIGSTOP)  # so that it is still there, however long the second one takes to start
        try:
            status, _, err = self.run_again()
        finally:
            run.send_signal(signal.SIGCONT)
        self.assertEqual(status, 2)
        self.assertIn(f"{self.out.name}: another run is writing there (host {socket.gethostname()}, process {run.pid}, "
                      "last seen ", err)
        run.send_signal(signal.SIGTERM)
        self.assertEqual(self.end_of(run)[0], 75)
        self.finish()

    def test_a_lease_elsewhere_is_respected_but_for_the_same_job_requeued(self):
        self.out.mkdir()
        self.write_lease()
        status, _, err = self.run_again()
        self.assertEqual(status, 2)
        self.assertIn("another run is writing there (host n17, SLURM job 123, process 4711, last seen ", err)
        status, _, err = self.run_again(environment=dict(os.environ, SLURM_JOB_ID="124"))
        self.assertEqual(status, 2)
        status, _, err = self.run_again(environment=dict(os.environ, SLURM_JOB_ID="123", SLURM_RESTART_COUNT="1"))
        self.assertEqual(status, 0, err)
        self.assertIn("host n17, SLURM job 123, process 4711", err)
        self.assert_same()

    def test_a_lease_that_nobody_renews_ends(self):
        self.out.mkdir()
        self.write_lease()
        os.utime(self.out / "lease.json", (time.time() - 61,) * 2)
        status, _, err = self.run_again()
        self.assertEqual(status, 0, err)

    def test_a_lost_lease_stops_the_run_before_it_writes_again(self):
        run = self.start()
        self.write_lease(token="other")
        done = self.units()
        status, _, err = self.end_of(run)
        self.assertEqual(status, 1)
        self.assertIn("another run has taken over (host n17, SLURM job 123, process 4711): stopped before writing on", err)
        self.assertLessEqual(self.units(), done + 1)
        self.assertEqual(json.loads((self.out / "lease.json").read_text())["token"], "other")
        (self.out / "lease.json").unlink()
        self.finish()

    # disks ---------------------------------------------------------------------------------------------------------

    def damaged(self, change, rank=0):
        """A copy of the undisturbed run whose journal is changed, and that of some rank; what the next run says. The one after
        it has nothing to say."""
        (self.out / "journal").mkdir(parents=True)
        whole = (self.world.folder / "whole/journal/rank-0000.journal").read_bytes()
        (self.out / f"journal/rank-{rank:04}.journal").write_bytes(change(whole))
        status, out, err = self.run_again()
        self.assertEqual(status, 0, err)
        self.assertIn(f"{CELLS} of {IMAGES * CELLS} records missing, 1 units", out)
        self.assert_same()
        self.assertIn(err.removeprefix("assay: ").strip(), self.details())
        self.assertEqual(self.run_again()[::2], (0, ""))
        self.assertIn(err.removeprefix("assay: ").strip(), self.details())
        return err

    def test_a_flipped_bit_in_a_journal(self):
        def flip(whole):
            middle = whole.index(b"assayJ01", len(whole) // 2) + 100
            return whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1:]
        self.assertRegex(self.damaged(flip), r"rank-0000.journal: \d+ bytes between good units are damaged")

    def test_a_truncated_journal(self):
        self.assertRegex(self.damaged(lambda whole: whole[:-10]), r"rank-0000.journal: the last \d+ bytes are no whole unit")

    def test_a_truncated_journal_of_a_rank_that_is_no_more(self):
        self.assertRegex(self.damaged(lambda whole: whole[:-10], rank=5), r"rank-0005.journal: the last \d+ bytes are no whole unit")

    @unittest.skipUnless(CAN_MOUNT, "may not mount")
    def test_a_full_disk(self):
        self.out.mkdir()
        size = (self.world.folder / "whole/journal/rank-0000.journal").stat().st_size // 2 + 65536
        name = self.out.name
        script = (f'mount -t tmpfs -o size={size} none {name}; "$0" run c.yaml --output {name}; echo first $?; '
                  f'mount -o remount,size=200m {name}; "$0" run c.yaml --output {name}; echo second $?; '
                  f'"$0" diff --exact whole/results.h5 {name}/results.h5; echo diff $?')
        done = subprocess.run([*PRIVATE, script, PROGRAM], cwd=self.world.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        self.assertIn(f"assay: {name}/journal/rank-0000.journal: No space left on device\n", done.stderr)
        self.assertIn("assay: the run before ended without giving the output folder back: ", done.stderr)
        for line in ("first 1\n", "records missing", "second 0\n", "diff 0\n"):
            self.assertIn(line, done.stdout)

    @unittest.skipUnless(CAN_MOUNT, "may not mount")
    def test_a_read_only_output(self):
        self.out.mkdir()
        script = f'mount -t tmpfs -o ro none {self.out.name} && exec "$0" "$@"'
        status, _, err = self.world.run("run", "c.yaml", "--output", self.out.name, launcher=[*PRIVATE, script])
        self.assertEqual(status, 2)
        self.assertIn(f"{self.out.name}: cannot be written: Read-only file system\n", err)

    # images --------------------------------------------------------------------------------------------------------

    def test_the_decoder_is_killed(self):
        run = self.start()
        for _ in range(3):  # the innermost process decodes, the one around it keeps one there
            helpers = below(run.pid)
            known = parents()
            for pid in helpers:
                if known.get(pid, (0, ""))[0] in helpers:
                    os.kill(pid, signal.SIGKILL)
            done = self.units()
            self.wait_for(lambda: self.units() > done or run.poll() is not None)
        status, _, err = self.end_of(run)
        self.assertEqual((status, err), (0, ""))
        self.assert_same()

    def test_the_decoder_is_killed_for_good(self):
        run = self.start()
        for pid in below(run.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # they die with each other
                pass
        status, _, err = self.end_of(run)
        self.assertEqual((status, err), (0, "assay: the decoder process was killed; images are decoded without a limit of "
                                            "time\n"))
        self.assert_same()


class Images(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(PROGRAM, self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_an_image_that_hangs_the_decoder(self):
        image = self.world.folder / "images/3.ppm"
        content = image.read_bytes()
        image.unlink()
        os.mkfifo(image)  # whoever opens it waits for a writer
        self.world.config(METHODS + METRICS + "decode_timeout: 2\n")
        status, _, err = self.world.run("run", "c.yaml")
        self.assertEqual(status, 1)
        self.assertIn("assay: 2 of 12 records and 1 images failed;", err)
        status, out, _ = self.world.run("report", "out", "--details")
        self.assertIn("1 failed: decoding took longer than 2 s and was stopped (3.ppm)", " ".join(out.split()))
        image.unlink()
        image.write_bytes(content)
        status, _, err = self.world.run("run", "c.yaml")
        self.assertEqual(status, 0, err)
        status, _, err = self.world.run("run", "c.yaml", "--output", "whole", "--set", "decode_timeout=0")
        self.assertEqual(status, 0, err)
        status, out, _ = self.world.run("diff", "--exact", "out/results.h5", "whole/results.h5")
        self.assertEqual(status, 0, out)

    def test_nan_from_a_method(self):
        shape, values = self.world.tensors["conv1.weight"]
        self.world.tensors["conv1.weight"] = (shape, [float("nan")] + values[1:])
        self.world.save_network()
        self.world.config()
        status, _, err = self.world.run("run", "c.yaml")
        self.assertEqual(status, 1)
        self.assertIn("assay: 12 of 12 records and 0 images failed;", err)
        status, out, _ = self.world.run("report", "out", "--details")
        self.assertIn("grad on six / small: 6 of 6 failed (map is not finite)", " ".join(out.split()))


if __name__ == "__main__":
    unittest.main()
