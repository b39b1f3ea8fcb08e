"""What the scripts share that write PyTorch's answers into files. Exits with 77 when torch or torchvision are missing."""
import json
import math
import struct
import sys
import warnings

try:
    import torch
    import torchvision
except ImportError as missing:
    print(missing)
    sys.exit(77)

warnings.simplefilter("ignore")


def write_safetensors(tensors, path):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        dtype = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def randomise(network):
    """Weights that keep the size of the signal, and batch norm statistics that matter."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
                module.weight.uniform_(-1, 1).mul_(math.sqrt(6 / module.weight[0].numel()))
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.2)
