#!/usr/bin/env python3
"""How far PyTorch's own bfloat16 is from the official float32 numbers of randar-a.safetensors.

usage: make_bfloat16_errors.py

Prints ../randar-a-bfloat16.json. The model is the PyTorch version of pipeline/bench/peer.py, with products under
autocast and everything else in float32, as the Swift passes do it. Tests of bfloat16 allow a stated multiple of these
errors: a limit that has nothing to do with the implementation under test. Needs PyTorch.
"""

import json
import math
import pathlib
import sys

folder = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(folder.parents[2] / "pipeline" / "bench"))
import peer  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(1)
values, metadata = peer.read_safetensors(folder.parent / "randar-a.safetensors")
sizes = json.loads(metadata["config"])
model = peer.AnyOrderModel(
    sizes["dim"], sizes["n_layer"], sizes["n_head"], values["w.layers.0.feed_forward.w1.weight"].shape[0],
    sizes["vocab_size"], math.isqrt(sizes["block_size"]), sizes["num_classes"]).eval()
names = peer.official_names(model)
with torch.no_grad():
    for name, (parameter, rows) in names.items():
        parameter[rows].copy_(values["w." + name])


def integers(name):
    return values[name].long()


def run(tokens, labels, orders):
    """Logits (B, N, V) and losses (B, N) under autocast."""
    with torch.autocast("cpu", torch.bfloat16):
        logits, targets = model(tokens, labels, orders)
    losses = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none")
    return logits.float(), losses.view(targets.shape)


errors = {}
logits, losses = run(integers("in.tokens"), integers("in.labels"), integers("in.order"))
expected = values["out.logits"]
errors["logits"] = ((logits - expected).abs().max() / expected.abs().max()).item()
batch_targets = integers("in.tokens").gather(1, integers("in.order"))
official = F.cross_entropy(expected.flatten(0, 1), batch_targets.flatten(), reduction="none").view(losses.shape)
errors["loss"] = (losses - official).abs().mean().item()
losses.mean().backward()
errors["gradient"] = max(
    ((parameter.grad[rows] - values["grad." + name]).norm() / values["grad." + name].norm()).item()
    for name, (parameter, rows) in names.items())

# Every candidate's confidence along the official extracted orders, each from a pass of its own.
tokens, labels, orders = integers("ext.tokens"), integers("ext.labels"), integers("ext.order")
worst = 0.0
with torch.no_grad():
    for image in range(len(labels)):
        order = orders[image].tolist()
        for step in range(len(order)):
            free = sorted(order[step:])
            asked = torch.tensor([order[:step] + [one] + [other for other in free if other != one] for one in free])
            logits, _ = run(tokens[image].expand(len(free), -1), labels[image].expand(len(free)), asked)
            confidences = logits[:, step].softmax(-1).amax(-1)
            worst = max(worst, (confidences - values["ext.conf_all"][image, step][free]).abs().max().item())
    errors["confidence"] = worst
    _, losses = run(tokens, labels, orders)
    targets = tokens.gather(1, orders)
    exact, _ = model(tokens, labels, orders)
    exact = F.cross_entropy(exact.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
    errors["log_likelihood"] = (losses - exact).abs().max().item()

print(json.dumps({
    "about": "largest errors of PyTorch's bfloat16 (autocast) against the official float32 numbers of randar-a",
    "torch": torch.__version__,
    "units": {
        "logits": "share of the largest logit", "loss": "nats a token on average, without regard to sign", "gradient": "share of a gradient's length, the worst "
        "parameter", "confidence": "probability", "log_likelihood": "nats a token"},
    "errors": {name: float(f"{value:.4g}") for name, value in errors.items()},
}, indent=1))
