"""results.h5 as h5py sees it, without our code. Usage: results_file_test.py SAMPLE_RESULTS (the program of tests/store)"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

SAMPLE_RESULTS = sys.argv.pop(1)
SOURCE = pathlib.Path(__file__).parents[2]


class ResultsFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([SAMPLE_RESULTS, cls.folder.name], check=True)
        cls.a = h5py.File(f"{cls.folder.name}/a/results.h5")
        cls.b = h5py.File(f"{cls.folder.name}/b/results.h5")

    @classmethod
    def tearDownClass(cls):
        cls.a.close()
        cls.b.close()
        cls.folder.cleanup()

    def test_objects(self):
        paths = []
        self.a.visit(paths.append)
        self.assertEqual(set(paths), {
            "config", "experiments", "explanations", "cells", "rows", "columns", "samples", "samples/0", "samples/1", "costs",
            "costs/0", "costs/1", "observations", "observations/gain", "observations/gain/0", "observations/gain/0_cells",
            "observations/gain/1", "observations/gain/1_cells", "observations/area", "observations/area/0",
            "observations/area/0_cells", "provenance", "provenance/ranks", "provenance/run",
            "provenance/units"})
        self.assertEqual(self.a.attrs["format"], "assay results")
        self.assertEqual(json.loads(self.a["config"].asstr()[()])["seed"], 1)

    def test_tables(self):
        cells = self.a["cells"]
        self.assertEqual(list(cells.fields("metric").asstr() if hasattr(cells.fields("metric"), "asstr")
                              else [m.decode() for m in cells["metric"]]), ["gain", "gain", "area", "gain", "gain"])
        self.assertEqual(cells["line"].tolist(), [0, 1, 0, 2, 0])
        self.assertEqual(cells["experiment"].tolist(), [0, 0, 0, 0, 1])
        self.assertEqual(json.loads(cells["settings"][1]), {"rho": 0.25})
        self.assertEqual(self.a["rows"]["note"][1].decode(), "inputs clamped at 0")
        columns = self.a["columns"]
        self.assertEqual([c.decode() for c in columns["column"]], ["p_full", "steps", "margin", "area", "curve_drop"])
        self.assertEqual(columns["worst"].tolist(), [0, np.inf, -np.inf, 0, -1])

    def test_samples(self):
        samples = self.a["samples/0"][()]
        self.assertEqual(samples["name"][5].decode(), "bild-ä-5.jpg")
        self.assertEqual(samples.dtype.names[:3], ("sample", "name", "image"))
        self.assertEqual([image.decode() for image in samples["image"][:4]], ["picture-0", "picture-0", "picture-1", "picture-1"])
        self.assertEqual(samples["right"].dtype, np.bool_)
        status = h5py.check_enum_dtype(samples.dtype["status"])
        self.assertEqual(status, {"ok": 0, "skipped": 1, "suspect": 2, "failed": 3})
        self.assertEqual(samples["status"][3], status["failed"])
        self.assertEqual(samples["reason"][3], b"cannot be decoded")
        self.assertEqual(samples["reason"][2], b"")
        for place, labels in enumerate(samples["labels"]):
            self.assertEqual(labels.tolist(), [place + k for k in range(len(labels))])
        self.assertEqual({len(labels) for labels in samples["labels"]}, {0, 1, 2})

    def test_observations(self):
        gain = self.a["observations/gain/0"]
        self.assertEqual(gain.shape, (3, 40))
        self.assertEqual(gain.dtype.names, ("status", "reason", "p_full", "steps", "margin", "forwards", "backwards",
                                            "multiply_adds_asked", "multiply_adds_done", "shared_seconds"))
        self.assertEqual(gain.attrs["steps.unit"], "steps")
        self.assertEqual(gain.attrs["steps.better"], "lower")
        self.assertEqual(gain.attrs["steps.worst"], np.inf)
        self.assertEqual(gain.attrs["p_full.doc"], "probability of the image")
        bits = gain["p_full"].view(np.uint64)
        self.assertIn(0x7FF8000000000123, bits)  # NaN keeps its bits
        self.assertIn(1 << 63, bits)  # and -0

    def test_curves(self):
        area = self.a["observations/area/0"]
        self.assertEqual(area.dtype.names[:5], ("status", "reason", "area", "curve_drop", "forwards"))
        self.assertEqual(area.attrs["curve_drop.unit"], "1")
        curves = area["curve_drop"][0]
        self.assertEqual({curve.dtype for curve in curves if len(curve)}, {np.dtype(np.float64)})
        skipped = area["status"][0] == 1
        self.assertEqual({len(curve) for curve in curves[skipped]} - {0}, set())
        self.assertEqual({len(curve) for curve in curves[~skipped]} - {3, 4, 5, 6, 7}, set())

    def test_costs(self):
        self.assertEqual(self.a.attrs["version"], 3)
        costs, gain = self.a["costs/0"], self.a["observations/gain/0"]
        self.assertEqual(costs.dtype.names, ("status", "reason", "figures", "forwards", "backwards", "multiply_adds_asked",
                                             "multiply_adds_done", "method_seconds"))
        self.assertEqual(costs.attrs["method_seconds.unit"], "s")
        self.assertEqual(gain.attrs["forwards.unit"], "images")
        self.assertEqual(gain.attrs["multiply_adds_done.better"], "lower")
        self.assertEqual(gain.attrs["shared_seconds.doc"], "wall-clock time, apportioned by forwards: the wave is shared")
        for table in (costs[()], gain[()]):
            self.assertEqual(table["forwards"].dtype, np.int64)
            self.assertGreater(table["multiply_adds_asked"].max(), 1 << 40)
        self.assertEqual(sorted(self.a["provenance/units"]["peak_memory"] >> 30)[0], 1)

    def test_scales(self):
        gain = self.a["observations/gain/0"]
        self.assertEqual([dim.label for dim in gain.dims], ["cell", "sample"])
        self.assertEqual(gain.dims[0]["cell"][()]["cell"].tolist(), [0, 1, 3])
        self.assertEqual(gain.dims[1]["sample"].name, "/samples/0")
        self.assertEqual(self.a["costs/1"].dims[1][0].name, "/samples/1")

    def test_whoever_computed_it(self):
        """Compares both files by h5py alone: every value outside /provenance and *_seconds."""
        compared = []

        def compare(path, one):
            if path.startswith("provenance") or not isinstance(one, h5py.Dataset):
                return
            other = self.b[path]
            self.assertEqual(one.shape, other.shape, path)
            values, others = one[()], other[()]
            if one.dtype.names is None:
                self.assertEqual(values, others, path)
                return
            self.assertEqual(one.dtype.names, other.dtype.names, path)
            for member in one.dtype.names:
                if member.endswith("_seconds"):
                    continue
                x, y = values[member], others[member]
                if x.dtype.kind == "O":
                    same = all(np.asarray(p).tobytes() == np.asarray(q).tobytes() for p, q in zip(x.ravel(), y.ravel()))
                else:
                    same = np.ascontiguousarray(x).tobytes() == np.ascontiguousarray(y).tobytes()
                self.assertTrue(same, f"{path}.{member}")
                compared.append(f"{path}.{member}")

        self.a.visititems(compare)
        self.assertGreater(len(compared), 50)
        self.assertFalse(np.array_equal(self.a["costs/0"]["method_seconds"], self.b["costs/0"]["method_seconds"]))
        self.assertFalse(np.array_equal(self.a["observations/gain/0"]["shared_seconds"],
                                        self.b["observations/gain/0"]["shared_seconds"]))
        self.assertEqual(set(self.a["provenance/units"]["rank"]), {0})
        self.assertEqual(set(self.b["provenance/units"]["rank"]), {0, 1, 2})
        self.assertEqual(self.b["provenance/units"]["samples"].sum(), 48)

    def test_where_it_was_computed(self):
        ranks, units = self.b["provenance/ranks"][()], self.b["provenance/units"][()]
        self.assertEqual(ranks["rank"].tolist(), [0, 1, 2, 3])
        self.assertEqual(ranks["ranks"].tolist(), [4] * 4)
        self.assertEqual(ranks["host"].tolist(), [b"host0", b"host1", b"host2", b"host3"])
        self.assertEqual(ranks["device"][0], b"NVIDIA H100")
        self.assertEqual(ranks["uuid"].tolist(), [b"GPU-0", b"GPU-1", b"GPU-2", b"GPU-3"])
        self.assertEqual((ranks["threads"][1], ranks["blas"][1], ranks["blas_gflops"][1]), (2, b"/usr/lib/libblas.so.3", 51.5))
        self.assertEqual(ranks["units"][3], 0)
        self.assertEqual(ranks["units"].sum(), len(units))
        self.assertAlmostEqual(ranks["seconds"].sum(), units["seconds"].sum())
        self.assertEqual(ranks["rank"][units["place"]].tolist(), units["rank"].tolist())
        self.assertEqual(ranks["host"][units["place"]].tolist(), units["host"].tolist())
        self.assertEqual(self.a["provenance/ranks"]["ranks"].tolist(), [1])

    def test_reader_of_the_readme(self):
        shown = subprocess.run([sys.executable, SOURCE / "scripts/read_results.py", f"{self.folder.name}/a/results.h5"],
                               check=True, capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(shown[0], "protocols: paper")
        self.assertEqual(len(shown), 3)
        gain = self.a["observations/gain/0"][0]
        kept = gain[gain["status"] == 0]
        self.assertTrue(shown[1].startswith(f"paper  imagenet  googlenet  occ 10  rho=0.1  {len(kept)}/40 ok  p_full"), shown[1])


if __name__ == "__main__":
    unittest.main()
