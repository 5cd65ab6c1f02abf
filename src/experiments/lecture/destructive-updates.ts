// Trust regions: whether a step that is too large destroys a policy for good, and whether PPO's clip and TRPO's limit of
// the KL divergence prevent it.

import { makeEnv } from "../../envs/index.ts";
import { mean } from "../../runs/statistics.ts";
import { createTraining, evaluateSync } from "../../training/index.ts";
import { lineChart, scatterChart, type Line } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row, type TrialControls } from "../experiment.ts";
import { decided, estimate, judged, pairedDifference, told } from "../judge.ts";
import { sourceOf } from "../sources.ts";
import { areaUnder, trainCurve } from "../train-curve.ts";
import { pieceOf, runsLong } from "../turns.ts";

const rates = [0.001, 0.003, 0.01, 0.03, 0.1];
const learners = ["plain", "unclipped", "clipped"] as const;
type Learner = (typeof learners)[number];
const labels: Readonly<Record<Learner | "trpo", string>> = {
  plain: "plain, one step",
  unclipped: "80 steps, no clip",
  clipped: "80 steps, PPO's clip",
  trpo: "TRPO",
};

const stretches = 30;
const delta = 0.01;
const collapseShare = 0.25;
const recoveryShare = 0.75;

/** What a curve of mean returns comes to: whether it fell far from its best, and whether it came back. */
export function fateOf(returns: readonly (number | null)[]) {
  let [best, latest, fellFrom, fellAt, cameBack] = [0, 0, 0, -1, false];
  returns.forEach((value, i) => {
    latest = value ?? latest;
    best = Math.max(best, latest);
    if (fellAt < 0 && latest < collapseShare * best) [fellAt, fellFrom] = [i, best];
    if (fellAt >= 0 && latest >= recoveryShare * fellFrom) cameBack = true;
  });
  const lastTenth = returns.slice(Math.floor(0.9 * returns.length));
  const end = lastTenth.some((value) => value !== null) ? areaUnder(lastTenth) : latest;
  return { best, end, collapsed: end < collapseShare * best, fellAt: fellAt < 0 ? null : fellAt / returns.length, cameBack }; // prettier-ignore
}

/** Trains one learner at each learning rate. */
async function trainAtRates(learner: Learner, seed: number, totalSteps: number, controls: TrialControls) {
  const rows: Row[] = [];
  for (const [i, learningRate] of rates.entries()) {
    const input = {
      env: "CartPole-v1",
      seed,
      totalSteps,
      envs: 8,
      rollout: 128,
      gamma: 0.98,
      lambda: 0.95,
      learningRate,
      learningRateSchedule: "constant",
      normalizeAdvantages: true,
      entropyCoefficient: 0,
    };
    const more = { epochs: 10, minibatches: 8, clip: learner === "clipped" ? 0.2 : 0 };
    const [algorithm, options] = learner === "plain" ? (["a2c", input] as const) : (["ppo", { ...input, ...more }] as const); // prettier-ignore
    const { returns } = await trainCurve(algorithm, options, pieceOf(controls, i, rates.length), { stretches });
    rows.push({ rate: learningRate, returns, ...fateOf(returns) });
  }
  return rows;
}

/** Trains TRPO, and plays with each policy on its way: what each step was to do, and what it did. */
async function trainTrpo(seed: number, totalSteps: number, episodes: number, controls: TrialControls): Promise<Row[]> {
  const input = { env: "CartPole-v1", seed, totalSteps, envs: 8, rollout: 256, gamma: 0.98, maxKl: delta, workers: 1 };
  const training = await createTraining("trpo", input);
  const env = await makeEnv("CartPole-v1");
  const pause = runsLong(controls);
  const [kl, rise, change, error]: number[][] = [[], [], [], []];
  const [returns, refused] = [[] as number[], { count: 0 }];
  const play = () =>
    evaluateSync(training.policy, env, { episodes, seed: 1000 + returns.length, deterministic: false });
  try {
    let before = play();
    while (!training.done) {
      const { metrics } = training.update();
      const after = play();
      returns.push(after.mean);
      if (metrics.accepted === 1) {
        kl.push(metrics.kl);
        rise.push(metrics.surrogate);
        change.push(after.mean - before.mean);
        error.push(Math.sqrt((before.std * before.std + after.std * after.std) / episodes));
      } else refused.count++;
      before = after;
      await pause(training.fractionDone);
    }
  } finally {
    training.close();
  }
  return [{ kl, rise, change, error, refused: refused.count, returns, ...fateOf(returns) }];
}

