"""`assay network`: its table, its accuracy, its errors. Usage: network_test.py PROGRAM"""
import csv
import os
import pathlib
import sys
import tempfile
import unittest

from world import World

PROGRAM = os.path.abspath(sys.argv.pop())
PACK = pathlib.Path(os.environ.get("ASSAY_DATA") or "/nowhere")

# whose winners the pack has for the images of imagenet_val
NETWORKS = ("googlenet_bvlc", "mobilenet_v2_1.0_224_int8", "resnet50_tf_uint8", "squeezenet_v1.0_deepcompressed",
            "squeezenet_v1.1", "tiny_darknet")

TABLE = """\
layer    kind             output           parameters        FLOPs
input    input            3x16x16
conv1    conv             4x16x16                 112      55.30 k
relu1    relu             4x16x16
mean     global_avg_pool  4x1x1
classes  linear           4                        20           32
5 layers                                           132      55.33 k
"""


class Network(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(PROGRAM, self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def predictions(self):
        with open(self.world.folder / "p.csv", newline="") as file:
            return list(csv.DictReader(file))

    def test_layers(self):
        status, out, err = self.world.run("network", "net")
        self.assertEqual((status, err), (0, ""))
        head, table = out.split("\n\n")
        self.assertEqual(table, TABLE)
        self.assertEqual(head.splitlines()[:5], [
            "network      small", "input        3x16x16 RGB", "resize       none, crop none",
            "normalise    (pixel * 0.02 - (1, 1, 1)) / (1, 1, 1)", "outputs      4 (no class list)"])

    def test_accuracy_counts_every_accepted_label(self):
        self.world.run("network", "net", "--images", "images/list.txt", "--kind", "list", "--predictions", "p.csv")
        winners = [row["top1"] for row in self.predictions()]
        lines = [f"{i}.ppm {(int(w) + 1) % 4};{w}\n" if i < 3 else f"{i}.ppm {(int(w) + 1) % 4}\n"
                 for i, w in enumerate(winners)]
        (self.world.folder / "images/list.txt").write_text("".join(lines))
        status, out, _ = self.world.run("network", "net", "--images", "images/list.txt", "--kind", "list",
                                        "--batch", "4", "--predictions", "p.csv")
        self.assertEqual(status, 0)
        self.assertIn("judged       6 of 6\ntop-1        50.0 %\ntop-5        100.0 %\n", out)
        self.assertEqual([row["right"] for row in self.predictions()], list("111000"))

    def test_unreadable_image(self):
        (self.world.folder / "images/2.ppm").write_bytes(b"no image")
        status, out, err = self.world.run("network", "net", "--images", "images/list.txt", "--kind", "list",
                                          "--predictions", "p.csv")
        self.assertEqual(status, 1)
        self.assertRegex(err, r"^assay: left out: 2\.ppm: .*not an image")
        self.assertIn("judged       5 of 6\n", out)
        self.assertEqual(list(self.predictions()[2].values()), ["2.ppm", "", "", ""])

    def test_errors(self):
        def error(*arguments):
            status, _, err = self.world.run("network", *arguments)
            return status, err
        self.assertEqual(error("none"), (1, "assay: none: no such network; give a folder with model.json, a "
                                         "TorchScript file, or builtin:NAME?seed=N\n"))
        self.assertEqual(error("net", "--images", "images", "--kind", "lists")[0], 2)
        self.assertIn("unknown name 'lists'; known: list, ", error("net", "--images", "images", "--kind", "lists")[1])
        self.assertEqual(error("net", "--images", "images", "--param", "labels"),
                         (2, "assay: --param labels: expected KEY=VALUE\n"))
        self.assertEqual(error("net", "--images", "images/list.txt", "--kind", "list", "--predictions", "no/p.csv"),
                         (1, "assay: no/p.csv: cannot be written\n"))

    @unittest.skipUnless((PACK / "models").exists(), "ASSAY_DATA does not point to the data pack")
    def test_winners_of_the_pack(self):
        images = PACK / "images/imagenet_val"
        with open(images / "predictions.csv", newline="") as file:
            expected = list(csv.DictReader(file))[:50]
        for network in NETWORKS:
            with self.subTest(network):
                status, _, _ = self.world.run("network", str(PACK / "models" / network), "--images", str(images),
                                              "--limit", "50", "--predictions", "p.csv")
                self.assertEqual(status, 0)
                same = sum(mine["top1"] == row[f"{network}:top1_output_index"]
                           for mine, row in zip(self.predictions(), expected, strict=True))
                self.assertGreaterEqual(same, 0.97 * 50)


if __name__ == "__main__":
    unittest.main()
