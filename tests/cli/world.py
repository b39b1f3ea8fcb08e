"""A small network, images and configurations for tests that run the built program. Standard library only."""
import json
import pathlib
import random
import re
import struct
import subprocess

METHODS = "methods: [{method: occ, patch: 4, stride: 4}, {method: grad}]\n"
METRICS = "metrics: [{metric: confidence-gain, rho: 0.25, base: zero}]\n"


# What a run says on stderr only where it is slow: its progress after two seconds (but not that it was stopped), and a BLAS
# that has to share its cores.
SLOW_WORDS = re.compile(r"assay: slow BLAS: |\w+: \d+ / \d+ (\(\d+ %\), .* left|in [^,]+)$")


def without_slow_words(text):
    return "".join(line for line in text.splitlines(keepends=True) if not SLOW_WORDS.match(line))


def write_safetensors(file, tensors):
    """tensors: name -> (shape, values), as F32."""
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def random_tensor(generator, *shape):
    count = 1
    for side in shape:
        count *= side
    return list(shape), [generator.gauss(0, 0.4) for _ in range(count)]


class World:
    """folder/net, folder/images with list.txt; configurations are written beside them and run there."""

    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.write_network()
        self.write_images(6)

    def write_network(self):
        generator = random.Random(1)
        self.tensors = {
            "conv1.weight": random_tensor(generator, 4, 3, 3, 3),
            "conv1.bias": random_tensor(generator, 4),
            "classes.weight": random_tensor(generator, 4, 4),
            "classes.bias": random_tensor(generator, 4),
        }
        self.model = {
            "name": "small", "num_outputs": 4, "weights_file": "model.safetensors",
            "preprocess": {"input_size": [3, 16, 16], "channel_order": "RGB", "pre_scale": 0.02, "mean": [1, 1, 1],
                           "std": [1, 1, 1], "resize": {"mode": "none"}, "crop": "none"},
            "graph": [
                {"name": "conv1", "op": "conv2d", "inputs": ["input"], "weight": "conv1.weight", "bias": "conv1.bias",
                 "kernel": [3, 3], "stride": [1, 1], "pad": [1, 1, 1, 1], "groups": 1},
                {"name": "relu1", "op": "relu", "inputs": ["conv1"]},
                {"name": "mean", "op": "global_avgpool", "inputs": ["relu1"]},
                {"name": "classes", "op": "linear", "inputs": ["mean"], "weight": "classes.weight",
                 "bias": "classes.bias"},
            ],
        }
        self.save_network()

    def save_network(self):
        (self.folder / "net").mkdir(exist_ok=True)
        (self.folder / "net/model.json").write_text(json.dumps(self.model))
        write_safetensors(self.folder / "net/model.safetensors", self.tensors)

    def write_images(self, count):
        generator = random.Random(2)
        (self.folder / "images").mkdir(exist_ok=True)
        for i in range(count):
            pixels = bytes(generator.randrange(256) for _ in range(16 * 16 * 3))
            (self.folder / f"images/{i}.ppm").write_bytes(b"P6\n16 16\n255\n" + pixels)
        (self.folder / "images/list.txt").write_text("".join(f"{i}.ppm {i % 4}\n" for i in range(count)))

    def config(self, text=METHODS + METRICS, head=None):
        """Writes c.yaml; `text` begins at its line 8."""
        head = head or ("name: test\n"
                        "output: out\n"
                        "numerics: {batch: 4}\n"
                        "datasets:\n"
                        "  - {name: six, kind: list, path: images/list.txt}\n"
                        "networks:\n"
                        "  - {name: small, path: net}\n")
        (self.folder / "c.yaml").write_text(head + text)

    def run(self, *arguments, environment=None, launcher=()):
        """Runs `assay ARGUMENTS` in the folder; returns (status, stdout, stderr). On a machine that is busy with something
        else what is said because of it is no mistake of the program's, and left out unless the test sets the environment."""
        done = subprocess.run([*launcher, self.program, *arguments], cwd=self.folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        return done.returncode, done.stdout, done.stderr if environment else without_slow_words(done.stderr)