const updatesOf = (data: Data, column: string): number[] =>
  where(data, { learner: "trpo" }).flatMap((row) => row[column] as readonly number[]);

/** For each seed, the share of a learner's trainings at these rates that collapsed. */
const collapses = (data: Data, learner: string, at: readonly number[] = rates): number[] => {
  const rows = where(data, { learner }).filter(({ rate }) => at.includes(rate as number));
  const those = [...new Set(numbers(rows, "seed"))].sort((a, b) => a - b);
  return those.map((seed) => mean(rows.filter((row) => row.seed === seed).map(({ collapsed }) => Number(collapsed))));
};

/** For each seed, the share of TRPO's accepted steps behind which the return was lower by more than three errors. */
const falls = (data: Data): number[] =>
  where(data, { learner: "trpo" }).map(({ change, error }) =>
    mean((change as number[]).map((x, i) => Number(x < -3 * (error as number[])[i]))),
  );

/** Of trainings that fell early enough to come back, whether each did. */
const returned = (data: Data): number[] =>
  where(data, { learner: "plain" })
    .filter(({ fellAt }) => typeof fellAt === "number" && fellAt <= 2 / 3)
    .map(({ cameBack }) => Number(cameBack));

export const experiment: Experiment = {
  name: "destructive-updates",
  title: "Destructive updates",
  place: "Trust regions and PPO",
  question:
    "Does a step that is too large destroy a policy for good, and do PPO's clip and TRPO's limit of the KL divergence prevent it?",
  lesson: String.raw`
A gradient tells how returns change nearby. A classifier that has stepped too far meets the same data again, and the loss
pulls it back. A policy makes its own data: one that always pushes the cart to the left sees ten steps of a falling pole,
whatever it does, and learns from nothing else.

A trust region limits not how far the weights move but how far the *policy* does. TRPO goes along the natural gradient
$x = F^{-1}g$, and as far as a mean divergence of $\delta = 0.01$ allows, if $F$ described it exactly:

$$\theta' = \theta + \sqrt{2\delta \,/\, x^\top F x}\;x$$

A line search then shortens the step until the surrogate $\mathbb{E}[\rho A]$ has risen and
$\mathrm{KL}(\pi_{\theta} \,\|\, \pi_{\theta'})$, measured anew, is within $\delta$. PPO has no such limit: it stops rewarding an action once its ratio has left $1 \pm \varepsilon$.

Here all learn from the same rollouts: 8 environments, 128 steps. The plain policy gradient takes one step of Adam from each.
Two others take 80, in 10 epochs of 8 minibatches, without a clip and with it. The learning rate goes up to a hundred times
the usual one. A training has *collapsed* if its last tenth earns less than a quarter of what its best stretch earned.
`,
  code: [
    sourceOf("learning/losses.ts", "policyGradientLoss"),
    sourceOf("learning/losses.ts", "ppoClipLoss"),
    sourceOf("algorithms/fisher.ts", "fisherVectorProduct"),
    sourceOf("algorithms/conjugate-gradient.ts", "conjugateGradient"),
  ],
  protocol(quick) {
    const [count, steps, episodes] = quick ? [2, 12_288, 20] : [20, 51_200, 100];
    return {
      trials: seeds(count).flatMap((seed) => [
        ...learners.map((learner) => ({
          id: `${learner}-${seed}`,
          settings: { learner, seed, steps },
          weight: learner === "plain" ? 1 : 4,
        })),
        { id: `trpo-${seed}`, settings: { learner: "trpo", seed, steps, episodes }, weight: 4 },
      ]),
      words: `CartPole-v1, ${told(steps)} steps, seeds 1 to ${count} for each learner and learning rate; $\\gamma$ 0.98,
$\\lambda$ 0.95, advantages normalized, learning rates constant. A curve has ${stretches} stretches. TRPO has rollouts of 2,048
steps, a critic with a learning rate of its own, and ${episodes} episodes after each update that it does not learn from: a
fall is a lower mean by more than three standard errors, which chance brings about in one of 700 comparisons. What has
collapsed is counted seed by seed; other shares are of all updates or trainings.`,
    };
  },
  carryOut: ({ learner, seed, steps, episodes }, controls) =>
    learner === "trpo"
      ? trainTrpo(seed as number, steps as number, episodes as number, controls)
      : trainAtRates(learner as Learner, seed as number, steps as number, controls),
  claims: [
    {
      id: "large-steps-destroy",
      claim: "Steps that are too large destroy what plain policy gradient has learned.",
      threshold:
        "Supported if the share of trainings that collapse is higher at learning rates of 0.03 and 0.1 than at 0.001 and 0.003: interval of the difference, seed by seed, above 0; not if below.",
      judge(data) {
        const [large, small] = [collapses(data, "plain", [0.03, 0.1]), collapses(data, "plain", [0.001, 0.003])];
        const bound = { above: 0, seeds: large.length, atLeast: 20 };
        return judged(
          `collapsed ${told(100 * mean(large))} % at large and ${told(100 * mean(small))} % at small rates; difference in share`,
          pairedDifference(large, small),
          bound,
        );
      },
    },
    {
      id: "no-way-back",
      claim: "A policy that has fallen does not come back by itself.",
      threshold:
        "Of plain trainings that fell below a quarter of their best within the first two thirds of the steps: supported if the share that reached three quarters of that best again is below 0.5 with its interval; not if above. A verdict takes 20 falls.",
      judge(data) {
        const back = returned(data);
        if (back.length === 0) return { verdict: "inconclusive", measured: "no training fell" };
        const finding = judged("share that came back", estimate(back), { below: 0.5, seeds: back.length, atLeast: 20 });
        return { ...finding, measured: finding.measured.replace(/seed(s?)/, "fall$1") };
      },
    },
    {
      id: "clip-prevents",
      claim: "PPO's clip prevents collapses: with as many steps of the same size, fewer trainings end in one.",
      threshold:
        "Supported if the difference in the share of collapses over all five learning rates, clipped less unclipped, is below 0 with its interval; not if above.",
      judge(data) {
        const [clipped, unclipped] = [collapses(data, "clipped"), collapses(data, "unclipped")];
        const bound = { below: 0, seeds: clipped.length, atLeast: 20 };
        return judged(
          `collapsed ${told(100 * mean(clipped))} % with and ${told(100 * mean(unclipped))} % without; difference in share`,
          pairedDifference(clipped, unclipped),
          bound,
        );
      },
    },
    {
      id: "kl-limit-holds",
      claim: "Every step that TRPO takes keeps the mean KL divergence within $\\delta$.",
      threshold: "Supported if the measured divergence of every accepted step of every seed is at most 0.01.",
      judge(data) {
        const all = updatesOf(data, "kl");
        return decided(
          all.every((kl) => kl <= delta),
          `largest divergence ${told(Math.max(...all))}, of ${told(all.length)} accepted steps; ${told(numbers(where(data, { learner: "trpo" }), "refused").reduce((a, b) => a + b, 0))} were refused`, // prettier-ignore
        );
      },
    },
    {
      id: "surrogate-rises",
      claim: "Every step that TRPO takes improves the surrogate.",
      threshold: "Supported if the surrogate rose with every accepted step of every seed.",
      judge(data) {
        const all = updatesOf(data, "rise");
        return decided(
          all.every((rise) => rise > 0),
          `smallest rise ${told(Math.min(...all))}, of ${told(all.length)} accepted steps`,
        );
      },
    },
    {
      id: "monotone",
      claim: "TRPO improves monotonically: a step that it takes does not lower the return.",
      threshold:
        "Supported if the share of accepted steps with a fall beyond three standard errors is below 0.01 with its interval; not if above.",
      judge(data) {
        const shares = falls(data);
        return judged("share of falls", estimate(shares), { below: 0.01, seeds: shares.length, atLeast: 20 });
      },
    },
  ],
  charts: (data) => [
    {
      name: "collapses",
      title: "Trainings that collapsed",
      caption: "Share of seeds by learning rate, with 95 % intervals. TRPO has no learning rate for its policy.",
      draw: (size) =>
        lineChart([...learners.map((learner) => collapsesByRate(data, learner)), trpoCollapses(data)], { x: "learning rate", y: "share of seeds", yRange: [0, 1], steps: rates, dots: true }, size), // prettier-ignore
    },
    {
      name: "curves",
      title: "Return against steps, at a learning rate of 0.03",
      caption: "Means over seeds with their 95 % intervals. TRPO has its own step.",
      draw: (size) =>
        lineChart([...learners.map((learner) => curve(data, { learner, rate: 0.03 }, labels[learner])), curve(data, { learner: "trpo" }, labels.trpo)], { x: "environment steps", y: "return", yRange: [0, 500] }, size), // prettier-ignore
    },
    {
      name: "trpo-steps",
      title: "What TRPO's steps did",
      caption:
        "Each point is an accepted step: by how much the surrogate rose, and how the return of separate episodes changed.",
      draw: (size) => scatterChart(stepsOf(data), { x: "rise of the surrogate", y: "change of the return", levels: [{ y: 0, label: "" }] }, size), // prettier-ignore
    },
  ],
  discussion(data) {
    const change = updatesOf(data, "change");
    const lower = mean(change.map((x) => Number(x < 0)));
    const shares = (learner: Learner) =>
      rates.map((rate) => `${told(100 * mean(collapses(data, learner, [rate])))} % at ${rate}`).join(", ");
    const never = (learner: Learner) =>
      told(100 * mean(numbers(where(data, { learner, rate: 0.1 }), "best").map((best) => Number(best < 100))));
    const back = returned(data);
    return `
Seeds that collapsed, by learning rate. One plain step a rollout: ${shares("plain")}. Steps of 80 minibatches: ${shares("unclipped")};
with the clip: ${shares("clipped")}. Where little was learned there is little to lose: at a learning rate of 0.1 a mean
return of 100 was never reached by ${never("plain")} % of the plain ones, ${never("unclipped")} % of those with 80 steps and
${never("clipped")} % of those with the clip. ${back.length > 0 ? `Of ${back.length} plain trainings that fell early, ${told(100 * mean(back))} % came back.` : ""}

The clip limits no step. It takes away the gradient of samples whose ratio has already left $1 \\pm \\varepsilon$; the first
minibatch of each rollout meets ratios of 1, so its step is as long with the clip as without. What the clip adds begins with
the second.

TRPO's guarantee is about the surrogate, and the line search makes it true by refusing all else. About the return it holds up
to the error of the surrogate: advantages are estimated from one rollout, by a critic that is not exact, and are those of the
old policy. Behind ${told(100 * lower)} % of the accepted steps the measured return was lower than before, counting
differences of mere chance, and behind ${told(100 * mean(falls(data)))} % by more than three standard errors.
`;
  },
};

