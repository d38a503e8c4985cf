#!/usr/bin/env python3
"""Read a .shard file with NumPy, without any code of OrderedAR (the format is in SHARDS.md).

    python3 pipeline/read_shard.py work/mini/orders/orders-00000-of-00008.shard           # what is in it
    python3 pipeline/read_shard.py work/mini/orders/orders-00000-of-00008.shard order     # one column
    python3 pipeline/read_shard.py work/captions/text/train.shard text token              # captions and their ids

or, from a notebook:  header, columns = read_shard(path);  columns["order"][0]
Needs NumPy and the zstd command.
"""
import hashlib
import json
import struct
import subprocess
import sys

import numpy as np

PREAMBLE = struct.Struct("<II8sHHIQ")  # zstd magic, length, magic, major, minor, flags, content size
NUMPY_TYPES = {"u8": "u1", "u16": "<u2", "u32": "<u4", "u64": "<u8", "i32": "<i4", "f16": "<f2", "f32": "<f4"}


class BadShard(ValueError):
    """The file is not a shard that this reader understands, or it is damaged."""


def decompress(path):
    """The content of a shard: header line and payload."""
    with open(path, "rb") as file:
        start = file.read(PREAMBLE.size)
    if len(start) < PREAMBLE.size:
        raise BadShard(f"{path}: too short for a shard")
    _, _, magic, major, _, flags, size = PREAMBLE.unpack(start)
    if magic != b"OARSHARD":
        raise BadShard(f"{path}: not a shard")
    if major != 1 or flags != 0:
        raise BadShard(f"{path}: version {major} with flags {flags}, this program reads version 1")
    zstd = subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if zstd.returncode != 0:
        raise BadShard(f"{path}: {zstd.stderr.decode(errors='replace').strip()}")
    if len(zstd.stdout) != size:
        raise BadShard(f"{path}: expected {size} bytes, found {len(zstd.stdout)}")
    return zstd.stdout


def read_shard(path):
    """The header as a dictionary, and the columns as read-only arrays of shape (records, ...).

    A weights shard has one record, so columns[name][0] is the tensor.
    """
    content = decompress(path)
    line, newline, _ = content.partition(b"\n")
    header = json.loads(line)
    payload = memoryview(content)[len(line) + len(newline):]
    if hashlib.sha256(payload).hexdigest() != header["payload_sha256"]:
        raise BadShard(f"{path}: the payload is not the one that was written")
    columns = {}
    for column in header["columns"]:
        data = payload[column["offset"]:column["offset"] + column["bytes"]]
        values = np.frombuffer(data, NUMPY_TYPES[column["dtype"]])
        columns[column["name"]] = values.reshape(header["records"], *column["shape"])
    return header, columns


def strings(column):
    """The texts of a column of bytes with zeros behind them, such as the captions of a shard of texts."""
    return [bytes(row).rstrip(b"\0").decode() for row in column]


# Columns that hold text, by kind.
TEXT = {"texts": "text", "text-tokenizer": "json", "progress": "text"}


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 64
    try:
        header, columns = read_shard(arguments[0])
    except (BadShard, OSError) as error:
        print(error, file=sys.stderr)
        return 65
    for name in arguments[1:]:
        if name == TEXT.get(header["kind"]):
            print("\n".join(strings(columns[name])))
        else:
            print(columns[name])
    if len(arguments) == 1:
        print(f"{header['kind']} (schema {header['schema']}), shard {header['shard']} of {header['shards']}, "
              f"{header['records']} records")
        for name, values in columns.items():
            print(f"  {name:40} {str(values.dtype):8} {values.shape}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
