"""A GPT in PyTorch on one thread, as bench/language.mjs times it, in CPU time: training steps, or tokens one after another.

    OMP_NUM_THREADS=1 taskset -c 0 /usr/bin/python3 gpt_torch.py --data FOLDER --task train --tokens 640 --variant flat

train: forward, loss, backward, clipping by the global norm, Adam; batches are of equally long sequences, without padding.
    plain   parameters by themselves, clip_grad_norm_, torch.optim.Adam (its foreach form)
    flat    all parameters and gradients as views of one vector each, so that clipping and Adam are a handful of calls
    traced  flat, and the loss traced by torch.jit, which saves Python's part of the dispatching
decode: the likeliest token, again and again, at batch 1, with keys and values in tensors of the context's length
    eager     calls of Python under inference_mode
    scripted  the whole loop in TorchScript
Attention in training is written as products and softmax, or by the version's scaled_dot_product_attention (--attention sdpa).
Prints one JSON line, as bench/polgrad/gpt.mjs does.
"""
import argparse, json, math, os, time
import numpy as np, torch, torch.nn.functional as F
from typing import Dict, List

sdpa = getattr(F, "scaled_dot_product_attention", None)
if sdpa is None and hasattr(F, "_scaled_dot_product_attention"):  # 1.13
    sdpa = lambda q, k, v, is_causal: F._scaled_dot_product_attention(q, k, v, is_causal=is_causal)[0]


def read_model(folder):
    spec = json.load(open(os.path.join(folder, "gpt.json")))
    numbers = np.fromfile(os.path.join(folder, "gpt.bin"), "<f4")
    tensors = {p["name"]: torch.from_numpy(numbers[p["offset"] : p["offset"] + p["size"]].reshape(p["shape"]).copy()) for p in spec["parameters"]}
    return spec, tensors