function collapsesByRate(data: Data, learner: Learner): Line {
  const points = rates.map((rate) => {
    const { value, interval } = estimate(collapses(data, learner, [rate]));
    return { x: rate, y: value, band: interval };
  });
  return { label: labels[learner], points };
}

function trpoCollapses(data: Data): Line {
  const share = mean(where(data, { learner: "trpo" }).map(({ collapsed }) => Number(collapsed)));
  return { label: labels.trpo, points: rates.map((x) => ({ x, y: share })), reference: true };
}

function curve(data: Data, wanted: Readonly<Record<string, unknown>>, label: string): Line {
  const rows = where(data, wanted);
  const length = Math.max(...rows.map(({ returns }) => (returns as unknown[]).length));
  const points = Array.from({ length }, (_, i) => {
    const values = rows.flatMap(({ returns }) => (returns as (number | null)[])[i] ?? []);
    const { value, interval } = estimate(values);
    return { x: ((i + 1) * (rows[0].steps as number)) / length, y: values.length > 0 ? value : null, band: interval };
  });
  return { label, points };
}

function stepsOf(data: Data) {
  const [rise, change, error] = ["rise", "change", "error"].map((column) => updatesOf(data, column));
  const points = rise.map((x, i) => ({ x, y: change[i], fell: change[i] < -3 * error[i] }));
  return [
    { label: "no fall beyond three errors", points: points.filter(({ fell }) => !fell) },
    { label: "a fall", points: points.filter(({ fell }) => fell) },
  ];
}
