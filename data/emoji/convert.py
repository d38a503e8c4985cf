#!/usr/bin/env python3
"""Makes captioned WebDataset archives of Noto Color Emoji.

usage: convert.py FONT EMOJI_TEST ANNOTATIONS DERIVED_ANNOTATIONS OUT

Writes OUT/{groups,subgroups}-{32,64}/{train,test}.tar, where a sample is KEY.png and KEY.txt, with a caption a line, in the
folder of its class, and OUT/emoji.jsonl, a line for each. Needs fontTools, which reads the font; the pictures in it
(CBDT) are PNG files, which the standard library unpacks. README.md describes the result.
"""

import hashlib
import io
import json
import os
import re
import struct
import sys
import tarfile
import zlib
from collections import defaultdict
from xml.etree import ElementTree

from fontTools.ttLib import TTFont

SIZES = (32, 64)
TONES = range(0x1F3FB, 0x1F400)
TONE = "((medium-)?(light|dark)|medium) skin tone"
CAPTIONS = 12  # of a picture, at most
TEST_SHARE = 10  # one base design in this many


class Emoji:
    def __init__(self, codes, name, group, subgroup):
        self.codes, self.name, self.group, self.subgroup = codes, name, group, subgroup
        self.key = "-".join(f"{code:x}" for code in codes)
        self.plain_codes = tuple(code for code in codes if code not in TONES and code != 0xFE0F)
        # The name of what it shows in any skin tone: "man: light skin tone, beard" is "man: beard" and its mirror image
        # "man facing right: light skin tone" is "man".
        head, _, tail = name.partition(": ")
        parts = [part for part in tail.split(", ") if part and not re.fullmatch(TONE, part)]
        head = "" if re.fullmatch(TONE, head) else head.removesuffix(" facing right")
        design = ": ".join(filter(None, (head, ", ".join(parts)))).removesuffix(": person, person")
        self.design = f"{subgroup}/{design}"


def read_list(path):
    """The emoji that keyboards show, with skin tones and hair as pictures of their own, in CLDR order."""
    group = subgroup = None
    for line in open(path, encoding="utf-8"):
        if line.startswith("# group: "):
            group = line[9:].strip()
        elif line.startswith("# subgroup: "):
            subgroup = line[12:].strip()
        elif match := re.match(r"([0-9A-F ]+); (?:fully-qualified|component) +# \S+ E\S+ (.*)", line):
            yield Emoji([int(code, 16) for code in match[1].split()], match[2].strip(), group, subgroup)


def read_keywords(*paths):
    """Keywords by text without variation selectors."""
    words = defaultdict(list)
    for path in paths:
        for item in ElementTree.parse(path).iter("annotation"):
            if item.get("type") != "tts":
                words[item.get("cp").replace("\ufe0f", "")] += [word.strip() for word in item.text.split("|")]
    return words


class Font:
    def __init__(self, path):
        font = TTFont(path)
        self.characters = font.getBestCmap()
        self.bitmaps = font["CBDT"].strikeData[0]
        self.ligatures = {}
        for lookup in font["GSUB"].table.LookupList.Lookup:
            for table in lookup.SubTable:
                table = table.ExtSubTable if table.LookupType == 7 else table
                for first, rules in (table.ligatures.items() if table.LookupType == 4 else ()):
                    for rule in rules:
                        self.ligatures.setdefault((first, *rule.Component), rule.LigGlyph)

    def bitmap(self, codes):
        """The PNG file of a sequence of characters, or None."""
        glyphs = tuple(self.characters.get(code) for code in codes if code != 0xFE0F)
        glyph = glyphs[0] if len(glyphs) == 1 else self.ligatures.get(glyphs)
        return self.bitmaps[glyph].imageData if glyph in self.bitmaps else None


