#!/usr/bin/env python3
"""Methods with and without a wrapper, side by side, from a report's CSV.

Usage: with_and_without.py REPORT.csv [SUFFIX [EXTRA...]] > TABLE.md
REPORT.csv is what `assay report results.h5 --format csv` writes. A row whose name has SUFFIX (default +VAR) in it and the row called the same
without it are a pair: each score stands as "without -> with", x100; RA with the 95 % interval of the latter. Rows that begin with an EXTRA
are listed below them.
"""
import collections
import csv
import sys

SCORES = ["RA", "precision", "recall", "F1", "IoU"]


def read(file):
    """{(dataset, network): {row: {score: line}}} in the order of the file."""
    tables = collections.defaultdict(lambda: collections.defaultdict(dict))
    with open(file, newline="") as stream:
        for line in csv.DictReader(stream):
            tables[line["dataset"], line["network"]][line["row"]][line["score"]] = line
    return tables


def value(line):
    return f"{float(line['average_x100']):.1f}" if line and line["average_x100"] else "-"


def interval(line):
    return f" ({float(line['low_x100']):.1f}..{float(line['high_x100']):.1f})" if line and line["low_x100"] else ""


def print_table(rows, suffix, extra):
    print("| method | " + " | ".join(SCORES) + " | suspect |\n|:---|" + "---|" * (len(SCORES) + 1))
    wrapped_rows = {name.replace(suffix, "", 1): scores for name, scores in rows.items() if suffix in name}
    for name, scores in rows.items():
        wrapped = wrapped_rows.get(name)
        alone = name.startswith(tuple(extra)) if extra else False
        if not wrapped and not alone:
            continue
        cells = []
        for score in SCORES:
            line = (wrapped or scores).get(score)
            text = f"{value(scores.get(score))} -> {value(line)}" if wrapped else value(line)
            cells.append(text + (interval(line) if score == "RA" else ""))
        last = (wrapped or scores)["RA"]
        print(f"| {name} | " + " | ".join(cells) + f" | {last['suspect']} of {last['samples']} |")
    print()


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.exit(__doc__)
    suffix = arguments[1] if len(arguments) > 1 else "+VAR"
    for (dataset, network), rows in read(arguments[0]).items():
        print(f"{dataset} / {network}\n")
        print_table(rows, suffix, arguments[2:])


if __name__ == "__main__":
    main(sys.argv[1:])
