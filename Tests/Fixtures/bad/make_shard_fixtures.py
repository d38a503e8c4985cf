"""Writes the shard fixtures: ../schemas/*.shard, which must be read, and *.shard here, which must be refused.

Standard library and the zstd command only, written from pipeline/SHARDS.md and not from the Swift code, so that
reader and specification check each other. Run it in any folder: python3 Tests/Fixtures/bad/make_shard_fixtures.py
"""
import array
import copy
import hashlib
import json
import os
import struct
import subprocess
import tempfile

BAD = os.path.dirname(os.path.abspath(__file__))
GOOD = os.path.join(BAD, "..", "schemas")
WIDTH = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i32": 4, "f16": 2, "f32": 4}
CODE = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i", "f32": "f"}
PROVENANCE = {"stage": "fixture", "algorithm": 1, "config_id": "0" * 64, "seed": 7,
              "inputs": [{"role": "tokens", "name": "tokens-00000-of-00001.shard", "content_id": "a" * 64}]}
GRID = {"grid": [2, 2]}


def column(name, dtype, values, shape=()):
    return name, dtype, list(shape), array.array(CODE[dtype], values).tobytes()


TOKENS = ("tokens", [
    column("sample_id", "u64", [3, 5, 2**64 - 1]), column("label", "u32", [0, 1, 1]),
    column("token", "u16", [0, 1, 2, 3, 511, 4, 5, 6, 7, 8, 9, 10], [4])],
    {**GRID, "codebook": "b" * 64, "codebook_size": 512, "class_names": ["first", "zweite Klasse: Ä"],
     "split": "train"})
# Three views of one image.
VIEWS = ("tokens", [
    column("sample_id", "u64", [6, 7, 8]), column("label", "u32", [1, 1, 1]), TOKENS[1][2]], {**TOKENS[2], "views": 3})
ORDERS = ("orders", [
    column("sample_id", "u64", [3, 5, 2**64 - 1]), column("order", "u16", [0, 1, 2, 3, 3, 2, 1, 0, 2, 0, 3, 1], [4]),
    column("confidence", "f32", [i / 16 for i in range(12)], [4])], {**GRID, "tokens": "a" * 64, "model": "c" * 64})
SAMPLES = ("samples", [
    column("sample_id", "u64", [0, 1]), column("label", "u32", [0, 0]),
    column("token", "u16", range(8), [4]), column("order", "u16", [3, 1, 2, 0, 0, 1, 2, 3], [4]),
    column("confidence", "f32", [0, 0.25, 0.5, 1] * 2, [4]), column("image", "u8", range(2 * 2 * 3 * 3), [2, 3, 3])],
    {**GRID, "image": [2, 3, 3], "class_names": ["one"], "arm": "distill-greedy", "seed": 2**63})
# The same two images completed: two and three of four tokens were known, the right column of pixels was masked.
EDITED = ("samples", SAMPLES[1] + [
    column("known", "u8", [0, 1, 0, 1, 1, 1, 1, 0], [4]), column("mask", "u8", [0, 0, 1] * 4, [2, 3]),
    column("original", "u8", [200] * (2 * 2 * 3 * 3), [2, 3, 3])],
    {**SAMPLES[2], "edit": {"task": "inpaint", "pasted": True}})
FEATURES = ("features", [
    column("sample_id", "u64", [9, 8]), column("label", "u32", [1, 0]),
    column("feature", "f32", [0.5, -2, 3, 4], [2])], {"extractor": "pixels", "dimension": 2})
WEIGHTS = ("weights", [
    column("norm.weight", "f32", [1, -2, 0.5], [3]),
    ("half", "f16", [2], struct.pack("<2H", 0x3c00, 0xc000)), column("scale", "f32", [7])],
    {"model": {"width": 3}, "step": 12})
with open(os.path.join(BAD, "..", "text", "tokenizer-a.json"), "rb") as file:
    JSON = file.read()
TEXT_TOKENIZER = ("text-tokenizer", [
    column("json", "u8", JSON, [len(JSON)]), column("html_unescapes", "u8", [0])],
    {"vocabulary_size": 420, "origin": "a fixture"})


