#!/usr/bin/env python3
"""What each protocol makes of the same families of explainers, as a Markdown table.

Usage: assay report out/ablation-places --format csv --output steps.csv
       scripts/compare_protocols.py steps.csv [DATASET/NETWORK]

A figure is the mean over the family's configurations and over mask sizes and bases of the mean per image, x100; the order below
ranks the families by it. Cells in which a row keeps fewer than `FEWEST` images are left out.
"""
import csv
import math
import sys
from collections import defaultdict

FEWEST = 5
FAMILIES = {"occ": ("occ 10", "occ 50", "occ 100"), "grad": ("grad 0", "grad 2", "grad 5"), "C-MWP": ("C-MWP",),
            "pairs": ("grad+occ", "C-MWP+grad", "C-MWP+occ"), "edge": ("edge",), "center": ("center",), "random": ("random",)}
EXPLAINERS = ("occ", "grad", "C-MWP")


def mean(values):
    return sum(values) / len(values) if values else math.nan


def read(path, wanted):
    """{(protocol, score): {row: [mean of a column, ...]}} in the order of the file, and the share of records kept."""
    table, kept = defaultdict(lambda: defaultdict(list)), defaultdict(lambda: [0, 0])
    with open(path, newline="") as file:
        for line in csv.DictReader(file):
            if wanted and f"{line['dataset']}/{line['network']}" != wanted:
                continue
            key = line["protocol"], line["score"]
            kept[key][0] += int(line["kept"])
            kept[key][1] += int(line["images"])
            if int(line["kept"]) >= FEWEST:
                table[key][line["row"]].append(float(line["mean_x100"]))
    return table, kept


def families_of(rows):
    return {family: mean([value for row in names for value in rows.get(row, [])]) for family, names in FAMILIES.items()}


def main(path, wanted=None):
    table, kept = read(path, wanted)
    print("| protocol | score |", " | ".join(FAMILIES), "| kept | order of occ, grad, C-MWP |")
    print("|---|---|" + "---:|" * len(FAMILIES) + "---:|---|")
    for (protocol, score), rows in table.items():
        values = families_of(rows)
        order = sorted((name for name in EXPLAINERS if not math.isnan(values[name])), key=lambda name: -values[name])
        share = kept[protocol, score][0] / kept[protocol, score][1]
        cells = " | ".join("-" if math.isnan(value) else f"{value:.1f}" for value in values.values())
        print(f"| {protocol} | {score} | {cells} | {share:.0%} | {' > '.join(order)} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
