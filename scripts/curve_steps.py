#!/usr/bin/env python3
"""A curve of every configuration at some of its steps, as a Markdown table, from a report's curves.

Usage: curve_steps.py CURVES.csv PROTOCOL NETWORK VARIANT CURVE STEP... > TABLE.md
CURVES.csv is what `assay report results.h5 --curves --format csv` writes; VARIANT is the beginning of a variant's name ("top-down"). Means over
the images; '-' where no image has a value.
"""
import csv
import sys


def main(arguments):
    if len(arguments) < 6 or arguments[0] in ("-h", "--help"):
        sys.exit(__doc__)
    path, protocol, network, variant, curve, *steps = arguments
    rows = {}  # row: {step: mean}
    with open(path, newline="") as file:
        for line in csv.DictReader(file):
            if (line["protocol"], line["network"], line["curve"]) == (protocol, network, curve) and line["variant"].startswith(variant):
                rows.setdefault(line["row"], {})[line["step"]] = line["mean"]
    if not rows:
        sys.exit(f"{path}: no curve {curve} of {network}, protocol {protocol}, {variant}")
    print("| configuration | " + " | ".join(steps) + " |")
    print("|:---|" + "---|" * len(steps))
    for row, means in rows.items():
        print(f"| {row} | " + " | ".join(f"{float(means[step]):.2f}" if means.get(step) else "-" for step in steps) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
