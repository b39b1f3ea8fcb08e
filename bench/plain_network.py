"""A network folder (model.json, model.safetensors in float32; docs/network-format.md) as calls of torch.nn.functional,
the way a good plain programmer runs it: no_grad, rectifiers in place where nobody reads their input again, activations freed
after their last use."""
import json
import pathlib

import numpy
import torch
import torch.nn.functional as F

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "U8": "u1", "I8": "i1", "I32": "<i4", "I64": "<i8"}


def read_safetensors(path):
    """{name: tensor}."""
    content = pathlib.Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(content[8 + length + begin:8 + length + end], TYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors


def split_pad(pad, value):
    """[top, left, bottom, right] -> what the operator itself pads, and a function that pads what it cannot."""
    top, left, bottom, right = pad
    if top == bottom and left == right:
        return (top, left), lambda x: x
    return (0, 0), lambda x: F.pad(x, (left, right, top, bottom), value=value)


def conv2d(node, tensors):
    own, pad = split_pad(node.get("pad", [0, 0, 0, 0]), 0.0)
    weight, bias = tensors[node["weight"]], tensors.get(node.get("bias"))
    stride, dilation, groups = node.get("stride", 1), node.get("dilation", 1), node.get("groups", 1)
    return lambda x: F.conv2d(pad(x), weight, bias, stride, own, dilation, groups)


def maxpool(node, tensors):
    own, pad = split_pad(node.get("pad", [0, 0, 0, 0]), float("-inf"))
    kernel, stride, ceil = node["kernel"], node["stride"], node.get("ceil_mode", False)
    return lambda x: F.max_pool2d(pad(x), kernel, stride, own, node.get("dilation", 1), ceil)


def avgpool(node, tensors):
    own, pad = split_pad(node.get("pad", [0, 0, 0, 0]), 0.0)
    if own == (0, 0) and any(node.get("pad", [])):
        raise SystemExit(f"{node['name']}: unevenly padded average pooling is not part of the baseline")
    return lambda x: F.avg_pool2d(x, node["kernel"], node["stride"], own, node.get("ceil_mode", False),
                                  node.get("count_include_pad", False))


def linear(node, tensors):
    weight, bias = tensors[node["weight"]], tensors.get(node.get("bias"))
    return lambda x: F.linear(x.flatten(1), weight, bias)


def batchnorm(node, tensors):
    gamma, beta, mean, var = (tensors[node[key]] for key in ("gamma", "beta", "mean", "var"))
    return lambda x: F.batch_norm(x, mean, var, gamma, beta, eps=node["eps"])


def lrn(node, tensors):
    return lambda x: F.local_response_norm(x, node["size"], node["alpha"], node["beta"], node.get("k", 1.0))


def pad_channels(node, tensors):
    return lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, node["before"], node["after"]))


OPERATORS = {
    "conv2d": conv2d,
    "linear": linear,
    "batchnorm": batchnorm,
    "lrn": lrn,
    "maxpool": maxpool,
    "avgpool": avgpool,
    "relu": lambda node, tensors: torch.relu,
    "relu6": lambda node, tensors: F.relu6,
    "leaky_relu": lambda node, tensors: lambda x: F.leaky_relu(x, node["slope"]),
    "global_avgpool": lambda node, tensors: lambda x: F.adaptive_avg_pool2d(x, 1),
    "global_maxpool": lambda node, tensors: lambda x: F.adaptive_max_pool2d(x, 1),
    "concat": lambda node, tensors: lambda *xs: torch.cat(xs, 1),
    "add": lambda node, tensors: lambda *xs: sum(xs[1:], xs[0]),
    "dropout": lambda node, tensors: lambda x: x,
    "flatten": lambda node, tensors: lambda x: x.flatten(1),
    "softmax": lambda node, tensors: lambda x: x.softmax(1),
    "broadcast_like": lambda node, tensors: lambda x, like: x.expand(-1, -1, *like.shape[2:]),
    "pad_channels_shortcut": pad_channels,
}
IN_PLACE = {"relu": torch.relu_, "relu6": lambda x: F.relu6(x, inplace=True)}
FRESH = ("conv2d", "linear", "batchnorm", "lrn", "maxpool", "avgpool", "concat", "add")  # nobody else holds their output


class PlainNetwork:
    """Called with a normalised batch [N,3,H,W]; gives logits [N,K]."""

    def __init__(self, folder):
        model = json.loads((pathlib.Path(folder) / "model.json").read_text())
        tensors = read_safetensors(pathlib.Path(folder) / "model.safetensors")
        self.preprocess, self.mean_image = model["preprocess"], tensors.get("mean_image")
        nodes = model["graph"]
        last = {name: i for i, node in enumerate(nodes) for name in node["inputs"]}
        kinds = {node["name"]: node["op"] for node in nodes}
        self.steps = []
        for i, node in enumerate(nodes):
            run = OPERATORS[node["op"]](node, tensors)
            source = node["inputs"][0]
            if node["op"] in IN_PLACE and last[source] == i and kinds.get(source) in FRESH:
                run = IN_PLACE[node["op"]]
            self.steps.append((node["name"], run, node["inputs"], [name for name in node["inputs"] if last[name] == i]))

    def normalise(self, pixels):
        """Pixels [...,3,H,W], 0..255 -> network input."""
        p = self.preprocess
        column = lambda values: torch.tensor(values).view(3, 1, 1)
        mean = column(p["mean"]) if self.mean_image is None else self.mean_image
        return (pixels * p.get("pre_scale", 1) - mean) / column(p["std"])

    def __call__(self, batch):
        values = {"input": batch}
        for name, run, inputs, done in self.steps:
            values[name] = run(*(values[source] for source in inputs))
            for source in done:
                values.pop(source, None)
        return values[self.steps[-1][0]].flatten(1)
