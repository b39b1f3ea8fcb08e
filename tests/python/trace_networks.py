"""Writes TorchScript files with what PyTorch computes from them. Usage: trace_networks.py FOLDER NAME...

For each NAME: FOLDER/NAME.pt and FOLDER/NAME.safetensors with `input` [2,3,S,S], `logits` [2,K] before a last softmax and
`gradient`, that of the sum of each image's largest logit with respect to the input; computed in double precision, so that
no rectifier is decided by rounding. NAME is a network of torchvision (S = 224, random weights) or
a class of small_networks.py (S = 16, with a NAME.json that says so). `failing` writes all networks that cannot be listed.
Exits with 77 when torch or torchvision are missing.
"""
import pathlib
import sys

from torch_files import randomise, write_safetensors  # first: without torch it exits

import small_networks
import torch
import torchvision

TORCHVISION = {
    "alexnet": {},
    "vgg16": {"init_weights": False},
    "googlenet": {"init_weights": False, "aux_logits": False, "transform_input": True},
    "resnet50": {},
    "densenet121": {},
    "mobilenet_v2": {},
    "squeezenet1_1": {},
}


def build(name):
    if name in TORCHVISION:
        network = getattr(torchvision.models, name)(weights=None, **TORCHVISION[name])
        randomise(network)
        return network, 224, False
    kind = getattr(small_networks, name)
    return kind(), 16, kind.scripted


def program_of(network, scripted, size):
    if scripted:
        return torch.jit.script(network)
    network.train(getattr(network, "trace_in_training", False))
    return torch.jit.trace(network, torch.rand(1, 3, size, size), check_trace=False)


def first_tensor(result):
    return result if isinstance(result, torch.Tensor) else result[0]


def write_network(name, folder):
    torch.manual_seed(20)
    network, size, scripted = build(name)
    program = program_of(network.eval(), scripted, size)
    program.save(str(folder / f"{name}.pt"))
    network.eval()
    if size != 224:
        small_networks.write_sidecar(folder, name, size)
    image = torch.randn(2, 3, size, size)
    image[1] = image[1] * 2 + 0.5
    image = image.double().requires_grad_()
    network.double().requires_grad_(False)
    logits = first_tensor(getattr(network, "logits", network)(image * 1))
    logits.max(1).values.sum().backward()
    write_safetensors({"input": image, "logits": logits, "gradient": image.grad}, folder / f"{name}.safetensors")


def write_failing(folder):
    for kind in small_networks.FAILING:
        torch.manual_seed(20)
        network = kind().eval()
        torch.jit.script(network).save(str(folder / f"{kind.__name__}.pt"))
        small_networks.write_sidecar(folder, kind.__name__, 16)


target = pathlib.Path(sys.argv[1])
for wanted in sys.argv[2:]:
    write_failing(target) if wanted == "failing" else write_network(wanted, target)
