// Extension 2: the KL divergence over the epochs of one rollout, with clipping and without, and what many epochs come to.

import { mean } from "../../runs/statistics.ts";
import { createTraining } from "../../training/index.ts";
import { intervalChart, lineChart, type Line } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Finding, type Row, type TrialControls } from "../experiment.ts"; // prettier-ignore
import { estimate, inEach, judged, pairedDifference, told, type Estimate } from "../judge.ts";
import { ppoByEpochs } from "../ppo-by-epochs.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";
import { pieceOf, runsLong } from "../turns.ts";

const environments = ["CartPole-v1", "Pendulum-v1"];
const ranges = [0.1, 0.2, 0.3, 0];
const usual = 0.2;
const epochs = 40;
const counts = [10, 20, 40];
const targetKl = 0.01;
const variants: Readonly<Record<string, object>> = {
  clipped: { clip: usual },
  unclipped: { clip: 0 },
  stopped: { clip: usual, targetKl },
};
const labels: Readonly<Record<string, string>> = { clipped: "clipped", unclipped: "no clip", stopped: "clipped, target KL" }; // prettier-ignore

/** E[ρ − 1 − log ρ] = KL of ratios that are all at 1 − ε: none within 1 ± ε come to more. */
const boundOf = (range: number): number => -Math.log(1 - range) - range;

/** Trains for a while, and then learns from the next rollout, the same each time, at each ε for 40 epochs. */
async function sameRollout(env: string, seed: number, warmUp: number, controls: TrialControls): Promise<Row[]> {
  const pause = runsLong(controls);
  const options = { env, seed, learningRateSchedule: "constant", workers: 1 };
  const before = await createTraining("ppo", { ...options, totalSteps: warmUp });
  while (!before.done) {
    before.update();
    await pause(0.5 * before.fractionDone);
  }
  const checkpoint = before.checkpoint();
  before.close();
  const rows: Row[] = [];
  for (const [i, clip] of ranges.entries()) {
    const [divergences, shares]: number[][] = [[], []];
    let sum = 0;
    const algorithm = ppoByEpochs({
      onEpoch({ kl, ratios, advantages }) {
        divergences.push(kl);
        shares.push(mean(Array.from(ratios, (rho) => Number(Math.abs(rho - 1) > (clip || usual)))));
        sum = advantages.reduce((a, b) => a + b);
      },
    });
    const input = { ...options, totalSteps: before.step + 1, clip, epochs };
    const training = await createTraining(algorithm, input, { checkpoint, change: ["clip", "epochs"] });
    training.update();
    training.close();
    await pause(0.5 + (i + 1) / 8);
    rows.push({ clip, kl: divergences, clipped: shares, advantages: sum });
  }
  return rows;
}

/** Trains with 10, 20 and 40 epochs a rollout. */
async function train(variant: string, seed: number, totalSteps: number, controls: TrialControls): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [i, count] of counts.entries()) {
    const done: number[] = [];
    const input = { env: "CartPole-v1", seed, totalSteps, learningRateSchedule: "constant", epochs: count, ...variants[variant] }; // prettier-ignore
    const onUpdate = ({ metrics }: { metrics: Readonly<Record<string, number>> }) => done.push(metrics.epochs);
    const { average, final } = await trainCurve("ppo", input, pieceOf(controls, i, counts.length), { onUpdate });
    rows.push({ epochs: count, average, final, done: mean(done) });
  }
  return rows;
}

/** A column of each seed after an epoch of the same rollout. */
const after = (data: Data, env: string, clip: number, epoch: number, column = "kl"): number[] =>
  where(data, { env, clip }).map((row) => (row[column] as number[])[epoch - 1]);

const averages = (data: Data, variant: string, count: number) => numbers(where(data, { variant, epochs: count }), "average"); // prettier-ignore

/** A finding in each environment. */
const inBoth = (finding: (env: string) => Finding): Finding =>
  inEach(Object.fromEntries(environments.map((env) => [env, finding(env)])));

/** Of divergences, which float32 may make 0 where they are small. */
const logs = (values: readonly number[]): number[] => values.map((x) => Math.log(Math.max(x, 1e-9)));

/** A number and its interval, from those of its logarithm. */
const fromLog = ({ value, interval }: Estimate): Estimate => ({
  value: Math.exp(value),
  interval: interval && [Math.exp(interval[0]), Math.exp(interval[1])],
});

const geometricMean = (values: readonly number[]): Estimate => fromLog(estimate(logs(values)));

/** a / b of geometric means, seed by seed. */
const geometricRatio = (a: readonly number[], b: readonly number[]): Estimate =>
  fromLog(pairedDifference(logs(a), logs(b)));

