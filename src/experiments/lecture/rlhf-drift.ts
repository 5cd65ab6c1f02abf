// Question 5: what goes wrong in RLHF without a penalty, in terms of ratios, distances and the reward model.

import { reviews } from "../../language/index.ts";
import { lineChart, type Line } from "../charts.ts";
import { curveOver } from "../lines.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row } from "../experiment.ts";
import { allOf, decided, estimate, judged, pairedDifference } from "../judge.ts";
import { sourceOf } from "../sources.ts";
import { runsLong } from "../turns.ts";

const betas = [0, 0.03];
const atLeast = 20;
const iterations = (quick: boolean) => (quick ? 40 : 100);

/** A curve's mean over a stretch of the training, given in shares of it. */
function stretch(row: Row, name: string, from: number, to: number): number {
  const curve = row[name] as number[];
  const part = curve.slice(Math.floor(from * curve.length), Math.ceil(to * curve.length));
  return part.reduce((sum, value) => sum + value, 0) / part.length;
}

const of = (data: Data, beta: number, name: string, from: number, to: number): number[] =>
  where(data, { beta }).map((row) => stretch(row, name, from, to));

/**
 * How many of n samples of the reference still speak for a policy that is `shift` standard deviations away, of n: with
 * two Gaussians of one deviation, exp(−shift²), where their KL is shift²/2.
 */
const effectiveShare = (kl: number): number => Math.exp(-2 * kl);

