"""Writes a tiny data set in Fashion-MNIST's layout beside this file, with the standard library alone.

12 training and 6 test images of 4x4 pixels; pixel p of image i is (16 i + p) mod 256 (test images: + 100); label i is
i mod 10.
"""
import gzip
import pathlib
import struct

HERE = pathlib.Path(__file__).parent


def write(name, shape, values):
    header = bytes([0, 0, 8, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape)
    (HERE / name).write_bytes(gzip.compress(header + bytes(values), 9, mtime=0))


for prefix, count, shift in (("train", 12, 0), ("t10k", 6, 100)):
    write(
        f"{prefix}-images-idx3-ubyte.gz", (count, 4, 4),
        [(16 * i + p + shift) % 256 for i in range(count) for p in range(16)])
    write(f"{prefix}-labels-idx1-ubyte.gz", (count,), [i % 10 for i in range(count)])
