// Importance ratios: how their variance follows from the KL divergence, what clipping buys and costs, and what becomes
// of them over the epochs of PPO.

import { categorical, gaussian } from "../../distributions/index.ts";
import { losses } from "../../learning/index.ts";
import { createGenerator } from "../../random/index.ts";
import { mean, median } from "../../runs/statistics.ts";
import { add, exp, input, mul, runReference, sub, clip, type Operand, type Tensor } from "../../tensor/index.ts";
import { lineChart, type Line } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row, type TrialControls } from "../experiment.ts";
import { decided, estimate, inEach, judged, pairedRatio, told } from "../judge.ts";
import { ppoByEpochs } from "../ppo-by-epochs.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";
import { pieceOf } from "../turns.ts";

const environments = ["CartPole-v1", "Pendulum-v1"];
const epochs = 20;
const epsilon = 0.2;

/** E and Var of a quantity whose values have these probabilities. */
function momentsOf(probabilities: ArrayLike<number>, values: ArrayLike<number>): { mean: number; variance: number } {
  let [first, second] = [0, 0];
  for (let i = 0; i < values.length; i++) first += probabilities[i] * values[i];
  for (let i = 0; i < values.length; i++) second += probabilities[i] * (values[i] - first) * (values[i] - first);
  return { mean: first, variance: second };
}

/** Gaussians whose means lie `shift` deviations apart: sums over a fine grid of actions, as good as exact. */
function shiftedGaussian(shift: number): Row {
  const [sigma, step] = [0.7, 0.02];
  const [action, oldMean, newMean] = ["action", "old mean", "mean"].map((name) => input(name, ["rows", 1]));
  const logStd = input("log σ", [1]);
  const [old, now] = [gaussian(oldMean, logStd), gaussian(newMean, logStd)];
  const oldLogProb = old.logProb(action);
  const outputs = {
    density: exp(oldLogProb),
    ratio: exp(losses.logRatio(now.logProb(action), oldLogProb)),
    kl: now.klFrom(old.parameters),
  };
  const grid = Float64Array.from({ length: 1401 }, (_, i) => sigma * (-12 + i * step));
  const feeds = new Map([
    [action, grid],
    [oldMean, grid.map(() => 0)],
    [newMean, grid.map(() => shift * sigma)],
    [logStd, Float64Array.of(Math.log(sigma))],
  ]);
  const { density, ratio, kl } = runReference({ outputs }, feeds).outputs;
  const moments = momentsOf(density.map((p) => p * sigma * step), ratio); // prettier-ignore
  return { kind: "gaussian", shift, kl: kl[0], ...moments, expected: Math.expm1(shift * shift) };
}

/** Probabilities, ratios, KL(π_old ‖ π) and KL(π ‖ π_old) of softmax policies by their logits. */
function softmaxRatios(oldLogits: readonly number[], logits: readonly number[]) {
  const n = logits.length;
  const [old, now] = [input("old logits", ["rows", n]), input("logits", ["rows", n])];
  const action = input("action", ["rows", 1]);
  const [oldPolicy, policy] = [categorical(old), categorical(now)];
  const [oldLogProb, logProb] = [oldPolicy.logProb(action), policy.logProb(action)];
  const outputs = {
    probability: exp(oldLogProb),
    next: exp(logProb),
    ratio: exp(losses.logRatio(logProb, oldLogProb)),
    kl: policy.klFrom(oldPolicy.parameters),
    reverseKl: oldPolicy.klFrom(policy.parameters),
  };
  const repeated = (values: readonly number[]) => Array.from({ length: n }, () => values).flat();
  const feeds = new Map([
    [old, repeated(oldLogits)],
    [now, repeated(logits)],
    [action, logits.map((_, a) => a)],
  ]);
  const { probability, next, ratio, kl, reverseKl } = runReference({ outputs }, feeds).outputs;
  return { probability, next, ratio, kl: kl[0], reverseKl: reverseKl[0] };
}

/** Two hundred pairs of softmax policies over five actions, near each other and far apart. */
function softmaxPairs(): Row[] {
  const generator = createGenerator(5);
  const normal = () => Array.from(generator.fillStandardNormal(new Float64Array(5)));
  return Array.from({ length: 200 }, (_, i) => {
    const scale = [0.05, 0.2, 0.5, 1, 2][i % 5];
    const [oldLogits, noise, f] = [normal(), normal(), normal()];
    const { probability, next, ratio, kl, reverseKl } = softmaxRatios(oldLogits, oldLogits.map((z, a) => z + scale * noise[a])); // prettier-ignore
    const weighted = momentsOf(probability, ratio.map((rho, a) => rho * f[a])).mean; // prettier-ignore
    return { kind: "softmax", kl, reverseKl, ...momentsOf(probability, ratio), bias: Math.abs(weighted - momentsOf(next, f).mean) }; // prettier-ignore
  });
}

