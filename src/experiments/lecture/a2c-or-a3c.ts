// A2C against A3C: how stale gradients are, and what each learns per step.

import { deviation } from "../../runs/statistics.ts";
import { intervalChart, lineChart } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment } from "../experiment.ts";
import { allOf, decided, estimate, judged, pairedDifference, told } from "../judge.ts";
import { endsOf, lineOver } from "../lines.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

const workerCounts = [1, 2, 4, 8];
/** Of each worker of A3C; A2C steps as many in all. */
const envsOfWorker = 2;
const stretches = 40;
const atLeast = 20;
/** Where the two are compared. */
const compared = 4;
const totalSteps = (quick: boolean) => (quick ? 12_800 : 204_800);

/** The same for both, so that nothing but the synchronization differs. */
const shared = {
  env: "CartPole-v1",
  rollout: 32,
  gamma: 0.98,
  lambda: 0.95,
  learningRate: 7e-4,
  optimizer: "rmsprop",
  valueCoefficient: 1,
  maxGradientNorm: 0.5,
  entropyCoefficient: 0.01,
  normalizeObservations: false,
  normalizeRewards: false,
};

const of = (data: Data, algorithm: "a2c" | "a3c", workers: number, column: string) =>
  numbers(where(data, { algorithm, workers }), column);