def create_loss(config, batch, length, attention):
    d, heads, epsilon = config["width"], config["heads"], config["epsilon"]
    mask = torch.full((length, length), -math.inf).triu(1)
    scale = 1 / math.sqrt(d // heads)

    def norm(x, p, name):
        return F.layer_norm(x, (d,), p[name + ".weight"], p[name + ".bias"], epsilon)

    def linear(x, p, name):
        return torch.addmm(p[name + ".bias"], x, p[name + ".weight"])

    def loss(p, token, next_token):
        """token, next_token: (batch * length,)"""
        x = (F.embedding(token, p["wte.weight"]).view(batch, length, d) + p["wpe.weight"][:length]).view(-1, d)
        for i in range(config["layers"]):
            h = f"h.{i}"
            qkv = linear(norm(x, p, h + ".ln_1"), p, h + ".attn.c_attn").view(batch, length, 3, heads, d // heads)
            q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
            if attention == "sdpa":
                mixed = sdpa(q, k, v, is_causal=True)
            else:
                mixed = torch.softmax((q @ k.transpose(-1, -2)) * scale + mask, -1) @ v
            x = x + linear(mixed.transpose(1, 2).reshape(-1, d), p, h + ".attn.c_proj")
            inner = F.gelu(linear(norm(x, p, h + ".ln_2"), p, h + ".mlp.c_fc"), approximate="tanh")
            x = x + linear(inner, p, h + ".mlp.c_proj")
        return F.cross_entropy(norm(x, p, "ln_f") @ p["wte.weight"].t(), next_token)

    return loss


def create_training(spec, tensors, tokens, variant, attention):
    config, shape, h = spec["config"], spec["sequences"][str(tokens)], spec["hyperparameters"]
    batch, length = shape["batch"], shape["length"]
    rows = torch.tensor(spec["sequences"]["tokens"]).view(-1, config["context"] + 1)[:batch, : length + 1]
    token, next_token = rows[:, :-1].reshape(-1).contiguous(), rows[:, 1:].reshape(-1).contiguous()
    loss_of = create_loss(config, batch, length, attention)
    rate, max_norm, beta1, beta2, epsilon = h["learningRate"], h["maxGradientNorm"], 0.9, 0.999, 1e-8

    if variant == "plain":
        leaves = {name: t.requires_grad_() for name, t in tensors.items()}
        parameters = list(leaves.values())
        optimizer = torch.optim.Adam(parameters, lr=rate, betas=(beta1, beta2), eps=epsilon, foreach=True)

        def step():
            loss = loss_of(leaves, token, next_token)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, max_norm)
            optimizer.step()
            return loss

        return step

    flat = torch.cat([t.reshape(-1) for t in tensors.values()])
    gradient, mean, square = torch.zeros_like(flat), torch.zeros_like(flat), torch.zeros_like(flat)
    leaves, start = {}, 0
    for name, t in tensors.items():
        leaf = flat[start : start + t.numel()].view(t.shape).requires_grad_()
        leaf.grad = gradient[start : start + t.numel()].view(t.shape)
        leaves[name], start = leaf, start + t.numel()
    if variant == "traced":
        names = list(leaves)
        traced = torch.jit.trace(lambda *all: loss_of(dict(zip(names, all[2:])), all[0], all[1]), (token, next_token, *leaves.values()), check_trace=False)
        of = lambda: traced(token, next_token, *leaves.values())
    else:
        of = lambda: loss_of(leaves, token, next_token)
    steps = 0

    def step():
        nonlocal steps
        gradient.zero_()
        loss = of()
        loss.backward()
        steps += 1
        with torch.no_grad():
            norm = gradient.norm()
            gradient.mul_((max_norm / (norm + 1e-6)).clamp(max=1.0))
            mean.lerp_(gradient, 1 - beta1)
            square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            denominator = square.sqrt().div_((1 - beta2**steps) ** 0.5).add_(epsilon)
            flat.addcdiv_(mean, denominator, value=-rate / (1 - beta1**steps))
        return loss

    return step


def decode(p: Dict[str, torch.Tensor], caches: List[torch.Tensor], names: List[List[str]], first: int, count: int, d: int, heads: int, epsilon: float) -> List[int]:
    """caches: (2, heads, context, d / heads) for each block; names: the parameters of each block"""
    written: List[int] = []
    token = first
    size = d // heads
    scale = 1 / math.sqrt(float(size))
    wte, wpe, wte_t = p["wte.weight"], p["wpe.weight"], p["wte.weight"].t()
    for t in range(count):
        x = (wte[token] + wpe[t]).view(1, d)
        for i in range(len(caches)):
            n = names[i]
            cache = caches[i]
            normed = torch.layer_norm(x, [d], p[n[0]], p[n[1]], epsilon)
            qkv = torch.addmm(p[n[3]], normed, p[n[2]]).view(3, heads, 1, size)
            cache[:, :, t : t + 1] = qkv[1:]
            scores = torch.bmm(qkv[0], cache[0, :, : t + 1].transpose(1, 2)) * scale
            mixed = torch.bmm(torch.softmax(scores, -1), cache[1, :, : t + 1]).view(1, d)
            x = x + torch.addmm(p[n[5]], mixed, p[n[4]])
            normed = torch.layer_norm(x, [d], p[n[6]], p[n[7]], epsilon)
            inner = F.gelu(torch.addmm(p[n[9]], normed, p[n[8]]), approximate="tanh")
            x = x + torch.addmm(p[n[11]], inner, p[n[10]])
        logits = torch.mm(torch.layer_norm(x, [d], p["ln_f.weight"], p["ln_f.bias"], epsilon), wte_t)
        token = int(logits.argmax())
        written.append(token)
    return written


def create_decoding(spec, tensors, variant):
    c = spec["config"]
    parts = [f"{layer}.{kind}" for layer in ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj") for kind in ("weight", "bias")]
    names = [[f"h.{i}.{part}" for part in parts] for i in range(c["layers"])]
    caches = [torch.zeros(2, c["heads"], c["context"], c["width"] // c["heads"]) for _ in range(c["layers"])]
    if variant.startswith("scripted"):
        if variant == "scripted-simple":
            torch._C._jit_set_profiling_executor(False)
        run = torch.jit.script(decode)
    else:
        run = decode

    def work():
        with torch.inference_mode():
            return run(tensors, caches, names, spec["sequences"]["tokens"][0], c["context"] - 1, c["width"], c["heads"], c["epsilon"])

    return work, c["context"] - 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--tokens", type=int, default=640)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--variant", default="flat")
    parser.add_argument("--attention", default="products")
    o = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    spec, tensors = read_model(o.data)
    check, tokens = [], o.tokens
    if o.task == "train":
        work = create_training(spec, tensors, o.tokens, o.variant, o.attention)
        for i in range(11):
            loss = work()
            if i in (0, 10):
                check.append(loss.item())
    else:
        work, tokens = create_decoding(spec, tensors, o.variant)
        check = work()

    def block(calls):
        start = time.process_time()
        for _ in range(calls):
            work()
        return (time.process_time() - start) * 1000 / calls

    each, warm_until = block(3), time.process_time() + 0.7 * o.seconds
    while time.process_time() < warm_until:
        each = block(max(1, round(50 / each)))
    times, until = [], time.process_time() + o.seconds
    while time.process_time() < until:
        times.append(block(max(1, round(50 / each))))
    ms = sorted(times)[len(times) // 2]
    print(json.dumps({"ms": ms, "tokensPerSecond": 1000 * tokens / ms, "check": check, "note": f"torch {torch.__version__}"}))


main()