const moves = [0.2, 0.5, 1];

/** The product of the ratios of T steps, over all 3^T sequences of actions. */
function products(): Row[] {
  return moves.flatMap((move) => {
    const { probability, ratio, kl } = softmaxRatios([0, 0.3, -0.2], [move, 0.3, -0.2 - move]);
    let [sequences, weights]: [number[], number[]] = [[1], [1]];
    const one = momentsOf(probability, ratio).variance;
    return Array.from({ length: 8 }, (_, t) => {
      weights = weights.flatMap((weight) => Array.from(ratio, (rho) => weight * rho));
      sequences = sequences.flatMap((p) => Array.from(probability, (q) => p * q));
      return { kind: "product", move, steps: t + 1, kl, ...momentsOf(sequences, weights), expected: Math.pow(1 + one, t + 1) - 1 }; // prettier-ignore
    });
  });
}

/** ρ within 1 ± ε. */
export const clippedRatio = (ratio: Tensor, epsilon: Operand): Tensor => clip(ratio, sub(1, epsilon), add(1, epsilon));

const ranges = [0.05, 0.1, 0.2, 0.4, 0.8];

/** Four actions with advantages: E and Var of the weight and of weight · A, clipped at several ε. */
function clipping(): Row[] {
  const { probability, ratio } = softmaxRatios([0, 0, 0, 0], [1, 0.3, -0.4, -1]);
  const advantages = [1, -0.5, 0.4, -0.9];
  const gain = momentsOf(probability, ratio.map((rho, a) => rho * advantages[a])); // prettier-ignore
  const [rho, advantage, bound] = [input("ratio", ["rows"]), input("advantage", ["rows"]), input("ε", [])];
  const weight = clippedRatio(rho, bound);
  return ranges.map((range) => {
    const feeds = new Map([
      [rho, ratio],
      [advantage, Float64Array.from(advantages)],
      [bound, Float64Array.of(range)],
    ]);
    const clipped = runReference({ outputs: { weight, weighted: mul(weight, advantage) } }, feeds).outputs;
    const moments = momentsOf(probability, clipped.weighted);
    return {
      kind: "clipping",
      range,
      farthest: Math.max(...clipped.weight.map((w) => Math.abs(w - 1))),
      variance: momentsOf(probability, clipped.weight).variance,
      unclippedVariance: momentsOf(probability, ratio).variance,
      bias: moments.mean - gain.mean,
      deviation: Math.sqrt(moments.variance),
      unclippedDeviation: Math.sqrt(gain.variance),
    };
  });
}

/** Trains with the clip and without, and keeps the ratios' moments by epoch: medians over the updates. */
async function train(env: string, seed: number, totalSteps: number, controls: TrialControls): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [i, range] of [epsilon, 0].entries()) {
    const seen = Array.from({ length: epochs }, () => ({ kl: [] as number[], variance: [] as number[], largest: 0 }));
    const algorithm = ppoByEpochs({
      onEpoch({ epoch, kl, ratios }) {
        const all = Array.from(ratios);
        const average = mean(all);
        const at = seen[epoch - 1];
        at.kl.push(kl);
        at.variance.push(mean(all.map((rho) => (rho - average) * (rho - average))));
        at.largest = all.reduce((a, b) => Math.max(a, b), at.largest);
      },
    });
    const input = { env, seed, totalSteps, epochs, clip: range, learningRateSchedule: "constant" };
    const { final } = await trainCurve(algorithm, input, pieceOf(controls, i, 2));
    const variance = seen.map((at) => median(at.variance));
    rows.push({
      clip: range,
      final,
      kl: seen.map((at) => median(at.kl)),
      variance,
      effective: variance.map((v) => 1 / (1 + v)),
      largest: Math.max(...seen.map((at) => at.largest)),
    });
  }
  return rows;
}

/** What each seed came to after the last epoch. */
const atEnd = (data: Data, env: string, range: number, column: string): number[] =>
  where(data, { env, clip: range }).map((row) => (row[column] as number[])[epochs - 1]);

const largestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
const apart = (rows: readonly Row[]): number =>
  largestOf(rows.map(({ variance, expected }) => Math.abs((variance as number) / (expected as number) - 1)));

