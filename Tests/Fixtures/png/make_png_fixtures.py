"""Writes the PNG fixtures beside this file, one of each kind, with the standard library alone.

Every picture but one is 5 pixels wide and 4 high. Sample c of the pixel at (x, y) is (37 x + 59 y + 83 c) mod 256 for 8
bits; the tests compute the same formula.
"""
import pathlib
import struct
import zlib

WIDTH, HEIGHT = 5, 4
HERE = pathlib.Path(__file__).parent
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def value(x, y, c):
    return (37 * x + 59 * y + 83 * c) % 256


def wide(x, y, c):
    return (7919 * x + 10007 * y + 12289 * c) % 65536


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def rows(pixel, xs, ys, bits):
    """Filter byte 0 and packed samples for each row of the given pixels."""
    out = b""
    for y in ys:
        samples = [s for x in xs for s in pixel(x, y)]
        text = "".join(format(s, f"0{bits}b") for s in samples)
        text += "0" * (-len(text) % 8)
        out += b"\0" + int(text, 2).to_bytes(len(text) // 8, "big")
    return out


def png(name, kind, bits, pixel, interlaced=False, extra=b"", width=WIDTH, height=HEIGHT):
    data = b""
    if interlaced:
        for x0, y0, dx, dy in ADAM7:
            xs, ys = range(x0, width, dx), range(y0, height, dy)
            if xs and ys:
                data += rows(pixel, xs, ys, bits)
    else:
        data = rows(pixel, range(width), range(height), bits)
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")
    (HERE / name).write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def samples(count, of=value):
    return lambda x, y: [of(x, y, c) for c in range(count)]


palette = chunk(b"PLTE", bytes(value(i, 0, c) for i in range(8) for c in range(3)))
opacity = chunk(b"tRNS", bytes([0, 128, 255]))
gamma = chunk(b"gAMA", struct.pack(">I", 100000))

png("grey.png", 0, 8, samples(1))
png("grey-1-bit.png", 0, 1, lambda x, y: [(x + y) % 2])
png("grey-4-bit.png", 0, 4, lambda x, y: [value(x, y, 0) // 16])
png("grey-16-bit.png", 0, 16, samples(1, wide))
png("grey-alpha.png", 4, 8, samples(2))
png("grey-interlaced.png", 0, 8, samples(1), interlaced=True)
png("grey-gamma.png", 0, 8, samples(1), extra=gamma)
png("rgb.png", 2, 8, samples(3))
png("rgb-16-bit.png", 2, 16, samples(3, wide))
png("rgb-interlaced.png", 2, 8, samples(3), interlaced=True)
png("rgba.png", 6, 8, samples(4))
png("rgba-opaque.png", 6, 8, lambda x, y: [value(x, y, c) for c in range(3)] + [255])
png("rgba-16-bit.png", 6, 16, samples(4, wide))
png("palette.png", 3, 4, lambda x, y: [(x + 2 * y) % 8], extra=palette)
png("palette-alpha.png", 3, 8, lambda x, y: [(x + 2 * y) % 8], extra=palette + opacity)
png("rgba-one-pixel.png", 6, 8, lambda x, y: [16, 32, 48, 0], width=1, height=1)