def unpack(png):
    """Rows of (red, green, blue) on white, of a PNG file with a palette or with opacity."""
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    if (kind, depth) not in ((3, 4), (3, 8), (6, 8)) or interlaced:
        raise ValueError(f"a bitmap of colour type {kind} with {depth} bits, which the font had none of")
    chunks, position = defaultdict(bytes), 8
    while position < len(png):
        length, name = struct.unpack(">I4s", png[position : position + 8])
        chunks[name] += png[position + 8 : position + 8 + length]
        position += length + 12
    step = 4 if kind == 6 else 1
    stride = width * depth * step // 8
    raw, before, rows = zlib.decompress(chunks[b"IDAT"]), bytearray(stride), []
    palette, opacity = chunks[b"PLTE"], chunks[b"tRNS"]
    colours = [
        on_white(*palette[3 * i : 3 * i + 3], opacity[i] if i < len(opacity) else 255)
        for i in range(len(palette) // 3)
    ]
    for y in range(height):
        row = bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        undo_filter(raw[y * (stride + 1)], row, before, step)
        before = row
        if kind == 6:
            rows.append([on_white(*row[4 * x : 4 * x + 4]) for x in range(width)])
        else:
            indices = row if depth == 8 else [index for byte in row for index in (byte >> 4, byte & 15)]
            rows.append([colours[index] for index in indices[:width]])
    return rows


def undo_filter(kind, row, before, step):
    """PNG's filters (ISO/IEC 15948, 9.2), in place."""
    for i in range(len(row) if kind else 0):
        left, up, corner = (row[i - step], before[i], before[i - step]) if i >= step else (0, before[i], 0)
        if kind == 1:
            value = left
        elif kind == 2:
            value = up
        elif kind == 3:
            value = (left + up) // 2
        else:
            guess = left + up - corner
            value = min((left, up, corner), key=lambda one: abs(guess - one))
        row[i] = (row[i] + value) & 255


def on_white(red, green, blue, alpha):
    return tuple((channel * alpha + 255 * (255 - alpha) + 127) // 255 for channel in (red, green, blue))


def shrink(rows, size):
    """The middle square of a bitmap of 136x128, each pixel the mean of those that it takes the place of."""
    side = len(rows)
    left, factor = (len(rows[0]) - side) // 2, side // size
    if side != factor * size or len(rows[0]) < side:
        raise ValueError(f"a bitmap of {len(rows[0])}x{side}, expected 136x128")
    area = factor * factor
    result = []
    for y in range(0, side, factor):
        line = bytearray()
        for x in range(left, left + side, factor):
            cells = [pixel for row in rows[y : y + factor] for pixel in row[x : x + factor]]
            line += bytes((sum(channel) * 2 + area) // (2 * area) for channel in zip(*cells))
        result.append(line)
    return result


def pack(rows):
    """A PNG file of RGB rows."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def captions(emoji, keywords):
    """What is said about a picture: its name alone, with keywords and with the words of its place in the list."""
    name = emoji.name
    words = [word for word in dict.fromkeys(keywords) if word.lower() != name.lower()]
    place, group = emoji.subgroup.replace("-", " "), emoji.group.lower().replace("&", "and")
    spoken = name.replace("flag: ", "flag of ", 1)
    lines = [name, spoken, f"{spoken} emoji", f"emoji of {spoken}", f"{place}, {spoken}", f"{spoken}, {group}"]
    if words:
        lines += [f"{name}, {', '.join(words)}", ", ".join(words)]
    lines += [f"{name}, {word}" for word in words]
    return list(dict.fromkeys(lines))[:CAPTIONS]


def divide(items):
    """Chooses the designs of the test split: a tenth of each subgroup, one at least where there are two.

    Pictures are of one design if their names agree but for skin tones and direction, if their characters agree but for
    skin tones, or if they are the same picture, as the flags of a country and of its territories are.
    """
    leaders = {}

    def find(one):
        while leaders.setdefault(one, one) != one:
            one = leaders[one]
        return one

    for emoji, bitmap in items:
        for other in (emoji.plain_codes, bitmap):
            one, other = find(emoji.design), find(other)
            leaders[other] = one
    designs = defaultdict(set)
    for emoji, _ in items:
        designs[emoji.subgroup].add(find(emoji.design))
    test = set()
    for members in designs.values():
        share = max(1, len(members) // TEST_SHARE) if len(members) > 1 else 0
        test.update(sorted(members, key=lambda one: hashlib.sha256(one.encode()).digest())[:share])
    return lambda emoji: find(emoji.design) in test


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    archive.addfile(member, io.BytesIO(content))


def main(font_path, list_path, annotations, derived, out):
    font, keywords = Font(font_path), read_keywords(annotations, derived)
    items, lacking = [], []
    for emoji in read_list(list_path):
        bitmap = font.bitmap(emoji.codes)
        if bitmap is None:
            lacking.append(emoji.name)
        else:
            items.append((emoji, bitmap))
    is_test = divide(items)
    for kind in ("groups", "subgroups"):
        for size in SIZES:
            os.makedirs(f"{out}/{kind}-{size}")
    archives = {
        (kind, size, split): tarfile.open(f"{out}/{kind}-{size}/{split}.tar", "w", format=tarfile.USTAR_FORMAT)
        for kind in ("groups", "subgroups") for size in SIZES for split in ("train", "test")
    }
    listing = open(f"{out}/emoji.jsonl", "w", encoding="utf-8")
    counts, sentences = {"train": 0, "test": 0}, 0
    for emoji, bitmap in items:
        split = "test" if is_test(emoji) else "train"
        text = "".join(chr(code) for code in emoji.codes if code != 0xFE0F)
        lines = captions(emoji, keywords[text])
        counts[split] += 1
        sentences += len(lines)
        rows = unpack(bitmap)
        facts = {
            "key": emoji.key, "name": emoji.name, "group": emoji.group, "subgroup": emoji.subgroup,
            "design": emoji.design, "split": split,
        }
        listing.write(json.dumps(facts, ensure_ascii=False) + "\n")
        for size in SIZES:
            png = pack(shrink(rows, size))
            for kind, label in (("groups", emoji.group), ("subgroups", emoji.subgroup)):
                archive = archives[kind, size, split]
                path = f"{label}/{emoji.key}"
                add(archive, f"{path}.png", png)
                add(archive, f"{path}.txt", "".join(line + "\n" for line in lines).encode())
    listing.close()
    for archive in archives.values():
        archive.close()
    print(
        f"{counts['train']} training and {counts['test']} test pictures, {sentences / len(items):.1f} captions each, "
        f"{len({emoji.group for emoji, _ in items})} groups, {len({emoji.subgroup for emoji, _ in items})} subgroups"
        + (f"; the font lacks {len(lacking)}, such as {lacking[0]}" if lacking else ""), file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
