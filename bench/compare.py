#!/usr/bin/python3
"""The work of Table 1, ours against plain PyTorch, in turn; a Markdown table of the ratios with their spread.
Ours: two processes of one thread. The baseline: the better of one process of two threads and two of one, in each round; with
--settled the one that was slower by more than 10 % in the first round, in (a) and (b), is not run again.
Every process does the whole work at the same time as its neighbour, as in a long run that keeps all cores busy; what is
compared is images a second.
Usage: compare.py FOLDER [--repeats 5] [--bench build/bench] [--jemalloc] [--settled] [--raw FILE] (FOLDER: what table1_work prepare wrote)"""
import argparse
import json
import pathlib
import signal
import sys
import time

from together import output_of_both, run_together, spread

HERE = pathlib.Path(__file__).parent
SHAPES = {"1 x 2": (1, 2), "2 x 1": (2, 1)}  # of the baseline: processes, threads of each
PHASES = ("occlusion", "growth", "single", "batched")
WAYS = {"a": ("single", "one growth forward at a time"), "b": ("batched", "growth batched over configurations")}


def rate(lines, *phases):
    """Images a second of processes that ran together."""
    return sum(line["images"] for line in lines) / max(sum(line[f"{phase}_seconds"] for phase in phases) for line in lines)


def convolution_rates(bench, folder):
    """FLOP/s of both processes together: of the network's convolutions one after the other, each by the quicker of the layer
    itself and at::conv2d, and of the best single one."""
    command = [str(bench / "kernels"), "--benchmark_filter=^conv", "--benchmark_format=json", "--benchmark_min_time=0.05",
               str(folder / "network")]
    own, best = 0.0, {}
    for output in output_of_both(command, 2, 1):
        layers = {}
        for row in json.loads(output)["benchmarks"]:
            layer = row["name"].split("/", 1)[1].removesuffix("/real_time")
            fastest = layers.get(layer, (0.0, 0.0))[1]
            layers[layer] = (row["FLOP"], max(fastest, row["FLOP/s"]))
        own += sum(flop for flop, _ in layers.values()) / sum(flop / speed for flop, speed in layers.values())
        for layer, (_, speed) in layers.items():
            best[layer] = best.get(layer, 0.0) + speed
    layer = max(best, key=best.get)
    return own, best[layer], layer


def one_round(options, shapes):
    sides = {"ours": run_together([str(options.bench / "table1_work"), "run", str(options.folder), "--wait"], 2, 1)}
    baseline = ["/usr/bin/python3", str(HERE / "baseline.py"), str(options.folder), "--wait"]
    for shape in shapes:
        processes, threads = SHAPES[shape]
        sides[shape] = run_together(baseline + ["--threads", str(threads)], processes, threads, options.jemalloc)
    return sides


def better_baseline(sides, way):
    return max((side for side in SHAPES if side in sides), key=lambda side: rate(sides[side], "occlusion", way))


def still_open(sides):
    """The shapes of the baseline that may be the better one."""
    return [side for side in SHAPES
            if any(rate(sides[side], "occlusion", way) > 0.9 * rate(sides[better_baseline(sides, way)], "occlusion", way) for way, _ in WAYS.values())]


def rounds_of(options):
    """SIGINT and SIGTERM end it after the round that runs."""
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.append(True))
    rounds, shapes, start = [], list(SHAPES), time.monotonic()
    while len(rounds) < options.repeats and not stopping:
        rounds.append(one_round(options, shapes))
        if options.settled and len(rounds) == 1:
            shapes = still_open(rounds[0])
        print(f"round {len(rounds)} of {options.repeats}, {(time.monotonic() - start) / 60:.1f} min", file=sys.stderr, flush=True)
    return rounds


def print_ratios(rounds):
    print("| baseline | ratio, median (min to max) | occlusion alone | growth alone | better baseline, processes x threads |")
    print("|---|---|---|---|---|")
    for name, (way, words) in WAYS.items():
        ratios, occlusion, growth, better = [], [], [], []
        for sides in rounds:
            best = better_baseline(sides, way)
            ratios.append(rate(sides["ours"], "occlusion", "growth") / rate(sides[best], "occlusion", way))
            occlusion.append(rate(sides["ours"], "occlusion") / rate(sides[best], "occlusion"))
            growth.append(rate(sides["ours"], "growth") / rate(sides[best], way))
            better.append(best)
        print(f"| ({name}) {words} | {spread(ratios)[1]} | {spread(occlusion)[1]} | {spread(growth)[1]} | {', '.join(better)} |")


