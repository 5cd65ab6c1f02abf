// The same losses written twice, for polgrad and for jax-js, an independent automatic differentiation in float32:
// every backend must agree on the loss and on every gradient.

import { defaultDevice, init, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import {
  add,
  clip,
  exp,
  gradients,
  input,
  logSoftmax,
  matmul,
  mean,
  minimum,
  mul,
  neg,
  pick,
  relu,
  reshape,
  square,
  sub,
  sum,
  tanh,
  variable,
  type Tensor,
} from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { concreteSize } from "../../src/tensor/graph/shape.ts";
import { backends, lossAndGradients } from "./backends.ts";
import { classes, createRandom, expectClose, uniform } from "./compare.ts";

type Activation = "tanh" | "relu";
const [observationSize, hidden, actionCount] = [4, 16, 3];
const clipRange = 0.2;
const [valueCoefficient, entropyCoefficient] = [0.5, 0.01];

/** Parameters of an actor and a critic, two hidden layers each: [name, shape]. */
const parameterShapes = ["actor", "critic"].flatMap((part): [string, number[]][] => {
  const outputs = part === "actor" ? actionCount : 1;
  return [
    [`${part}W0`, [observationSize, hidden]],
    [`${part}B0`, [hidden]],
    [`${part}W1`, [hidden, hidden]],
    [`${part}B1`, [hidden]],
    [`${part}W2`, [hidden, outputs]],
    [`${part}B2`, [outputs]],
  ];
});

interface Batch {
  rows: number;
  observations: Float64Array;
  actions: Float64Array;
  oldLogProbs: Float64Array;
  advantages: Float64Array;
  returns: Float64Array;
  parameters: Record<string, Float64Array>;
}

/** Random data, rounded to float32 so that all start from the same numbers. */
function randomBatch(rows: number, seed: number): Batch {
  const random = createRandom(seed);
  const float32 = (size: number, low: number, high: number) => uniform(random, size, low, high).map(Math.fround);
  return {
    rows,
    observations: float32(rows * observationSize, -2, 2),
    actions: classes(random, rows, actionCount),
    oldLogProbs: float32(rows, -1.8, -0.6),
    advantages: float32(rows, -2, 2),
    returns: float32(rows, -2, 2),
    parameters: Object.fromEntries(
      parameterShapes.map(([name, shape]) => [name, float32(concreteSize(shape, 1), -0.7, 0.7)]),
    ),
  };
}

/** The loss of PPO on polgrad's graph: clipped objective, squared error of the value, entropy. */
function polgradLoss(activation: Activation, batch: Batch) {
  const activate = { tanh, relu }[activation];
  const observations = input("observations", ["rows", observationSize]);
  const perRow = ["actions", "oldLogProbs", "advantages", "returns"].map((name) => input(name, ["rows"]));
  const [actions, oldLogProbs, advantages, returns] = perRow as [Tensor, Tensor, Tensor, Tensor];
  const parameters = parameterShapes.map(([name, shape]) => variable(name, shape));
  const network = (offset: number): Tensor => {
    const [w0, b0, w1, b1, w2, b2] = parameters.slice(offset) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const h0 = activate(add(matmul(observations, w0), b0));
    const h1 = activate(add(matmul(h0, w1), b1));
    return add(matmul(h1, w2), b2);
  };

  const logProbs = logSoftmax(network(0));
  const values = reshape(network(6), ["rows"]);
  const ratio = exp(sub(pick(logProbs, actions), oldLogProbs));
  const clipped = clip(ratio, 1 - clipRange, 1 + clipRange);
  const policyLoss = neg(mean(minimum(mul(ratio, advantages), mul(clipped, advantages))));
  const valueLoss = mean(square(sub(values, returns)));
  const entropy = neg(mean(sum(mul(exp(logProbs), logProbs), -1)));
  const loss = sub(add(policyLoss, mul(valueCoefficient, valueLoss)), mul(entropyCoefficient, entropy));

  const feeds = new Map<Tensor, ArrayLike<number>>([
    [observations, batch.observations],
    [actions, batch.actions],
    [oldLogProbs, batch.oldLogProbs],
    [advantages, batch.advantages],
    [returns, batch.returns],
    ...parameters.map((p) => [p, batch.parameters[p.name]] as const),
  ]);
  return { loss, ratio, parameters, feeds };
}

type Parameters = Record<string, np.Array>;

/** The same loss on jax-js. Each use of an array consumes it; `.ref` keeps it for another use. */
function jaxLossAndGradients(activation: Activation, batch: Batch): Record<string, ArrayLike<number>> {
  const { rows } = batch;
  const array = (x: Float64Array, shape: number[]): np.Array => np.array(Float32Array.from(x)).reshape(shape);
  const activate = { tanh: np.tanh, relu: nn.relu }[activation];

  const loss = (parameters: Parameters): np.Array => {
    const network = (part: string): np.Array => {
      const get = (name: string): np.Array => parameters[part + name];
      let h = array(batch.observations, [rows, observationSize]);
      h = activate(np.matmul(h, get("W0")).add(get("B0")));
      h = activate(np.matmul(h, get("W1")).add(get("B1")));
      return np.matmul(h, get("W2")).add(get("B2"));
    };
    const logProbs = nn.logSoftmax(network("actor"), -1);
    const values = network("critic").reshape([rows]);
    const oneHot = nn.oneHot(np.array(Int32Array.from(batch.actions)), actionCount);
    const logProb = np.sum(logProbs.ref.mul(oneHot), -1);
    const ratio = np.exp(logProb.sub(array(batch.oldLogProbs, [rows])));
    const advantages = array(batch.advantages, [rows]);
    const clipped = np.clip(ratio.ref, 1 - clipRange, 1 + clipRange);
    const policyLoss = np.mean(np.minimum(ratio.mul(advantages.ref), clipped.mul(advantages))).mul(-1);
    const valueLoss = np.mean(np.square(values.sub(array(batch.returns, [rows]))));
    const entropy = np.mean(np.sum(np.exp(logProbs.ref).mul(logProbs), -1)).mul(-1);
    return policyLoss.add(valueLoss.mul(valueCoefficient)).sub(entropy.mul(entropyCoefficient));
  };

  const parameters = Object.fromEntries(
    parameterShapes.map(([name, shape]) => [name, array(batch.parameters[name], shape)]),
  );
  const [value, gradient] = valueAndGrad(loss)(parameters);
  const numbers = Object.entries(gradient).map(([name, g]) => [name, g.dataSync()] as const);
  return { loss: value.dataSync(), ...Object.fromEntries(numbers) };
}

beforeAll(async () => {
  await init("cpu"); // slower than its "wasm", but with exact transcendentals
  defaultDevice("cpu");
});

describe.each<[Activation, number]>([
  ["tanh", 1],
  ["tanh", 33],
  ["relu", 1],
  ["relu", 33],
])("the loss of PPO, %s network, %i rows", (activation, rows) => {
  const batch = randomBatch(rows, rows);
  const { loss, ratio, parameters, feeds } = polgradLoss(activation, batch);
  const spec = lossAndGradients(loss, parameters, gradients(loss, parameters));
  let expected: Record<string, ArrayLike<number>>;
  beforeAll(() => {
    expected = jaxLossAndGradients(activation, batch);
  });

  if (rows > 1)
    test("the data has ratios on both sides of the clip range and within", () => {
      const ratios = runReference({ outputs: { ratio } }, feeds, rows).outputs.ratio;
      const share = (f: (r: number) => boolean): number => ratios.filter(f).length / rows;
      expect(share((r) => r < 1 - clipRange)).toBeGreaterThan(0.1);
      expect(share((r) => r > 1 + clipRange)).toBeGreaterThan(0.1);
      expect(share((r) => Math.abs(r - 1) < clipRange)).toBeGreaterThan(0.1);
    });

  test.each(backends)("$name agrees with jax-js on the loss and every gradient", ({ run, tolerance }) => {
    const { outputs } = run(spec, feeds, rows);
    expect(Object.keys(outputs).sort()).toEqual(["loss", ...parameterShapes.map(([name]) => name)].sort());
    for (const [name, value] of Object.entries(outputs)) expectClose(value, expected[name], tolerance, name);
  });

  test.each(backends.filter(({ name }) => name !== "reference"))(
    "$name agrees with the reference",
    ({ run, tolerance }) => {
      const { outputs } = run(spec, feeds, rows);
      const reference = runReference(spec, feeds, rows).outputs;
      for (const [name, value] of Object.entries(outputs)) expectClose(value, reference[name], tolerance, name);
    },
  );
});