def padded(*texts, width=12):
    return column("text", "u8", b"".join(text.encode() + bytes(width - len(text.encode())) for text in texts), [width])


# Three captions of two images, one of them empty; a fourth image has none.
TEXTS = ("texts", [
    column("sample_id", "u64", [3, 3, 5, 2**64 - 1]),
    column("token", "u16", [278, 347, 362, 0, 347, 0, 0, 0, 0, 0, 0, 0, 278, 347, 362, 295], [4]),
    padded("A red shoe", "r\u00e9d", "", "a red sho\ufffd")],
    {"vocabulary_size": 420, "length": 4, "split": "train", "tokenizer": "d" * 64, "truncated": 1, "repaired": 1,
     "empty": 1, "uncaptioned": 2})


# Two images that a model drew after 400 steps, from sentences.
PROGRESS = ("progress", [
    column("sample_id", "u64", [7, 8]), column("label", "u32", [1, 0]), column("token", "u16", range(8), [4]),
    column("order", "u16", [3, 1, 2, 0, 0, 1, 2, 3], [4]), padded("A red shoe", "r\u00e9d")],
    {**GRID, "codebook": "b" * 64, "codebook_size": 8, "class_names": ["bag", "shoe"], "step": 400,
     "text_tokenizer": "d" * 64})


# Two orders that images of two classes share.
STATIC = ("static-orders", [
    column("order", "u16", [0, 1, 2, 3, 3, 1, 2, 0], [4]), column("images", "u32", [5, 0, 1, 6], [2])],
    {**GRID, "classes": 2, "model": "model",
     "rule": {"static": "mean-rank", "scope": "clusters", "clusters": 2, "seed": 1}})


def parts(table):
    """The header without its hash, and the payload."""
    kind, columns, extra = table
    payload, listed = b"", []
    for name, dtype, shape, data in columns:
        payload += bytes(-len(payload) % 64)
        listed.append({"name": name, "dtype": dtype, "shape": shape, "offset": len(payload), "bytes": len(data)})
        payload += data
    first = columns[0]
    per_record = WIDTH[first[1]]
    for extent in first[2]:
        per_record *= extent
    records = 1 if kind == "weights" else len(first[3]) // per_record
    header = {"format": "oar-shard", "version": [1, 0], "kind": kind, "schema": 1, "shard": 0, "shards": 1,
              "records": records, "columns": listed, "extra": extra, "provenance": PROVENANCE}
    return header, payload


def content(header, payload, padded=True):
    """Header line and payload, with size and hash filled in unless the header has them."""
    header = {"payload_bytes": len(payload), "payload_sha256": hashlib.sha256(payload).hexdigest(), **header}
    line = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return line + b" " * (-(len(line) + 1) % 64 if padded else 1 + (-(len(line) + 3) % 64)) + b"\n" + payload


def frame(data, *options):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return subprocess.run(["zstd", "-qc3", "--check", *options, file.name], check=True,
                              stdout=subprocess.PIPE).stdout


def preamble(size, magic=b"OARSHARD", major=1, minor=0, flags=0, rest=24):
    return struct.pack("<II8sHHIQ", 0x184D2A50, rest, magic, major, minor, flags, size)


def shard(data, *options, size=None, **fields):
    return preamble(len(data) if size is None else size, **fields) + frame(data, *options)


def edited(table, edit, change_payload=None):
    """A well-formed file whose header object was edited before writing."""
    header, payload = parts(table)
    header = copy.deepcopy(header)
    edit(header)
    if change_payload:
        payload = change_payload(payload)
    return shard(content(header, payload))


def setting(**values):
    return lambda header: header.update(values)


def first_column(**values):
    return lambda header: header["columns"][0].update(values)


def second_column(**values):
    return lambda header: header["columns"][1].update(values)


def third_column(**values):
    return lambda header: header["columns"][2].update(values)


def without(key):
    return lambda header: header.pop(key)


def replaced(table, index, new):
    kind, columns, extra = table
    return shard(content(*parts((kind, columns[:index] + [new] + columns[index + 1:], extra))))


def put(folder, name, data):
    with open(os.path.join(folder, name + ".shard"), "wb") as file:
        file.write(data)


