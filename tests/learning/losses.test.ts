// Losses of categorical policies, their gradients and the diagnostics: against PyTorch's numbers in float64, and small
// cases computed by hand. On the reference to 1e-9, on the engines to 1e-4.

import { describe, expect, test } from "vitest";
import * as losses from "../../src/learning/losses.ts";
import { categorical } from "../../src/distributions/index.ts";
import { add, constant, exp, gradients, input, mean, mul, neg, sub, sum, tanh, type Tensor } from "../../src/tensor/index.ts"; // prettier-ignore
import { matmul, variable } from "../../src/tensor/index.ts";
import { backends, lossAndGradients } from "../tensor/backends.ts";
import { expectClose, golden } from "../tensor/compare.ts";

interface GoldenLoss {
  loss: number;
  d_logits: number[][] | null;
  d_value: number[] | null;
  clip_fraction?: number;
  approx_kl_k1?: number;
  approx_kl_k3?: number;
}
type Data = Record<"logits" | "old_logits", number[][]> &
  Record<"value" | "old_value" | "actions" | "old_log_prob" | "advantages" | "returns" | "log_prob" | "entropy", number[]>; // prettier-ignore
type Discrete = Data &
  Record<"reinforce" | "entropy_bonus" | "value_mse" | "ppo_clip" | "value_clipped" | "ppo_joint" | "kl_old_new", GoldenLoss>; // prettier-ignore

const settings = backends.map((backend) => ({ ...backend, tolerance: backend.name === "reference" ? 1e-9 : 1e-4 }));
const clipRange = 0.2;

/** Every loss on one set of inputs. */
function graphs(actionCount: number) {
  const [logits, oldLogits] = [input("logits", ["rows", actionCount]), input("oldLogits", ["rows", actionCount])];
  const names = ["value", "oldValue", "actions", "oldLogProb", "advantages", "returns"] as const;
  const inputs = Object.fromEntries(names.map((name) => [name, input(name, ["rows"])])) as Record<(typeof names)[number], Tensor>; // prettier-ignore
  const { value, oldValue, actions, oldLogProb, advantages, returns } = inputs;
  const policy = categorical(logits);
  const logProb = policy.logProb(actions);
  const logRatio = losses.logRatio(logProb, oldLogProb);
  const ratio = exp(logRatio);
  const clipped = losses.ppoClipLoss(ratio, advantages, clipRange);
  const entropy = mean(policy.entropy());
  return {
    logits, oldLogits, ...inputs, logProb, entropies: policy.entropy(), ratio,
    reinforce: losses.policyGradientLoss(logProb, advantages),
    reinforceSum: losses.policyGradientSum(logProb, advantages),
    entropyBonus: neg(entropy),
    valueMse: losses.valueLoss(value, returns),
    valueClipped: losses.clippedValueLoss(value, oldValue, returns, clipRange),
    ppoClip: clipped,
    clipFraction: losses.clipFraction(ratio, clipRange),
    k1: losses.approxKlK1(logRatio),
    k3: losses.approxKlK3(logRatio),
    joint: sub(add(clipped, losses.valueLoss(value, returns)), mul(entropy, 0.01)),
    kl: mean(policy.klFrom(categorical(oldLogits).parameters)),
  }; // prettier-ignore
}

const discrete = golden<Discrete>("discrete");

