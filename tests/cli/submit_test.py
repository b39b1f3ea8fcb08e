"""`assay submit` and the life of the scripts it writes, with stand-ins for SLURM's commands. Usage: submit_test.py PROGRAM"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from world import World

PROGRAM = os.path.abspath(sys.argv.pop())
PROFILES = pathlib.Path(__file__).resolve().parents[2] / "configs/slurm"

PROFILE = """\
partition: short
ranks_per_node: 2
time: {least: "00:10:00"}
requeue: {notice: 4, most: 3}
"""

# Stand-ins for what SLURM's commands do to a script. Each notes how it was called.
SBATCH = """\
echo "sbatch $*" >> "$CALLS"
echo "$((4240 + $(grep -c ^sbatch "$CALLS")));lab"
exit "${SBATCH_STATUS:-0}"
"""
SCONTROL = """\
kill -TERM $$  # as SLURM ends what it requeues
echo "scontrol $*" >> "$CALLS"
exit "${SCONTROL_STATUS:-0}"
"""
SRUN = """\
options=()
while [[ $1 == -* ]]; do options+=("$1"); shift; done
echo "srun ${options[*]}" >> "$CALLS"
echo "$*" > "$PWD/command"
case $RANKS in
  run) exec "$@" ;;
  heed) trap 'echo USR1 >> "$CALLS"; exit 75' USR1; trap 'echo TERM >> "$CALLS"; exit 143' TERM ;;
  finish) trap 'echo USR1 >> "$CALLS"; exit 0' USR1 ;;
  deaf) trap 'echo USR1 >> "$CALLS"' USR1 ;;
  mortal) ;;
  killed) kill -KILL $$ ;;
  *) exit "$RANKS" ;;
