#!/usr/bin/env python3
"""Joins what networks predict into the table that mosaics of confident images ask for.

Usage: confidences.py NETWORK=PREDICTIONS.csv... > confidences.csv
PREDICTIONS.csv is what `assay network PATH --images FOLDER --predictions PREDICTIONS.csv` writes; a network may have several.
"""
import csv
import sys


def main(arguments):
    if not arguments or any("=" not in argument for argument in arguments):
        sys.exit(__doc__)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["name", "network", "p"])
    for argument in arguments:
        network, _, file = argument.partition("=")
        with open(file, newline="") as stream:
            for row in csv.DictReader(stream):
                out.writerow([row["file"], network, row["p_true"]])


if __name__ == "__main__":
    main(sys.argv[1:])
