#!/usr/bin/env python3
"""A merges file in the form of CLIP's, and what CLIP's tokenizer makes of some texts with it.

    python3 Tests/Fixtures/text/make_clip_fixture.py      # standard library only

Learns its merges from tokenizer-a.captions.txt and encodes as openai/CLIP's simple_tokenizer.py does, restated here
from its description (byte symbols, </w>, lowest rank first, all places of a pair at once), without ftfy.
"""
import collections
import html
import json
import os
import unicodedata

FOLDER = os.path.dirname(os.path.abspath(__file__))
MERGES = 90


def byte_symbols():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {b: chr(b) for b in printable}, 0
    for byte in range(256):
        if byte not in table:
            table[byte] = chr(256 + extra)
            extra += 1
    return table, [table[b] for b in printable] + [table[b] for b in range(256) if b not in printable]


TABLE, ALPHABET = byte_symbols()


def kind(character):
    if character.isspace():
        return " "
    category = unicodedata.category(character)[0]
    return category if category in "LN" else "other"


def pieces(text):
    """'s|'t|'re|'ve|'m|'ll|'d|letters|one digit|others."""
    position = 0
    while position < len(text):
        for short in ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d"):
            if text.startswith(short, position):
                end = position + len(short)
                break
        else:
            found, end = kind(text[position]), position + 1
            while found != "N" and end < len(text) and kind(text[end]) == found:
                end += 1
            if found == " ":
                position = end
                continue
        yield text[position:end]
        position = end


def clean(text):
    text = html.unescape(html.unescape(text)).strip()
    return unicodedata.normalize("NFC", " ".join(text.split())).lower()


def symbols(piece):
    word = [TABLE[byte] for byte in piece.encode()]
    return word[:-1] + [word[-1] + "</w>"]


def merged(word, pair):
    result, position = [], 0
    while position < len(word):
        if tuple(word[position:position + 2]) == pair:
            result.append(word[position] + word[position + 1])
            position += 2
        else:
            result.append(word[position])
            position += 1
    return result


def learn(captions):
    words = collections.Counter(tuple(symbols(piece)) for line in captions for piece in pieces(clean(line)))
    merges = []
    for _ in range(MERGES):
        counts = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                counts[pair] += count
        best = max(sorted(counts), key=counts.get)
        merges.append(best)
        new = collections.Counter()
        for word, count in words.items():
            new[tuple(merged(list(word), best))] += count
        words = new
    return merges


def encode(text, merges, ids):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    result = []
    for piece in pieces(clean(text)):
        word = symbols(piece)
        while True:
            known = [(ranks[pair], pair) for pair in zip(word, word[1:]) if pair in ranks]
            if not known:
                break
            word = merged(word, min(known)[1])
        result += [ids[symbol] for symbol in word]
    return result


TEXTS = ["A Red dress on white", "kids' t-shirt, it's 42 &amp;amp; more", "  two   spaces\tand a tab\n", "",
         "caf\u00e9 cafe\u0301 \u65e5\u672c\u306e\u9774 \U0001f45f", "fish &amp;lt;3 &eacute;t&eacute; &copy 2020 &#8364;5 &#x41;&#65",
         "!!!", "don't you'll we've I'm he'd they're", "<|endoftext|> is text here", "summer2009"]


def main():
    with open(os.path.join(FOLDER, "tokenizer-a.captions.txt"), encoding="utf-8") as file:
        merges = learn(file.read().splitlines())
    vocabulary = ALPHABET + [symbol + "</w>" for symbol in ALPHABET] + ["".join(pair) for pair in merges]
    ids = {symbol: index for index, symbol in enumerate(vocabulary)}
    with open(os.path.join(FOLDER, "clip-a.merges.txt"), "w", encoding="utf-8") as file:
        file.write('"bpe_simple_vocab in small: version 0.2"\n')
        file.writelines(" ".join(pair) + "\n" for pair in merges)
    with open(os.path.join(FOLDER, "clip-a.encodings.json"), "w", encoding="utf-8") as file:
        json.dump([{"text": text, "ids": encode(text, merges, ids)} for text in TEXTS], file, indent=1)
        file.write("\n")


main()
