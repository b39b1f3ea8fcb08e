"""Small networks for the TorchScript tests: each has what some real network has and torchvision's usual ones have not."""
import json
from typing import Dict, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def write_sidecar(folder, name, size):
    preprocess = {"input_size": [3, size, size], "channel_order": "BGR", "pre_scale": 1.0, "mean": [1, 2, 3],
                  "std": [1, 1, 1], "resize": {"mode": "warp", "size": size}, "crop": "none"}
    (folder / f"{name}.json").write_text(json.dumps({"preprocess": preprocess, "classes_file": "classes.txt"}))
    (folder / "classes.txt").write_text("".join(f"class{i}\n" for i in range(5)))


class Outputs(NamedTuple):
    logits: Tensor
    auxiliary: Tensor


class Scripted(nn.Module):
    """Guards, a loop over modules, a branch on the shape, in-place operators, an auxiliary output."""
    scripted = True

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Conv2d(3 if i == 0 else 6, 6, 3, padding=1) for i in range(3)])
        self.norm = nn.BatchNorm2d(6)
        nn.init.uniform_(self.norm.running_mean)
        self.relu = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.5, inplace=True)
        self.fc = nn.Linear(6, 5)
        self.width = 16

    def forward(self, x) -> Outputs:
        if x.dim() != 4 or x.size(3) != self.width:
            raise ValueError("expected an image")
        torch._assert(x.size(2) == self.width, f"{self.width} pixels, not {x.size(2)}")
        if self.training:
            x = x + torch.rand_like(x)
        for block in self.blocks:
            x = self.relu(block(x))
        x = self.norm(x)
        auxiliary = x.sigmoid()
        count = 0
        while count < 2:
            x = F.leaky_relu(x, 0.1 * (count + 1))
            count += 1
        x = torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1)
        return Outputs(self.fc(self.drop(x)), auxiliary)


class Opaque(nn.Module):
    """Operators without a kind, sizes that follow the batch, a class token."""
    scripted = False

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.position = nn.Parameter(torch.randn(1, 17, 8))
        self.norm = nn.LayerNorm(8)
        self.attention = nn.Linear(8, 24)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        n = x.shape[0]
        x = F.hardswish(self.stem(x))
        x = x.view(n, 2, 4, 4, 4).transpose(1, 2).contiguous().view(n, 8, 4, 4)
        x = F.silu(x.flatten(2), inplace=True).permute(0, 2, 1)
        x = torch.cat([self.token.expand(n, -1, -1), x], dim=1) + self.position
        q, k, v = self.attention(self.norm(x)).chunk(3, dim=-1)
        mask = x.new_zeros(17, 17)
        mask[3:5, 2:] = -100.0
        scores = (q @ k.transpose(1, 2) / 8**0.5 + mask).transpose(0, 1).contiguous().view(17 * n, 17)
        mask[:] = 1
        x = x + torch.softmax(scores.view(17, n, 17).transpose(0, 1) * mask, dim=-1) @ v
        x = torch.cat([x, torch.zeros(n, 1, 8)], dim=1)
        return self.head(x[:, 0] + x.mean(dim=1))


class Aliasing(nn.Module):
    """In-place operators on a tensor that has other names, in and out of lists."""
    scripted = False

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        x = self.conv(x)
        y = F.relu_(x)
        z = x + y
        kept = [z]
        copy = z.clone()
        z.mul_(2).add_(y)
        F.hardtanh_(copy, 0, 6)
        total = torch.cat([kept[0], copy, x], 1)
        total.mul_(0.5)
        total += x.repeat(1, 3, 1, 1)
        return self.fc(total.mean([2, 3]))


class Kinds(nn.Module):
    """The settings in which an operator has a kind and those in which it has none."""
    scripted = False

    def __init__(self):
        super().__init__()
        self.same = nn.Conv2d(3, 6, (4, 2), padding="same", dilation=(2, 1), bias=False)
        self.grouped = nn.Conv2d(6, 8, 3, padding=(1, 2), groups=2)
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.norm = nn.BatchNorm2d(8, affine=False)
        nn.init.uniform_(self.norm.running_mean)
        self.weight = nn.Parameter(torch.randn(32, 5))
        self.bias = nn.Parameter(torch.randn(5))

    def logits(self, x):
        x = self.grouped(self.same(x))
        x = F.max_pool2d(F.leaky_relu(x, 0.2), 3, 2, 1, ceil_mode=True)
        x = F.avg_pool2d(self.norm(x), 3, 1, 1) + F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        x = F.hardtanh(x, -2, 2) + F.max_pool2d(x, 2, 1, 1, dilation=2)
        x = F.relu6(self.up(x)) - 0.3
        x = x * torch.sigmoid(F.adaptive_max_pool2d(x, 1))
        x = F.adaptive_avg_pool2d(x, tuple(x.shape[2:]))
        even, odd = x[:, :, :16, :16], F.adaptive_avg_pool2d(x, 3)
        x = F.adaptive_avg_pool2d(even, 2) + odd[:, :, :1, :1]
        return torch.matmul(x.reshape(x.size(0), -1), self.weight) + self.bias

    def forward(self, x):
        return F.softmax(self.logits(x), dim=1)


class TracedInTraining(nn.Module):
    """Its trace has dropout and batch norm as in training; the list has them as in use."""
    scripted = False
    trace_in_training = True

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(inplace=True))
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return F.log_softmax(self.drop(self.features(x)).mean((2, 3)), dim=-1)

    def logits(self, x):
        return self.drop(self.features(x)).mean((2, 3))


class Elu(nn.Module):
    scripted = False
    alpha = 1.0

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)

    def forward(self, x):
        return F.elu(self.conv(x), self.alpha).mean([2, 3])


class SteeperElu(Elu):
    """Differs from Elu in a constant of an operator without a kind, and in nothing else."""
    alpha = 2.0


class OnImage(nn.Module):
    def forward(self, x):
        if bool(x.sum() > 0):
            x = x * 2
        return x.mean([2, 3])


class OnBatch(nn.Module):
    def forward(self, x):
        if x.size(0) > 2:
            x = x * 2
        return x.mean([2, 3])


class TwoInputs(nn.Module):
    def forward(self, x, y):
        return (x + y).mean([2, 3])


class Dictionary(nn.Module):
    def forward(self, x) -> Dict[str, Tensor]:
        return {"out": x.mean([2, 3])}


class Maps(nn.Module):
    def forward(self, x):
        return torch.relu(x)


class StaleView(nn.Module):
    def forward(self, x):
        y = x * 2
        y[:, 0].relu_()
        return y.mean([2, 3])


class Noise(nn.Module):
    def forward(self, x):
        return (x + torch.randn_like(x)).mean([2, 3])


class OtherSize(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(100, 5)

    def forward(self, x):
        return self.fc(torch.flatten(x, 1))


class Refuses(nn.Module):
    def forward(self, x):
        if x.size(2) != 32:
            raise ValueError("32 pixels")
        return x.mean([2, 3])


FAILING = [OnImage, OnBatch, TwoInputs, Dictionary, Maps, StaleView, Noise, OtherSize, Refuses]