describe.skipIf(!discrete)("golden losses (skipped where ../shared/golden/losses.json is missing)", () => {
  const data = discrete!;
  const g = graphs(5);
  const rows = data?.actions.length;
  const feeds = () =>
    new Map<Tensor, ArrayLike<number>>([
      [g.logits, data.logits.flat()],
      [g.oldLogits, data.old_logits.flat()],
      [g.value, data.value],
      [g.oldValue, data.old_value],
      [g.actions, data.actions],
      [g.oldLogProb, data.old_log_prob],
      [g.advantages, data.advantages],
      [g.returns, data.returns],
    ]);

  test.each(settings)("log-probability, entropy and diagnostics on the $name", ({ run, tolerance }) => {
    const { logProb, entropies, clipFraction, k1, k3 } = g;
    const { outputs } = run({ outputs: { logProb, entropies, clipFraction, k1, k3 } }, feeds(), rows);
    expectClose(outputs.logProb, data.log_prob, tolerance, "log-probability");
    expectClose(outputs.entropies, data.entropy, tolerance, "entropy");
    expectClose(outputs.clipFraction, [data.ppo_clip.clip_fraction!], 1e-7, "clip fraction");
    expectClose(outputs.k1, [data.ppo_clip.approx_kl_k1!], tolerance, "k1");
    expectClose(outputs.k3, [data.ppo_clip.approx_kl_k3!], tolerance, "k3");
  });

  test.each(
    settings.flatMap((s) =>
      (
        [
          ["reinforce", g.reinforce],
          ["entropy_bonus", g.entropyBonus],
          ["value_mse", g.valueMse],
          ["ppo_clip", g.ppoClip],
          ["value_clipped", g.valueClipped],
          ["ppo_joint", g.joint],
          ["kl_old_new", g.kl],
        ] as const
      ).map(([part, loss]) => ({ ...s, part, loss })),
    ),
  )("$part and its gradients on the $name", ({ run, tolerance, part, loss }) => {
    const expected = data[part];
    const wrt = [g.logits, g.value];
    const { outputs } = run(lossAndGradients(loss, wrt, gradients(loss, wrt)), feeds(), rows);
    expectClose(outputs.loss, [expected.loss], tolerance, "loss");
    const zeros = (n: number): number[] => new Array<number>(n).fill(0);
    expectClose(outputs.logits, expected.d_logits?.flat() ?? zeros(rows * 5), tolerance, "gradient by logits");
    expectClose(outputs.value, expected.d_value ?? zeros(rows), tolerance, "gradient by value");
  });
});

describe.each(settings)("by hand, on the $name", ({ run, tolerance }) => {
  // Two actions with equal logits: π = ½, ∂log π(a)/∂logits = e_a − ½.
  const g = graphs(2);
  const half = Math.log(0.5);
  const feeds = new Map<Tensor, ArrayLike<number>>([
    [g.logits, [0, 0, 0, 0, 0, 0]],
    [g.oldLogits, [0, Math.log(3), 0, 0, 0, 0]],
    [g.value, [1, 2, 3]],
    [g.oldValue, [1, 1, 1]],
    [g.actions, [0, 1, 1]],
    [g.oldLogProb, [half, half - Math.log(1.5), half + Math.log(2)]], // ρ = 1, 1.5, ½
    [g.advantages, [1, 2, -4]],
    [g.returns, [0, 2.5, 5]],
  ]);
  const check = (loss: Tensor, value: number, byLogits: number[], byValue = [0, 0, 0]): void => {
    const wrt = [g.logits, g.value];
    const { outputs } = run(lossAndGradients(loss, wrt, gradients(loss, wrt)), feeds, 3);
    expectClose(outputs.loss, [value], tolerance, "loss");
    expectClose(outputs.logits, byLogits, tolerance, "gradient by logits");
    expectClose(outputs.value, byValue, tolerance, "gradient by value");
  };

  test("policy gradient: mean and sum", () => {
    check(g.reinforceSum, -half * -1, [-0.5, 0.5, 1, -1, -2, 2]);
    check(g.reinforce, half / 3, [-1 / 6, 1 / 6, 1 / 3, -1 / 3, -2 / 3, 2 / 3]);
  });

  test("value loss has a half in it", () => {
    check(g.valueMse, (0.5 * (1 + 0.25 + 4)) / 3, [0, 0, 0, 0, 0, 0], [1 / 3, -0.5 / 3, -2 / 3]);
  });

  test("clipped value loss takes the worse of both", () => {
    // V − V_old = 0, 1, 2 is cut to 0, 0.2, 0.2: errors 1, 1.3 and 3.8, which have no gradient where they are the
    // worse.
    check(g.valueClipped, (0.5 * (1 + 1.3 * 1.3 + 3.8 * 3.8)) / 3, [0, 0, 0, 0, 0, 0], [1 / 3, 0, 0]);
  });

  test("PPO's clipped objective: ρ = 1, 1.5 with A > 0 and ½ with A < 0", () => {
    // min(1·1, 1·1), min(1.5·2, 1.2·2), min(½·−4, 0.8·−4): the last two are clipped and have no gradient.
    check(g.ppoClip, -(1 + 2.4 - 3.2) / 3, [-1 / 6, 1 / 6, 0, 0, 0, 0]);
  });

  test("diagnostics", () => {
    const { clipFraction, k1, k3, ratio } = g;
    const { outputs } = run({ outputs: { clipFraction, k1, k3, ratio } }, feeds, 3);
    expectClose(outputs.ratio, [1, 1.5, 0.5], tolerance);
    expectClose(outputs.clipFraction, [2 / 3], tolerance);
    expectClose(outputs.k1, [-(Math.log(1.5) - Math.log(2)) / 3], tolerance);
    expectClose(outputs.k3, [(0.5 - Math.log(1.5) + (-0.5 + Math.log(2))) / 3], tolerance);
  });

  test("entropy bonus and KL", () => {
    check(g.entropyBonus, half, [0, 0, 0, 0, 0, 0]);
    const divergence = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5);
    check(g.kl, divergence / 3, [0.25 / 3, -0.25 / 3, 0, 0, 0, 0]);
  });
});

