#!/usr/bin/env python3
"""Reads results.h5 with h5py alone: for every line of a table, the means of what was observed, over the images.

docs/results-format.md says what else is there.
"""
import argparse
import json
import signal

import h5py
import numpy as np


def table(dataset):
    """A list of compounds as a numpy structured array with str instead of bytes (pandas.DataFrame takes it as it is)."""
    rows = dataset[()]
    texts = [name for name in rows.dtype.names if h5py.check_string_dtype(rows.dtype[name])]
    for name in texts:
        rows[name] = [text.decode() for text in rows[name]]
    return rows


def shown_of(record):
    """Probabilities where a metric observes them, otherwise every number of a record but its cost."""
    numbers = [name for name in record.names if record[name].kind == "f" and not name.endswith("_seconds")]
    return [name for name in ("p_full", "p_base", "p_hybrid") if name in numbers] or numbers


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
            means = {name: np.nanmean(kept[name]) for name in shown_of(records.dtype) if not np.isnan(kept[name]).all()}
            print(row["protocol"], experiment["dataset"], experiment["network"], row["name"], row["variant"],
                  f"{len(kept)}/{len(records)} ok", " ".join(f"{name} {mean:.4g}" for name, mean in means.items()),
                  sep="  ")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it without a word
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", metavar="results.h5")
    main(parser.parse_args().results)
