"""What `assay figures` draws on a small network. Usage: figures_test.py PROGRAM"""
import os
import struct
import sys
import tempfile
import unittest

from world import METHODS, METRICS, World

PROGRAM = os.path.abspath(sys.argv.pop())
MANY = ("methods:\n"
        "  - {name: occ 4, method: occ, patch: 4, stride: 4}\n"
        "  - {name: occ 8, method: occ, patch: 8, stride: 4}\n"
        "  - {method: grad}\n"
        "  - {name: both, method: agreement, of: [occ 4, grad]}\n")


def png_size(file):
    head = file.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n", file
    return struct.unpack(">II", head[16:24])


class Figures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(PROGRAM, self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def figures(self, *arguments):
        return self.world.run("figures", "c.yaml", *arguments)

    def drawn(self, *arguments):
        """Names of the files; they are those on the disk."""
        status, out, err = self.figures(*arguments)
        self.assertEqual((status, err), (0, ""), out)
        images = self.world.folder / "images"
        on_disk = {str(file.relative_to(self.world.folder)) for file in self.world.folder.rglob("*.png")
                   if images not in file.parents}
        self.assertEqual(set(out.splitlines()), on_disk)
        return out.splitlines()

    def width(self, file):
        return png_size(self.world.folder / file)[0]

    def height(self, file):
        return png_size(self.world.folder / file)[1]

    def test_three_panels_an_image_and_protocol(self):
        self.world.config(MANY + METRICS + "protocols: [paper, authors-code]\n")
        self.assertEqual(self.drawn(), [f"out/figures/{image}-{protocol}-{panel}.png" for image in (0, 1)
                                        for protocol in ("paper", "authors-code")
                                        for panel in ("parameters", "methods", "pairs")])
        self.assertFalse((self.world.folder / "out/journal").exists())

    def test_a_tile_for_each_configuration_and_a_row_for_each_rho(self):
        self.world.config(MANY + METRICS)
        parameters, methods, pairs = self.drawn("--images", "1")
        tile = self.width(parameters) - self.width(pairs)  # two of occ; one pair
        self.assertGreater(tile, 200)
        self.assertEqual(self.width(methods), self.width(parameters))  # occ 4 and grad
        self.assertGreater(self.width(pairs), 2 * tile)  # the image is beside them
        before = self.height(parameters), self.height(methods)
        self.world.config(MANY + METRICS.replace("0.25", "[0.25, 0.1]"))
        self.drawn("--images", "1")
        self.assertEqual(self.height(parameters), before[0])
        self.assertGreater(self.height(methods), before[1] + tile)

    def test_panels_with_nothing_to_show_are_left_out(self):
        self.world.config()
        self.assertEqual(self.drawn("--images", "1"), ["out/figures/0-paper-methods.png"])

    def test_images_protocols_and_folder_are_chosen(self):
        self.world.config(METHODS + METRICS + "protocols: [paper, {name: more blur, like: paper}]\n")
        self.assertEqual(self.drawn("--image", "4.ppm", "--image", "1.ppm", "--protocol", "more blur", "--out", "a/b"),
                         ["a/b/1-more-blur-methods.png", "a/b/4-more-blur-methods.png"])

    def test_experiments_have_folders(self):
        self.world.config()
        text = (self.world.folder / "c.yaml").read_text()
        text = text.replace("datasets:\n", "datasets:\n  - {name: again, kind: list, path: images/list.txt}\n")
        (self.world.folder / "c.yaml").write_text(text)
        self.assertEqual(self.drawn("--image", "3.ppm"),
                         ["out/figures/again-small/3-paper-methods.png", "out/figures/six-small/3-paper-methods.png"])

    def test_a_method_that_cannot_serve_the_network_has_its_reason_in_place_of_a_map(self):
        self.world.config("methods: [{method: grad}, {method: mwp, layer: classes}]\n" + METRICS)
        file, = self.drawn("--images", "1")
        self.world.config("methods: [{method: grad}, {method: edge}]\n" + METRICS)
        whole, = self.drawn("--images", "1")
        self.assertEqual(self.width(file), self.width(whole))

    def test_the_share_of_a_mask_on_a_known_object_is_told(self):
        self.world.config()
        text = (self.world.folder / "c.yaml").read_text().replace("kind: list", "kind: floors")
        text += "protocols: [{name: labels, like: paper, target: label}]\n"
        (self.world.folder / "c.yaml").write_text(text)
        file, = self.drawn("--images", "1")
        without = self.height(file)
        objects = self.world.folder / "images/objects/images"
        objects.mkdir(parents=True)
        (objects / "0.png").write_bytes(b"P5\n16 16\n255\n" + bytes(64) + bytes([255] * 64) + bytes(128))
        self.drawn("--images", "1")
        self.assertGreater(self.height(file), without + 30)

    def test_an_unknown_image_lists_the_known(self):
        self.world.config()
        self.assertEqual(self.figures("--image", "9.ppm"),
                         (2, "", "assay: --image 9.ppm: the configuration has no such image; known: 0.ppm, 1.ppm, "
                                 "2.ppm, 3.ppm, 4.ppm, 5.ppm\n"))
        self.assertFalse((self.world.folder / "out").exists())

    def test_mistakes_name_their_place(self):
        self.world.config("methods: [{method: grad, pach: 4}]\n" + METRICS)
        status, out, err = self.figures()
        self.assertEqual((status, out), (2, ""))
        self.assertRegex(err, r"^assay: c\.yaml:8:\d+: methods\[0\]\.pach: ")
        self.world.config()
        (self.world.folder / "file").write_text("")
        status, out, err = self.figures("--out", "file/figures")
        self.assertEqual((status, out), (2, ""))
        self.assertRegex(err, r"^assay: file/figures: the folder cannot be made: .+; choose another with --out\n$")

    def test_an_image_that_fails_leaves_the_others(self):
        (self.world.folder / "images/0.ppm").unlink()
        (self.world.folder / "images/list.txt").write_text("0.ppm 0\n1.ppm nothing\n2.ppm 2\n")
        self.world.config(METHODS + METRICS + "protocols: [paper, authors-code]\n")
        status, out, err = self.figures("--images", "3")
        self.assertEqual(status, 1)
        self.assertEqual(out.splitlines(), ["out/figures/1-paper-methods.png", "out/figures/2-paper-methods.png",
                                            "out/figures/2-authors-code-methods.png"])
        self.assertRegex(err, r"^assay: images/0\.ppm: .+\nassay: protocol authors-code: 1\.ppm: .+no such class.+\n$")


if __name__ == "__main__":
    unittest.main()
