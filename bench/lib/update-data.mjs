// The data of the update benchmark: the starting weights of both networks and eight minibatches of the largest size,
// the same for every engine. Written once as little-endian float32 beside a manifest that says where each tensor starts.
// Matrices are stored [inputs, outputs].

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const minibatches = 8;

/** Names and shapes, in the order of the file, for so many units in each hidden layer. `old*` are what the rollout stored. */
const tensorsOf = (hidden, rows) => ({
  "actor.0.weight": [4, hidden],
  "actor.0.bias": [hidden],
  "actor.1.weight": [hidden, hidden],
  "actor.1.bias": [hidden],
  "actor.2.weight": [hidden, 2],
  "actor.2.bias": [2],
  "critic.0.weight": [4, hidden],
  "critic.0.bias": [hidden],
  "critic.1.weight": [hidden, hidden],
  "critic.1.bias": [hidden],
  "critic.2.weight": [hidden, 1],
  "critic.2.bias": [1],
  observations: [rows, 4],
  actions: [rows],
  oldLogProbs: [rows],
  advantages: [rows],
  returns: [rows],
  oldValues: [rows],
});

const size = (shape) => shape.reduce((product, n) => product * n, 1);

/** A small generator of its own (mulberry32 and Box–Muller), so that the data does not hang on any engine under test. */
function createNormal(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** x [4] through one network of the data: the outputs of its last layer. */
function network(values, name, x) {
  for (let layer = 0; layer < 3; layer++) {
    const weight = values[`${name}.${layer}.weight`];
    const y = Float64Array.from(values[`${name}.${layer}.bias`]);
    for (let i = 0; i < x.length; i++) for (let j = 0; j < y.length; j++) y[j] += x[i] * weight[i * y.length + j];
    x = layer < 2 ? y.map(Math.tanh) : y;
  }
  return x;
}

/** Writes `data.bin` and `manifest.json` into `folder`. Old log-probs and values lie around the networks' own, so that some are clipped and some not. */
export function writeUpdateData(folder, { hidden, largestBatch, seed = 1 }) {
  const rows = minibatches * largestBatch;
  const tensors = tensorsOf(hidden, rows);
  const parameterNames = Object.keys(tensors).filter((name) => name.includes("."));
  const normal = createNormal(seed);
  const values = {};
  for (const [name, shape] of Object.entries(tensors)) values[name] = new Float32Array(size(shape));
  for (const name of parameterNames) {
    const scale = name.endsWith("bias") ? 0.1 : 1 / Math.sqrt(tensors[name][0]);
    values[name].forEach((_, i, array) => (array[i] = scale * normal()));
  }
  for (let row = 0; row < rows; row++) {
    const x = Float32Array.from({ length: 4 }, normal);
    values.observations.set(x, row * 4);
    const [z0, z1] = network(values, "actor", x);
    const action = normal() > 0 ? 1 : 0;
    const logProb = (action === 1 ? z1 : z0) - Math.log(Math.exp(z0) + Math.exp(z1));
    values.actions[row] = action;
    values.oldLogProbs[row] = logProb + 0.2 * normal();
    values.advantages[row] = normal();
    values.oldValues[row] = network(values, "critic", x)[0] + 0.2 * normal();
    values.returns[row] = values.oldValues[row] + normal();
  }
  mkdirSync(folder, { recursive: true });
  const manifest = { parameters: parameterNames, minibatches, tensors: {} };
  const all = new Float32Array(Object.values(values).reduce((sum, array) => sum + array.length, 0));
  let offset = 0;
  for (const [name, array] of Object.entries(values)) {
    manifest.tensors[name] = { offset, shape: tensors[name] };
    all.set(array, offset);
    offset += array.length;
  }
  writeFileSync(join(folder, "data.bin"), new Uint8Array(all.buffer));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
}

/**
 * Reads the folder for a batch size.
 * @returns `parameters`: name to { data, shape }; `minibatches`: eight of { observations [B × 4], actions [B] of 0 and 1, oldLogProbs,
 * advantages, returns, oldValues [B] }, all Float32Array. Minibatch i holds rows i·B to (i + 1)·B.
 */
export function readUpdateData(folder, batch) {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const bytes = readFileSync(join(folder, "data.bin"));
  const read = (name, start = 0, length = undefined) => {
    const { offset, shape } = manifest.tensors[name];
    const from = bytes.byteOffset + (offset + start) * 4;
    const count = length ?? size(shape);
    return new Float32Array(bytes.buffer.slice(from, from + count * 4));
  };
  const parameters = {};
  for (const name of manifest.parameters) parameters[name] = { data: read(name), shape: manifest.tensors[name].shape };
  const columns = ["actions", "oldLogProbs", "advantages", "returns", "oldValues"];
  const slices = Array.from({ length: manifest.minibatches }, (_, i) => ({
    observations: read("observations", i * batch * 4, batch * 4),
    ...Object.fromEntries(columns.map((name) => [name, read(name, i * batch, batch)])),
  }));
  return { parameters, minibatches: slices };
}
