"""Writes TorchScript files with explanations that PyTorch makes of them. Usage: trace_explanations.py FOLDER NAME...

For each NAME, a network of torchvision with random weights, ten classes and an input of 64x64: FOLDER/NAME.pt, NAME.json
and NAME.safetensors with `pixels` and `input` [1,3,64,64], `logits` [1,10], `targets` [2] and of each of these classes
`guided_backprop`, `deconvolution`, `integrated_gradients`, `lrp_epsilon` [2,3,64,64] and `grad_cam` [2,1,h,w], as simple
as hooks and autograd make them, in double precision. Exits with 77 when torch or torchvision are missing.
"""
import json
import operator
import pathlib
import sys

from torch_files import randomise, write_safetensors  # first: without torch it exits

import torch
import torchvision
from torch import nn
from torch.fx.experimental.optimization import fuse

SIZE, CLASSES, STEPS, EPSILON = 64, 10, 16, 0.05
MEAN, STD = [112, 128, 144], [64, 32, 128]
TORCHVISION = {"squeezenet1_1": {}, "resnet18": {}, "vgg11": {"init_weights": False}}
CAM_MODULE = {"squeezenet1_1": "features.12", "resnet18": "layer3", "vgg11": "features"}


def narrow_vgg(network):
    """Windows of averages that overlap in place of the last maxima, and few hidden units."""
    network.features[20] = nn.AvgPool2d(2, stride=1)
    network.avgpool = nn.Identity()
    network.classifier[0] = nn.Linear(512 * 3 * 3, 256)
    network.classifier[3] = nn.Linear(256, 128)
    network.classifier[6] = nn.Linear(128, CLASSES)


def build(name):
    network = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **TORCHVISION[name])
    if name == "vgg11":
        narrow_vgg(network)
    randomise(network)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
            nn.init.normal_(module.bias, 0, 0.2)
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return network.eval().requires_grad_(False)


def input_gradient(network, image, target):
    image = image.clone().requires_grad_()
    return torch.autograd.grad(network(image)[:, target].sum(), image)[0]


def with_relu_hook(hook, network, image, target):
    handles = [m.register_full_backward_hook(hook) for m in network.modules() if isinstance(m, nn.ReLU)]
    gradient = input_gradient(network, image, target)
    for handle in handles:
        handle.remove()
    return gradient


def guided_backprop(network, image, target):
    return with_relu_hook(lambda relu, below, above: (below[0].clamp(min=0),), network, image, target)


def deconvolution(network, image, target):
    return with_relu_hook(lambda relu, below, above: (above[0].clamp(min=0),), network, image, target)


def grad_cam(network, image, target, module):
    kept = []
    handle = module.register_forward_hook(lambda module, inputs, output: kept.append(output))
    logit = network(image.clone().requires_grad_())[0, target]
    handle.remove()
    weights = torch.autograd.grad(logit, kept[0])[0].mean((2, 3), keepdim=True)
    return (weights * kept[0]).sum(1, keepdim=True)


def integrated_gradients(network, image, target):
    """Midpoints: at the zeros of the baseline itself whole maps are constant, and rounding decides where a pool looks."""
    alphas = (torch.arange(STEPS, dtype=image.dtype).view(-1, 1, 1, 1) + 0.5) / STEPS
    return image * input_gradient(network, alphas * image, target).mean(0, keepdim=True)


class Epsilon(torch.autograd.Function):
    """Backwards R of z = f(x, ...) becomes x times the gradient of f at R / (z + e sign z), for each x."""

    @staticmethod
    def forward(context, f, *inputs):
        with torch.enable_grad():
            context.inputs = [x.detach().requires_grad_() for x in inputs]
            context.z = f(*context.inputs)
        return context.z.detach()

    @staticmethod
    def backward(context, relevance):
        z = context.z.detach()
        signal = relevance / torch.where(z < 0, z - EPSILON, z + EPSILON)
        slopes = torch.autograd.grad(context.z, context.inputs, signal)
        return (None, *(x.detach() * slope for x, slope in zip(context.inputs, slopes)))


class EpsilonRule(torch.fx.Interpreter):
    """Runs a network so that autograd carries relevance; ReLU keeps it, pooling of maxima hands it to the maximum."""

    def call_module(self, target, args, kwargs):
        module = self.fetch_attr(target)
        if isinstance(module, nn.ReLU):
            return args[0] + (args[0].relu() - args[0]).detach()
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.AvgPool2d, nn.AdaptiveAvgPool2d)):
            return Epsilon.apply(module, *args)
        return module(*args)

    def call_function(self, target, args, kwargs):
        if target in (operator.add, operator.iadd):
            return Epsilon.apply(torch.add, *args)
        return target(*args, **kwargs)


def lrp_epsilon(network, image, target):
    image = image.clone().requires_grad_()
    logit = EpsilonRule(fuse(network)).run(image)[0, target]
    return torch.autograd.grad(logit, image, logit.detach())[0]


def explanations(network, image, targets, module):
    def of_each(explain, *more):
        return torch.cat([explain(network, image, target, *more) for target in targets.tolist()])

    return {"guided_backprop": of_each(guided_backprop), "deconvolution": of_each(deconvolution),
            "grad_cam": of_each(grad_cam, module), "integrated_gradients": of_each(integrated_gradients),
            "lrp_epsilon": of_each(lrp_epsilon)}


def write_network(name, folder):
    torch.manual_seed(20)
    network = build(name)
    torch.jit.trace(network, torch.rand(1, 3, SIZE, SIZE), check_trace=False).save(str(folder / f"{name}.pt"))
    preprocess = {"input_size": [3, SIZE, SIZE], "channel_order": "RGB", "mean": MEAN, "std": STD}
    (folder / f"{name}.json").write_text(json.dumps({"preprocess": preprocess}))
    pixels = torch.randint(0, 256, (1, 3, SIZE, SIZE)).float()
    image = (pixels.double() - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    network.double()
    logits = network(image)
    targets = logits[0].topk(2).indices
    found = explanations(network, image, targets, network.get_submodule(CAM_MODULE[name]))
    write_safetensors({"pixels": pixels, "input": image, "logits": logits, "targets": targets, **found},
                      folder / f"{name}.safetensors")


for wanted in sys.argv[2:]:
    write_network(wanted, pathlib.Path(sys.argv[1]))
