"""`assay fit-patches`, and runs of the methods that sample or divide images. Usage: fit_patches_test.py PROGRAM"""
import json
import os
import shutil
import struct
import sys
import tempfile
import unittest

from world import METRICS, World

PROGRAM = os.path.abspath(sys.argv.pop())
FIT = ("--side", "6", "--patches", "300", "--keep", "4")
SAMPLING = "patches: p.safetensors, window: 4, context: 6, stride: 4, samples: 2"
METHODS = ("methods:\n"
           f"  - {{name: conditional, method: prediction-difference, {SAMPLING}}}\n"
           f"  - {{name: marginal, method: prediction-difference, sampling: marginal, {SAMPLING}}}\n"
           "  - {method: regional-prediction-difference, scales: [4, 9], samples: 2}\n"
           "  - {method: grad}\n"
           "  - {method: regional, of: grad, scales: [4, 9]}\n")


def read_safetensors(file):
    """name -> (dtype, shape, bytes)."""
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    return {name: (entry["dtype"], entry["shape"], data[slice(*entry["data_offsets"])])
            for name, entry in header.items()}


def image_bytes(file):
    """The pixels of a 16 x 16 image of world.py, plane by plane."""
    pixels = file.read_bytes()[-16 * 16 * 3:]
    return b"".join(pixels[channel::3] for channel in range(3))


class FitPatches(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(PROGRAM, self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def fit(self, *arguments, output="p.safetensors"):
        return self.world.run("fit-patches", *arguments, "--output", output, *FIT)

    def fit_folder(self, *arguments, **options):
        status, out, err = self.fit("--images", "images", "--network", "net", *arguments, **options)
        self.assertEqual((status, err), (0, ""), out)
        return out

    def content(self, name="p.safetensors"):
        return (self.world.folder / name).read_bytes()

    def test_of_a_folder(self):
        self.assertEqual(self.fit_folder(), "p.safetensors: 300 patches of 6 x 6 px from 6 images at 16 x 16; 4 images kept\n")
        tensors = read_safetensors(self.world.folder / "p.safetensors")
        self.assertEqual({name: tensor[:2] for name, tensor in tensors.items()}, {
            "mean": ("F64", [3, 36]), "covariance": ("F64", [3, 36, 36]), "low": ("U8", [3, 16, 16]),
            "high": ("U8", [3, 16, 16]), "images": ("U8", [4, 3, 16, 16])})
        images = [image_bytes(self.world.folder / f"images/{i}.ppm") for i in range(6)]
        self.assertEqual(tensors["images"][2], b"".join(images[:4]))
        self.assertEqual(tensors["low"][2], bytes(map(min, *images)))
        self.assertEqual(tensors["high"][2], bytes(map(max, *images)))
        mean = struct.unpack("<108d", tensors["mean"][2])
        pixels = sum(images[i][j] for i in range(6) for j in range(768)) / (6 * 768)
        self.assertAlmostEqual(sum(mean) / 108, pixels, delta=8)

    def test_of_a_configuration(self):
        self.fit_folder()
        self.world.config(METHODS + METRICS)
        status, out, err = self.fit("--config", "c.yaml", output="q.safetensors")
        self.assertEqual((status, err), (0, ""), out)
        self.assertEqual(self.content("q.safetensors"), self.content())
        status, _, err = self.fit("--config", "c.yaml", "--network", "smal")
        self.assertEqual((status, err), (2, "assay: --network smal: the configuration has no such name; known: small\n"))

    def test_the_seed_decides(self):
        self.fit_folder()
        self.fit_folder(output="again.safetensors")
        self.fit_folder("--seed", "2", output="other.safetensors")
        self.assertEqual(self.content(), self.content("again.safetensors"))
        self.assertNotEqual(self.content(), self.content("other.safetensors"))

    def test_an_image_that_cannot_be_read_is_left_out(self):
        (self.world.folder / "images/2.ppm").write_bytes(b"no image")
        status, out, err = self.fit("--images", "images", "--network", "net")
        self.assertEqual(status, 1)
        self.assertRegex(err, r"^assay: left out: 2\.ppm: .*not an image")
        self.assertIn("250 patches of 6 x 6 px from 5 images", out)

    def test_mistakes(self):
        for arguments, message in (
                ((), "fit-patches: name either --images FOLDER or --config CONFIG.yaml"),
                (("--images", "images"), "fit-patches: --images needs --network, to whose input size images are brought"),
                (("--images", "images", "--network", "net", "--side", "17"),
                 "--side 17: does not fit into the network's input of 16x16")):
            status, out, err = self.world.run("fit-patches", "--output", "p.safetensors", *arguments)
            self.assertEqual((status, out, err), (2, "", f"assay: {message}\n"))
        status, _, err = self.fit("--images", "net", "--network", "net")
        self.assertEqual((status, err), (1, "assay: net: there is no image in it\n"))

    # runs ------------------------------------------------------------------------------------------------------------

    def run_ok(self, *arguments):
        status, out, err = self.world.run("run", "c.yaml", *arguments)
        self.assertEqual((status, err), (0, ""), out)
        return out

    def test_maps_depend_neither_on_their_company_nor_on_where_the_file_lies(self):
        self.fit_folder()
        self.world.config(METHODS + METRICS)
        out = self.run_ok()
        for name in ("conditional", "marginal", "regional-prediction-difference", "regional"):
            self.assertIn(name, out)
        alone = METHODS.splitlines(keepends=True)
        self.world.config("".join(alone[:1] + alone[3:4]) + METRICS)
        self.run_ok("--output", "grown")
        self.world.config(METHODS + METRICS)
        self.run_ok("--output", "grown")
        status, out, err = self.world.run("diff", "--exact", "out/results.h5", "grown/results.h5")
        self.assertEqual((status, err), (0, ""), out)
        shutil.move(self.world.folder / "p.safetensors", self.world.folder / "moved.safetensors")
        self.world.config((METHODS + METRICS).replace("p.safetensors", "moved.safetensors"))
        self.assertIn("all done", self.run_ok())

    def test_a_run_without_the_file(self):
        self.world.config(METHODS + METRICS)
        status, _, err = self.world.run("plan", "c.yaml")
        self.assertEqual(status, 2)
        self.assertRegex(err, r"^assay: c\.yaml:9:\d+: methods\[0\]\.patches: p\.safetensors: cannot be opened: [^\n]*\n$")


if __name__ == "__main__":
    unittest.main()
