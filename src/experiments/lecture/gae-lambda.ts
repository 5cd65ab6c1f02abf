// Exercise 3: which λ of GAE learns fastest, in steps and in seconds.

import { gae, lambdaReturns, rewardToGo, tdAdvantages, type Trajectories } from "../../advantages/index.ts";
import { createGenerator } from "../../random/index.ts";
import { interquartileMean, median } from "../../runs/statistics.ts";
import { lineChart, intervalChart, type Line } from "../charts.ts";
import { curveOver } from "../lines.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row } from "../experiment.ts";
import { decided, estimate, judged, pairedDifference, shareOf, told } from "../judge.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

const lambdas = [0, 0.5, 0.9, 0.95, 0.99, 1];
const totalSteps = (quick: boolean) => (quick ? 8_000 : 100_000);
const stretches = 50;
const goal = 195;

/** Average returns of the seeds, in their order. */
const averages = (data: Data, lambda: number) => numbers(where(data, { lambda }), "average");

/** The largest difference between GAE at its ends and what it should be there, over random rollouts. */
function endpoints(): Row[] {
  const generator = createGenerator(3);
  const [steps, environments, gamma] = [128, 4, 0.99];
  const size = steps * environments;
  const random = () => generator.fillStandardNormal(new Float64Array(size));
  const ends = () => Uint8Array.from({ length: size }, () => (generator.random() < 0.05 ? 1 : 0));
  const values = random();
  const nextValues = random();
  const [terminated, truncated] = [ends(), ends()];
  // Within an episode V(s') of a step is V(s) of the next.
  for (let k = 0; k < size - environments; k++)
    if (!terminated[k] && !truncated[k]) nextValues[k] = values[k + environments];
  const rollout: Trajectories = { steps, environments, rewards: random(), values, nextValues, terminated, truncated };
  const apart = (a: Float64Array, b: Float64Array) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
  const monteCarlo = rewardToGo(rollout, { gamma });
  const whole = gae(rollout, { gamma, lambda: 1 });
  return [
    { end: 0, apart: apart(gae(rollout, { gamma, lambda: 0 }), tdAdvantages(rollout, { gamma })) },
    { end: 1, apart: apart(lambdaReturns(whole, values), monteCarlo) },
  ];
}

