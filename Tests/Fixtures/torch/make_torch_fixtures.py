"""Files of torch.save in both formats, and ones that no reader should trust.

    python3 Tests/Fixtures/torch/make_torch_fixtures.py        (PyTorch 2.15)

Beside each sound file NAME.pt lies NAME.safetensors with the same tensors, contiguous.
"""
import argparse
import collections
import io
import os
import pickle
import struct
import zipfile

import torch
from safetensors.torch import save_file

folder = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(1)


def path(name):
    return os.path.join(folder, name)


def expected(name, tensors):
    save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, path(name + ".safetensors"))


def deflate(source, target):
    with zipfile.ZipFile(path(source)) as old, zipfile.ZipFile(path(target), "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry), zipfile.ZIP_DEFLATED)


block = torch.randn(4, 6)
weights = collections.OrderedDict(
    plain=torch.randn(3, 5),
    parameter=torch.nn.Parameter(torch.randn(7)),
    transposed=block.t(),
    row=block[1],
    column=block[:, 2],
    stepped=block[::2, 1::2],
    permuted=torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1),
    expanded=torch.tensor([2.5]).expand(3, 2),
    scalar=torch.tensor(-1.5),
    empty=torch.zeros(0, 4),
    half=torch.randn(5).half(),
    bfloat=torch.randn(5).bfloat16(),
    double=torch.randn(4, dtype=torch.float64),
    long=torch.tensor([-(2**53) - 1, 2**62, 0]),
    int=torch.tensor([[1, -2]], dtype=torch.int32),
    byte=torch.tensor([0, 255], dtype=torch.uint8),
    bool=torch.tensor([True, False, True]),
    tied=block,
)
torch.save(weights, path("weights.pt"))
expected("weights", weights)
deflate("weights.pt", "weights-deflated.pt")
torch.save(weights, path("weights-legacy.pt"), _use_new_zipfile_serialization=False)
torch.save(weights, path("weights-protocol-4.pt"), pickle_protocol=4)

# A module's own dictionary carries '_metadata'; optimisers hold tensors under numbers.
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
optimiser = torch.optim.AdamW(module.parameters())
module(torch.randn(4, 3)).sum().backward()
optimiser.step()
average = {name: value * 0.5 for name, value in module.state_dict().items()}
arguments = argparse.Namespace(lr=1e-3, name="tiny", sizes=[16, 16], resume=None, seed=2**70)
for name, legacy in [("nested.pt", False), ("nested-legacy.pt", True)]:
    torch.save(
        {"model": module.state_dict(), "ema": {"module": average}, "optimizer": optimiser.state_dict(),
         "steps": 12, "args": arguments, "dtype": torch.float16, "size": torch.Size([2, 3]),
         "blob": b"\x00\xff", "flags": {1, 2}, "done": True},
        path(name), _use_new_zipfile_serialization=not legacy)
expected("nested-model", module.state_dict())
expected("nested-ema", average)
torch.save(
    {"epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.4.0", "state_dict": module.state_dict(),
     "loops": {}, "callbacks": {"ModelCheckpoint{'monitor': None}": {"best": torch.tensor(0.25), "kth": None}},
     "optimizer_states": [optimiser.state_dict()], "lr_schedulers": [], "hyper_parameters": {"width": 3}},
    path("lightning.ckpt"))


class Calls:
    def __init__(self, function, *arguments):
        self.reduction = (function, arguments)

    def __reduce__(self):
        return self.reduction


torch.save({"weight": Calls(os.system, "touch /tmp/orderedar-was-here")}, path("bad-system.pt"))
torch.save({"weight": Calls(os.system, "touch /tmp/orderedar-was-here")}, path("bad-system-legacy.pt"),
           _use_new_zipfile_serialization=False)
torch.save({"weight": Calls(eval, "1")}, path("bad-eval.pt"))