export const experiment: Experiment = {
  name: "ppo-epochs",
  title: "PPO over epochs",
  place: "Extension 2",
  question:
    "Does clipping keep the KL divergence bounded over many epochs on one rollout, and what do many epochs bring?",
  lesson: String.raw`
Several epochs on one rollout are cheap steps: the environment is asked for nothing. Each is taken from the data of
$\pi_{\text{old}}$, and the further $\pi$ has moved, the less the data say about it. How far it is, the divergence
$\mathrm{KL}(\pi_{\text{old}} \,\|\, \pi)$ says, averaged over the states of the rollout.

The clip works on single samples. A sample whose $\rho$ has left $1 \pm \varepsilon$ on the side that pays has no gradient any
more; nothing holds it there. If all ratios stayed within the range, the divergence could not exceed

$$\mathbb{E}[\rho - 1 - \log\rho] \le -\log(1-\varepsilon) - \varepsilon$$

which is 0.023 at $\varepsilon = 0.2$.

A training is stopped at one moment, and the next rollout is learned from four times, from the same weights, in the same
order of minibatches: with $\varepsilon$ of 0.1, 0.2 and 0.3, and without a clip. After each of 40 epochs the exact divergence
over the whole rollout is measured. Whole trainings with 10, 20 and 40 epochs a rollout then show what it means for the return.
A third kind ends its epochs once one of them had a mean divergence above 0.01.
`,
  code: [
    sourceOf("learning/losses.ts", "ppoClipLoss"),
    sourceOf("learning/losses.ts", "clipFraction"),
    sourceOf("learning/kl-control.ts", "meanKl"),
  ],
  protocol(quick) {
    const [count, warmUp, steps] = quick ? [1, 8_192, 8_192] : [20, 20_480, 30_720];
    return {
      trials: seeds(count).flatMap((seed) => [
        ...environments.map((env) => ({ id: `${env}-${seed}`, settings: { env, seed, warmUp }, weight: 2 })),
        ...Object.keys(variants).map((variant) => ({
          id: `${variant}-${seed}`,
          settings: { variant, seed, steps },
          weight: 5,
        })),
      ]),
      words: `PPO with its presets and constant learning rates. The same rollout: CartPole-v1 and Pendulum-v1 after ${told(warmUp)} steps,
${count === 1 ? "seed 1" : `seeds 1 to ${count}`}. Trainings: CartPole-v1, ${told(steps)} steps, ${count === 1 ? "seed 1" : `seeds 1 to ${count}`}, clip ${usual}, none, or
${usual} with a target KL of ${targetKl}. Differences and ratios are taken seed by seed; divergences are averaged as their
logarithms.`,
    };
  },
  carryOut: ({ env, variant, seed, warmUp, steps }, controls) =>
    env
      ? sameRollout(env as string, seed as number, warmUp as number, controls)
      : train(variant as string, seed as number, steps as number, controls),
  claims: [
    {
      id: "within-bound",
      claim: "Clipping keeps the divergence within what ratios of $1 \\pm \\varepsilon$ allow.",
      threshold:
        "Supported if after 40 epochs with $\\varepsilon$ 0.2 the divergence is below 0.0231 with its interval in both environments; not if above in one.",
      judge: (data) =>
        inBoth((env) => {
          const values = after(data, env, usual, epochs);
          const bound = { below: boundOf(usual), seeds: values.length, atLeast: 20 };
          return judged("KL", geometricMean(values), bound);
        }),
    },
    {
      id: "levels-off",
      claim: "With the clip the divergence levels off over the epochs.",
      threshold:
        "Supported if it grows by less than a tenth from epoch 20 to epoch 40 with $\\varepsilon$ 0.2, ratio with its interval, in both environments; not if by more in one.",
      judge: (data) =>
        inBoth((env) => {
          const [late, early] = [epochs, 20].map((epoch) => after(data, env, usual, epoch));
          const bound = { below: 1.1, seeds: late.length, atLeast: 20 };
          return judged("grows by a factor of", geometricRatio(late, early), bound);
        }),
    },
    {
      id: "without-clip",
      claim: "Without a clip the divergence is of another order of magnitude.",
      threshold:
        "Supported if after 40 epochs it is more than ten times that with $\\varepsilon$ 0.2, ratio with its interval, in both environments; not if less in one.",
      judge: (data) =>
        inBoth((env) => {
          const [unclipped, clipped] = [0, usual].map((clip) => after(data, env, clip, epochs));
          const bound = { above: 10, seeds: clipped.length, atLeast: 20 };
          return judged(`KL ${told(geometricMean(unclipped).value)} instead of ${told(geometricMean(clipped).value)}, ratio`, geometricRatio(unclipped, clipped), bound); // prettier-ignore
        }),
    },
    {
      id: "fraction-grows",
      claim: "The more epochs, the more samples are outside of $1 \\pm \\varepsilon$.",
      threshold:
        "Supported if after 40 epochs with $\\varepsilon$ 0.2 a larger share is outside than after 4, difference with its interval, in both environments; not if a smaller one in one.",
      judge: (data) =>
        inBoth((env) => {
          const [late, early] = [epochs, 4].map((epoch) => after(data, env, usual, epoch, "clipped"));
          const bound = { above: 0, seeds: late.length, atLeast: 20 };
          return judged(`${told(100 * mean(late))} % after ${told(100 * mean(early))} %, difference in share`, pairedDifference(late, early), bound); // prettier-ignore
        }),
    },
    {
      id: "epochs-need-clip",
      claim: "Forty epochs a rollout need the clip.",
      threshold:
        "Supported if the difference in mean return over the training, clipped less not, is above 0 with its interval at 40 epochs; not if below.",
      judge: (data) => difference(data, "clipped", "unclipped"),
    },
    {
      id: "target-helps",
      claim: "At forty epochs, stopping at a target divergence adds to the clip.",
      threshold:
        "Supported if the difference in mean return over the training, stopped less clipped alone, is above 0 with its interval at 40 epochs; not if below.",
      judge: (data) => difference(data, "stopped", "clipped"),
    },
  ],
  charts(data) {
    // Their intervals take a while, and each chart is drawn twice.
    const divergences = environments.map((env) => [
      ...ranges.map((clip) => byEpoch(data, env, clip, "kl", geometricMean)),
      boundLine(),
    ]);
    const fractions = environments.flatMap((env) =>
      [usual, 0].map((clip) => ({
        ...byEpoch(data, env, clip, "clipped", estimate),
        label: `${env}, ${clip > 0 ? "clipped" : "no clip"}`,
      })),
    );
    return [
      ...environments.map((env, i) => ({
        name: env === "CartPole-v1" ? "kl-cartpole" : "kl-pendulum",
        title: `Divergence over epochs on one rollout, ${env}`,
        caption: "Geometric means over seeds with 95 % intervals.",
        draw: (size: { width: number; height: number }) =>
          lineChart(divergences[i], { x: "epochs", y: "KL(π_old ‖ π)", logY: true }, size),
      })),
      {
        name: "fractions",
        title: "Samples outside of 1 ± 0.2",
        caption: "Share of the rollout after each epoch, means over seeds with 95 % intervals.",
        draw: (size) => lineChart(fractions, { x: "epochs", y: "share", yRange: [0, 1] }, size),
      },
      {
        name: "returns",
        title: "Mean return over the whole training, CartPole-v1",
        caption: "By epochs a rollout, means with 95 % intervals; single seeds are faint.",
        draw: (size) =>
          intervalChart(
            counts.flatMap((count) =>
              Object.keys(variants).map((variant) => {
                const each = averages(data, variant, count);
                return { label: `${count}, ${labels[variant]}`, ...estimate(each), each };
              }),
            ),
            { x: "mean return" },
            size,
          ),
      },
    ];
  },
  discussion(data) {
    const at40 = (env: string) =>
      ranges.map((clip) => `${told(geometricMean(after(data, env, clip, epochs)).value)} ${clip > 0 ? `with $\\varepsilon$ ${clip}` : "without a clip"}`).join(", "); // prettier-ignore
    const returns = (variant: string) => counts.map((count) => told(mean(averages(data, variant, count)))).join(", ");
    const stopped = counts.map((count) => told(mean(numbers(where(data, { variant: "stopped", epochs: count }), "done")))).join(", "); // prettier-ignore
    return `
After 40 epochs the divergence is, on CartPole-v1, ${at40("CartPole-v1")}; on Pendulum-v1 ${at40("Pendulum-v1")}.

The clip bounds no divergence by itself. It takes samples out of the gradient one by one, and Adam's momentum and the steps
for the samples that are left go on moving those that are out. What it does is to leave ever fewer reasons to move.

With 10, 20 and 40 epochs a rollout the mean return is ${returns("clipped")} with the clip, ${returns("unclipped")} without, and
${returns("stopped")} with the clip and a target, which let ${stopped} of them happen.
`;
  },
};

const boundLine = (): Line => ({
  label: "ratios within 1 ± 0.2",
  points: [1, epochs].map((x) => ({ x, y: boundOf(usual) })),
  reference: true,
});

function difference(data: Data, a: string, b: string): Finding {
  const [x, y] = [averages(data, a, epochs), averages(data, b, epochs)];
  const bound = { above: 0, seeds: x.length, atLeast: 20 };
  return judged(`mean return ${told(mean(x))} instead of ${told(mean(y))}, difference`, pairedDifference(x, y), bound);
}

function byEpoch(
  data: Data,
  env: string,
  clip: number,
  column: string,
  statistic: (values: readonly number[]) => Estimate,
): Line {
  const points = Array.from({ length: epochs }, (_, i) => {
    const { value, interval } = statistic(after(data, env, clip, i + 1, column));
    return { x: i + 1, y: value, band: interval };
  });
  return { label: clip > 0 ? `ε ${clip}` : "no clip", points };
}