export const experiment: Experiment = {
  name: "gae-lambda",
  title: "The λ of GAE",
  place: "Exercise 3",
  question:
    "Which $\\lambda$ of generalized advantage estimation learns fastest, and are its ends what they are said to be?",
  lesson: String.raw`
An advantage can be estimated from one step and the critic, or from all rewards to the end of the episode. The first is
quiet and inherits the critic's errors; the second is right on average and noisy. GAE weighs the errors $\delta$ of all
steps ahead:

$$\hat A_t = \sum_{l \ge 0} (\gamma\lambda)^l\,\delta_{t+l}, \qquad \delta_t = r_{t+1} + \gamma V(s_{t+1}) - V(s_t)$$

At $\lambda = 0$ only $\delta_t$ is left. At $\lambda = 1$ the values in between cancel, and what remains is the discounted
return less $V(s_t)$. Between them $1/(1-\lambda)$ says how many steps count: about 20 at 0.95.

The learner is actor-critic with rollouts of 128 steps of one environment and a bonus of 0.01 for entropy. Nothing but
$\lambda$ differs. What a setting is worth is its mean return over the whole training: it counts how high the curve gets
and how soon.
`,
  code: [sourceOf("advantages/gae.ts", "gae")],
  protocol: (quick) => {
    const runs = seeds(quick ? 2 : 20).flatMap((seed) =>
      lambdas.map((lambda) => ({
        id: `lambda-${lambda}-${seed}`,
        settings: { lambda, seed, steps: totalSteps(quick) },
      })),
    );
    return {
      trials: [{ id: "endpoints", settings: { exact: true } }, ...runs],
      words: `CartPole-v1, A2C with one environment and rollouts of 128 steps, its defaults otherwise,
${told(totalSteps(quick))} steps, seeds 1 to ${quick ? 2 : 20} for each $\\lambda$. Differences are taken seed by seed;
values are interquartile means.`,
    };
  },
  async carryOut({ exact, lambda, seed, steps }, controls) {
    if (exact) return endpoints();
    const input = {
      env: "CartPole-v1",
      seed,
      totalSteps: steps as number,
      envs: 1,
      rollout: 128,
      lambda,
      entropyCoefficient: 0.01,
    };
    const { average, final, stepsToGoal, returns, seconds } = await trainCurve("a2c", input, controls, {
      stretches,
      goal,
    });
    return [{ average, final, stepsToGoal, seconds: seconds.at(-1)!, returns, clock: seconds }];
  },
  claims: [
    {
      id: "zero-is-td",
      claim: "At $\\lambda = 0$ GAE is the one-step TD advantage.",
      threshold: "Supported if the largest difference over a random rollout of 512 steps is below 1e-12.",
      judge: (data) => endpoint(data, 0),
    },
    {
      id: "one-is-monte-carlo",
      claim: "At $\\lambda = 1$ GAE is the Monte Carlo return less the value.",
      threshold: "Supported if the largest difference over a random rollout of 512 steps is below 1e-12.",
      judge: (data) => endpoint(data, 1),
    },
    {
      id: "around-095",
      claim: "The best $\\lambda$ lies around 0.95: it is 0.9, 0.95 or 0.99.",
      threshold:
        "Supported if in at least 97.5 % of resamples of the seeds the best of the six is one of these; not if in at most 2.5 %.",
      judge(data) {
        const values = lambdas.map((lambda) => averages(data, lambda));
        const best = values.map(interquartileMean);
        const winner = lambdas[best.indexOf(Math.max(...best))];
        const share = shareOf(values, (sample) => {
          const scores = sample.map(interquartileMean);
          return [0.9, 0.95, 0.99].includes(lambdas[scores.indexOf(Math.max(...scores))]);
        });
        const n = values[0].length;
        const measured = `best is λ = ${winner} with a mean return of ${told(Math.max(...best))}; one of the three in ${told(100 * share)} % of resamples, ${n} seeds`;
        if (n < 20) return { verdict: "inconclusive", measured: `${measured}; a verdict takes 20` };
        return { verdict: share >= 0.975 ? "supported" : share <= 0.025 ? "not supported" : "inconclusive", measured };
      },
    },
    {
      id: "better-than-td",
      claim: "$\\lambda = 0.95$ learns faster than bootstrapping from one step, $\\lambda = 0$.",
      threshold: "Supported if the interval of the difference in mean return, seed by seed, is above 0; not if below.",
      judge: (data) => difference(data, 0.95, 0),
    },
    {
      id: "better-than-monte-carlo",
      claim: "$\\lambda = 0.95$ learns faster than Monte Carlo, $\\lambda = 1$.",
      threshold: "Supported if the interval of the difference in mean return, seed by seed, is above 0; not if below.",
      judge: (data) => difference(data, 0.95, 1),
    },
  ],
  charts(data) {
    const [bySteps, byClock] = (["steps", "clock"] as const).map((against) => lambdas.map((lambda) => curve(data, lambda, against))); // prettier-ignore
    return [
      {
        name: "curves",
        title: "Return against steps",
        caption: `Interquartile means over seeds, with their 95 % intervals.`,
        draw: (size) => lineChart(bySteps, { x: "environment steps", y: "return", yRange: [0, 500] }, size), // prettier-ignore
      },
      {
        name: "clock",
        title: "Return against the clock",
        caption: "The same curves by seconds of training. $\\lambda$ costs no time, so the order stays.",
        draw: (size) => lineChart(byClock, { x: "seconds", y: "return", yRange: [0, 500] }, size), // prettier-ignore
      },
      {
        name: "averages",
        title: "Mean return over the whole training",
        caption: "Interquartile means with 95 % intervals; single seeds are faint.",
        draw: (size) =>
          intervalChart(
            lambdas.map((lambda) => {
              const each = averages(data, lambda);
              return { label: `λ = ${lambda}`, ...estimate(each, interquartileMean), each };
            }),
            { x: "mean return" },
            size,
          ),
      },
    ];
  },
};

function endpoint(data: Data, end: 0 | 1) {
  const [apart] = numbers(where(data, { end }), "apart");
  return decided(apart < 1e-12, `largest difference ${told(apart)}`);
}

function difference(data: Data, a: number, b: number) {
  const [x, y] = [averages(data, a), averages(data, b)];
  const bound = { above: 0, seeds: x.length, atLeast: 20 };
  return judged("difference in mean return", pairedDifference(x, y, interquartileMean), bound);
}

/** The curve of a λ over seeds, against steps, or against the clock of the middle seed. */
function curve(data: Data, lambda: number, against: "steps" | "clock"): Line {
  const rows = where(data, { lambda });
  const x = (place: number): number => {
    if (against === "steps") return ((place + 1) * (rows[0].steps as number)) / stretches;
    return median(rows.map(({ clock }) => (clock as number[])[place]));
  };
  return { label: `λ = ${lambda}`, points: curveOver(rows, "returns", x, interquartileMean) };
}