HEAD = b"\x80\x02"
STORAGE = (b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu%stQ")
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n("


def number(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def tensor(shape, strides, offset=0, held=4):
    sizes = [b"(" + b"".join(map(number, values)) + b"t" for values in (shape, strides)]
    return (REBUILD + STORAGE % number(held) + number(offset) + sizes[0] + sizes[1]
            + b"\x89ccollections\nOrderedDict\n)RtR")


def archive(name, body, byteorder=b"little", data=bytes(16), extra=(), method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path(name), "w", method) as file:
        for entry, content in [("a/data.pkl", HEAD + body + b"."), ("a/byteorder", byteorder),
                               ("a/version", b"3\n"), ("a/data/0", data), *extra]:
            file.writestr(zipfile.ZipInfo(entry), content, method)


def weight(body):
    return b"}X\x01\x00\x00\x00w" + body + b"s"


def put(index):
    return b"q" + bytes([index])


archive("good-handmade.pt", weight(tensor([2, 2], [2, 1])))
archive("bad-big-endian.pt", weight(tensor([2, 2], [2, 1])), byteorder=b"big")
archive("bad-size-overflow.pt", weight(tensor([2**62, 2**62], [1, 1])))
archive("bad-stride-overflow.pt", weight(tensor([3], [2**62 + 1])))
archive("bad-beyond-storage.pt", weight(tensor([2, 2], [2, 1], offset=1)))
archive("bad-negative-stride.pt", weight(tensor([2, 2], [-2, 1], offset=2)))
archive("bad-expanded.pt", weight(tensor([2**34], [0])))
archive("bad-storage-size.pt", weight(tensor([2, 2], [2, 1], held=400)))
archive("bad-storage-overflow.pt", weight(tensor([2, 2], [2, 1], held=2**61)))
archive("bad-nesting.pt", b")" + b"\x85" * 200_000, method=zipfile.ZIP_DEFLATED)
archive("bad-cycle.pt", b"]" + put(0) + b"h\x00a")
archive("bad-laughs.pt", b"]" + put(0) + b"".join(
    b"](" + b"h" + bytes([i]) + (b"h" + bytes([i])) * 15 + b"e" + put(i + 1) for i in range(20))
    + b"0" * 20 + b"h\x14" + b"\x86")
archive("bad-memo.pt", b"h\x07")
archive("bad-stack.pt", b"R")
archive("bad-count.pt", b"\x8d" + struct.pack("<Q", 2**63 + 5) + b"abc")
archive("bad-length.pt", b"B\xff\xff\xff\xffabc")
archive("bad-operation.pt", b"I1\n")
archive("bad-two-pickles.pt", weight(tensor([2, 2], [2, 1])), extra=[("b/data.pkl", b"\x80\x02N.")])
archive("bad-script.pt", b"N", extra=[("a/constants.pkl", b"\x80\x02N.")])
archive("good-dots.pt", weight(tensor([2, 2], [2, 1])), extra=[("../../a/outside", b"x")])


def patched(name, source, change):
    with open(path(source), "rb") as file:
        content = bytearray(file.read())
    change(content)
    with open(path(name), "wb") as file:
        file.write(content)


def overlap(content):
    # The last entry's directory record points to the first entry.
    at = content.rfind(b"PK\x01\x02")
    content[at + 42:at + 46] = bytes(4)


def bomb(content):
    # The last entry's directory record announces two gigabytes.
    at = content.rfind(b"PK\x01\x02")
    content[at + 24:at + 28] = struct.pack("<I", 2**31 - 1)


def damage(content):
    content[content.find(b"a/data/0") + 8 + 3] ^= 1


patched("bad-overlap.pt", "good-handmade.pt", overlap)
patched("bad-bomb.pt", "good-handmade.pt", bomb)
patched("bad-checksum.pt", "good-handmade.pt", damage)

sink = io.BytesIO()
pickle.dump(0x1950A86A20F9469CFC6C, sink, protocol=2)
pickle.dump(1001, sink, protocol=2)
pickle.dump({"protocol_version": 1001, "little_endian": False, "type_sizes": {}}, sink, protocol=2)
with open(path("bad-big-endian-legacy.pt"), "wb") as file:
    file.write(sink.getvalue())
with open(path("bad-plain-pickle.pt"), "wb") as file:
    pickle.dump({"weight": Calls(os.system, "touch /tmp/orderedar-was-here")}, file, protocol=2)
