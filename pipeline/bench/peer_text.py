"""The text-to-image model as a careful PyTorch user would write it: peer.py serves it where --text-length is given.

DALLE-pytorch's blocks under σ-GPT's double positions. Queries, keys and values are one projection, attention is PyTorch's
fused one where sequences are whole; keys and values lie in buffers that are planned once; all candidates of a step go
through the layers together, each seeing the cache and itself; logits are read where they are needed. Layer scales are
multiplied where they stand, as autograd wants it.

Shapes: B images, R sequences, T rows of a step, M candidates, N locations, C width, H heads, h head width, V codes.
"""

import json

import torch
import torch.nn.functional as F
from torch import nn


class TextBlock(nn.Module):
    """Layer norm, attention, layer norm, GELU-gated feed-forward, each half scaled and added to the residual stream."""

    def __init__(self, width, heads, head, hidden, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * heads * head, bias=False)
        self.attention_output = nn.Linear(heads * head, width)
        self.gates = nn.Linear(width, 2 * hidden)
        self.output = nn.Linear(hidden, width)
        self.attention_scale = nn.Parameter(torch.full((width,), 0.1))
        self.feed_forward_scale = nn.Parameter(torch.full((width,), 0.1))

    def project(self, x):
        """Queries, keys and values (R, H, T, h)."""
        return self.qkv(self.attention_norm(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def finish(self, x, attended):
        drop = lambda y: F.dropout(y, self.dropout, self.training)
        x = x + self.attention_scale * drop(self.attention_output(attended.transpose(1, 2).flatten(2)))
        value, gate = self.gates(self.feed_forward_norm(x)).chunk(2, dim=-1)
        return x + self.feed_forward_scale * self.output(drop(value * F.gelu(gate)))

    def forward(self, x):
        query, key, value = self.project(x)
        return self.finish(x, F.scaled_dot_product_attention(query, key, value, is_causal=True))

    def append(self, x, cache, start):
        """Rows that see the cache and the rows before them, and stay in the cache."""
        query, key, value = self.project(x)
        rows, end = x.shape[1], start + x.shape[1]
        cache[0][:, :, start:end], cache[1][:, :, start:end] = key, value
        mask = None if rows == 1 else torch.ones(rows, end, dtype=torch.bool).tril(start)
        attended = F.scaled_dot_product_attention(query, cache[0][:, :, :end], cache[1][:, :, :end], attn_mask=mask)
        return self.finish(x, attended)

    def ask(self, x, cache, end):
        """Candidates that see the cache and themselves, and leave nothing there."""
        query, key, value = self.project(x)
        scale = query.shape[-1] ** -0.5
        shared = query @ cache[0][:, :, :end].transpose(-1, -2)
        own = (query * key).sum(-1, keepdim=True)
        weights = (torch.cat([shared, own], dim=-1).float() * scale).softmax(-1).to(value.dtype)
        attended = torch.addcmul(weights[..., :-1] @ cache[1][:, :, :end], weights[..., -1:], value)
        return self.finish(x, attended), key, value


class TextToImageModel(nn.Module):
    """[start, text…, Z → first, X(first) → second, …]: a row says where it is and where the next token goes."""

    def __init__(self, options, dropout=0.1):
        super().__init__()
        o = options
        self.side, self.codes, self.length, self.vocabulary = o.grid, o.codes, o.text_length, o.vocabulary
        self.heads, self.head_width = o.heads, o.head_width or o.width // o.heads
        self.relative = o.positions == "double-relative"
        self.locations = o.grid**2
        texts, steps = o.vocabulary + o.text_length, 2 * o.grid if self.relative else o.grid
        table = lambda rows: nn.Embedding(rows, o.width)
        self.text, self.places, self.tokens = table(texts), table(o.text_length + 1), table(o.codes)
        self.row, self.column, self.next_row, self.next_column = table(o.grid), table(o.grid), table(steps), table(steps)
        self.blocks = nn.ModuleList(
            TextBlock(o.width, o.heads, self.head_width, o.hidden, dropout) for _ in range(o.layers))
        self.norm = nn.LayerNorm(o.width)
        self.text_head, self.image_head = nn.Linear(o.width, texts), nn.Linear(o.width, o.codes)

    @property
    def dtype(self):
        return self.image_head.weight.dtype

    def text_rows(self, text):
        """Rows of texts (B, T + 1, C) and their ids with a pad of its own for every place (B, T)."""
        ids = torch.where(text == 0, torch.arange(self.length) + self.vocabulary, text)
        start = torch.zeros(len(text), 1, dtype=torch.long)
        return self.text(torch.cat([start, ids], 1)) + self.places.weight, ids

    def next(self, place, following):
        """Where the next token goes; the start counts as cell 0."""
        row, column = following // self.side, following % self.side
        if self.relative:
            row, column = row - place // self.side + self.side, column - place % self.side + self.side
        return self.next_row(row) + self.next_column(column)

    def content(self, code, place):
        return self.tokens(code) + self.row(place // self.side) + self.column(place % self.side)

    def forward(self, text, tokens, orders):
        """Logits of texts (B, T, texts) with their targets, and of codes (B, N, V) with theirs, by generation."""
        rows, ids = self.text_rows(text)
        targets = tokens.gather(1, orders)
        before = torch.cat([torch.zeros_like(orders[:, :1]), orders[:, :-1]], 1)
        x = self.next(before, orders)
        x = x + F.pad(self.content(targets[:, :-1], orders[:, :-1]), (0, 0, 1, 0))
        x = torch.cat([rows, x], 1)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.text_head(x[:, : self.length]), ids, self.image_head(x[:, self.length + 1 :]), targets

    def loss(self, text, tokens, orders):
        text_logits, ids, logits, targets = self(text, tokens, orders)
        mean = lambda a, b: F.cross_entropy(a.float().flatten(0, 1), b.flatten())
        return (mean(text_logits, ids) + 7 * mean(logits, targets)) / 8

    def draw(self, logits, temperature):
        if temperature == 0:
            return logits.argmax(-1)
        return torch.multinomial((logits / temperature).softmax(-1), 1)[:, 0]

    @torch.inference_mode()
    def generate(self, text, orders=None, tokens=None, temperature=1.0):
        """Codes (B, N) in raster layout, orders and confidences.

        Orders are given, or chosen by confidence; with tokens as well this is extraction.
        """
        images, rows = len(text), self.text_rows(text)[0]
        every, length = torch.arange(images), rows.shape[1]
        shape = (2, images, self.heads, length + self.locations, self.head_width)
        cache = [torch.zeros(shape, dtype=self.dtype) for _ in self.blocks]
        x = rows
        for block, stored in zip(self.blocks, cache):
            x = block.append(x, stored, 0)
        free = torch.ones(images, self.locations, dtype=torch.bool)
        codes = torch.zeros(images, self.locations, dtype=torch.long)
        order, confidences = torch.zeros_like(codes), torch.zeros(images, self.locations)
        content, place = torch.zeros(images, 1, rows.shape[2], dtype=self.dtype), torch.zeros(images, dtype=torch.long)
        for step in range(self.locations):
            if orders is not None:
                following = orders[:, step]
                x = content + self.next(place, following)[:, None]
                for block, stored in zip(self.blocks, cache):
                    x = block.append(x, stored, length)
                chosen = self.image_head(self.norm(x[:, 0])).float()
            else:
                candidates = free.nonzero()[:, 1].view(images, -1)
                x = content + self.next(place[:, None], candidates)
                memory = []
                for block, stored in zip(self.blocks, cache):
                    x, key, value = block.ask(x, stored, length)
                    memory.append((key, value))
                logits = self.image_head(self.norm(x)).float()
                confidence, best = (logits.amax(-1) - logits.logsumexp(-1)).max(-1)
                for (key, value), stored in zip(memory, cache):
                    stored[0][:, :, length], stored[1][:, :, length] = key[every, :, best], value[every, :, best]
                following, chosen = candidates[every, best], logits[every, best]
                confidences[:, step] = confidence.exp()
            code = self.draw(chosen, temperature) if tokens is None else tokens[every, following]
            codes[every, following], order[:, step], free[every, following] = code, following, False
            content, place, length = self.content(code, following)[:, None], following, length + 1
        return codes, order, confidences


def load(model, values):
    """Takes the parameters of a fixture."""
    texts = model.text.num_embeddings
    parts = {
        "text_emb.weight": model.text.weight, "text_pos_emb.weight": model.places.weight,
        "image_emb.weight": model.tokens.weight, "cur_pos.row": model.row.weight, "cur_pos.col": model.column.weight,
        "next_pos.row": model.next_row.weight, "next_pos.col": model.next_column.weight,
        "final_norm.weight": model.norm.weight, "final_norm.bias": model.norm.bias,
    }
    for index, block in enumerate(model.blocks):
        name = f"layers.{index}."
        parts |= {
            name + "attn.norm.weight": block.attention_norm.weight, name + "attn.norm.bias": block.attention_norm.bias,
            name + "attn.to_qkv.weight": block.qkv.weight, name + "attn.scale": block.attention_scale,
            name + "attn.to_out.weight": block.attention_output.weight,
            name + "attn.to_out.bias": block.attention_output.bias,
            name + "ff.norm.weight": block.feed_forward_norm.weight, name + "ff.norm.bias": block.feed_forward_norm.bias,
            name + "ff.w1.weight": block.gates.weight, name + "ff.w1.bias": block.gates.bias,
            name + "ff.w2.weight": block.output.weight, name + "ff.w2.bias": block.output.bias,
            name + "ff.scale": block.feed_forward_scale,
        }
    heads = {"head.weight": ("weight",), "head.bias": ("bias",)}
    with torch.no_grad():
        for name, parameter in parts.items():
            parameter.copy_(values["param." + name])
        for name, (kind,) in heads.items():
            getattr(model.text_head, kind).copy_(values["param." + name][:texts])
            getattr(model.image_head, kind).copy_(values["param." + name][texts:])


def check(path, values, options_of):
    """Compares logits, gradients, extracted orders and generated images with a fixture; returns whether all agree."""
    with open(path.removesuffix(".safetensors") + ".json") as file:
        facts = json.load(file)
    sizes = facts["config"]
    model = TextToImageModel(options_of(
        width=sizes["dim"], layers=sizes["depth"], heads=sizes["heads"], head_width=sizes["dim_head"],
        hidden=sizes["ff_mult"] * sizes["dim"], codes=sizes["codes"], grid=sizes["side"],
        text_length=sizes["text_len"], vocabulary=sizes["text_vocab"],
        positions="double-" + sizes["next_pos"])).eval()
    load(model, values)
    text, tokens, orders = (values[name].long() for name in ("text", "image", "order"))
    text_logits, _, logits, _ = model(text, tokens, orders)
    differences = {
        "logits": (logits - values["image_logits"]).abs().max().item(),
        "logits of texts": (text_logits - values["text_logits"]).abs().max().item(),
    }
    model.loss(text, tokens, orders).backward()
    differences["gradients"] = (model.tokens.weight.grad - values["grad.image_emb.weight"]).abs().max().item()
    unequal = {}
    _, extracted, _ = model.generate(text, tokens=tokens)
    codes, greedy, _ = model.generate(text, temperature=0)
    for image, expected in enumerate(facts["images"]):
        unequal[f"extracted order {image}"] = sum(
            a != b for a, b in zip(extracted[image].tolist(), expected["extract"]["order"]))
        unequal[f"greedy codes {image}"] = sum(
            a != b for a, b in zip(codes[image].tolist(), expected["generate_argmax"]["codes_raster"]))
    given, _, _ = model.generate(text, orders=greedy, temperature=0)
    unequal["in the order chosen"] = (given != codes).sum().item()
    return differences, unequal