export const experiment: Experiment = {
  name: "importance-ratios",
  title: "Importance ratios",
  place: "Connection to importance sampling",
  question:
    "What does it cost to learn from actions of an older policy, and does clipping prevent the variance of large weights?",
  lesson: String.raw`
PPO takes many steps from one rollout. After the first the actions are those of an older policy, and the ratio
$\rho = \pi(a \mid s) / \pi_{\text{old}}(a \mid s)$ corrects for it: for any $f$

$$\mathbb{E}_{\pi_{\text{old}}}[\rho f] = \mathbb{E}_{\pi}[f], \qquad \mathbb{E}_{\pi_{\text{old}}}[\rho] = 1$$

The price is variance. $n$ weighted samples are worth about $n / (1 + \mathrm{Var}\,\rho)$ fresh ones. For two Gaussians of
deviation $\sigma$ whose means are $\Delta$ apart

$$\mathrm{Var}\,\rho = e^{\Delta^2/\sigma^2} - 1 = e^{2\,\mathrm{KL}} - 1$$

so a divergence of 0.01 costs 2 % of the samples, and one of 2 leaves 2 % of them. Weights of whole trajectories are
products of ratios, and their variance grows exponentially with their length; PPO weighs each step by its own ratio and
leaves the states as the old policy visited them.

Clipping to $1 \pm \varepsilon$ bounds the weight. What it cuts off is then missing from the expectation, and that is a
bias. Here both are computed by enumeration and measured in trainings of 20 epochs a rollout, with the clip and without.
`,
  code: [
    sourceOf("learning/losses.ts", "logRatio"),
    sourceOf("learning/losses.ts", "surrogateLoss"),
    sourceOf("experiments/lecture/importance-ratios.ts", "clippedRatio"),
    sourceOf("learning/losses.ts", "ppoClipLoss"),
  ],
  protocol(quick) {
    const [count, steps] = quick ? [1, 12_288] : [20, 32_768];
    return {
      trials: [
        { id: "exact", settings: { exact: true }, weight: 0.5 },
        ...environments.flatMap((env) =>
          seeds(count).map((seed) => ({ id: `${env}-${seed}`, settings: { env, seed, steps }, weight: 3 })),
        ),
      ],
      words: `Enumerations: Gaussians on a grid of 1,401 actions, 200 pairs of softmax policies over 5 actions, all sequences of 3
actions over up to 8 steps, 4 actions with advantages. Trainings: PPO on CartPole-v1 and Pendulum-v1, its presets with a
constant learning rate and ${epochs} epochs, $\\varepsilon$ 0.2 or no clip, ${told(steps)} steps, ${count === 1 ? "seed 1" : `seeds 1 to ${count}`}. After each epoch all ratios of the
rollout are looked at; a training counts by the median over its updates.`,
    };
  },
  carryOut({ exact, env, seed, steps }, controls) {
    if (exact) return [...[0.1, 0.2, 0.5, 1, 1.5, 2].map(shiftedGaussian), ...softmaxPairs(), ...products(), ...clipping()]; // prettier-ignore
    return train(env as string, seed as number, steps as number, controls);
  },
  claims: [
    {
      id: "ratios-correct",
      claim: "Ratios correct for the other policy: $\\mathbb{E}[\\rho] = 1$ and $\\mathbb{E}_{\\pi_{\\text{old}}}[\\rho f] = \\mathbb{E}_{\\pi}[f]$.", // prettier-ignore
      threshold: "Supported if over all enumerated policies the largest difference is below 1e-9.",
      judge(data) {
        const means = data.rows.filter(({ kind }) => kind === "gaussian" || kind === "softmax" || kind === "product");
        const off = largestOf(numbers(means, "mean").map((m) => Math.abs(m - 1)));
        const bias = largestOf(numbers(where(data, { kind: "softmax" }), "bias"));
        return decided(Math.max(off, bias) < 1e-9, `E[ρ] is off by at most ${told(off)}, E[ρ f] by ${told(bias)}`);
      },
    },
    {
      id: "exponential-in-kl",
      claim: "The variance of the ratio grows exponentially with the KL divergence.",
      threshold:
        "Supported if for shifted Gaussians it is exp(2 KL) − 1 to a relative 1e-6, and for none of the softmax policies below exp(KL(π ‖ π_old)) − 1, which Jensen's inequality gives.",
      judge(data) {
        const gaussians = where(data, { kind: "gaussian" });
        const error = Math.max(
          apart(gaussians),
          ...gaussians.map(({ kl, variance }) => Math.abs((variance as number) / Math.expm1(2 * (kl as number)) - 1)),
        );
        const least = Math.min(...where(data, { kind: "softmax" }).map(({ reverseKl, variance }) => (variance as number) / Math.expm1(reverseKl as number))); // prettier-ignore
        return decided(
          error < 1e-6 && least >= 1,
          `Gaussians: relative error ${told(error)}; softmax: at least ${told(least)} times exp(KL(π ‖ π_old)) − 1`,
        );
      },
    },
    {
      id: "products-explode",
      claim: "The variance of the product of ratios over $T$ steps grows exponentially with $T$.",
      threshold:
        "Supported if over all sequences of up to 8 steps it is $(1 + \\mathrm{Var}\\,\\rho)^T - 1$ to a relative 1e-9.",
      judge(data) {
        const rows = where(data, { kind: "product" });
        const worst = rows.find(({ steps, move }) => steps === 8 && move === moves.at(-1))!;
        return decided(
          apart(rows) < 1e-9,
          `relative error ${told(apart(rows))}; ${told(Math.pow(1 + (worst.expected as number), 1 / 8) - 1)} after one step of the largest move has become ${told(worst.variance as number)} after eight`,
        );
      },
    },
    {
      id: "clip-trades",
      claim: "Clipping bounds the weights to $1 \\pm \\varepsilon$, lowers their variance, and brings a bias.",
      threshold:
        "Supported if at each $\\varepsilon$ of the enumerated case no weight is farther than $\\varepsilon$ from 1, the variance is lower than unclipped, and the expected gain is off by more than 1e-3.",
      judge(data) {
        const rows = where(data, { kind: "clipping" });
        const holds = rows.every(
          ({ range, farthest, variance, unclippedVariance, bias }) =>
            (farthest as number) <= (range as number) + 1e-12 &&
            (variance as number) < (unclippedVariance as number) &&
            Math.abs(bias as number) > 1e-3,
        );
        const at = rows.find(({ range }) => range === epsilon)!;
        return decided(
          holds,
          `at ε = 0.2 the variance is ${told(at.variance as number)} instead of ${told(at.unclippedVariance as number)}, and the expected gain is off by ${told(at.bias as number)}`,
        );
      },
    },
    {
      id: "explosion",
      claim:
        "Without a clip the weights of PPO explode: after 20 epochs a rollout is worth less than half its samples.",
      threshold:
        "Supported if the effective share of samples after the last epoch, $1/(1 + \\mathrm{Var}\\,\\rho)$, is below 0.5 with its interval in both environments; not if above in one.",
      judge: (data) =>
        inEach(
          Object.fromEntries(
            environments.map((env) => {
              const shares = atEnd(data, env, 0, "effective");
              return [env, judged("effective share", estimate(shares), { below: 0.5, seeds: shares.length, atLeast: 20 })]; // prettier-ignore
            }),
          ),
        ),
    },
    {
      id: "prevention",
      claim: "Clipping prevents the explosion.",
      threshold:
        "Supported if the variance after the last epoch with the clip is below a tenth of that without, ratio of medians over seeds, with its interval in both environments; not if above in one.",
      judge: (data) =>
        inEach(
          Object.fromEntries(
            environments.map((env) => {
              const [clipped, unclipped] = [epsilon, 0].map((range) => atEnd(data, env, range, "variance"));
              const bound = { below: 0.1, seeds: clipped.length, atLeast: 20 };
              return [env, judged(`variance ${told(median(clipped))} instead of ${told(median(unclipped))}, ratio`, pairedRatio(clipped, unclipped, median), bound)]; // prettier-ignore
            }),
          ),
        ),
    },
  ],
  charts: (data) => [
    {
      name: "variance-by-kl",
      title: "Variance of the ratio against the KL divergence",
      caption:
        "Shifted Gaussians, for which both divergences are the same, and trainings without a clip after 1 to 20 epochs (medians over seeds).",
      draw: (size) => lineChart([...exactLines(), ...environments.map((env) => trained(data, env))], { x: "KL(π_old ‖ π)", y: "variance of ρ", logX: true, logY: true }, size), // prettier-ignore
    },
    {
      name: "effective",
      title: "What a rollout's samples are worth",
      caption: "1 / (1 + Var ρ) after each epoch, mean over seeds with 95 % intervals.",
      draw: (size) =>
        lineChart(environments.flatMap((env) => [epsilon, 0].map((range) => byEpoch(data, env, range))), { x: "epochs", y: "effective share", yRange: [0, 1] }, size), // prettier-ignore
    },
    {
      name: "products",
      title: "Products of ratios",
      caption: "1 + Var of the weight of a whole sequence, for three distances per step.",
      draw: (size) => lineChart(productLines(data), { x: "steps T", y: "1 + variance", logY: true, dots: true }, size),
    },
    {
      name: "clipping",
      title: "What clipping buys and costs",
      caption: "Four actions with advantages: size of the bias, and standard deviation of one sample of weight · A.",
      draw: (size) =>
        lineChart(
          clippingLines(data),
          { x: "ε", y: "bias, deviation", steps: ranges, dots: true, yRange: [0, 1.1] },
          size,
        ),
    },
  ],
  discussion(data) {
    const largest = (env: string, range: number) => median(numbers(where(data, { env, clip: range }), "largest"));
    const last = (env: string, range: number) => told(median(atEnd(data, env, range, "variance")));
    const parts = environments.map(
      (
        env,
      ) => `On ${env} the largest ratio of a training was ${told(largest(env, epsilon))} with the clip and ${told(largest(env, 0))} without,
and the variance after the last epoch ${last(env, epsilon)} and ${last(env, 0)} (medians over seeds).`,
    );
    const leaves = environments.some((env) => largest(env, epsilon) > 1 + epsilon);
    const pairs = where(data, { kind: "softmax" });
    const quiet = pairs.filter(({ kl, variance }) => (variance as number) < Math.expm1(kl as number)).length;
    return `
${parts.join(" ")} ${
      leaves
        ? "So ratios do leave $1 \\pm \\varepsilon$ where the objective is clipped: it ends the gradient of those that are outside on the side that pays, and steps for the sake of other samples move them on."
        : "So no ratio got far beyond $1 \\pm \\varepsilon$."
    }

It matters which divergence is meant. The variance has a lower bound in KL(π ‖ π_old), the divergence from the new policy. The one
that TRPO limits and PPO reports is KL(π_old ‖ π), and it can be large while ratios vary little: a policy that gives up an action
has a ratio of almost 0 there, which is a harmless weight. Of the ${pairs.length} enumerated pairs ${quiet} have a variance below
exp(KL(π_old ‖ π)) − 1.

What a rollout shows of the variance is too little where policies are far apart. The largest weights belong to actions that
the old policy hardly ever takes, and a sample often has none of them.
`;
  },
};

