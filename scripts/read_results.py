#!/usr/bin/env python3
"""Reads results.h5 with h5py alone. Usage: read_results.py results.h5

Prints, for every line of a table, the mean softmax probability of the target on the image, on the base and on the hybrid.
docs/results-format.md says what else is there.
"""
import json
import sys

import h5py
import numpy as np


def table(dataset):
    """A list of compounds as a numpy structured array with str instead of bytes (pandas.DataFrame takes it as it is)."""
    rows = dataset[()]
    texts = [name for name in rows.dtype.names if h5py.check_string_dtype(rows.dtype[name])]
    for name in texts:
        rows[name] = [text.decode() for text in rows[name]]
    return rows


def main(path):
    with h5py.File(path) as file:
        config = json.loads(file["config"].asstr()[()])
        print("protocols:", ", ".join(protocol["name"] for protocol in config["protocols"]))
        cells, rows = table(file["cells"]), table(file["rows"])
        experiments = table(file["experiments"])
        for row in rows:
            cell = cells[row["cell"]]
            experiment = experiments[cell["experiment"]]
            observations = file[f"observations/{cell['metric']}/{cell['experiment']}"]
            records = observations[cell["line"]]  # one a sample, in the order of /samples/EXPERIMENT
            status = h5py.check_enum_dtype(records.dtype["status"])
            kept = records[records["status"] == status["ok"]]
            means = {name: kept[name].mean() if len(kept) else np.nan
                     for name in ("p_full", "p_base", "p_hybrid") if name in records.dtype.names}
            print(row["protocol"], experiment["dataset"], experiment["network"], row["name"], row["variant"],
                  f"{len(kept)}/{len(records)} ok", " ".join(f"{name} {mean:.4f}" for name, mean in means.items()),
                  sep="  ")


if __name__ == "__main__":
    main(sys.argv[1])
