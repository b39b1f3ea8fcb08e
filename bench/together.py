"""Starts processes that say "ready", lets them begin at the same moment, and reads a line of JSON from each."""
import json
import os
import subprocess


# The allocator of our programs, with their settings (jemalloc.cpp).
JEMALLOC = {"LD_PRELOAD": "libjemalloc.so.2", "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0"}


def environment(threads, jemalloc=False):
    return os.environ | {"OMP_NUM_THREADS": str(threads)} | (JEMALLOC if jemalloc else {})


def run_together(command, processes, threads, jemalloc=False):
    """`command` in so many processes at once; their lines as dictionaries. Ends the program when one fails."""
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(threads, jemalloc))
               for _ in range(processes)]
    for process in running:
        line = process.stdout.readline()
        if line.strip() != "ready":
            raise SystemExit(f"{' '.join(command)}: expected 'ready', got {line!r}")
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    lines = [json.loads(process.stdout.read()) for process in running]
    if any(process.wait() for process in running):
        raise SystemExit(f"{' '.join(command)} failed")
    return lines


def output_of_both(command, processes, threads):
    """The standard output of so many processes running at the same time."""
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(threads))
               for _ in range(processes)]
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise SystemExit(f"{' '.join(command)} failed")
    return outputs


def spread(values):
    """Median, least and most, as in a table."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return median, f"{median:.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"