def print_seconds(rounds):
    print("\n| side, processes x threads | s an image, both cores | occlusion | growth (a) or ours | growth (b) |")
    print("|---|---|---|---|---|")
    median = lambda side, *phases: spread([1 / rate(sides[side], *phases) for sides in rounds if side in sides])[0]
    print(f"| ours, 2 x 1 | {median('ours', 'occlusion', 'growth'):.2f} | {median('ours', 'occlusion'):.2f} | {median('ours', 'growth'):.2f} | |")
    for side in SHAPES:
        print(f"| PyTorch, {side} | {median(side, 'occlusion', 'single'):.2f} (a), {median(side, 'occlusion', 'batched'):.2f} (b) | "
              f"{median(side, 'occlusion'):.2f} | {median(side, 'single'):.2f} | {median(side, 'batched'):.2f} |")


def print_counts(rounds):
    ours, plain = rounds[0]["ours"][0], rounds[0]["1 x 2"][0]
    everything = [line for sides in rounds for lines in sides.values() for line in lines]
    counts = {value for line in everything for value in ([line["counts"]] if isinstance(line["counts"], str) else line["counts"].values())}
    forwards = {line["single_forwards"] for line in everything if "single_forwards" in line} | {ours["growth_judged"]}
    print(f"- growth counts: {'equal' if len(counts) == 1 else 'NOT EQUAL'} ({', '.join(sorted(counts))}); growth forwards of "
          f"{ours['images']} image(s): {' / '.join(map(str, sorted(forwards)))}; ours asked {ours['growth_forwards']}, looking ahead "
          f"({ours['growth_distinct']} distinct needed)")
    for line in sorted({text for entry in everything for text in entry["differing"]}):
        print(f"  - differs: {line}")
    print(f"- occlusions: {ours['occlusion_forwards']} / {plain['occlusion_forwards']}; sum of probabilities "
          f"{ours['probabilities']:.6f} / {plain['probabilities']:.6f}")
    shares = [line["occlusion_images_a_second"] / line["plain_images_a_second"] for line in everything if line["side"] == "pytorch"]
    print(f"- the baseline's occlusion reaches {100 * spread(shares)[0]:.0f} % of its plain batch-64 throughput "
          f"({100 * min(shares):.0f} to {100 * max(shares):.0f} %)")


def print_quiet(rounds):
    """What other programs took away shows as time in which a side did not have its cores."""
    shares = {side: [line["cpu_seconds"] / line["threads"] / sum(line.get(f"{phase}_seconds", 0.0) for phase in PHASES)
                     for sides in rounds for line in sides.get(side, [])] for side in rounds[0]}
    text = ", ".join(f"{side} {100 * min(values):.0f} to {100 * max(values):.0f} %" for side, values in shares.items())
    quiet = min(min(shares["ours"]), min(shares["2 x 1"])) > 0.97
    print(f"- share of the cores that each side had: {text}{'' if quiet else '. NOT A QUIET MACHINE: measure again'}")


def print_floor(rounds, rates):
    ours = rounds[0]["ours"][0]
    flops = 2 * ours["multiply_adds_needed"] / ours["images"]
    seconds, text = spread([1 / rate(sides["ours"], "occlusion", "growth") for sides in rounds])
    print(f"- work an image: {flops / 1e9:.1f} GFLOP, {ours['multiply_adds_asked'] / ours['multiply_adds_needed']:.2f} times less than "
          f"full forwards; ours {text} s an image = {flops / seconds / 1e9:.1f} GFLOP/s")
    own = sum(rate for rate, _, _ in rates) / len(rates)
    best, layer = max((best, layer) for _, best, layer in rates)
    print(f"- floor at the network's own convolutions ({own / 1e9:.1f} GFLOP/s, before and after: "
          f"{', '.join(f'{rate / 1e9:.1f}' for rate, _, _ in rates)}): {flops / own:.2f} s; ours takes {seconds * own / flops:.2f} times that")
    print(f"- floor at the best single convolution ({layer}, {best / 1e9:.1f} GFLOP/s): {flops / best:.2f} s; ours takes "
          f"{seconds * best / flops:.2f} times that")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--bench", type=pathlib.Path, default=HERE.parent / "build" / "bench", help="folder of our programs")
    parser.add_argument("--jemalloc", action="store_true", help="start the baseline with our allocator")
    parser.add_argument("--settled", action="store_true", help="only the better baseline after the first round, if it is clearly better")
    parser.add_argument("--raw", type=pathlib.Path, help="file for the lines of all processes")
    options = parser.parse_args()
    rates = [convolution_rates(options.bench, options.folder)]
    rounds = rounds_of(options)
    rates.append(convolution_rates(options.bench, options.folder))
    if options.raw:
        options.raw.write_text(json.dumps({"rounds": rounds, "rates": rates}, indent=1))
    print(f"{len(rounds)} rounds\n")
    print_ratios(rounds)
    print_seconds(rounds)
    print()
    print_counts(rounds)
    print_quiet(rounds)
    print_floor(rounds, rates)