describe.each(settings)("Fisher-vector products, differentiating twice, on the $name", ({ run, tolerance }) => {
  /** F·v as the gradient of ⟨∇ mean KL(old ‖ new), v⟩ at new = old. */
  function fisherVectorProduct(logits: Tensor, parameters: readonly Tensor[], vectors: readonly Tensor[]): Tensor[] {
    const policy = categorical(logits);
    const kl = mean(policy.klFrom(policy.parameters));
    const slope = gradients(kl, parameters)
      .map((g, i) => sum(mul(g, vectors[i])))
      .reduce(add);
    return gradients(slope, parameters);
  }

  test("of a policy without a network: F = diag π − ππᵀ", () => {
    const logits = variable("logits", [1, 3]);
    const v = input("v", [1, 3]);
    const [product] = fisherVectorProduct(logits, [logits], [v]);
    const pi = [0.2, 0.3, 0.5];
    const vector = [1, -2, 0.5];
    const feeds = new Map<Tensor, number[]>([[logits, pi.map(Math.log)], [v, vector]]); // prettier-ignore
    const { outputs } = run({ outputs: { product } }, feeds, 1);
    const average = pi.reduce((total, p, i) => total + p * vector[i], 0);
    expectClose(outputs.product, pi.map((p, i) => p * (vector[i] - average)), tolerance); // prettier-ignore
  });

  interface Fisher {
    x: number[][];
    params: [number[][], number[], number[][], number[]];
    vector: Fisher["params"];
    fisher_vector_product: Fisher["params"];
  }
  const fisher = golden<Fisher>("fisher");
  test.skipIf(!fisher)("golden, of a tanh network (skipped where ../shared/golden/losses.json is missing)", () => {
    const { x: observations, params, vector, fisher_vector_product: expected } = fisher!;
    const shapes = [[params[0].length, params[1].length], [params[1].length], [params[2].length, params[3].length], [params[3].length]]; // prettier-ignore
    const x = input("x", ["rows", params[0].length]);
    const parameters = shapes.map((shape, i) => variable(`p${i}`, shape));
    const vectors = shapes.map((shape, i) => input(`v${i}`, shape));
    const [w0, b0, w1, b1] = parameters as [Tensor, Tensor, Tensor, Tensor];
    const logits = add(matmul(tanh(add(matmul(x, w0), b0)), w1), b1);
    const products = fisherVectorProduct(logits, parameters, vectors);
    const feeds = new Map<Tensor, number[]>([[x, observations.flat()]]);
    parameters.forEach((p, i) => feeds.set(p, params[i].flat()));
    vectors.forEach((v, i) => feeds.set(v, vector[i].flat()));
    const outputs = Object.fromEntries(products.map((p, i) => [`p${i}`, p]));
    const actual = run({ outputs: { ...outputs, one: constant(1) } }, feeds, observations.length).outputs;
    expected.forEach((e, i) => expectClose(actual[`p${i}`], e.flat(), tolerance, `p${i}`));
  });
});

test("golden data, where it is, has what the tests rely on: ratios on both sides of the clip range", () => {
  if (!discrete) return;
  expect(discrete.ppo_clip.clip_fraction).toBeGreaterThan(0.2);
});
