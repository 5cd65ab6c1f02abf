// One PPO minibatch update in jax-js on its WebAssembly backend, the whole of it in one jit: forward, loss, gradient, clipping, Adam.
// One thread: jax-js starts threads only where there are Web Workers, which Node has not.

import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { hyperparameters as h, measureUpdate } from "../lib/timing.mjs";

const version = JSON.parse(
  readFileSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
).version;

await measureUpdate("jax-js", async (data, batch) => {
  await init("wasm");
  defaultDevice("wasm");

  const array = (values, shape) => np.array(values).reshape(shape);
  let parameters = {};
  for (const [name, { data: values, shape }] of Object.entries(data.parameters)) {
    parameters[name] = array(values, shape);
  }
  const names = Object.keys(parameters);
  const sizes = names.map((name) => data.parameters[name].data.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const starts = sizes.slice(1).map((_, i) => sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0));
  // decay1, decay2: beta^t, carried along so that the step count lives inside the jit
  let state = { mean: np.zeros([total]), square: np.zeros([total]), decay1: np.array(1), decay2: np.array(1) };
  const minibatches = data.minibatches.map((b) => ({
    observations: array(b.observations, [batch, 4]),
    chosen: array(
      Float32Array.from({ length: 2 * batch }, (_, i) => Number(b.actions[i >> 1] === (i & 1))),
      [batch, 2],
    ),
    oldLogProbs: np.array(b.oldLogProbs),
    advantages: np.array(b.advantages),
    returns: np.array(b.returns),
    oldValues: np.array(b.oldValues),
  }));

  const layer = (p, name, x) => np.matmul(x, p[`${name}.weight`]).add(p[`${name}.bias`]);
  const network = (p, name, x) =>
    layer(p, `${name}.2`, np.tanh(layer(p, `${name}.1`, np.tanh(layer(p, `${name}.0`, x)))));

  const ppoLoss = (p, { observations, chosen, oldLogProbs, advantages, returns, oldValues }) => {
    const logProbs = nn.logSoftmax(network(p, "actor", observations.ref)); // (B, 2)
    const values = network(p, "critic", observations).reshape([batch]);
    const ratio = np.exp(np.sum(logProbs.ref.mul(chosen), 1).sub(oldLogProbs));
    const surrogate = np.minimum(ratio.ref.mul(advantages.ref), np.clip(ratio, 1 - h.clip, 1 + h.clip).mul(advantages));
    const clipped = oldValues.ref.add(np.clip(values.ref.sub(oldValues), -h.clip, h.clip));
    const valueLoss = np.mean(np.maximum(np.square(values.sub(returns.ref)), np.square(clipped.sub(returns))));
    const negativeEntropy = np.mean(np.sum(np.exp(logProbs.ref).mul(logProbs), 1));
    return valueLoss
      .mul(0.5 * h.valueCoefficient)
      .sub(np.mean(surrogate))
      .add(negativeEntropy.mul(h.entropyCoefficient));
  };

  const update = jit((p, { mean, square, decay1, decay2 }, minibatch) => {
    const [loss, gradient] = valueAndGrad(ppoLoss)(tree.ref(p), minibatch);
    // clipping and Adam on all tensors joined: a fifth faster here than tensor by tensor
    const joined = np.concatenate(names.map((name, i) => gradient[name].reshape([sizes[i]])));
    const norm = np.sqrt(np.sum(np.square(joined.ref)));
    const g = joined.mul(np.minimum(np.array(h.maxGradientNorm).div(norm.ref), 1));
    decay1 = decay1.mul(h.beta1);
    decay2 = decay2.mul(h.beta2);
    const rate = np.array(h.learningRate).div(np.array(1).sub(decay1.ref));
    const correction = np.sqrt(np.array(1).div(np.array(1).sub(decay2.ref)));
    mean = mean.mul(h.beta1).add(g.ref.mul(1 - h.beta1));
    square = square.mul(h.beta2).add(np.square(g).mul(1 - h.beta2));
    const denominator = np.sqrt(square.ref).mul(correction).add(h.epsilon);
    const steps = np.split(mean.ref.div(denominator).mul(rate), starts);
    const next = names.map((name, i) => [name, p[name].sub(steps[i].reshape(data.parameters[name].shape))]);
    return [Object.fromEntries(next), { mean, square, decay1, decay2 }, loss, norm];
  });

  let loss = np.array(0);
  let norm = np.array(0);
  return {
    note: `jax-js ${version}, jit, whole update`,
    update(i) {
      loss.dispose();
      norm.dispose();
      [parameters, state, loss, norm] = update(parameters, state, tree.ref(minibatches[i]));
    },
    read: async () => ({ loss: (await loss.ref.data())[0], gradientNorm: (await norm.ref.data())[0] }),
    finish: async () => void (await norm.ref.data()),
  };
});