function exactLines(): Line[] {
  const grid = Array.from({ length: 40 }, (_, i) => Math.pow(10, -3 + (3.4 * i) / 39));
  return [{ label: "shifted Gaussians", points: grid.map((kl) => ({ x: kl, y: Math.expm1(2 * kl) })) }];
}

/** Of trainings without a clip: medians over seeds, epoch by epoch. */
function trained(data: Data, env: string): Line {
  const rows = where(data, { env, clip: 0 });
  const points = Array.from({ length: epochs }, (_, i) => {
    const at = (column: string) => median(rows.map((row) => (row[column] as number[])[i]));
    return { x: at("kl"), y: at("variance") };
  });
  return { label: `${env}, no clip`, points: points.sort((a, b) => a.x - b.x) };
}

function byEpoch(data: Data, env: string, range: number): Line {
  const rows = where(data, { env, clip: range });
  const points = Array.from({ length: epochs }, (_, i) => {
    const { value, interval } = estimate(rows.map(({ effective }) => (effective as number[])[i]));
    return { x: i + 1, y: value, band: interval };
  });
  return { label: `${env}, ${range > 0 ? "clipped" : "no clip"}`, points };
}

const productLines = (data: Data): Line[] =>
  moves.map((move) => {
    const rows = where(data, { kind: "product", move });
    return {
      label: `KL ${told(rows[0].kl as number)} a step`,
      points: rows.map(({ steps, variance }) => ({ x: steps as number, y: 1 + (variance as number) })),
    };
  });

function clippingLines(data: Data): Line[] {
  const rows = where(data, { kind: "clipping" });
  const line = (label: string, y: (row: Row) => number): Line => ({
    label,
    points: rows.map((row) => ({ x: row.range as number, y: y(row) })),
  });
  return [
    line("size of the bias", ({ bias }) => Math.abs(bias as number)),
    line("deviation", ({ deviation }) => deviation as number),
    { ...line("deviation without a clip", ({ unclippedDeviation }) => unclippedDeviation as number), reference: true },
  ];
}
