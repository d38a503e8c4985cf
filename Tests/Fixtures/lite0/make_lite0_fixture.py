#!/usr/bin/env python3
"""EfficientNet-Lite0 with weights by a formula, in double precision: ../lite0-det.safetensors.

usage: make_lite0_fixture.py

The formula needs no file that would have to be fetched: number i of a tensor is

    u = (splitmix64(fnv1a(name) + (i + 1) * 0x9E3779B97F4A7C15) >> 40) * 2^-24
    weight (2u - 1) * sqrt(r / inputs), r = 3 for projections, which no ReLU6 follows, else 6; bias (u - 1/2) / 5

rounded to float32, in the layouts of data/efficientnet-lite0/convert.py. Inputs are the two images of
inception-det. Needs PyTorch, NumPy, Pillow and safetensors.
"""

import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.numpy import save_file

MASK = (1 << 64) - 1
STAGES = [(1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80),
          (3, 5, 1, 6, 80, 112), (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320)]


def uniforms(name, count):
    seed = 14695981039346656037
    for byte in name.encode():
        seed = ((seed ^ byte) * 1099511628211) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * 2.0 ** -24


def weight(name, shape):
    inputs = math.prod(shape[:-1])
    values = (2 * uniforms(name + ".weight", math.prod(shape)) - 1) * math.sqrt((3 if "project" in name else 6) / inputs)
    return torch.from_numpy(values.astype(np.float32).astype(np.float64)).view(shape)


def bias(name, count):
    return torch.from_numpy(((uniforms(name + ".bias", count) - 0.5) * 0.2).astype(np.float32).astype(np.float64))


def same(x, kernel, stride):
    """TensorFlow's padding: the smaller half first."""
    total = max((math.ceil(x.shape[2] / stride) - 1) * stride + kernel - x.shape[2], 0)
    before, after = total // 2, total - total // 2
    return F.pad(x, (before, after, before, after))


def convolution(x, name, kernel, stride, inputs, outputs):
    w = weight(name, (kernel, kernel, inputs, outputs) if kernel > 1 else (inputs, outputs))
    w = w.view(kernel, kernel, inputs, outputs).permute(3, 2, 0, 1)
    return F.conv2d(same(x, kernel, stride), w, bias(name, outputs), stride)


def depthwise(x, name, kernel, stride, channels):
    w = weight(name, (kernel, kernel, channels)).permute(2, 0, 1)[:, None]
    return F.conv2d(same(x, kernel, stride), w, bias(name, channels), stride, groups=channels)


def picture(index):
    width, height = [(64, 48), (320, 352)][index]
    y, x = np.mgrid[0:height, 0:width]
    if index == 0:
        dx, dy, radius = 2 * x - width + 1, 2 * y - height + 1, height * 4 // 5
        disc = np.where(dx * dx + dy * dy < radius * radius, 230, 25)
        return np.stack([x * 255 // (width - 1), y * 255 // (height - 1), disc], -1)
    tiles = np.where((x // 8 + y // 8) % 2 == 0, (2 * x + y) % 256, 255 - (2 * y + x) % 256)
    return np.stack([(3 * x * y + 17 * x) % 256, (x ^ y) * 5 % 256, tiles], -1)


tensors = {}
for index in range(2):
    resized = [Image.fromarray(picture(index)[..., channel].astype(np.float32), "F").resize((224, 224), Image.BICUBIC)
               for channel in range(3)]
    x = (torch.tensor(np.stack(resized).astype(np.float64)).clamp(0, 255) - 127) / 128
    x = F.relu6(convolution(x[None], "stem", 3, 2, 3, 32))
    number = 0
    for repeats, kernel, stride, expansion, inputs, outputs in STAGES:
        for repeat in range(repeats):
            name, before, channels = f"blocks.{number}", x, x.shape[1] * expansion
            step = stride if repeat == 0 else 1
            if expansion > 1:
                x = F.relu6(convolution(x, name + ".expand", 1, 1, x.shape[1], channels))
            x = F.relu6(depthwise(x, name + ".dw", kernel, step, channels))
            x = convolution(x, name + ".project", 1, 1, channels, outputs)
            if step == 1 and before.shape == x.shape:
                x = x + before
            tensors[f"image{index}.block{number}"] = x.mean((0, 2, 3)).numpy().astype(np.float32)
            number += 1
    x = F.relu6(convolution(x, "head", 1, 1, 320, 1280))
    print(index, "saturated", (x == 6).double().mean().item(), "zero", (x == 0).double().mean().item())
    tensors[f"image{index}.1280"] = x.mean((0, 2, 3)).numpy().astype(np.float32)
for name in sorted(tensors):
    print(name, tensors[name].shape, float(np.abs(tensors[name]).max()), float(np.abs(tensors[name]).min()))
save_file(tensors, pathlib.Path(__file__).resolve().parent.parent / "lite0-det.safetensors")
