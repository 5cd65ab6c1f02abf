// One PPO minibatch update in TensorFlow.js on its WebAssembly backend (SIMD, one thread: it has no threads in Node).
// `--variant layers` (tf.train.adam on twelve tensors) or `flat` (gradients joined into one vector for clipping and Adam).

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { hyperparameters as h, measureUpdate } from "../lib/timing.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
const wasm = require("@tensorflow/tfjs-backend-wasm");
require("@tensorflow/tfjs-layers"); // registers the gradients, which tfjs-core's bundle for Node leaves out

await measureUpdate("tensorflow.js", async (data, batch, variant = "flat") => {
  wasm.setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")), "/"));
  await tf.setBackend("wasm");
  await tf.ready();
  const note = `tfjs ${tf.version_core}, SIMD ${await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")}`;

  const parameters = Object.entries(data.parameters).map(([name, { data, shape }]) => ({
    name,
    size: data.length,
    shape,
    variable: tf.variable(tf.tensor(data, shape), true, name),
  }));
  const variables = parameters.map((p) => p.variable);
  const byName = Object.fromEntries(parameters.map((p) => [p.name, p.variable]));
  const minibatches = data.minibatches.map((b) => ({
    observations: tf.tensor(b.observations, [batch, 4]),
    chosen: tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(b.actions), "int32"), 2), "float32"),
    oldLogProbs: tf.tensor(b.oldLogProbs),
    advantages: tf.tensor(b.advantages),
    returns: tf.tensor(b.returns),
    oldValues: tf.tensor(b.oldValues),
  }));

  const layer = (name, x, activation) =>
    tf.fused.matMul({ a: x, b: byName[`${name}.weight`], bias: byName[`${name}.bias`], activation });
  const network = (name, x) =>
    layer(`${name}.2`, tf.tanh(layer(`${name}.1`, tf.tanh(layer(`${name}.0`, x, "linear")), "linear")), "linear");

  const ppoLoss = ({ observations, chosen, oldLogProbs, advantages, returns, oldValues }) => {
    const logProbs = tf.logSoftmax(network("actor", observations)); // (B, 2)
    const values = tf.reshape(network("critic", observations), [batch]);
    const ratio = tf.exp(tf.sub(tf.sum(tf.mul(logProbs, chosen), 1), oldLogProbs));
    const surrogate = tf.minimum(
      tf.mul(ratio, advantages),
      tf.mul(tf.clipByValue(ratio, 1 - h.clip, 1 + h.clip), advantages),
    );
    const clipped = tf.add(oldValues, tf.clipByValue(tf.sub(values, oldValues), -h.clip, h.clip));
    const valueLoss = tf.mean(tf.maximum(tf.square(tf.sub(values, returns)), tf.square(tf.sub(clipped, returns))));
    const negativeEntropy = tf.mean(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1));
    return tf.add(
      tf.sub(tf.mul(valueLoss, 0.5 * h.valueCoefficient), tf.mean(surrogate)),
      tf.mul(negativeEntropy, h.entropyCoefficient),
    );
  };

  const adam = tf.train.adam(h.learningRate, h.beta1, h.beta2, h.epsilon);
  const layersStep = (grads) => {
    const norm = tf.sqrt(tf.addN(parameters.map((p) => tf.sum(tf.square(grads[p.name])))));
    const scale = tf.minimum(tf.div(h.maxGradientNorm, norm), 1);
    adam.applyGradients(Object.fromEntries(parameters.map((p) => [p.name, tf.mul(grads[p.name], scale)])));
    return norm;
  };

  const total = parameters.reduce((sum, p) => sum + p.size, 0);
  const flat = tf.variable(tf.concat(variables.map((v) => tf.reshape(v, [-1]))));
  const mean = tf.variable(tf.zeros([total]));
  const square = tf.variable(tf.zeros([total]));
  let steps = 0;
  const flatStep = (grads) => {
    steps++;
    const joined = tf.concat(parameters.map((p) => tf.reshape(grads[p.name], [-1])));
    const norm = tf.sqrt(tf.sum(tf.square(joined)));
    const gradient = tf.mul(joined, tf.minimum(tf.div(h.maxGradientNorm, norm), 1));
    mean.assign(tf.add(tf.mul(mean, h.beta1), tf.mul(gradient, 1 - h.beta1)));
    square.assign(tf.add(tf.mul(square, h.beta2), tf.mul(tf.square(gradient), 1 - h.beta2)));
    const rate = h.learningRate / (1 - h.beta1 ** steps);
    const denominator = tf.add(tf.mul(tf.sqrt(square), 1 / Math.sqrt(1 - h.beta2 ** steps)), h.epsilon);
    flat.assign(tf.sub(flat, tf.mul(tf.div(mean, denominator), rate)));
    const parts = tf.split(
      flat,
      parameters.map((p) => p.size),
    );
    parameters.forEach((p, i) => p.variable.assign(tf.reshape(parts[i], p.shape)));
    return norm;
  };
  const step = variant === "layers" ? layersStep : flatStep;

  let last = { loss: tf.scalar(0), norm: tf.scalar(0) };
  return {
    note,
    update(i) {
      last.loss.dispose();
      last.norm.dispose();
      last = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => ppoLoss(minibatches[i]), variables);
        return { loss: value, norm: step(grads) };
      });
    },
    read: () => ({ loss: last.loss.dataSync()[0], gradientNorm: last.norm.dataSync()[0] }),
    finish: () => void last.norm.dataSync(),
  };
});
