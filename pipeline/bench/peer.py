#!/usr/bin/env python3
"""The any-order model as a careful PyTorch user would write it, to measure OrderedAR against.

  peer.py serve --width 384 ...     answers requests on standard input, one JSON object a line
  peer.py check FIXTURE.safetensors compares with values that the official RandAR code gave

A request {"work": "extract", "precision": "bfloat16", "images": 16, "guidance": 1} is answered by
{"seconds": ..., "peak_bytes": ...}: one timed repetition, after one that is not counted the first time.
Works: train, extract, random, greedy. Training in bfloat16 is autocast over float32 weights; everything else
computes with bfloat16 weights. Unlike a first version would, it fuses the qkv and gate projections, uses PyTorch's
fused attention and optimiser, keeps keys and values in buffers that are planned once, runs a step's content row and
its queries through the layers together, reads logits only where they are needed and never forms a softmax to find
its largest value. It is eager: no torch.compile.

Shapes: B images, R sequences, T rows of a step, N locations, C width, H heads, h = C / H, V codes.
"""

import argparse
import json
import math
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

import peer_text

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def rotary_table(side, head, base=10000.0):
    """Turns of every location, (N, h / 2, 2) cosines and sines: half of the pairs by row, half by column."""
    frequencies = base ** (-torch.arange(0, head // 4) * 4.0 / head)
    place = torch.arange(side * side)
    angles = torch.cat([(place // side)[:, None] * frequencies, (place % side)[:, None] * frequencies], dim=1)
    return torch.stack([angles.cos(), angles.sin()], dim=-1)


def rotate(x, turns):
    """Turns neighbouring pairs of x (..., T, H, h) by turns (..., T, h / 2, 2), in float32."""
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    cosine, sine = turns.unsqueeze(-3).unbind(-1)
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], dim=-1).flatten(-2).to(x.dtype)


class Cache:
    """Keys and values of the rows that stay, (R, H, slots, h) a block, in buffers that never grow."""

    def __init__(self, model, sequences):
        shape = (sequences, model.heads, 2 * model.locations + 1, model.width // model.heads)
        self.blocks = [torch.zeros(2, *shape, dtype=model.dtype) for _ in model.blocks]
        self.length = 0

    def part(self, sequences):
        """A view of some sequences, which advances on its own."""
        view = object.__new__(Cache)
        view.blocks, view.length = [block[:, sequences] for block in self.blocks], self.length
        return view


class Block(nn.Module):
    """RMSNorm, attention, RMSNorm, gated feed-forward, each half added to the residual stream."""

    def __init__(self, width, heads, hidden, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.attention_norm = nn.RMSNorm(width, eps=1e-5)
        self.feed_forward_norm = nn.RMSNorm(width, eps=1e-5)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.attention_output = nn.Linear(width, width, bias=False)
        self.gates = nn.Linear(width, 2 * hidden, bias=False)
        self.output = nn.Linear(hidden, width, bias=False)

    def project(self, x, turns):
        """Queries, keys and values (R, H, T, h); queries and keys turned by where the rows are."""
        qkv = self.qkv(self.attention_norm(x)).unflatten(-1, (3, self.heads, -1))
        query, key = rotate(qkv[..., :2, :, :].flatten(-3, -2), turns).chunk(2, dim=-2)
        return query.transpose(1, 2), key.transpose(1, 2), qkv[..., 2, :, :].transpose(1, 2)

    def finish(self, x, attended):
        drop = lambda y: F.dropout(y, self.dropout, self.training)
        x = x + drop(self.attention_output(attended.transpose(1, 2).flatten(2)))
        gate, value = self.gates(self.feed_forward_norm(x)).chunk(2, dim=-1)
        return x + drop(self.output(F.silu(gate) * value))

    def forward(self, x, turns):
        """Whole sequences under the causal mask."""
        query, key, value = self.project(x, turns)
        return self.finish(x, F.scaled_dot_product_attention(query, key, value, is_causal=True))

    def append(self, x, turns, cache, start, mask):
        """Rows that see the cache and the rows before them, and stay in the cache."""
        query, key, value = self.project(x, turns)
        end = start + x.shape[1]
        cache[0][:, :, start:end], cache[1][:, :, start:end] = key, value
        attended = F.scaled_dot_product_attention(query, cache[0][:, :, :end], cache[1][:, :, :end], attn_mask=mask)
        return self.finish(x, attended)

    def ask(self, x, turns, cache, start):
        """Row 0 stays in the cache; the others are queries that see the cache, row 0 and themselves only."""
        query, key, value = self.project(x, turns)
        cache[0][:, :, start], cache[1][:, :, start] = key[:, :, 0], value[:, :, 0]
        end, scale = start + 1, query.shape[-1] ** -0.5
        shared = query @ cache[0][:, :, :end].transpose(-1, -2)
        own = (query * key).sum(-1, keepdim=True)
        own[:, :, 0] = -math.inf  # row 0 finds itself in the cache
        weights = (torch.cat([shared, own], dim=-1).float() * scale).softmax(-1).to(value.dtype)
        attended = torch.addcmul(weights[..., :-1] @ cache[1][:, :, :end], weights[..., -1:], value)
        return self.finish(x, attended), key, value


class AnyOrderModel(nn.Module):
    """[class, P(first), X(first), P(second), ...]: P announces a location, X is what was found there."""

    def __init__(self, width, layers, heads, hidden, codes, side, classes, dropout=0.1):
        super().__init__()
        self.width, self.heads, self.codes, self.classes = width, heads, codes, classes
        self.locations, self.dropout = side * side, dropout
        self.tokens = nn.Embedding(codes, width)
        self.labels = nn.Embedding(classes + 1, width)
        self.position = nn.Parameter(torch.empty(1, width))
        self.blocks = nn.ModuleList(Block(width, heads, hidden, dropout) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.head = nn.Linear(width, codes, bias=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
        self.turns = rotary_table(side, width // heads)  # stays float32 whatever the weights are

    @property
    def dtype(self):
        return self.head.weight.dtype

    def position_tokens(self):
        """The shared vector turned to every location, (N, C)."""
        shared = self.position.view(1, self.heads, -1).expand(self.locations, -1, -1)
        return rotate(shared, self.turns).flatten(1)

    def forward(self, tokens, labels, orders):
        """Logits (B, N, V) and targets (B, N), both in generation order."""
        targets = tokens.gather(1, orders)
        contents = F.dropout(self.tokens(targets), self.dropout, self.training)
        pairs = torch.stack([self.position_tokens()[orders], contents], dim=2).flatten(1, 2)
        x = torch.cat([self.labels(labels)[:, None], pairs[:, :-1]], dim=1)  # nothing reads the last content
        turns = self.turns[orders].repeat_interleave(2, dim=1)[:, :-1]
        turns = torch.cat([self.class_turn().expand(len(labels), -1, -1, -1), turns], dim=1)
        for block in self.blocks:
            x = block(x, turns)
        return self.head(self.norm(x[:, 1::2])), targets

    def class_turn(self):
        """The class stands nowhere: cosine 0 and sine 0 make its queries and keys vanish, as in RandAR."""
        return torch.zeros(1, 1, *self.turns.shape[1:])

    def append(self, x, turns, cache):
        """Runs rows (R, T, C) that stay in the cache; returns the last row's logits (R, V) in float32."""
        rows = x.shape[1]
        mask = None if rows == 1 else torch.ones(rows, cache.length + rows, dtype=torch.bool).tril(cache.length)
        for block, stored in zip(self.blocks, cache.blocks):
            x = block.append(x, turns, stored, cache.length, mask)
        cache.length += rows
        return self.head(self.norm(x[:, -1])).float()

    def ask(self, x, turns, cache):
        """Runs one row that stays and queries that do not; returns query logits (R, T - 1, V) and their memory."""
        memory = []
        for block, stored in zip(self.blocks, cache.blocks):
            x, key, value = block.ask(x, turns, stored, cache.length)
            memory.append((key, value))
        cache.length += 1
        return self.head(self.norm(x[:, 1:])).float(), memory

    def commit(self, memory, rows, cache):
        """Keeps one query a sequence as if it had been appended."""
        sequences = torch.arange(len(rows))
        for (key, value), stored in zip(memory, cache.blocks):
            stored[0][:, :, cache.length] = key[sequences, :, rows + 1]
            stored[1][:, :, cache.length] = value[sequences, :, rows + 1]
        cache.length += 1

    def draw(self, logits, temperature):
        if temperature == 0:
            return logits.argmax(-1)
        return torch.multinomial((logits / temperature).softmax(-1), 1)[:, 0]

    @torch.inference_mode()
    def generate_in_order(self, labels, orders, temperature=1.0, guidance=(1.0, 1.0)):
        """Codes (B, N) in raster layout, one location after the other; with guidance both branches together."""
        images, guided = len(labels), guidance[1] > 1
        every = torch.cat([labels, torch.full_like(labels, self.classes)]) if guided else labels
        copies = len(every) // images
        cache, positions = Cache(self, len(every)), self.position_tokens()
        row, turn = self.labels(every), self.class_turn()[0].expand(len(every), -1, -1)
        codes = torch.zeros(images, self.locations, dtype=torch.long)
        for step in range(self.locations):
            place = orders[:, step].repeat(copies)
            x = torch.stack([row, positions[place]], dim=1)
            logits = self.append(x, torch.stack([turn, self.turns[place]], dim=1), cache)
            if guided:
                logits = mixed(logits[:images], logits[images:], guidance, step / self.locations)
            code = self.draw(logits, temperature)
            codes.scatter_(1, orders[:, step : step + 1], code[:, None])
            row, turn = self.tokens(code).repeat(copies, 1), self.turns[place]
        return codes

    @torch.inference_mode()
    def generate_greedily(self, labels, tokens=None, temperature=1.0, guidance=(1.0, 1.0)):
        """Chooses the most confident free location at every step; with tokens given, this is order extraction.

        The unconditional branch is asked only for the location that was chosen. Returns codes (B, N) in raster
        layout, the orders and the confidences.
        """
        images, guided = len(labels), guidance[1] > 1
        cache, positions = Cache(self, images * (2 if guided else 1)), self.position_tokens()
        null = cache.part(slice(images, None)) if guided else None
        cache = cache.part(slice(0, images))
        every, free = torch.arange(images), torch.ones(images, self.locations, dtype=torch.bool)
        codes = torch.zeros(images, self.locations, dtype=torch.long)
        orders, confidences = torch.zeros_like(codes), torch.zeros(images, self.locations)
        row, turn = self.labels(labels), self.class_turn()[0].expand(images, -1, -1)
        null_row = self.labels(torch.full_like(labels, self.classes))
        for step in range(self.locations):
            candidates = free.nonzero()[:, 1].view(images, -1)
            x = torch.cat([row[:, None], positions[candidates]], dim=1)
            logits, memory = self.ask(x, torch.cat([turn[:, None], self.turns[candidates]], dim=1), cache)
            scores = logits.amax(-1) - logits.logsumexp(-1)
            confidence, best = scores.max(-1)
            place, chosen = candidates[every, best], logits[every, best]
            self.commit(memory, best, cache)
            if guided:
                x = torch.stack([null_row, positions[place]], dim=1)
                other = self.append(x, torch.stack([turn, self.turns[place]], dim=1), null)
                chosen = mixed(chosen, other, guidance, step / self.locations)
            code = self.draw(chosen, temperature) if tokens is None else tokens[every, place]
            codes[every, place], orders[:, step], confidences[:, step] = code, place, confidence.exp()
            free[every, place] = False
            row = null_row = self.tokens(code)
            turn = self.turns[place]
        return codes, orders, confidences


def mixed(conditional, unconditional, guidance, progress):
    scale = guidance[0] + (guidance[1] - guidance[0]) * progress
    return unconditional + scale * (conditional - unconditional)


class Workshop:
    """The works that can be asked for, on random data."""

    def __init__(self, options):
        torch.manual_seed(1)
        self.options = options
        self.models = {"float32": self.make()}
        self.optimizer = None
        self.warm = set()

    def make(self):
        o = self.options
        if o.text_length:
            return peer_text.TextToImageModel(o)
        return AnyOrderModel(o.width, o.layers, o.heads, o.hidden, o.codes, o.grid, o.classes)

    def model(self, precision):
        """The model for inference; bfloat16 has weights of its own."""
        if precision not in self.models:
            self.models[precision] = self.make().to(PRECISIONS[precision])
        return self.models[precision].eval()

    def data(self, images):
        o = self.options
        tokens = torch.randint(o.codes, (images, o.grid**2))
        if o.text_length:
            return tokens, torch.randint(o.vocabulary, (images, o.text_length)), torch.rand(images, o.grid**2).argsort(1)
        return tokens, torch.randint(o.classes, (images,)), torch.rand(images, o.grid**2).argsort(1)

    def train(self, precision, images):
        model = self.models["float32"].train()
        if self.optimizer is None:
            self.optimizer = torch.optim.AdamW(
                model.parameters(), lr=4e-4, betas=(0.9, 0.95), weight_decay=0.05, fused=True)
        tokens, labels, _ = self.data(images)

        def step():
            orders = torch.rand(images, model.locations).argsort(1)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                if self.options.text_length:
                    loss = model.loss(labels, tokens, orders)
                else:
                    logits, targets = model(tokens, labels, orders)
                    loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            self.optimizer.step()

        return step

    def work(self, name, precision, images, guidance):
        if name == "train":
            return self.train(precision, images)
        model, (tokens, labels, orders) = self.model(precision), self.data(images)
        if self.options.text_length:
            if guidance > 1:
                raise ValueError("the peer of texts draws without guidance")
            return {
                "extract": lambda: model.generate(labels, tokens=tokens),
                "random": lambda: model.generate(labels, orders=orders),
                "greedy": lambda: model.generate(labels),
            }[name]
        span = (1.0, guidance)
        return {
            "extract": lambda: model.generate_greedily(labels, tokens=tokens),
            "random": lambda: model.generate_in_order(labels, orders, guidance=span),
            "greedy": lambda: model.generate_greedily(labels, guidance=span),
        }[name]

    def answer(self, request):
        name, precision = request["work"], request["precision"]
        images, guidance = request["images"], float(request.get("guidance", 1))
        body = self.work(name, precision, images, guidance)
        key = (name, precision, images, guidance)
        if key not in self.warm:
            body()
            self.warm.add(key)
        reset_peak()
        start = time.perf_counter()
        body()
        return {"seconds": time.perf_counter() - start, "peak_bytes": peak_bytes()}


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def peak_bytes():
    """The most memory resident since the last reset, or since the start where Linux cannot reset it."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def serve(options):
    """Answers requests until standard input ends."""
    torch.set_num_threads(options.threads)
    workshop = Workshop(options)
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        try:
            reply = workshop.answer(json.loads(line))
        except Exception as error:  # the asking side prints it and goes on without the number
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


def read_safetensors(path):
    """The tensors of a safetensors file and its metadata."""
    types = {"F32": torch.float32, "I32": torch.int32, "I64": torch.int64}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(data[start:end], dtype=types[entry["dtype"]]).view(entry["shape"])
    return tensors, metadata


def official_names(model):
    """Our parameters by the names of the official weights; gate and value are stored apart there."""
    parts = {
        "tok_embeddings.weight": model.tokens.weight, "cls_embedding.embedding_table.weight": model.labels.weight,
        "pos_instruct_embeddings": model.position, "norm.weight": model.norm.weight,
        "output.weight": model.head.weight,
    }
    for index, block in enumerate(model.blocks):
        name, hidden = f"layers.{index}.", block.output.weight.shape[1]
        parts[name + "attention.wqkv.weight"] = block.qkv.weight
        parts[name + "attention.wo.weight"] = block.attention_output.weight
        parts[name + "feed_forward.w1.weight"] = (block.gates.weight, slice(0, hidden))
        parts[name + "feed_forward.w3.weight"] = (block.gates.weight, slice(hidden, None))
        parts[name + "feed_forward.w2.weight"] = block.output.weight
        parts[name + "attention_norm.weight"] = block.attention_norm.weight
        parts[name + "ffn_norm.weight"] = block.feed_forward_norm.weight
    return {name: part if isinstance(part, tuple) else (part, slice(None)) for name, part in parts.items()}


def check(path):
    """Compares losses, gradients, extracted orders and generated images; returns whether all agree."""
    values, metadata = read_safetensors(path)
    if "text" in values:
        return report(*peer_text.check(path, values, lambda **sizes: argparse.Namespace(**sizes)))
    sizes = json.loads(metadata["config"])
    model = AnyOrderModel(
        sizes["dim"], sizes["n_layer"], sizes["n_head"], values["w.layers.0.feed_forward.w1.weight"].shape[0],
        sizes["vocab_size"], math.isqrt(sizes["block_size"]), sizes["num_classes"]).eval()
    names = official_names(model)
    with torch.no_grad():
        for name, (parameter, rows) in names.items():
            parameter[rows].copy_(values["w." + name])
    integers = lambda name: values[name].long()
    differences = {}

    logits, targets = model(integers("in.tokens"), integers("in.labels"), integers("in.order"))
    differences["logits"] = (logits - values["out.logits"]).abs().max().item()
    F.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
    differences["gradients"] = max(
        (parameter.grad[rows] - values["grad." + name]).abs().max().item()
        for name, (parameter, rows) in names.items())

    labels, unequal = integers("ext.labels"), {}
    _, orders, confidences = model.generate_greedily(labels, tokens=integers("ext.tokens"))
    unequal["extracted orders"] = (orders != integers("ext.order")).sum().item()
    differences["confidences"] = (confidences - values["ext.conf"]).abs().max().item()
    for name, guidance in (("nocfg", (1, 1)), ("cfg_const", (2.5, 2.5)), ("cfg_linear", (1, 4))):
        codes = model.generate_in_order(integers("gen.labels"), integers("gen.order"), 0, guidance)
        unequal[f"in order, {name}"] = (codes != integers(f"gen.seq_{name}.tokens")).sum().item()
    for name, guidance in (("nocfg", (1, 1)), ("cfg_cond", (1, 4))):
        codes, orders, _ = model.generate_greedily(labels, temperature=0, guidance=guidance)
        unequal[f"greedy, {name}"] = (codes != integers(f"oar_seq_{name}.tokens")).sum().item()
        unequal[f"greedy orders, {name}"] = (orders != integers(f"oar_seq_{name}.order")).sum().item()

    return report(differences, unequal)


def report(differences, unequal):
    for name, value in differences.items():
        print(f"{name}: largest difference {value:.1e}")
    for name, value in unequal.items():
        print(f"{name}: {value} unequal")
    return all(value < 1e-4 for value in differences.values()) and not any(unequal.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("serve")
    for name in ("width", "layers", "heads", "hidden", "codes", "grid", "classes", "threads"):
        server.add_argument("--" + name, type=int, required=True)
    for name in ("text-length", "vocabulary", "head-width"):
        server.add_argument("--" + name, type=int, default=0)
    server.add_argument("--positions", default="tokens")
    commands.add_parser("check").add_argument("fixture")
    options = parser.parse_args()
    if options.command == "serve":
        serve(options)
    else:
        sys.exit(0 if check(options.fixture) else 1)


if __name__ == "__main__":
    main()
