#!/usr/bin/env python3
"""How well units keep many ranks busy: a simulation of the dealer (harness/run/deck.h, dealer.h) with measured unit costs.

    scheduling.py replay OUT                    one fresh run of `assay run`: its own units again, beside what the run took
    scheduling.py simulate RESULTS --ranks 1024 --images 50000     unit costs drawn from those of results.h5

Efficiency = seconds of all units / (ranks x makespan). Seconds are those of /provenance/units; all times in seconds. What a unit
costs beside them are three options, measured by bench/dealing.cpp and by a replay of very cheap units:
results/reference/scheduling.md.
"""
import argparse
import collections
import heapq
import pathlib
import subprocess
import sys

import h5py
import numpy as np

Dealing = collections.namedtuple("Dealing", "round_trip service between held_back", defaults=(0, 0, 0, 4))
Dealing.__doc__ = """What dealing costs. round_trip: from question to answer, on any rank but 0; service: of that the time that
the dealer is taken; between: a rank's time for each unit beside its seconds (waiting for the image, the journal);
held_back: no rank is given a unit ahead of its present one while fewer than so many are left for each other rank."""


class Deck:
    """harness/run/deck.h."""

    def __init__(self, prices, ranks, held_back):
        dearest_first = collections.deque(sorted(range(len(prices)), key=lambda unit: -prices[unit]))
        self.kept = [dearest_first.popleft() if dearest_first else None for _ in range(ranks)]
        self.rest, self.held_back = dearest_first, held_back * (ranks - 1)

    def take(self, rank, ahead):
        first, self.kept[rank] = self.kept[rank], None
        if first is not None:
            return first
        if not self.rest or (ahead and len(self.rest) < self.held_back):
            return None
        return self.rest.popleft()


def life(seconds, between):
    """A rank, as work_off() in harness/run/dealer.cpp. Yields its questions: when, and whether it asks ahead of its present unit;
    is sent the unit, or None, and when it has the answer."""
    unit, now = yield 0.0, False
    while unit is not None:
        following, now = yield now, True
        now += seconds[unit] + between
        if following is None:
            following, now = yield now, False
        unit = following


class Dealer:
    """One question after the other; rank 0 needs no message."""

    def __init__(self, deck, dealing):
        self.deck, self.dealing, self.free = deck, dealing, 0.0

    def answer(self, now, rank, ahead):
        """The unit and when the rank has it."""
        unit = self.deck.take(rank, ahead)
        if rank == 0:
            return unit, now
        begin = max(now, self.free)
        self.free = begin + self.dealing.service
        return unit, begin + max(self.dealing.round_trip, self.dealing.service)


def makespan(seconds, prices, ranks, dealing=Dealing()):
    """From the first question to the end of the last unit, which is when the last question is asked."""
    dealer = Dealer(Deck(prices, ranks, dealing.held_back), dealing)
    lives = [life(seconds, dealing.between) for _ in range(ranks)]
    questions = [(0.0, rank, next(lives[rank])[1]) for rank in range(ranks)]
    while questions:
        now, rank, ahead = heapq.heappop(questions)
        try:
            when, ahead = lives[rank].send(dealer.answer(now, rank, ahead))
            heapq.heappush(questions, (when, rank, ahead))
        except StopIteration:
            pass
    return now


def efficiency(seconds, ranks, span):
    return sum(seconds) / (ranks * span)


def read_units(path, network=None):
    with h5py.File(path) as file:
        units = file["provenance/units"][()]
        if network is None:
            return units
        ids = [row["id"] for row in file["experiments"][()] if row["network"].decode() == network]
    units = units[np.isin(units["experiment"], ids)]
    return units if len(units) else sys.exit(f"scheduling.py: {path}: no unit went through a network '{network}'")


def in_order_of_dealing(units, between):
    """A run's units as they were dealt: each was asked for when the one before it began on its rank."""
    asked = []
    for rank in np.unique(units["rank"]):
        own = units["seconds"][units["rank"] == rank]
        begins = np.concatenate([[-1, 0], np.cumsum(own + between)])  # the first is kept for the rank
        asked += [(begin, rank, seconds) for begin, seconds in zip(begins, own)]
    return [seconds for _, _, seconds in sorted(asked)]


