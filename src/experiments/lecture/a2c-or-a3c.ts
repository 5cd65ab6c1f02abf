// A2C against A3C: how stale gradients of workers are that do not wait, and what that costs.

import { deviation, interquartileMean, isFew, mean } from "../../runs/statistics.ts";
import { intervalChart, lineChart } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Finding, type Row, type TrialControls } from "../experiment.ts"; // prettier-ignore
import { decided, estimate, judged, pairedDifference, pairedRatio, allOf, told, withInterval } from "../judge.ts";
import { endsOf, lineOver } from "../lines.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

const workerCounts = [1, 2, 4, 8];
const most = 8;
const stretches = 30;
const rate = 7e-4;
const totalSteps = (quick: boolean) => (quick ? 10_000 : 60_000);
const count = (quick: boolean) => (quick ? 2 : 20);

/** What both have in common; the rest are defaults. */
const settings = {
  env: "CartPole-v1",
  rollout: 20,
  lambda: 0.95,
  gamma: 0.98,
  optimizer: "rmsprop",
  learningRateSchedule: "constant",
  normalizeObservations: false,
  normalizeRewards: false,
};

/** An A3C with so many workers of one environment each. */
async function a3c(workers: number, seed: number, steps: number, controls: TrialControls, vtrace = false) {
  let [sum, pushes, worst] = [0, 0, 0];
  // Workers wait for each other at a report, so there are few: between them a worker can be as late as it comes.
  const input = {
    ...settings,
    seed,
    totalSteps: steps,
    workers,
    envs: 1,
    vtrace,
    learningRate: rate,
    reportEvery: steps / 2,
  };
  const curve = await trainCurve("a3c", input, controls, {
    stretches,
    onUpdate({ metrics }) {
      sum += metrics.staleness * metrics.pushes;
      pushes += metrics.pushes;
      worst = Math.max(worst, metrics.stalenessMax);
    },
  });
  return { ...rowOf(curve), algorithm: "a3c", vtrace, staleness: sum / pushes, worst, updates: pushes };
}

/** An A2C with so many environments, on one thread. */
async function a2c(workers: number, seed: number, steps: number, controls: TrialControls, isScaled = false) {
  const input = { ...settings, seed, totalSteps: steps, envs: workers, learningRate: isScaled ? workers * rate : rate };
  let updates = 0;
  const curve = await trainCurve("a2c", input, controls, {
    stretches,
    onUpdate: (report) => (updates = report.update),
  });
  return { ...rowOf(curve), algorithm: "a2c", scaled: isScaled, updates };
}

const rowOf = ({ average, final, returns }: Awaited<ReturnType<typeof trainCurve>>) => ({ average, final, returns });

const ofA3c = (data: Data, workers: number, vtrace = false) => where(data, { algorithm: "a3c", workers, vtrace });
const ofA2c = (data: Data, workers: number, scaled = false) => where(data, { algorithm: "a2c", workers, scaled });
const averages = (rows: readonly Row[]) => numbers(rows, "average");

