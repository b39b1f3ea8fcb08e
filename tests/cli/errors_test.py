"""What the program says about each class of bad input, word for word. Usage: errors_test.py PROGRAM"""
import os
import re
import sys
import tempfile
import unittest

from world import METHODS, METRICS, World

PROGRAM = os.path.abspath(sys.argv.pop())
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def edits(a, b):
    """Insertions, deletions and replacements that make b of a."""
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        above, row = row, [i]
        for j, other in enumerate(b):
            row.append(min(above[j + 1] + 1, row[j] + 1, above[j] + (letter != other)))
    return row[-1]


def names_near(near, table):
    """All names of a table of contents, the nearest first."""
    with open(os.path.join(SOURCE, table)) as lines:
        names = [name.replace("_", "-") for name in re.findall(r"^[A-Z]+\((\w+)", lines.read(), re.M)]
    return ", ".join(sorted(names, key=lambda name: edits(near, name)))


METHOD_NAMES = names_near("ocx", "methods/methods.def")
METRIC_NAMES = names_near("gain", "metrics/metrics.def")


class Errors(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(PROGRAM, self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def assert_refused(self, message, text=METHODS + METRICS, head=None, arguments=(), command="plan"):
        """Exit status 2, exactly this line on stderr, nothing computed. (`plan` validates as `run` does, without MPI.)"""
        self.world.config(text, head)
        status, out, err = self.world.run(command, "c.yaml", *arguments)
        self.assertEqual(err, f"assay: {message}\n")
        self.assertEqual((status, out), (2, ""))
        self.assertFalse((self.world.folder / "out").exists())

    # the configuration ---------------------------------------------------------------------------------------------

    def test_missing_configuration(self):
        status, _, err = self.world.run("run", "nowhere.yaml")
        self.assertEqual((status, err), (2, "assay: nowhere.yaml: cannot be read: No such file or directory\n"))

    def test_not_yaml(self):
        self.assert_refused("c.yaml:9:1: not valid YAML: end of sequence flow not found", "methods: [{method: occ}\n" + METRICS)

    def test_key_twice(self):
        self.assert_refused("c.yaml:10:1: name: this key was written before", METHODS + METRICS + "name: other\n")

    def test_environment(self):
        self.assert_refused("c.yaml:2:1: output: environment variable ASSAY_NO_SUCH is not set",
                            head="name: x\noutput: ${ASSAY_NO_SUCH}/out\n")

    def test_unknown_key(self):
        self.assert_refused(
            "c.yaml:10:1: metods: unknown key; known: methods, metrics, seed, networks, output, block, numerics, "
            "name, datasets, protocols, experiments, decode_timeout", METHODS + METRICS + "metods: []\n")
        self.assert_refused("c.yaml:3:12: numerics.bach: unknown key; known: batch, device, threads, tuning, precision, share_devices",
                            head="name: x\noutput: out\nnumerics: {bach: 4}\ndatasets: []\nnetworks: []\n")

    def test_unknown_key_of_a_method(self):
        self.assert_refused(
            "c.yaml:8:25: methods[0].pach: unknown key; known: patch, name, fill, clamp, scale, method, score, reduce, smooth, "
            "stride, resize, protocols, overhang, formula, positive, dilations, ...",
            "methods: [{method: occ, pach: 10}]\n" + METRICS)

    def test_unknown_method(self):
        self.assert_refused(f"c.yaml:8:12: methods[0].method: unknown name 'ocx'; known: {METHOD_NAMES}",
                            "methods: [{method: ocx}]\n" + METRICS)

    def test_unknown_metric(self):
        self.assert_refused(f"c.yaml:9:12: metrics[0].metric: unknown name 'gain'; known: {METRIC_NAMES}",
                            METHODS + "metrics: [{metric: gain}]\n")

    def test_unknown_protocol(self):
        self.assert_refused("c.yaml:10:13: protocols[0]: unknown protocol 'papers'; known: paper, authors-code, localisation",
                            METHODS + METRICS + "protocols: [papers]\n")

    def test_wrong_type_and_range(self):
        self.assert_refused('c.yaml:8:25: methods[0].patch: expected an integer, got "big"',
                            "methods: [{method: occ, patch: big}]\n" + METRICS)
        self.assert_refused("c.yaml:9:37: metrics[0].rho: 1.5 is not in (0, 1]",
                            METHODS + "metrics: [{metric: confidence-gain, rho: 1.5}]\n")

        self.assert_refused("c.yaml:9:37: metrics[0].rho: the list is empty",
                            METHODS + "metrics: [{metric: confidence-gain, rho: []}]\n")

    def test_alias_that_holds_itself(self):
        self.world.config("methods: &a [*a]\n" + METRICS)
        status, out, err = self.world.run("plan", "c.yaml")
        self.assertEqual((status, out), (2, ""))
        self.assertTrue(err.endswith(": nested too deeply; does an alias hold itself?\n"), err[-200:])

    def test_missing_layer(self):
        self.assert_refused(
            "c.yaml:8:25: methods[0].layer: network 'small' has no layer 'relu'; near: relu1, mean, input, conv1, classes",
            "methods: [{method: mwp, layer: relu}]\n" + METRICS)

    def test_missing_layer_of_one_network(self):
        self.assert_refused(
            "c.yaml:8:33: methods[0].layer.small: network 'small' has no layer 'pool2'; near: conv1, input, relu1, mean, "
            "classes", "methods: [{method: mwp, layer: {small: pool2}}]\n" + METRICS)

    def test_agreement_of_nothing(self):
        self.assert_refused("c.yaml:8:46: methods[1].of: no single map is called 'grad'; known: occ",
                            "methods: [{method: occ}, {method: agreement, of: [occ, grad]}]\n" + METRICS)

    def test_override(self):
        self.assert_refused("--set numerics.batch=0: numerics.batch: must be at least 1", arguments=("--set", "numerics.batch=0"))

    # data ------------------------------------------------------------------------------------------------------------

    def test_more_pictures_than_there_are(self):
        self.assert_refused("--set datasets.six.count=7: datasets[0].count: there are 6 pictures, 7 are asked for (0 = all)",
                            arguments=("--set", "datasets.six.count=7"))

    def test_unknown_kind(self):
        self.assert_refused(
            "c.yaml:2:31: datasets[0].kind: unknown name 'lists'; known: list, floors, folders, voc, coco, grid, blank, labels-csv, ilsvrc-val, places365-val",
            head="output: out\ndatasets: [{name: a, path: b, kind: lists}]\nnetworks: [{name: n, path: net}]\n")

    def test_missing_list(self):
        (self.world.folder / "images/list.txt").unlink()
        self.assert_refused("c.yaml:5:29: datasets[0].path: images/list.txt: cannot read the file: there is no such file")

    def test_broken_line_of_a_list(self):
        (self.world.folder / "images/list.txt").write_text("0.ppm 0\n1.ppm\n")
        self.assert_refused("c.yaml:5:29: datasets[0].path: images/list.txt:2: expected 'image label'")

    def test_labels_that_mean_nothing_to_the_network(self):
        (self.world.folder / "images/list.txt").write_text("0.ppm 7\n1.ppm 9\n")
        self.assert_refused("c.yaml:5:5: datasets[0]: no label of 'six' is an output of network 'small' (4 outputs); pair "
                            "them in 'experiments'")

    # networks ------------------------------------------------------------------------------------------------------

    def assert_network_refused(self, message):
        self.assert_refused("c.yaml:7:19: networks[0].path: " + message)

    def test_missing_network(self):
        (self.world.folder / "net/model.json").unlink()
        self.assert_network_refused("net/model.json: cannot be opened: No such file or directory")

    def test_missing_tensor(self):
        del self.world.tensors["classes.bias"]
        self.world.save_network()
        self.assert_network_refused("net/model.safetensors: tensor 'classes.bias' is missing (layer 'classes' needs it)")

    def test_wrong_shape(self):
        self.world.tensors["classes.weight"] = ([4, 5], [0.0] * 20)
        self.world.save_network()
        self.assert_network_refused("net/model.safetensors: tensor 'classes.weight': file has [4,5], graph needs [4,4]")

    def test_truncated_weights(self):
        file = self.world.folder / "net/model.safetensors"
        file.write_bytes(file.read_bytes()[:-8])
        self.assert_network_refused("net/model.safetensors: tensor 'classes.bias': truncated: data end at byte 528 of 520")

    def test_not_weights(self):
        (self.world.folder / "net/model.safetensors").write_bytes(b"no")
        self.assert_network_refused("net/model.safetensors: truncated: 2 bytes, no header")

    def test_unknown_operator(self):
        self.world.model["graph"][1]["op"] = "gelu"
        self.world.save_network()
        self.assert_network_refused(
            "net/model.json: graph[1] 'relu1': unknown op 'gelu'; known: relu, relu6, lrn, add, linear, conv2d, avgpool, "
            "concat, dropout, leaky_relu, maxpool, flatten, softmax, batchnorm, global_avgpool, global_maxpool, "
            "broadcast_like, pad_channels_shortcut")

    def test_unknown_input(self):
        self.world.model["graph"][1]["inputs"] = ["conv9"]
        self.world.save_network()
        self.assert_network_refused("net/model.json: graph[1] 'relu1': input 'conv9' is no earlier node; near: conv1, input")

    def test_broken_model(self):
        (self.world.folder / "net/model.json").write_text("{")
        self.assert_network_refused("net/model.json: not valid JSON at byte 2")

    def test_not_torchscript(self):
        (self.world.folder / "net.pt").write_text("no")
        self.assert_refused(
            "--set networks.small.path=net.pt: networks[0].path: net.pt: not a TorchScript file, or damaged: "
            "PytorchStreamReader failed reading zip archive: not a ZIP archive", arguments=("--set", "networks.small.path=net.pt"))

    def test_unknown_builtin(self):
        self.assert_refused("--set networks.small.path=builtin:vgg: networks[0].path: unknown built-in network 'vgg'; "
                            "known: vgg16, null, caffenet, resnet50", arguments=("--set", "networks.small.path=builtin:vgg"))

    def test_command_line(self):
        for arguments, message in ((("run",), "config is required\nRun with --help for more information.\n"),
                                   (("plam",), "assay: unknown command 'plam'; known: plan, run, tune, explain, train, "
                                               "list, diff, submit, report, floors, merge, doctor, figures, network, fit-patches\n"),
                                   (("list", "method"), "assay: unknown command 'method'; known: methods, metrics, "
                                                        "networks, datasets, protocols\n"),
                                   (("plan", "c.yaml", "--limit", "0"), "--limit: Value 0 not in range 1 to 1000000000\n"
                                                                       "Run with --help for more information.\n")):
            status, out, err = self.world.run(*arguments)
            said = (out + err).replace("[1 - 1000000000]", "1 to 1000000000")  # how CLI11 2.4 writes a range
            self.assertEqual((status, said), (2, message))

    def test_help_where_a_command_is_missing(self):
        for arguments in (), ("list",):
            self.assertEqual(self.world.run(*arguments), (2, "", self.world.run(*arguments, "--help")[1]))

    # the same through `run`, whose ranks agree before they speak -----------------------------------------------------

    def test_run(self):
        self.assert_refused(f"c.yaml:8:12: methods[0].method: unknown name 'ocx'; known: {METHOD_NAMES}",
                            "methods: [{method: ocx}]\n" + METRICS, command="run")

    def test_output_that_cannot_be_written(self):
        (self.world.folder / "file").write_text("x")
        self.assert_refused("--set output=file/out: output: file/out: cannot be written: Not a directory",
                            arguments=("--set", "output=file/out"), command="run")


if __name__ == "__main__":
    unittest.main()