def journal_times(folder):
    """Seconds from the birth of the first journal, just before dealing begins, to the last write."""
    journals = sorted(pathlib.Path(folder).glob("journal/*.journal"))
    if not journals:
        sys.exit(f"scheduling.py: {folder}: no journals; name the output folder of a run")
    births = subprocess.run(["stat", "-c", "%.W", *journals], check=True, capture_output=True, text=True).stdout.split()
    if min(map(float, births)) == 0:
        sys.exit(f"scheduling.py: {folder}: its file system does not know when files were made; use another for this run")
    return max(journal.stat().st_mtime for journal in journals) - min(map(float, births))


def replay(options, dealing):
    units = read_units(f"{options.folder}/results.h5")
    ranks = int(units["ranks"][0])
    if set(units["ranks"]) != {ranks} or set(units["rank"]) != set(range(ranks)):
        sys.exit(f"scheduling.py: {options.folder}: units of several runs; replay wants one run into a fresh folder")
    seconds = in_order_of_dealing(units, dealing.between)
    measured = journal_times(options.folder)
    predicted = makespan(seconds, np.ones(len(seconds)), ranks, dealing)
    print(f"{ranks} ranks, {len(seconds)} units of {np.mean(seconds):.3f} s (standard deviation {np.std(seconds):.3f} s)")
    print(f"makespan: measured {measured:.2f} s, predicted {predicted:.2f} s ({100 * (predicted / measured - 1):+.2f} %)")
    print(f"efficiency: measured {100 * efficiency(seconds, ranks, measured):.2f} %, "
          f"predicted {100 * efficiency(seconds, ranks, predicted):.2f} %")
    idle = ranks * measured - sum(seconds)
    print(f"time of ranks outside of units: {1000 * idle / len(seconds):.2f} ms a unit")


def drawn(units, images, random):
    """Seconds and prices of a run over `images`: for each experiment units of the measured size, each as costly as one that
    was measured; the price, which the plan knows beforehand, is the mean of its experiment."""
    seconds, prices = [], []
    for experiment in np.unique(units["experiment"]):
        measured = units[units["experiment"] == experiment]
        count = -(-images // int(measured["samples"].max()))
        seconds.append(random.choice(measured["seconds"], count))
        prices.append(np.full(count, measured["seconds"].mean()))
    return np.concatenate(seconds), np.concatenate(prices)


def simulate(options, dealing):
    units = read_units(options.results, options.network)
    found = []
    for seed in range(options.draws):
        seconds, prices = drawn(units, options.images, np.random.default_rng(seed))
        found.append(efficiency(seconds, options.ranks, makespan(seconds.tolist(), prices, options.ranks, dealing)))
    print(f"{options.images} images on {options.ranks} ranks, {len(seconds)} units of {seconds.mean():.3g} s "
          f"(standard deviation {seconds.std():.3g} s, longest {seconds.max():.3g} s), {options.draws} draws")
    print(f"efficiency: mean {100 * np.mean(found):.2f} %, lowest {100 * min(found):.2f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    costs = argparse.ArgumentParser(add_help=False)
    costs.add_argument("--round-trip", type=float, default=0.005, help="of a question (default %(default)s)")
    costs.add_argument("--service", type=float, default=1e-4, help="of it, the dealer's time (default %(default)s)")
    costs.add_argument("--between", type=float, default=0.006, help="beside the seconds of a unit (default %(default)s)")
    costs.add_argument("--held-back", type=float, default=4,
                       help="units for each other rank that are not given ahead (default %(default)s, as the dealer)")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("replay", parents=[costs])
    command.add_argument("folder")
    command.set_defaults(run=replay)
    command = commands.add_parser("simulate", parents=[costs])
    command.add_argument("results")
    command.add_argument("--ranks", type=int, required=True)
    command.add_argument("--images", type=int, required=True)
    command.add_argument("--network", help="only units through this one")
    command.add_argument("--draws", type=int, default=5)
    command.set_defaults(run=simulate)
    options = parser.parse_args()
    options.run(options, Dealing(options.round_trip, options.service, options.between, options.held_back))


if __name__ == "__main__":
    main()