def main():
    os.makedirs(GOOD, exist_ok=True)
    for table in (TOKENS, ORDERS, SAMPLES, FEATURES, WEIGHTS, TEXT_TOKENIZER, TEXTS, PROGRESS, STATIC):
        put(GOOD, table[0] + "-1", shard(content(*parts(table))))
    # Forward compatibility: a newer minor version, unknown header keys, unknown columns.
    kind, columns, extra = ORDERS
    header, payload = parts((kind, columns + [column("entropy", "f32", [0] * 12, [4])], {**extra, "new": 1}))
    header.update(version=[1, 7], hint="ignored")
    put(GOOD, "orders-1-newer-minor", shard(content(header, payload), minor=7))

    put(GOOD, "samples-1-edited", shard(content(*parts(EDITED))))
    kind, columns, extra = ORDERS
    put(GOOD, "tokens-1-views", shard(content(*parts(VIEWS))))
    put(GOOD, "orders-1-lazy", shard(content(*parts((kind, columns, {**extra, "lazy": {"refresh": 8, "candidates": 4}})))))

    good = shard(content(*parts(ORDERS)))
    header, payload = parts(ORDERS)
    whole = content(header, payload)
    put(BAD, "not-a-shard", b"An ordinary text file that is longer than a preamble.\n")
    put(BAD, "short", good[:31])
    put(BAD, "empty", b"")
    put(BAD, "magic", shard(whole, magic=b"OARSHARE"))
    put(BAD, "future-major", shard(whole, major=2))
    put(BAD, "unknown-flag", shard(whole, flags=4))
    put(BAD, "future-schema", edited(ORDERS, setting(schema=2)))
    put(BAD, "preamble-only", good[:32])
    put(BAD, "frame-header-cut", good[:40])
    put(BAD, "half", good[:len(good) // 2])
    put(BAD, "last-byte-missing", good[:-1])
    put(BAD, "trailing-bytes", good + b"junk\n")
    put(BAD, "second-frame", good + frame(b"more"))
    flipped = bytearray(good)
    flipped[len(good) * 3 // 4] ^= 0x10
    put(BAD, "bit-flip", bytes(flipped))
    flipped = bytearray(good)
    flipped[-1] ^= 0x01
    put(BAD, "checksum-flip", bytes(flipped))
    flipped = bytearray(good)
    flipped[32] ^= 0x01
    put(BAD, "frame-magic-flip", bytes(flipped))
    put(BAD, "hash-differs", shard(content({**header, "payload_sha256": "0" * 64}, payload)))
    put(BAD, "preamble-length", shard(whole, rest=28))
    put(BAD, "sizes-differ", shard(whole, size=len(whole) + 64))
    put(BAD, "absurd-size", preamble(1 << 60) + good[32:])
    put(BAD, "no-checksum", shard(whole, "--no-check"))
    put(BAD, "no-content-size", shard(whole, "--no-content-size"))

    put(BAD, "header-not-json", shard(b"{" + b" " * 62 + b"\n" + payload))
    put(BAD, "header-repeated-key", shard(whole.replace(b'"extra"', b'"kind"', 1)))
    put(BAD, "header-unpadded", shard(content(header, payload, padded=False)))
    put(BAD, "header-endless", shard(b" " * (17 << 20)))
    put(BAD, "header-no-line-feed", shard(b" " * 640))
    put(BAD, "unknown-format", edited(ORDERS, setting(format="other")))
    put(BAD, "version-differs", edited(ORDERS, setting(version=[2, 0])))
    put(BAD, "minor-differs", edited(ORDERS, setting(version=[1, 1])))
    put(BAD, "unknown-kind", edited(ORDERS, setting(kind="songs")))
    put(BAD, "no-provenance", edited(ORDERS, without("provenance")))
    put(BAD, "no-records", edited(ORDERS, without("records")))
    put(BAD, "shard-index", edited(ORDERS, setting(shard=1)))
    put(BAD, "negative-records", edited(ORDERS, setting(records=-3)))
    put(BAD, "fractional-records", edited(ORDERS, setting(records=2.5)))
    put(BAD, "payload-bytes", edited(ORDERS, setting(payload_bytes=len(payload) + 64)))
    put(BAD, "columns-hole", edited(ORDERS, second_column(offset=128)))
    put(BAD, "columns-overlap", edited(ORDERS, second_column(offset=0)))
    put(BAD, "columns-share-bytes", edited(ORDERS, third_column(offset=64), lambda p: p[:112]))
    put(BAD, "columns-unaligned", edited(ORDERS, second_column(offset=24)))
    put(BAD, "columns-beyond-payload", edited(ORDERS, lambda h: None, lambda p: p[:-16]))
    put(BAD, "columns-before-end", edited(ORDERS, lambda h: None, lambda p: p + bytes(64)))
    put(BAD, "column-bytes", edited(ORDERS, first_column(bytes=16)))
    put(BAD, "column-shape", edited(ORDERS, first_column(shape=[2])))
    put(BAD, "column-overflow", edited(ORDERS, first_column(shape=[2**62, 2**62])))
    put(BAD, "column-overflow-to-zero", edited(ORDERS, first_column(shape=[2**61], bytes=0)))
    put(BAD, "column-dtype", edited(ORDERS, first_column(dtype="f8")))
    put(BAD, "column-twice", edited(ORDERS, second_column(name="sample_id")))
    put(BAD, "padding-not-zero", edited(ORDERS, lambda h: None, lambda p: p[:63] + b"\1" + p[64:]))
    put(BAD, "weights-in-records", edited(WEIGHTS, setting(records=2)))

    put(BAD, "wrong-kind", shard(content(*parts(TOKENS))))
    put(BAD, "order-repeats", replaced(ORDERS, 1, column("order", "u16", [0, 1, 2, 3, 3, 2, 2, 0, 2, 0, 3, 1], [4])))
    put(BAD, "order-outside", replaced(ORDERS, 1, column("order", "u16", [0, 1, 2, 3, 3, 2, 1, 4, 2, 0, 3, 1], [4])))
    put(BAD, "order-length", replaced(ORDERS, 1, column("order", "u16", [0, 1, 2] * 3, [3])))
    put(BAD, "order-dtype", replaced(ORDERS, 1, column("order", "u8", [0, 1, 2, 3] * 3, [4])))
    put(BAD, "order-missing", replaced(ORDERS, 1, column("path", "u16", [0, 1, 2, 3] * 3, [4])))
    put(BAD, "confidence-nan", replaced(ORDERS, 2, column("confidence", "f32", [float("nan")] * 12, [4])))
    put(BAD, "sample-twice", replaced(ORDERS, 0, column("sample_id", "u64", [3, 5, 3])))
    put(BAD, "no-grid", edited(ORDERS, setting(extra={"tokens": "", "model": ""})))
    put(BAD, "grid-enormous", edited(ORDERS, setting(extra={"grid": [65536, 65536], "tokens": "", "model": ""})))
    put(BAD, "lazy-zero", edited(ORDERS, setting(extra={**ORDERS[2], "lazy": {"refresh": 8, "candidates": 0}})))
    put(BAD, "known-not-first", replaced(EDITED, 6, column("known", "u8", [1, 0, 0, 1, 1, 1, 1, 0], [4])))
    put(BAD, "known-two", replaced(EDITED, 6, column("known", "u8", [0, 1, 0, 2, 1, 1, 1, 0], [4])))
    put(BAD, "mask-missing", replaced(EDITED, 7, column("veil", "u8", [0, 0, 1] * 4, [2, 3])))
    put(BAD, "original-shape", replaced(EDITED, 8, column("original", "u8", [200] * 12, [2, 3, 1])))
    put(BAD, "part-of-one", edited(SAMPLES, setting(extra={**SAMPLES[2], "part": {"index": 0, "count": 1, "images": 2}})))
    put(BAD, "edit-no-task", edited(EDITED, setting(extra={**EDITED[2], "edit": {"pasted": True}})))
    put(BAD, "token-above-codebook", replaced(TOKENS, 2, column("token", "u16", [512] + [0] * 11, [4])))
    put(BAD, "label-above-classes", replaced(TOKENS, 1, column("label", "u32", [0, 1, 2])))
    put(BAD, "views-one", edited(VIEWS, setting(extra={**VIEWS[2], "views": 1})))
    put(BAD, "views-of-two-images", replaced(VIEWS, 0, column("sample_id", "u64", [7, 8, 9])))
    put(BAD, "views-of-two-classes", replaced(VIEWS, 1, column("label", "u32", [1, 1, 0])))
    put(BAD, "views-cut", edited(VIEWS, setting(extra={**VIEWS[2], "views": 2})))
    put(BAD, "feature-infinite", replaced(FEATURES, 2, column("feature", "f32", [0, float("inf"), 0, 0], [2])))
    put(BAD, "weights-of-integers", replaced(WEIGHTS, 2, column("scale", "u32", [7])))
    put(BAD, "weights-nan", replaced(WEIGHTS, 0, column("norm.weight", "f32", [1, float("nan"), 0.5], [3])))
    put(BAD, "weights-half-infinite", replaced(WEIGHTS, 1, ("half", "f16", [2], struct.pack("<2H", 0x3c00, 0xfc00))))
    put(BAD, "split-unknown", edited(TOKENS, setting(extra={**TOKENS[2], "split": "validation"})))

    def text_extra(**facts):
        return edited(TEXTS, setting(extra={**TEXTS[2], **facts}))

    def text_tokens(*first):
        return replaced(TEXTS, 1, column("token", "u16", [*first, *[0] * (16 - len(first))], [4]))
    put(BAD, "texts-descending", replaced(TEXTS, 0, column("sample_id", "u64", [3, 5, 4, 6])))
    put(BAD, "texts-token-above", text_tokens(420, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1))
    put(BAD, "texts-padding-inside", text_tokens(1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1))
    put(BAD, "texts-empty-differs", text_extra(empty=0))
    put(BAD, "texts-truncated-above", text_extra(truncated=5))
    put(BAD, "texts-without-length", text_extra(length=0))
    put(BAD, "texts-not-utf8", replaced(TEXTS, 2, column("text", "u8", [0xff] * 48, [12])))
    put(BAD, "texts-wide", replaced(TEXTS, 2, column("text", "u8", [65] * 4 * 513, [513])))
    put(BAD, "texts-vocabulary", text_extra(vocabulary_size=65537))
    put(BAD, "progress-step-zero", edited(PROGRESS, setting(extra={**PROGRESS[2], "step": 0})))
    put(BAD, "progress-order-repeats", replaced(PROGRESS, 3, column("order", "u16", [3, 1, 2, 0, 0, 1, 2, 2], [4])))
    put(BAD, "progress-above-codebook", edited(PROGRESS, setting(extra={**PROGRESS[2], "codebook_size": 7})))
    put(BAD, "static-order-repeats", replaced(STATIC, 0, column("order", "u16", [0, 1, 2, 3, 3, 1, 2, 1], [4])))
    put(BAD, "static-class-without-order", replaced(STATIC, 1, column("images", "u32", [5, 0, 1, 0], [2])))
    put(BAD, "static-rule-of-words", edited(STATIC, setting(extra={**STATIC[2], "rule": "mean"})))
    put(BAD, "static-classes-zero", edited(STATIC, setting(extra={**STATIC[2], "classes": 0})))
    put(BAD, "static-no-order", shard(content(*parts((STATIC[0], [column("order", "u16", [], [4]), column("images", "u32", [], [2])], STATIC[2])))))
    put(BAD, "progress-without-text", replaced(PROGRESS, 4, column("words", "u8", [65, 66], [1])))
    put(BAD, "tokenizer-not-json", replaced(TEXT_TOKENIZER, 0, column("json", "u8", b"{", [1])))
    put(BAD, "tokenizer-vocabulary", edited(TEXT_TOKENIZER, setting(extra={**TEXT_TOKENIZER[2], "vocabulary_size": 421})))
    put(BAD, "tokenizer-twice", shard(content(*parts(("text-tokenizer", [
        column("json", "u8", JSON * 2, [len(JSON)]), column("html_unescapes", "u8", [0, 0])], TEXT_TOKENIZER[2])))))
    put(BAD, "tokenizer-unescapes", replaced(TEXT_TOKENIZER, 1, column("html_unescapes", "u8", [3])))


main()