esac
touch "$PWD/started"
while [[ -d $PWD && ! -e $PWD/over ]]; do sleep 0.05; done
"""


class Submit(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name).resolve()
        self.world = World(PROGRAM, self.folder)
        self.world.config()
        (self.folder / "p.yaml").write_text(PROFILE)
        (self.folder / "bin").mkdir()
        for name, text in (("sbatch", SBATCH), ("scontrol", SCONTROL), ("srun", SRUN)):
            file = self.folder / "bin" / name
            file.write_text("#!/bin/bash\n" + text)
            file.chmod(0o755)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH"))}
        self.environment.update(PATH=f"{self.folder}/bin:{os.environ['PATH']}", CALLS=f"{self.folder}/calls")

    def tearDown(self):
        (self.folder / "over").touch()  # ranks that outlived their job
        self.temporary.cleanup()

    def calls(self, command=""):
        file = self.folder / "calls"
        return [line for line in file.read_text().splitlines() if line.startswith(command)] if file.exists() else []

    def submit(self, *arguments, **environment):
        return self.world.run("submit", "c.yaml", "--profile", "p.yaml", *arguments,
                              environment={**self.environment, **environment})

    def submit_ok(self, *arguments, **environment):
        status, out, err = self.submit(*arguments, **environment)
        self.assertEqual(status, 0, out + err)
        return out

    def start(self, script="out/submissions/1/job.sh", **variables):
        """Starts a script as SLURM does."""
        environment = {**self.environment, "SLURM_JOB_ID": "77", "SLURM_JOB_NUM_NODES": "1", **variables}
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(["bash", script], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log)

    def run_job(self, ranks, **variables):
        """Its exit status."""
        return self.start(RANKS=str(ranks), **variables).wait(120)

    def wait_for_ranks(self):
        end = time.monotonic() + 60
        while not (self.folder / "started").exists():
            self.assertLess(time.monotonic(), end, "the ranks did not start")
            time.sleep(0.02)

    def signalled(self, ranks, *signals, **variables):
        """The exit status of a job that gets signals while its ranks are at work."""
        job = self.start(RANKS=ranks, **variables)
        self.wait_for_ranks()
        for number in signals:
            job.send_signal(number)
            time.sleep(0.2)
        return job.wait(60)

    def log(self):
        return (self.folder / "log").read_text()

    # what is submitted ---------------------------------------------------------------------------------------------------

    def test_a_job_and_its_report(self):
        out = self.submit_ok("--time", "00:20:00", "--limit", "3", "--set", "numerics.batch=8")
        self.assertEqual(out, "test: on 1 x 2 ranks, time limit 00:20:00\n"
                              "submitted 4241: out/submissions/1/job.sh\n"
                              "submitted 4242, when that has ended: out/submissions/1/report.sh\n")
        self.assertEqual(self.calls(), ["sbatch --parsable out/submissions/1/job.sh",
                                        "sbatch --parsable --dependency=afterany:4241 out/submissions/1/report.sh"])
        script = (self.folder / "out/submissions/1/job.sh").read_text()
        for line in ("# Written by: assay submit c.yaml --profile p.yaml --time 00:20:00 --limit 3 --set numerics.batch=8",
                     f"#SBATCH --chdir={self.folder}", "#SBATCH --partition=short", "#SBATCH --ntasks-per-node=2",
                     "#SBATCH --time=00:20:00", "#SBATCH --output=out/submissions/1/%j.log", "#SBATCH --open-mode=append",
                     "#SBATCH --requeue", "#SBATCH --signal=B:USR1@4", f"assay={PROGRAM}", "most_requeues=3",
                     "arguments=(--limit 3 --set numerics.batch=8 --set numerics.device=cpu)", "arguments+=(--output out)"):
            self.assertIn(line + "\n", script)

    def test_the_time_is_the_forecast(self):
        self.submit_ok("--no-report")
        script = (self.folder / "out/submissions/1/job.sh").read_text()
        self.assertRegex(script, r"# About \d+ s on 2 ranks, times 1\.5, and 2 min 00 s to start; raised to the profile's least\.\n"
                                 r"#SBATCH --time=00:10:00\n")
        self.assertEqual(len(self.calls("sbatch")), 1)

    def test_a_dry_run_submits_nothing_and_keeps_the_scripts(self):
        out = self.submit_ok("--dry-run", "--time", "00:20:00")
        self.assertEqual(self.calls(), [])
        job, report = (self.folder / f"out/submissions/1/{name}.sh" for name in ("job", "report"))
        self.assertIn(f"==> out/submissions/1/job.sh <==\n{job.read_text()}\n", out)
        self.assertIn(f"==> out/submissions/1/report.sh <==\n{report.read_text()}\n", out)
        self.assertTrue(out.endswith("nothing is submitted; these do it:\n  job=$(sbatch --parsable out/submissions/1/job.sh)\n"
                                     "  sbatch --parsable --dependency=afterany:$job out/submissions/1/report.sh\n"), out[-300:])

    def test_every_profile_makes_scripts_that_bash_reads(self):
        profiles = sorted(PROFILES.glob("*.yaml"))
        self.assertGreaterEqual(len(profiles), 3)
        for number, profile in enumerate(profiles, 1):
            (self.folder / "p.yaml").write_text(profile.read_text())
            for sweep in ((), ("--sweep", "seed=1,2")):
                self.submit_ok("--time", "01:00:00", "--output", f"out/{number}{len(sweep)}", *sweep)
            for script in self.folder.glob(f"out/{number}*/submissions/1/*.sh"):
                done = subprocess.run(["bash", "-n", script], text=True, stderr=subprocess.PIPE)
                self.assertEqual((done.returncode, done.stderr), (0, ""), script)
        self.assertEqual(len(list(self.folder.glob("out/*/submissions/1/*.sh"))), 4 * len(profiles))

    def test_later_edits_do_not_reach_a_queued_job(self):
        original = (self.folder / "c.yaml").read_text()
        self.submit_ok("--time", "00:20:00")
        (self.folder / "c.yaml").write_text(original.replace("patch: 4", "patch: 8"))
        self.submit_ok("--time", "00:20:00")
        self.assertEqual((self.folder / "out/submissions/1/c.yaml").read_text(), original)
        self.assertIn("patch: 8", (self.folder / "out/submissions/2/c.yaml").read_text())
        self.assertEqual(self.run_job("run"), 0, self.log())
        self.assertEqual((self.folder / "command").read_text(),
                         f"{PROGRAM} run out/submissions/1/c.yaml --set numerics.device=cpu --output out\n")

    def test_sbatch_that_fails(self):
        status, out, err = self.submit("--time", "00:20:00", SBATCH_STATUS="1")
        self.assertEqual((status, err), (1, "assay: 'sbatch --parsable out/submissions/1/job.sh' failed; nothing is queued; "
                                            "the script is kept, to be submitted where sbatch works\n"), out)
        self.assertEqual(len(self.calls()), 1)

    # mistakes ------------------------------------------------------------------------------------------------------------

    def assert_refused(self, message, *arguments, profile=PROFILE):
        (self.folder / "p.yaml").write_text(profile)
        status, out, err = self.submit(*arguments)
        self.assertEqual((status, out, err), (2, "", f"assay: {message}\n"))
        self.assertFalse((self.folder / "out").exists())

    def test_mistakes_have_their_place(self):
        self.assert_refused("p.yaml:2:1: ranks_per_node: with GPUs there is one rank for each of them: leave it out",
                            profile=PROFILE + "gpus_per_node: 4\n")
        self.assert_refused("p.yaml:4:11: requeue.notice: must be shorter than time.least, 00:10:00",
                            profile=PROFILE.replace("notice: 4", "notice: 600"))
        self.assert_refused("--set numerics.batch=0: numerics.batch: must be at least 1", "--set", "numerics.batch=0")

    def test_mistakes_between_profile_and_configuration(self):
        self.assert_refused("p.yaml:5:1: cpus_per_rank: 1 cores for a rank of 2 threads (numerics.threads)",
                            "--set", "numerics.threads=2", profile=PROFILE + "cpus_per_rank: 1\n")
        self.assert_refused("--set numerics.device=cuda: numerics.device: cuda, but p.yaml asks for no GPUs (gpus_per_node)",
                            "--set", "numerics.device=cuda")
        self.assert_refused("--set numerics.device=cpu: numerics.device: cpu, but p.yaml asks for GPUs: take a profile without, "
                            "or auto", "--set", "numerics.device=cpu", profile="gpus_per_node: 2\n")
        self.assert_refused("--time 00:00:90: expected HH:MM:SS or D-HH:MM:SS, a minute or more", "--time", "00:00:90")
        self.assert_refused("--time 1-00:00:01: must not be longer than 1-00:00:00, time.limit of p.yaml", "--time", "1-00:00:01")

    # the life of a job -----------------------------------------------------------------------------------------------------

    def test_a_job_runs_to_its_end_and_is_reported(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.run_job("run"), 0, self.log())
        self.assertTrue((self.folder / "out/results.h5").exists())
        self.assertEqual(self.calls("scontrol"), [])
        self.assertEqual(self.calls("srun"), ["srun --mpi=pmix --ntasks=2 --ntasks-per-node=2 --cpus-per-task=1 "
                                              "--kill-on-bad-exit=0 --wait=60"])
        self.assertEqual(self.start("out/submissions/1/report.sh").wait(120), 0, self.log())
        self.assertIn("occ", (self.folder / "out/report.md").read_text())

    def test_variables_of_the_configuration_are_those_of_the_submission(self):
        text = (self.folder / "c.yaml").read_text()
        self.assertIn("path: images/list.txt", text)
        (self.folder / "c.yaml").write_text(text.replace("path: images/list.txt", 'path: "${PLACE_OF_IMAGES}/list.txt"') +
                                            "# once ${OLD_PLACE}\n")
        (self.folder / "it's here").symlink_to("images")
        self.submit_ok("--time", "00:20:00", PLACE_OF_IMAGES="it's here", OLD_PLACE="secret")
        self.assertNotIn("secret", (self.folder / "out/submissions/1/job.sh").read_text())
        self.assertEqual(self.run_job("run"), 0, self.log())

    def test_a_run_that_was_stopped_in_good_order_is_requeued(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.run_job(75), 0)
        self.assertEqual(self.calls("scontrol"), ["scontrol requeue incomplete 77"])

    def test_a_task_of_an_array_is_requeued_by_its_own_name(self):
        self.submit_ok("--time", "00:20:00", "--sweep", "seed=1,2")
        self.assertEqual(self.run_job(75, SLURM_ARRAY_JOB_ID="70", SLURM_ARRAY_TASK_ID="1"), 0)
        self.assertEqual(self.calls("scontrol"), ["scontrol requeue incomplete 70_1"])

    def test_a_run_that_failed_is_not_requeued(self):
        self.submit_ok("--time", "00:20:00")
        for status in (1, 2):
            self.assertEqual(self.run_job(status), status)
        self.assertEqual(self.run_job("killed"), 128 + signal.SIGKILL)
        self.assertEqual(self.calls("scontrol"), [])

    def test_requeues_are_counted(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.run_job(75, SLURM_RESTART_COUNT="2"), 0)
        self.assertEqual(len(self.calls("scontrol")), 1)
        self.assertEqual(self.run_job(75, SLURM_RESTART_COUNT="3"), 75)
        self.assertEqual(len(self.calls("scontrol")), 1)
        self.assertIn("assay: job 77 is not requeued again: it was started 4 times (requeue.most of the profile). What is "
                      "finished stays; sbatch out/submissions/1/job.sh goes on\n", self.log())

    def test_a_site_that_forbids_requeues(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.run_job(75, SCONTROL_STATUS="1"), 75)
        self.assertIn("assay: 'scontrol requeue incomplete 77' failed. What is finished stays; sbatch out/submissions/1/job.sh "
                      "goes on\n", self.log())

    def test_the_notice_of_the_time_limit_reaches_the_ranks(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.signalled("heed", signal.SIGUSR1), 0)
        self.assertEqual(self.calls()[-2:], ["USR1", "scontrol requeue incomplete 77"])

    def test_a_run_that_ends_after_the_notice_is_not_requeued(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.signalled("finish", signal.SIGUSR1), 0)
        self.assertEqual(self.calls()[-1], "USR1")
        self.assertEqual(self.calls("scontrol"), [])

    def test_ranks_that_the_notice_kills_are_requeued(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.signalled("mortal", signal.SIGUSR1), 0)
        self.assertEqual(self.calls("scontrol"), ["scontrol requeue incomplete 77"])

    def test_units_that_do_not_end_in_time_do_not_cost_the_requeue(self):
        self.submit_ok("--time", "00:20:00")
        begin = time.monotonic()
        self.assertEqual(self.signalled("deaf", signal.SIGUSR1), 0)
        self.assertGreater(time.monotonic() - begin, 2)
        self.assertEqual(self.calls("scontrol"), ["scontrol requeue incomplete 77"])
        self.assertIn("assay: units in flight did not end within 3 s; they will be computed again\n", self.log())

    def test_a_cancelled_job_is_not_requeued(self):
        self.submit_ok("--time", "00:20:00")
        self.assertEqual(self.signalled("heed", signal.SIGTERM), 75)  # srun takes SIGTERM as the order to kill
        self.assertEqual(self.calls()[-1], "USR1")
        self.assertEqual(self.calls("scontrol"), [])

    def test_a_job_cancelled_after_the_notice_is_not_requeued(self):
        self.submit_ok("--time", "00:20:00")
        job = self.start(RANKS="deaf")
        self.wait_for_ranks()
        for number in (signal.SIGUSR1, signal.SIGTERM):
            job.send_signal(number)
            time.sleep(0.2)
        time.sleep(4)  # longer than the patience
        (self.folder / "over").touch()
        self.assertEqual(job.wait(60), 0)
        self.assertEqual(self.calls("scontrol"), [])

    # sweeps ----------------------------------------------------------------------------------------------------------------

    def test_a_sweep_is_an_array_with_a_folder_for_each_run(self):
        out = self.submit_ok("--time", "00:20:00", "--sweep", "seed=1,2", "--sweep", "metrics[0].rho=0.25,[0.25, 0.5]")
        self.assertTrue(out.startswith("test: 4 runs, each on 1 x 2 ranks, time limit 00:20:00\n"), out)
        script = (self.folder / "out/submissions/1/job.sh").read_text()
        self.assertIn("#SBATCH --array=0-3%8\n#SBATCH --output=out/submissions/1/%A_%a.log\n", script)
        self.assertIn(") arguments+=(--output out/seed=2,metrics_0_.rho=0.25", script)
        self.assertIn("--set seed=2 --set 'metrics[0].rho=[0.25, 0.5]') ;;\n", script)
        folders = set(re.findall(r"--output (\S+)", script))
        self.assertEqual(len(folders), 4)
        for task in range(4):
            self.assertEqual(self.run_job("run", SLURM_ARRAY_JOB_ID="70", SLURM_ARRAY_TASK_ID=str(task)), 0, self.log())
        for folder in folders:
            self.assertTrue((self.folder / folder / "results.h5").exists(), folder)
        self.assertEqual(self.run_job("run", SLURM_ARRAY_JOB_ID="70", SLURM_ARRAY_TASK_ID="4"), 2)
        self.assertIn("assay: the sweep has no task 4\n", self.log())

    def test_the_report_of_a_sweep_tells_of_the_runs_that_are_there(self):
        self.submit_ok("--time", "00:20:00", "--sweep", "seed=1,2")
        self.assertEqual(self.run_job("run", SLURM_ARRAY_JOB_ID="70", SLURM_ARRAY_TASK_ID="1"), 0, self.log())
        self.assertEqual(self.start("out/submissions/1/report.sh").wait(120), 1)  # the other has not begun
        self.assertTrue((self.folder / "out/seed=2/report.md").exists())
        self.assertFalse((self.folder / "out/seed=1/report.md").exists())

    def test_mistakes_of_sweeps(self):
        for sweep, message in (("seed", "expected key.path=a,b,c, as in numerics.batch=16,32"),
                               ("seed=1,,2", "a value is missing"), ("seed=1,1", "a value is there twice"),
                               ("output=a,b", "every run of a sweep has an output folder of its own anyway")):
            self.assert_refused(f"--sweep {sweep}: {message}", "--sweep", sweep)
        self.assert_refused("--sweep seed=3: 'seed' is swept already", "--sweep", "seed=1,2", "--sweep", "seed=3")
        self.assert_refused("--set numerics.batch=0: numerics.batch: must be at least 1", "--sweep", "numerics.batch=4,0")


if __name__ == "__main__":
    unittest.main()
