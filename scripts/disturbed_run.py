"""Runs of assay that are disturbed while they compute: for kill-loop and fault-matrix. Standard library only."""
import collections
import contextlib
import glob
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import threading
import time

WAYS = ("rank", "job", "SIGTERM", "SIGUSR1")  # SIGKILL to one rank, to all processes at once; signals to every rank
TOLD_TO_STOP = 75  # exit status of a run that was told to stop, and did
PATIENCE = 120  # s that a run may take to end after it was killed or told to stop
MAGIC = b"assayJ01"


def frames_of(journal):
    """How many units a journal holds: magic, length and checksum of 8 bytes each, then the content. What a kill left of a unit is
    skipped: nothing begins where it should end."""
    content = pathlib.Path(journal).read_bytes()
    count, at = 0, content.find(MAGIC)
    while at >= 0:
        head = content[at:at + 24]
        end = at + 24 + struct.unpack("<Q", head[8:16])[0] if len(head) == 24 else len(content) + 1
        whole = end == len(content) or content[end:end + len(MAGIC)] == MAGIC
        count += whole
        at = end if whole and end < len(content) else content.find(MAGIC, at + 1)
        if whole and end == len(content):
            break
    return count


def units_in(folder):
    return sum(map(frames_of, glob.glob(f"{folder}/journal/*.journal")))


def same_results(program, a, b):
    """Whether two result files are equal bit by bit, and what `assay diff` says."""
    diff = subprocess.run([program, "diff", "--exact", str(a), str(b)], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return diff.returncode == 0, diff.stdout.strip()


def parents():
    """Process number -> that of its parent."""
    table = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = pathlib.Path(stat).read_text()
            table[int(text.split(" ", 1)[0])] = int(text.rsplit(")", 1)[1].split()[1])
    return table


def descendants(process):
    children = collections.defaultdict(list)
    for child, parent in parents().items():
        children[parent].append(child)
    found, open_ends = [], [process]
    while open_ends:
        new = children[open_ends.pop()]
        found += new
        open_ends += new
    return found


def send(process, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def mpirun(ranks):
    if ranks == 1:
        return []
    return ["mpirun", "-n", str(ranks), "--oversubscribe"] + ["--allow-run-as-root"] * (os.getuid() == 0)


class Attempt:
    """One start of `PROGRAM run CONFIG --output FOLDER` on some ranks, by mpirun unless another launcher is given."""

    def __init__(self, program, config, folder, ranks, launcher=None):
        self.program, self.folder, self.ranks, self.started = os.path.abspath(program), pathlib.Path(folder), ranks, time.time()
        self.units = None  # to be computed, once the program has said so
        self.dealing = None  # when it did
        self.said = []
        launcher = mpirun(ranks) if launcher is None else launcher
        self.process = subprocess.Popen([*launcher, self.program, "run", str(config), "--output", str(folder)], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.listener = threading.Thread(target=self.listen)
        self.listener.start()

    def listen(self):
        for line in self.process.stdout:
            self.said.append(line)
            for units in re.findall(r", (\d+) units, about", line):
                self.units = (self.units or 0) + int(units)
            if re.search(r"passes in all|nothing to compute", line):
                self.units, self.dealing = self.units or 0, time.time()

    def rank_processes(self):
        """Those that run the program; neither mpirun's own nor children of a rank are among them."""
        program, table = os.path.realpath(self.program), parents()
        mine = []
        for process in [self.process.pid, *descendants(self.process.pid)]:
            with contextlib.suppress(OSError):
                if os.path.realpath(os.readlink(f"/proc/{process}/exe")) == program:
                    mine.append(process)
        return [process for process in mine if table.get(process) not in mine]

    def wait(self, seconds):
        """Whether it has ended by then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.poll() is not None

    def end(self):
        """The exit status, when it was killed or told to stop."""
        if not self.wait(PATIENCE):
            for process in [*descendants(self.process.pid), self.process.pid]:
                send(process, signal.SIGKILL)
            self.process.wait()
            sys.exit(f"the run in {self.folder} did not end within {PATIENCE} s after it was disturbed")
        self.listener.join()
        return self.process.returncode

    def finish(self):
        """Waits as long as it takes; the exit status."""
        self.process.wait()
        self.listener.join()
        return self.process.returncode

    def kill(self, way, draw):
        """One of WAYS. False when no rank was there any more, or not yet."""
        ranks = self.rank_processes()
        if not ranks:
            return False
        if way == "rank":
            send(draw.choice(ranks), signal.SIGKILL)
        elif way == "job":
            for process in [self.process.pid, *descendants(self.process.pid)]:
                send(process, signal.SIGKILL)
        else:
            for process in ranks:
                send(process, getattr(signal, way))
        return True
