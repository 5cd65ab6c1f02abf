"""One PPO minibatch update in PyTorch, as the update benchmark times it.

    OMP_NUM_THREADS=1 taskset -c 0 /usr/bin/python3 ppo_update_torch.py --data FOLDER --batch 64 [--variant flat|plain] [--threads 1]

plain: what most programs do: nn.Sequential, clip_grad_norm_, torch.optim.Adam (its foreach form).
flat:  all parameters in one vector that the layers' weights are views of, so that clipping and Adam are a handful of calls on one
       tensor, and addmm without a module or a transposition. The faster of the two, and what the tables quote.
Prints one JSON line, as bench/lib/timing.mjs describes it.
"""
import argparse, json, os, time
import numpy as np, torch, torch.nn as nn

LEARNING_RATE, BETA1, BETA2, EPSILON = 2.5e-4, 0.9, 0.999, 1e-5
CLIP, VALUE_COEFFICIENT, ENTROPY_COEFFICIENT, MAX_NORM = 0.2, 0.5, 0.01, 0.5


def read_data(folder, batch):
    manifest = json.load(open(os.path.join(folder, "manifest.json")))
    values = np.fromfile(os.path.join(folder, "data.bin"), "<f4")

    def tensor(name):
        start, shape = manifest["tensors"][name]["offset"], manifest["tensors"][name]["shape"]
        return torch.from_numpy(values[start : start + int(np.prod(shape))].reshape(shape).copy())

    columns = [tensor(n) for n in ("observations", "actions", "oldLogProbs", "advantages", "returns", "oldValues")]
    columns[1] = columns[1].long()[:, None]
    batches = [[c[i * batch : (i + 1) * batch].clone() for c in columns] for i in range(manifest["minibatches"])]
    return {name: tensor(name) for name in manifest["parameters"]}, batches


def ppo_loss(logits, values, actions, old_log_probs, advantages, returns, old_values):
    """logits (B, 2), values (B,), actions (B, 1), the rest (B,)"""
    log_probs = torch.log_softmax(logits, -1)
    ratio = (log_probs.gather(1, actions)[:, 0] - old_log_probs).exp()
    policy_loss = -torch.min(ratio * advantages, ratio.clamp(1 - CLIP, 1 + CLIP) * advantages).mean()
    clipped = old_values + (values - old_values).clamp(-CLIP, CLIP)
    value_loss = 0.5 * torch.max((values - returns) ** 2, (clipped - returns) ** 2).mean()
    entropy = -(log_probs.exp() * log_probs).sum(-1).mean()
    return policy_loss + VALUE_COEFFICIENT * value_loss - ENTROPY_COEFFICIENT * entropy


def create_plain(parameters):
    def network(name):
        layers = []
        for i in range(3):
            weight = parameters[f"{name}.{i}.weight"]
            layer = nn.Linear(*weight.shape)
            with torch.no_grad():
                layer.weight.copy_(weight.T)
                layer.bias.copy_(parameters[f"{name}.{i}.bias"])
            layers += [layer, nn.Tanh()]
        return nn.Sequential(*layers[:-1])

    actor, critic = network("actor"), network("critic")
    leaves = [*actor.parameters(), *critic.parameters()]
    optimizer = torch.optim.Adam(leaves, lr=LEARNING_RATE, betas=(BETA1, BETA2), eps=EPSILON, foreach=True)

    def update(observations, *rest):
        loss = ppo_loss(actor(observations), critic(observations)[:, 0], *rest)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(leaves, MAX_NORM)
        optimizer.step()
        return loss, norm

    return update


def create_flat(parameters):
    flat = torch.cat([p.reshape(-1) for p in parameters.values()])
    mean, square, leaves, start, steps = torch.zeros_like(flat), torch.zeros_like(flat), [], 0, 0
    for p in parameters.values():
        leaves.append(flat[start : start + p.numel()].view(p.shape).requires_grad_())
        start += p.numel()
    a0, c0, a1, c1, a2, c2, v0, d0, v1, d1, v2, d2 = leaves
    addmm, tanh = torch.addmm, torch.tanh

    def update(observations, *rest):
        nonlocal steps
        logits = addmm(c2, tanh(addmm(c1, tanh(addmm(c0, observations, a0)), a1)), a2)
        values = addmm(d2, tanh(addmm(d1, tanh(addmm(d0, observations, v0)), v1)), v2)[:, 0]
        loss = ppo_loss(logits, values, *rest)
        gradient = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, leaves)])
        with torch.no_grad():
            steps += 1
            norm = gradient.norm()
            gradient.mul_((MAX_NORM / (norm + 1e-6)).clamp(max=1.0))
            mean.lerp_(gradient, 1 - BETA1)
            square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
            denominator = square.sqrt().div_((1 - BETA2**steps) ** 0.5).add_(EPSILON)
            flat.addcdiv_(mean, denominator, value=-LEARNING_RATE / (1 - BETA1**steps))
        return loss, norm

    return update


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--variant", choices=["plain", "flat"], default="flat")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    parameters, batches = read_data(options.data, options.batch)
    update = (create_flat if options.variant == "flat" else create_plain)(parameters)
    check, following, count = [], 0, len(batches)
    for i in range(11):
        loss, norm = update(*batches[i % count])
        if i in (0, 10):
            check.append({"loss": loss.item(), "gradientNorm": norm.item()})

    def block(updates):
        nonlocal following
        start = time.perf_counter()
        for _ in range(updates):
            update(*batches[following % count])
            following += 1
        return (time.perf_counter() - start) * 1000 / updates

    per_update, warm_until = block(5), time.perf_counter() + 0.5 * min(1, options.seconds)
    while time.perf_counter() < warm_until:
        per_update = block(max(1, round(30 / per_update)))
    updates, times, until = max(1, round(30 / per_update)), [], time.perf_counter() + options.seconds
    while time.perf_counter() < until:
        times.append(block(updates))
    times.sort()
    print(json.dumps({"peer": "pytorch", "batch": options.batch, "variant": options.variant, "ms": times[len(times) // 2], "best": times[0], "check": check}))


main()
