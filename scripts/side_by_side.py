#!/usr/bin/env python3
"""Scores of several datasets and networks side by side, from a report's CSV.

Usage: side_by_side.py [--quartiles] REPORT.csv SCORE... > TABLE.md
REPORT.csv is what `assay report results.h5 --format csv` writes. A row for each configuration, a column for each dataset, network and
SCORE that has values: x100, the mean with its interval or (--quartiles) the median with its quartiles; in the last row what chance gives.
"""
import csv
import sys

MEAN = ("average_x100", "low_x100", "high_x100")
MEDIAN = ("median_x100", "lower_quartile_x100", "upper_quartile_x100")


def cell(line, names):
    if not line or not line[names[0]]:
        return "-"
    middle, low, high = (float(line[name]) for name in names)
    return f"{middle:.1f} ({low:.1f}..{high:.1f})"


def print_table(lines, scores, names):
    columns = {}  # (dataset, network, score): {row: line}
    for line in lines:
        if line["score"] in scores:
            columns.setdefault((line["dataset"], line["network"], line["score"]), {})[line["row"]] = line
    columns = {key: rows for key, rows in columns.items() if any(line[names[0]] for line in rows.values())}
    print("| configuration | " + " | ".join(" ".join(key) for key in columns) + " |")
    print("|:---|" + "---|" * len(columns))
    for row in dict.fromkeys(row for rows in columns.values() for row in rows):
        print(f"| {row} | " + " | ".join(cell(rows.get(row), names) for rows in columns.values()) + " |")
    chances = [next((line["chance_x100"] for line in rows.values() if line["chance_x100"]), "") for rows in columns.values()]
    print("| *chance* | " + " | ".join(f"{float(chance):.1f}" if chance else "-" for chance in chances) + " |")


def main(arguments):
    names = MEDIAN if "--quartiles" in arguments else MEAN
    arguments = [argument for argument in arguments if argument != "--quartiles"]
    if len(arguments) < 2 or arguments[0] in ("-h", "--help"):
        sys.exit(__doc__)
    with open(arguments[0], newline="") as stream:
        print_table(list(csv.DictReader(stream)), arguments[1:], names)


if __name__ == "__main__":
    main(sys.argv[1:])
