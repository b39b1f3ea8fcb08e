"""assay diff and assay merge from outside. Usage: diff_merge_test.py ASSAY SAMPLE_RESULTS"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py

SAMPLE_RESULTS = sys.argv.pop()
ASSAY = sys.argv.pop()


def assay(*arguments):
    ended = subprocess.run([ASSAY, *map(str, arguments)], capture_output=True, text=True)
    return ended.returncode, ended.stdout, ended.stderr


class DiffAndMerge(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        subprocess.run([SAMPLE_RESULTS, self.folder], check=True)
        self.a, self.b = self.folder / "a/results.h5", self.folder / "b/results.h5"

    def shorten(self):
        """Leaves the first half of a journal, and merges."""
        journal = self.folder / "a/journal/rank-0000.journal"
        os.truncate(journal, journal.stat().st_size // 2)
        return assay("merge", self.folder / "a")

    def test_identical(self):
        status, out, _ = assay("diff", "--exact", self.a, self.b)
        self.assertEqual(out, "identical: 2 experiments, 48 samples, 3 explanations, 5 cells, 168 records, "
                              "and everything else outside /provenance and *_seconds\n")
        self.assertEqual(status, 0)
        status, out, _ = assay("diff", self.a, self.b)
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("5 cells, 168 records compared, 0 cells differ"), out)

    def test_another_version(self):
        with h5py.File(self.a, "r+") as file:
            file.attrs["version"] = 1.0
        for arguments in (("report", self.a), ("diff", self.a, self.b)):
            status, _, err = assay(*arguments)
            self.assertEqual(status, 1)
            self.assertEqual(err, f"assay: {self.a}: results of version 1, this program reads 3: run again into another "
                                  "output folder, or take the program that wrote it\n")

    def test_different(self):
        self.shorten()
        status, out, _ = assay("diff", "--exact", "--limit", 3, self.a, self.b)
        self.assertEqual(status, 1)
        lines = out.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[0], r"^/costs/0\[0, \d+\]\.status: failed and ")
        self.assertEqual(lines[3], "... and more (--limit shows them)")
        status, out, _ = assay("diff", self.a, self.b)
        self.assertEqual(status, 1)
        self.assertIn("statuses changed", out)

    def test_merge(self):
        self.a.unlink()
        status, out, _ = assay("merge", self.folder / "a")
        self.assertRegex(out, rf"^{self.folder}/a/results.h5: 168 records: \d+ failed, 0 not computed\n$")
        self.assertEqual(assay("diff", "--exact", self.a, self.b)[0], 0)
        status, out, _ = self.shorten()
        self.assertEqual(status, 1)
        self.assertNotIn(" 0 not computed", out)

    def test_mistakes(self):
        self.assertEqual(assay("diff", self.a)[0], 2)
        status, _, err = assay("diff", "--exact", self.a, self.folder / "none.h5")
        self.assertEqual((status, err), (1, f"assay: {self.folder}/none.h5: no such file\n"))
        status, _, err = assay("merge", self.folder)
        self.assertEqual((status, err),
                         (1, f"assay: {self.folder}/layout.json: cannot be opened; `assay run` writes it at its start\n"))
        shutil.copy(__file__, self.folder / "text.h5")
        self.assertEqual(assay("diff", self.folder / "text.h5", self.a)[0], 1)


if __name__ == "__main__":
    unittest.main()