export const experiment: Experiment = {
  name: "rlhf-drift",
  title: "What β = 0 does, measured",
  place: "Question 5",
  question: "A pipeline without a KL penalty ends with high scores and ruined language: which of its parts gave way?",
  lesson: String.raw`
Three quantities could have stopped it. The *importance ratio* of PPO compares the policy with the one that wrote the
batch, a few updates ago. It is clipped, and it starts at 1 again with every batch: a thousand small steps, each within its
clip, lead anywhere.

The *distance to the reference* is what the ratio does not see. At $\beta = 0$ nothing measures it. With a penalty, $\beta$ is
the price of a nat of it, and the optimum is known:

$$\pi^*(y \mid x) \propto \pi_{\mathrm{ref}}(y \mid x)\, e^{r_\phi(x, y)/\beta}$$

So $1/\beta$ is how far the reward may bend the reference. Geometrically it sets the radius of the ball, in KL, that training
stays in.

The *reward model* was fitted to texts of the reference. Samples of the reference that still speak for a policy become
rare exponentially fast with the distance: for Gaussians, a share of $e^{-2\,\mathrm{KL}}$. Ten nats away, none of the data that
it learned from says anything about the texts that it is asked to judge.
`,
  code: [sourceOf("language/kl-penalty.ts", "klTerm")],
  protocol(quick) {
    const n = quick ? 1 : 20;
    return {
      trials: [
        { id: "gaussians", settings: { exact: true } },
        ...seeds(n).flatMap(
          (seed) =>
          betas.map((beta) => ({ id: `beta-${beta}-${seed}`, settings: { beta, seed, iterations: iterations(quick) }, weight: 10 })), // prettier-ignore
        ),
      ],
      words: `The built-in case of \`polgrad rlhf\`, ${iterations(quick)} iterations of 128 texts with $\\beta$ of
${betas.join(" and ")}, seeds 1 to ${n}. KL within an update is the mean of $\\rho - 1 - \\log\\rho$ over its minibatches.`,
    };
  },
  async carryOut(settings, controls) {
    if (settings.exact) return [gaussians()];
    const { beta, seed, iterations } = settings as { beta: number; seed: number; iterations: number };
    const pause = runsLong(controls);
    const within: number[] = [];
    const run = await reviews.runReviews({
      seed,
      klCoefficient: beta,
      iterations,
      onUpdate({ update, metrics }) {
        within.push(metrics.approxKl);
        return pause(update / iterations);
      },
    });
    const curve = (f: (step: (typeof run.steps)[number]) => number) =>
      run.steps.map((step) => Number(f(step).toFixed(4)));
    return [
      {
        within: within.map((kl) => Number(kl.toFixed(5))),
        kls: curve(({ kl }) => kl),
        truths: curve(({ truth }) => truth),
        scores: curve(({ proxy }) => proxy),
        entropies: curve(({ entropy }) => entropy),
      },
    ];
  },
  claims: [
    {
      id: "samples-die-out",
      claim:
        "The share of the reference's samples that still speak for the policy falls exponentially with the distance.",
      threshold:
        "Supported if, for Gaussians, the effective share by numerical integration is $e^{-2\\,\\mathrm{KL}}$ to 1e-6.",
      judge(data) {
        const [apart] = numbers(where(data, { exact: true }), "apart");
        return decided(apart < 1e-6, `largest relative difference ${apart.toExponential(1)}`);
      },
    },
    {
      id: "ratio-stays-near-one",
      claim: "PPO's ratio does not see it: within each update the policy stays near the one that wrote the batch.",
      threshold: "Supported if at $\\beta = 0$ the mean KL within an update is below 0.1 nats a token.",
      judge: (data) => judged("KL within an update", estimate(of(data, 0, "within", 0, 1)), { ...size(data), below: 0.1 }, " nats a token"), // prettier-ignore
    },
    {
      id: "distance-grows",
      claim: "The distance to the reference keeps growing at $\\beta = 0$: the last quarter lies beyond the second.",
      threshold: "Supported if the interval of the difference in KL, seed by seed, is above 0.",
      judge(data) {
        const difference = pairedDifference(of(data, 0, "kls", 0.75, 1), of(data, 0, "kls", 0.25, 0.5));
        return judged("difference in KL", difference, { ...size(data), above: 0 }, " nats");
      },
    },
    {
      id: "penalty-holds",
      claim: "A penalty of 0.03 holds it within half of that distance.",
      threshold: "Supported if the interval of KL at 0.03 less half of KL at 0, over the last tenth, is below 0.",
      judge(data) {
        const half = of(data, 0, "kls", 0.9, 1).map((kl) => kl / 2);
        const difference = pairedDifference(of(data, 0.03, "kls", 0.9, 1), half);
        return judged("difference", difference, { ...size(data), below: 0 }, " nats");
      },
    },
    {
      id: "reward-model-misleads",
      claim:
        "Far from the reference the reward model misleads: from the middle of the training on the score rises or stays while the truth falls.",
      threshold:
        "Supported if at $\\beta = 0$, from the second quarter to the last, the truth's change lies below −0.5 and the score's above −0.1.",
      judge(data) {
        const change = (name: string) => pairedDifference(of(data, 0, name, 0.75, 1), of(data, 0, name, 0.25, 0.5));
        return allOf([
          judged("the truth changed by", change("truths"), { ...size(data), below: -0.5 }),
          judged("the score by", change("scores"), { ...size(data), above: -0.1 }),
        ]);
      },
    },
    {
      id: "entropy-collapses",
      claim: "The policy collapses as well: without the penalty it ends with less entropy than with one of 0.03.",
      threshold: "Supported if the interval of the difference in entropy a token, over the last tenth, is below 0.",
      judge(data) {
        const difference = pairedDifference(of(data, 0, "entropies", 0.9, 1), of(data, 0.03, "entropies", 0.9, 1));
        return judged("difference in entropy", difference, { ...size(data), below: 0 }, " nats a token");
      },
    },
  ],
  charts(data) {
    const [distances, within] = ["kls", "within"].map((name) => betas.map((beta) => curve(data, beta, name)));
    const [score, truth] = ["scores", "truths"].map((name) => curve(data, 0, name));
    return [
      {
        name: "distances",
        title: "Distance to the reference",
        caption: "KL of whole texts, in nats, by iteration: means over seeds with 95 % intervals.",
        draw: (size) => lineChart(distances, { x: "iteration", y: "KL, nats" }, size),
      },
      {
        name: "within",
        title: "Distance within an update",
        caption: "KL to the policy that wrote the batch, a token: what PPO's ratio sees.",
        draw: (size) => lineChart(within, { x: "iteration", y: "KL, nats a token" }, size),
      },
      {
        name: "score-and-truth",
        title: "Score and truth without a penalty",
        caption: "Both are in the same units while the reward model is right.",
        draw: (size) =>
          lineChart([{ ...score, label: "score" }, { ...truth, label: "truth" }], { x: "iteration", y: "of a text" }, size), // prettier-ignore
      },
    ];
  },
  discussion: () =>
    "Which $\\beta$ should be used? One whose price is worth paying: small enough that what is learned outweighs it, large " +
    "enough that the policy stays where the reward model has data. Here 0.03 to 0.1 do it (see the experiment before); in general it is " +
    "found by watching the distance, or set by aiming at one, which an adaptive $\\beta$ does.",
};

const size = (data: Data) => ({ seeds: where(data, { beta: 0 }).length, atLeast });

/** Effective sample sizes of two Gaussians a shift apart, by integration, against the formula. */
function gaussians(): Row {
  const shifts = [0.5, 1, 1.5, 2];
  const apart = shifts.map((shift) => {
    // n_eff / n = 1 / E[w²], with E over the reference N(0, 1) of the weight w of N(shift, 1).
    let second = 0;
    const step = 1e-3;
    for (let x = -12; x < 16; x += step) {
      const weight = Math.exp(shift * x - (shift * shift) / 2);
      second += ((weight * weight * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)) * step;
    }
    return Math.abs(1 / second / effectiveShare((shift * shift) / 2) - 1);
  });
  return { exact: true, apart: Math.max(...apart) };
}

/** A curve over seeds. */
const curve = (data: Data, beta: number, name: string): Line => ({
  label: `β = ${beta}`,
  points: curveOver(where(data, { beta }), name, (place) => place + 1),
});