export const experiment: Experiment = {
  name: "a2c-or-a3c",
  title: "A2C against A3C",
  place: "A2C and A3C",
  question: "How old are the gradients of workers that do not wait for each other, and does waiting learn better?",
  lesson: String.raw`
Several environments at once give a gradient of less correlated steps. A2C collects a rollout from all, then makes one update from
the mean gradient; everybody waits for the slowest. In A3C nobody waits: each worker copies the shared parameters
$\theta$, plays its own rollout, and adds its gradient to whatever the parameters have become in the meantime:

$$\theta_{k+1} = \theta_k - \alpha\,\nabla L(\theta_{k - \tau})$$

The delay $\tau$ counts the updates by others between reading and writing; it is called staleness. With one worker
it is 0, and A3C is A2C with one environment. With $n$ equally fast workers, each on a core of its own, it is about $n - 1$.
Where they share cores some stand still, and who does not play is not late.

Counted by steps of environments, and not by seconds, two things differ. A3C takes a step for each worker's rollout, A2C one
for all of them: with the same learning rate A2C goes an $n$th of the way. So A2C is also run with $n$ times
the rate. And A3C's gradients are stale. V-trace, which weighs a rollout by how likely today's parameters would have been to
play it, corrects for that.

Here each worker has one environment and a thread of its own, whatever the number of cores.
`,
  code: [sourceOf("algorithms/a3c.ts", "createWorkers"), sourceOf("algorithms/a2c.ts", "a2cObjective")],
  protocol: (quick) => ({
    trials: seeds(count(quick)).flatMap((seed) =>
      workerCounts.map((workers) => ({
        id: `workers-${workers}-${seed}`,
        settings: { workers, seed, steps: totalSteps(quick) },
        weight: 1 + workers,
      })),
    ),
    words: `CartPole-v1, ${told(totalSteps(quick))} steps, seeds 1 to ${count(quick)}; A3C with ${workerCounts.join(", ")}
workers of one environment each, A2C with as many environments, with the same rate and with as many times that. Rollouts of 20
steps, $\\lambda = 0.95$, $\\gamma = 0.98$, RMSProp at 0.0007, constant; all else is default. What a run is worth is its mean
return over all steps; values are interquartile means, differences are taken seed by seed. Runs of A3C with several workers
depend on how threads are scheduled, and do not come out the same again.`,
  }),
  async carryOut({ workers, seed, steps }, controls) {
    const [w, s, n] = [workers as number, seed as number, steps as number];
    const rows: Row[] = [await a3c(w, s, n, controls), await a2c(w, s, n, controls)];
    if (w > 1) rows.push(await a2c(w, s, n, controls, true));
    if (w === most) rows.push(await a3c(w, s, n, controls, true));
    return rows;
  },
  claims: [
    {
      id: "one-worker",
      claim: "With one worker nothing is stale, and A3C is A2C with one environment.",
      threshold:
        "Supported if on every seed no gradient of one worker is stale, and both have the same learning curve.",
      judge(data) {
        const [one, other] = [ofA3c(data, 1), ofA2c(data, 1)];
        const stale = Math.max(...numbers(one, "worst"));
        const same = one.filter((row, i) => JSON.stringify(row.returns) === JSON.stringify(other[i].returns)).length;
        const measured = `staleness at most ${told(stale)}; the same curve on ${same} of ${one.length} seeds`;
        return decided(stale === 0 && same === one.length, measured);
      },
    },
    {
      id: "grows",
      claim: "Staleness grows with the number of workers.",
      threshold:
        "Supported if the intervals of the differences between 2 and 1, 4 and 2, and 8 and 4 workers are all above 0; not if one is below.",
      judge(data) {
        const staleness = workerCounts.map((n) => numbers(ofA3c(data, n), "staleness"));
        const found = workerCounts.slice(1).map((n, i) => {
          const bound = { above: 0, seeds: staleness[i].length, atLeast: 10 };
          return judged(`${n} and ${workerCounts[i]}:`, pairedDifference(staleness[i + 1], staleness[i]), bound);
        });
        const means = `means ${staleness.map((each) => told(mean(each))).join(", ")}`;
        return { ...allOf(found), measured: `${means}; ${allOf(found).measured}` };
      },
    },
    {
      id: "current",
      claim: "Each worker runs the current policy.",
      threshold:
        "Supported if with 8 workers the interval of the mean number of updates by others, from the copy to the gradient, is below a half; not if above.",
      judge(data) {
        const each = numbers(ofA3c(data, most), "staleness");
        return judged("updates by others", estimate(each), { below: 0.5, seeds: each.length, atLeast: 10 });
      },
    },
    {
      id: "no-correction",
      claim: "A3C needs no off-policy correction: V-trace gains little.",
      threshold:
        "Supported if with 8 workers the interval of what V-trace adds to the mean return is below 20; not if above.",
      judge(data) {
        const gain = pairedDifference(
          averages(ofA3c(data, most, true)),
          averages(ofA3c(data, most)),
          interquartileMean,
        );
        return judged("V-trace adds", gain, { below: 20, seeds: ofA3c(data, most).length, atLeast: 20 });
      },
    },
    {
      id: "same-rate",
      claim:
        "Per step, and with the same learning rate, A2C with 8 environments learns better than A3C with 8 workers.",
      threshold: "Supported if the interval of the difference in mean return, seed by seed, is above 0; not if below.",
      judge: (data) => difference(averages(ofA2c(data, most)), averages(ofA3c(data, most))),
    },
    {
      id: "same-way",
      claim: "With 8 times the rate, since it makes an eighth of the updates, A2C learns better per step than A3C.",
      threshold: "Supported if the interval of the difference in mean return, seed by seed, is above 0; not if below.",
      judge: (data) => difference(averages(ofA2c(data, most, true)), averages(ofA3c(data, most))),
    },
    {
      id: "steadier",
      claim: "A2C learns more steadily: with 8 environments, and the rate for it, its seeds vary less than A3C's.",
      threshold:
        "Supported if the interval of the ratio of the standard deviations of the mean return, A2C over A3C, is below 1; not if above.",
      judge(data) {
        const [waiting, free] = [averages(ofA2c(data, most, true)), averages(ofA3c(data, most))];
        const bound = { below: 1, seeds: free.length, atLeast: 20 };
        // Of two or three seeds some draws are all alike, and their ratio is no number.
        const ratio = isFew(free) ? { value: deviation(waiting) / deviation(free), interval: null } : pairedRatio(waiting, free, deviation); // prettier-ignore
        return judged("ratio of deviations", ratio, bound);
      },
    },
    {
      id: "outweighs",
      claim:
        "What staleness costs outweighs what decorrelated experience brings: A3C with 8 workers learns worse than with one.",
      threshold:
        "Supported if the interval of the difference in mean return, 8 workers less one, is below 0; not if above.",
      judge(data) {
        const [many, one] = [averages(ofA3c(data, most)), averages(ofA3c(data, 1))];
        const bound = { below: 0, seeds: one.length, atLeast: 20 };
        return judged("difference in mean return", pairedDifference(many, one, interquartileMean), bound);
      },
    },
  ],
  charts(data) {
    const ends = endsOf(stretches, data.rows[0].steps as number);
    const curves = [
      lineOver("A3C, 8 workers", ofA3c(data, most), "returns", ends),
      lineOver("A2C, 8 environments", ofA2c(data, most), "returns", ends),
      lineOver("A2C, 8 times the rate", ofA2c(data, most, true), "returns", ends),
      lineOver("either, one", ofA3c(data, 1), "returns", ends),
    ];
    const staleness = workerCounts.map((n) => {
      const { value, interval } = estimate(numbers(ofA3c(data, n), "staleness"));
      return { x: n, y: value, band: interval };
    });
    return [
      {
        name: "staleness",
        title: "Staleness by the number of workers",
        caption:
          "Updates by others from a worker's copy to its gradient: means with 95 % intervals. It depends on the number of cores.",
        draw: (size) =>
          lineChart(
            [
              { label: "measured", points: staleness },
              { label: "n − 1", points: workerCounts.map((n) => ({ x: n, y: n - 1 })), reference: true },
            ],
            { x: "workers", y: "staleness", steps: workerCounts, dots: true },
            size,
          ),
      },
      {
        name: "curves",
        title: "Return against steps",
        caption: "Interquartile means over seeds, with their 95 % intervals.",
        draw: (size) => lineChart(curves, { x: "environment steps", y: "return", yRange: [0, 500] }, size),
      },
      {
        name: "averages",
        title: "Mean return over the whole training",
        caption: "Interquartile means with 95 % intervals; single seeds are faint.",
        draw: (size) =>
          intervalChart(
            variants(data).map(({ label, rows }) => {
              const each = averages(rows);
              return { label, ...estimate(each, interquartileMean), each };
            }),
            { x: "mean return" },
            size,
          ),
      },
    ];
  },
  discussion(data) {
    const updates = (rows: readonly Row[]) => told(mean(numbers(rows, "updates")));
    const worth = (rows: readonly Row[]) => {
      const { value, interval } = estimate(averages(rows), interquartileMean);
      return withInterval(value, interval);
    };
    const worst = told(Math.max(...numbers(ofA3c(data, most), "worst")));
    const spread = (rows: readonly Row[]) => told(deviation(averages(rows)));
    return String.raw`
That each worker runs the current policy is true of the moment when it copies the parameters. With 8 workers, by the time its
gradient arrives, others have made ${told(mean(numbers(ofA3c(data, most), "staleness")))} updates on average, and ${worst} at most, where
the system let a worker wait in the middle of a rollout.

In the same number of steps A3C with 8 workers makes ${updates(ofA3c(data, most))} updates and A2C ${updates(ofA2c(data, most))}. So a
comparison at one learning rate compares the rate as well: the mean return is ${worth(ofA3c(data, most))} for A3C,
${worth(ofA2c(data, most))} for A2C with the same rate, and ${worth(ofA2c(data, most, true))} with 8 times the rate. One worker
alone, or one environment, comes to ${worth(ofA3c(data, 1))}, with V-trace 8 workers come to ${worth(ofA3c(data, most, true))}.

Over seeds the mean return has a standard deviation of ${spread(ofA3c(data, most))} with A3C's 8 workers,
${spread(ofA2c(data, most, true))} with A2C's 8 environments at the rate for it, and ${spread(ofA3c(data, 1))} with one worker. What A3C was made
for, seconds on many cores, is not measured here.
`;
  },
};

const difference = (a: readonly number[], b: readonly number[]): Finding => {
  const bound = { above: 0, seeds: a.length, atLeast: 20 };
  return judged("difference in mean return", pairedDifference(a, b, interquartileMean), bound);
};

/** All that is compared, by what charts call it. */
function variants(data: Data): { label: string; rows: readonly Row[] }[] {
  return [
    { label: "either, one", rows: ofA3c(data, 1) },
    ...workerCounts.slice(1).flatMap((n) => [
      { label: `A3C, ${n} workers`, rows: ofA3c(data, n) },
      { label: `A2C, ${n}`, rows: ofA2c(data, n) },
      { label: `A2C, ${n}, ${n} × rate`, rows: ofA2c(data, n, true) },
    ]),
    { label: "A3C, 8, V-trace", rows: ofA3c(data, most, true) },
  ];
}
