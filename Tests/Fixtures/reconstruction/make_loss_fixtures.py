#!/usr/bin/env python3
"""What the perceptual term and the discriminator of an image tokenizer must give: ../perceptual.safetensors and
../discriminator.safetensors.

usage: make_loss_fixtures.py VQ_A

VQ_A is the file vq-a.safetensors as the official LlamaGen code gave it, with its discriminator (disc.*), of which
Tests/Fixtures/vq-a.safetensors is a part. From it come weights, images, reconstructions, results and losses; PyTorch
adds the gradients, in double precision. The perceptual term is computed in double precision by the network of
../lite0/make_lite0_fixture.py, whose weights are a formula. Needs PyTorch and NumPy.
"""

import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
# That script writes its own fixture where it is run; only its functions are wanted, and they need less.
source = (HERE.parent / "lite0" / "make_lite0_fixture.py").read_text().split("\ntensors = {}")[0]
for line in ["from PIL import Image\n", "from safetensors.numpy import save_file\n"]:
    source = source.replace(line, "")
lite0 = {}
exec(compile(source, "make_lite0_fixture.py", "exec"), lite0)
LAYERS = [0, 2, 4, 10]


def save(tensors, path):
    """float32 arrays as a safetensors file."""
    header, place = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [place, place + value.nbytes]}
        place += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in tensors.values()))


def cubic(x):
    x = abs(x)
    if x < 1:
        return (1.5 * x - 2.5) * x * x + 1
    return (((x - 5) * x + 8) * x - 4) * -0.5 if x < 2 else 0.0


def resampling(size, side):
    """Pillow's bicubic filter as a matrix (side, size)."""
    scale = size / side
    widening = max(scale, 1)
    matrix = np.zeros((side, size))
    for place in range(side):
        centre, reach = (place + 0.5) * scale, 2 * widening
        start, end = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), size)
        weights = np.array([cubic((i - centre + 0.5) / widening) for i in range(start, end)])
        matrix[place, start:end] = weights / weights.sum()
    return torch.from_numpy(matrix)


def maps(x, side):
    """Feature maps of images (batch, channels, size, size) in [-1, 1]."""
    matrix = resampling(x.shape[2], side)
    x = matrix @ x @ matrix.T
    x = (127.5 * x + 127.5 - 127) / 128
    x = x.expand(-1, 3, -1, -1)
    x = F.relu6(lite0["convolution"](x, "stem", 3, 2, 3, 32))
    found, number = [], 0
    for repeats, kernel, stride, expansion, inputs, outputs in lite0["STAGES"]:
        for repeat in range(repeats):
            name, before, channels = f"blocks.{number}", x, x.shape[1] * expansion
            step = stride if repeat == 0 else 1
            if expansion > 1:
                x = F.relu6(lite0["convolution"](x, name + ".expand", 1, 1, x.shape[1], channels))
            x = F.relu6(lite0["depthwise"](x, name + ".dw", kernel, step, channels))
            x = lite0["convolution"](x, name + ".project", 1, 1, channels, outputs)
            if step == 1 and before.shape == x.shape:
                x = x + before
            if number in LAYERS:
                found.append(x)
            number += 1
            if number > LAYERS[-1]:
                return found


def distances(x, y, side):
    """One distance an image and layer: squared differences of unit features, averaged over places."""
    return torch.stack([
        ((a / a.norm(dim=1, keepdim=True) - b / b.norm(dim=1, keepdim=True)) ** 2).sum(1).mean((1, 2))
        for a, b in zip(maps(x, side), maps(y, side))], 1)


def last(x):
    return np.ascontiguousarray(x.detach().permute(0, 2, 3, 1).numpy().astype(np.float32))


tensors = {}
random = np.random.RandomState(3)
for name, count, channels, size, side in [("grey", 2, 1, 28, 56), ("colour", 1, 3, 20, 33)]:
    y, x = np.mgrid[0:size, 0:size] / size
    image = np.stack([[np.sin(3 * x * (i + 1) + 2 * c) * np.cos(5 * y - c) for c in range(channels)]
                      for i in range(count)])
    image = torch.from_numpy(image.astype(np.float32).astype(np.float64))
    other = image + torch.from_numpy((0.3 * random.randn(*image.shape)).astype(np.float32).astype(np.float64))
    other = other.float().double().requires_grad_()
    found = distances(other, image, side)
    found.sum().backward()
    tensors |= {f"{name}.image": last(image), f"{name}.reconstruction": last(other),
                f"{name}.distances": found.detach().numpy().astype(np.float32),
                f"{name}.gradient": last(other.grad)}
    print(name, found.detach().numpy(), other.grad.abs().max().item())
save(tensors, HERE.parent / "perceptual.safetensors")


def tensor(path, name):
    """One tensor of a file that has others in bfloat16, which NumPy does not know."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        entry = json.loads(file.read(length))[name]
        file.seek(8 + length + entry["data_offsets"][0])
        data = file.read(entry["data_offsets"][1] - entry["data_offsets"][0])
    assert entry["dtype"] == "F32", entry
    return torch.from_numpy(np.frombuffer(data, np.float32).reshape(entry["shape"]).astype(np.float64))


names = ["main.0.weight", "main.0.bias", "main.2.weight", "main.3.weight", "main.3.bias", "main.5.weight",
         "main.6.weight", "main.6.bias", "main.8.weight", "main.8.bias"]
weights = {name: tensor(sys.argv[1], "disc.w." + name).requires_grad_() for name in names}
real = tensor(sys.argv[1], "in.image")
fake = tensor(sys.argv[1], "out.recon").requires_grad_()


def discriminator(x):
    w = weights
    x = F.leaky_relu(F.conv2d(x, w["main.0.weight"], w["main.0.bias"], 2, 1), 0.2)
    for convolution, norm, stride in [(2, 3, 2), (5, 6, 1)]:
        x = F.conv2d(x, w[f"main.{convolution}.weight"], None, stride, 1)
        x = F.batch_norm(x, None, None, w[f"main.{norm}.weight"], w[f"main.{norm}.bias"], training=True)
        x = F.leaky_relu(x, 0.2)
    return F.conv2d(x, w["main.8.weight"], w["main.8.bias"], 1, 1)


found_real, found_fake = discriminator(real), discriminator(fake)
generator = -found_fake.mean()
hinge = (F.relu(1 - found_real).mean() + F.relu(1 + found_fake).mean()) / 2
for name, found in [("disc.logits_real", found_real), ("disc.logits_fake", found_fake)]:
    print(name, (tensor(sys.argv[1], name) - found).abs().max().item())
print("losses", tensor(sys.argv[1], "disc.losses") - torch.stack([hinge, generator]).detach())
by_fake = torch.autograd.grad(generator, fake, retain_graph=True)[0]
gradients = torch.autograd.grad(hinge, list(weights.values()))
tensors = {"w." + name: value.detach().numpy().astype(np.float32) for name, value in weights.items()}
tensors |= {"grad." + name: value.numpy().astype(np.float32) for name, value in zip(names, gradients)}
tensors |= {"real": last(real), "fake": last(fake), "logits_real": tensor(sys.argv[1], "disc.logits_real").numpy().astype(np.float32),
            "logits_fake": tensor(sys.argv[1], "disc.logits_fake").numpy().astype(np.float32),
            "losses": tensor(sys.argv[1], "disc.losses").numpy().astype(np.float32), "generator_gradient": last(by_fake)}
save(tensors, HERE.parent / "discriminator.safetensors")
