#!/usr/bin/env python3
"""What the sanity checks of one network take from every configuration's maps, as a Markdown table.

Usage: sanity_table.py ALL.csv FIRST.csv PROTOCOL NETWORK > TABLE.md
The CSV files are `assay report results.h5 --format csv` and the same with `--scores judged=first`. Share of the likeness that is lost, x100, top-down:
after the first step, and once everything is random; with the verdict where it is not "passes".
"""
import csv
import sys

FIRST = [("MPRT-spearman", "first step: rank"), ("MPRT-ssim", "SSIM"), ("MPRT-hog", "HOG")]
ALL = [("MPRT-spearman", "all random: rank"), ("MPRT-abs", "magnitudes"), ("MPRT-ssim", "SSIM"), ("MPRT-hog", "HOG")]


VERDICTS = {"passes": "", "fails": " **fails**", "undecided": " ?"}


def losses(path, protocol, network):
    """{row: {score: cell}} of the top-down cascade."""
    found = {}
    with open(path, newline="") as file:
        for line in csv.DictReader(file):
            if (line["protocol"], line["network"]) == (protocol, network) and line["variant"].startswith("top-down"):
                verdict = VERDICTS.get(line["verdict"], " " + line["verdict"])
                cell = f"{float(line['average_x100']):.0f}{verdict}" if line["average_x100"] else "-"
                found.setdefault(line["row"], {})[line["score"]] = cell
    if not found:
        sys.exit(f"{path}: no top-down cascade of {network}, protocol {protocol}")
    return found


def main(arguments):
    if len(arguments) != 4:
        sys.exit(__doc__)
    of_all, of_first = (losses(path, *arguments[2:]) for path in arguments[:2])
    titles = [title for _, title in FIRST + ALL]
    print("| configuration | " + " | ".join(titles) + " |")
    print("|:---|" + "---|" * len(titles))
    for row in of_all:
        cells = [of_first[row].get(score, "-") for score, _ in FIRST] + [of_all[row].get(score, "-") for score, _ in ALL]
        print(f"| {row} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
