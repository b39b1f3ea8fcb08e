#!/usr/bin/python3
"""How much quicker two ranks are than one: the same run, in turn, wall-clock time from start to exit.
Usage: ranks.py CONFIG.yaml [--repeats 3] [--assay build/assay] [-- ARGUMENTS OF assay run]"""
import argparse
import os
import pathlib
import subprocess
import tempfile
import time

from together import spread


def seconds_of(options, ranks, arguments):
    with tempfile.TemporaryDirectory() as folder:
        command = ["mpirun", "--allow-run-as-root", "-n", str(ranks), str(options.assay), "run", str(options.config),
                   "--output", folder + "/out"] + arguments
        start = time.perf_counter()
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env=os.environ | {"OMP_NUM_THREADS": "1"})
        if result.returncode:
            raise SystemExit(f"{' '.join(command)}: exit status {result.returncode}\n{result.stderr}")
        return time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--assay", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "build" / "assay")
    options, arguments = parser.parse_known_args()
    arguments = [argument for argument in arguments if argument != "--"]
    one, two = [], []
    for _ in range(options.repeats):
        one.append(seconds_of(options, 1, arguments))
        two.append(seconds_of(options, 2, arguments))
    print("| 1 rank, s | 2 ranks, s | ratio |\n|---|---|---|")
    print(f"| {spread(one)[1]} | {spread(two)[1]} | {spread([a / b for a, b in zip(one, two)])[1]} |")