export const experiment: Experiment = {
  name: "a2c-or-a3c",
  title: "A2C or A3C",
  place: "A2C and A3C",
  question: "How stale do gradients get when nobody waits, and what does waiting cost or bring per step?",
  lesson: String.raw`
With several environments there is a choice. *A2C* waits: all play their rollout with the same parameters, and one update is
made from all of them. *A3C* does not: each worker reads the shared parameters, plays, and pushes its gradient whenever it is
ready. By then others have pushed theirs, so the gradient belongs to parameters that are no longer there. How many
updates came in between is its *staleness*.

Asynchronous workers see different states at a time, which makes their data less alike, and no processor waits. Synchronous ones give
the gradient of the policy that there is, with the noise of all environments averaged. A3C makes an update from
each worker's rollout, A2C one from all: in the same number of steps A3C makes as many more as it has workers, each noisier and
a little out of date.

They are compared per step, not per second: how fast the workers are depends on how many processors there are. Everything
but the synchronization is the same.
`,
  code: [sourceOf("algorithms/a3c.ts", "createWorkers")],
  protocol(quick) {
    const n = quick ? 1 : 20;
    return {
      trials: seeds(n).flatMap(
        (seed) =>
        workerCounts.map((workers) => ({ id: `workers-${workers}-${seed}`, settings: { workers, seed, steps: totalSteps(quick) }, weight: 4 })), // prettier-ignore
      ),
      words: `CartPole-v1, ${told(totalSteps(quick))} steps, seeds 1 to ${n}; A3C with ${workerCounts.join(", ")} workers of
${envsOfWorker} environments, each worker a thread, and A2C with as many environments in all; rollouts of 32 steps,
$\\lambda = 0.95$, $\\gamma = 0.98$, RMSProp at 7e-4 falling to 0 for both. A3C's runs do not repeat bit by bit: they depend on which thread is faster.`,
    };
  },
  async carryOut(settings, { onProgress, ...controls }) {
    const { workers, seed, steps } = settings as { workers: number; seed: number; steps: number };
    const staleness: number[] = [];
    let most = 0;
    const half = (share: number) => ({ ...controls, onProgress: (done: number) => onProgress?.(share + done / 2) });
    const a3c = await trainCurve("a3c", { ...shared, seed, totalSteps: steps, workers, envs: envsOfWorker }, half(0), {
      stretches,
      onUpdate({ metrics }) {
        staleness.push(metrics.staleness);
        most = Math.max(most, metrics.stalenessMax);
      },
    });
    const a2c = await trainCurve(
      "a2c",
      { ...shared, seed, totalSteps: steps, envs: envsOfWorker * workers },
      half(0.5),
      {
        stretches,
      },
    );
    const late = (returns: readonly (number | null)[]) => returns.slice(stretches / 2).filter((x) => x !== null);
    const row = ({ average, returns }: typeof a3c) => ({ average, returns, swing: deviation(late(returns)) });
    return [
      { algorithm: "a3c", ...row(a3c), staleness: staleness.reduce((sum, x) => sum + x, 0) / staleness.length, most },
      { algorithm: "a2c", ...row(a2c) },
    ];
  },
  claims: [
    {
      id: "one-is-fresh",
      claim: "With one worker no gradient is stale.",
      threshold: "Supported if the largest staleness of all gradients of one worker is 0.",
      judge(data) {
        const most = Math.max(...of(data, "a3c", 1, "most"));
        return decided(most === 0, `largest staleness ${most}, over ${of(data, "a3c", 1, "most").length} trainings`);
      },
    },
    {
      id: "staleness-grows",
      claim: "Staleness grows with the number of workers.",
      threshold:
        "Supported if from each number to the next, 1, 2, 4, 8, the interval of the difference in mean staleness is above 0.",
      judge: (data) =>
        allOf(
          workerCounts.slice(1).map((workers, i) => {
            const fewer = workerCounts[i];
            const more = pairedDifference(of(data, "a3c", workers, "staleness"), of(data, "a3c", fewer, "staleness"));
            return judged(`${fewer} to ${workers}`, more, { ...size(data), above: 0 }, " updates");
          }),
        ),
    },
    {
      id: "staleness-costs",
      claim: "Staleness costs return: with eight workers A3C learns less per step than with one.",
      threshold:
        "Supported if the interval of the difference in mean return over the training is below 0; not if above.",
      judge(data) {
        const difference = pairedDifference(of(data, "a3c", 8, "average"), of(data, "a3c", 1, "average"));
        return judged("difference in mean return", difference, { ...size(data), below: 0 });
      },
    },
    {
      id: "a2c-learns-more",
      claim: "A2C learns more per step than A3C with as many environments.",
      threshold: `Supported if with ${compared} workers the interval of the difference in mean return, A2C less A3C, is above 0; not if below.`,
      judge(data) {
        const difference = pairedDifference(of(data, "a2c", compared, "average"), of(data, "a3c", compared, "average"));
        return judged("difference in mean return", difference, { ...size(data), above: 0 });
      },
    },
    {
      id: "a2c-is-steadier",
      claim: "A2C is steadier: in the second half of the training its return swings less than that of A3C.",
      threshold: `Supported if with ${compared} workers the interval of the difference in the deviation of returns between stretches of the second half is below 0; not if above.`,
      judge(data) {
        const difference = pairedDifference(of(data, "a2c", compared, "swing"), of(data, "a3c", compared, "swing"));
        return judged("difference in deviation", difference, { ...size(data), below: 0 });
      },
    },
  ],
  charts(data) {
    const steps = data.rows[0].steps as number;
    const lines = (["a2c", "a3c"] as const).map((algorithm) =>
      workerCounts.map((workers) =>
        lineOver(
          algorithm === "a3c"
            ? `${workers} worker${workers === 1 ? "" : "s"}`
            : `${envsOfWorker * workers} environments`,
          where(data, { algorithm, workers }),
          "returns",
          endsOf(stretches, steps),
        ),
      ),
    );
    const axes = { x: "environment steps", y: "return", yRange: [0, 500] as const };
    return [
      {
        name: "staleness",
        title: "Staleness",
        caption:
          "Updates by other workers while a gradient was made: means over seeds with 95 % intervals; single seeds are faint.",
        draw: (size) =>
          intervalChart(
            workerCounts.map((workers) => {
              const each = of(data, "a3c", workers, "staleness");
              return { label: `${workers} worker${workers === 1 ? "" : "s"}`, ...estimate(each), each };
            }),
            { x: "updates" },
            size,
          ),
      },
      {
        name: "a3c",
        title: "A3C",
        caption: "Return by steps: interquartile means over seeds, with 95 % intervals.",
        draw: (size) => lineChart(lines[1], axes, size),
      },
      {
        name: "a2c",
        title: "A2C",
        caption: "The same with as many environments, which are waited for.",
        draw: (size) => lineChart(lines[0], axes, size),
      },
    ];
  },
  discussion(data) {
    const rows = workerCounts.map((workers) => {
      const [a3c, a2c] = (["a3c", "a2c"] as const).map(
        (algorithm) => estimate(of(data, algorithm, workers, "average")).value,
      );
      return `with ${envsOfWorker * workers} environments A2C comes to ${told(a2c)} and A3C to ${told(a3c)}`;
    });
    return `Mean return over the training: ${rows.join("; ")}. Both learning rates are the same, though A3C makes more updates with it the more workers there are: a part of what differs is that, and not staleness.`;
  },
};

const size = (data: Data) => ({ seeds: of(data, "a3c", compared, "average").length, atLeast });
