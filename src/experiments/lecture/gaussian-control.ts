// Extension 1: PPO with a Gaussian policy on Pendulum-v1 and LunarLanderContinuous-v3, and what an entropy bonus is there.

import { gaussian } from "../../distributions/index.ts";
import { makeEnv } from "../../envs/index.ts";
import { log } from "../../math/index.ts";
import type { ActorCritic } from "../../policies/index.ts";
import { createGenerator } from "../../random/index.ts";
import { interquartileMean, mean } from "../../runs/statistics.ts";
import type { Box } from "../../spaces/index.ts";
import { gradients, input, runReference, sum } from "../../tensor/index.ts";
import { intervalChart, lineChart } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row, type TrialControls } from "../experiment.ts";
import { decided, estimate, judged, pairedDifference, pairedRatio, told, withInterval } from "../judge.ts";
import { endsOf, lineOver } from "../lines.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";
import { runsLong } from "../turns.ts";

const [pendulum, lander] = ["Pendulum-v1", "LunarLanderContinuous-v3"];
/** Of the curves: none is shorter than an update of Pendulum-v1. */
const stretchesOf = (steps: number) => Math.min(25, Math.floor(steps / 4096));

/** Steps, seeds, and the return that counts as learned. */
const tasks = {
  [pendulum]: {
    steps: (quick: boolean) => (quick ? 12_288 : 102_400),
    seeds: (quick: boolean) => (quick ? 2 : 20),
    level: -300,
  },
  [lander]: {
    steps: (quick: boolean) => (quick ? 16_384 : 500_000),
    seeds: (quick: boolean) => (quick ? 1 : 10),
    level: 100,
  },
};

/** What is compared on Pendulum-v1; the lander has the first. */
const arms = {
  parameter: { label: "one σ", options: {} },
  network: { label: "σ by the network", options: { logStd: "network" } },
  "bonus-0.01": { label: "one σ, bonus 0.01", options: { entropyCoefficient: 0.01 } },
  "bonus-0.1": { label: "one σ, bonus 0.1", options: { entropyCoefficient: 0.1 } },
} as const;
type Arm = keyof typeof arms;
const armNames = Object.keys(arms) as Arm[];

/** Σ (log σ + ½ log 2πe) */
const entropyOf = (std: ArrayLike<number>) =>
  Array.from(std).reduce((total, sigma) => total + log(sigma) + (1 + log(2 * Math.PI)) / 2, 0);

/** A function that gives the largest difference between a policy's entropy, as its loss has it, and the formula. */
function entropyCheck(policy: ActorCritic): () => number {
  const { engine, observationSize: width } = policy;
  const rows = 16;
  const generator = createGenerator(15);
  const states = Float32Array.from({ length: rows * width }, () => generator.random()); // within all bounds
  const observation = input("observation", ["rows", width]);
  const entropy = policy.forward(observation).distribution.entropy();
  const program = engine.compile({ outputs: { entropy } }, { capacity: rows });
  program.writeRows(observation, states, rows); // nothing, where σ does not depend on the state
  return () => {
    program.run(rows);
    const each = Array.from(program.read("entropy"), (h, i) => {
      const state = states.slice(i * width, (i + 1) * width);
      return Math.abs(h - entropyOf(policy.gaussian(state).std));
    });
    return Math.max(...each);
  };
}

async function train(env: string, arm: Arm, seed: number, steps: number, controls: TrialControls): Promise<Row[]> {
  let check: (() => number) | undefined;
  let [apart, updates] = [0, 0];
  const options = { env, seed, totalSteps: steps, ...arms[arm].options };
  const { final, average, returns, metrics } = await trainCurve("ppo", options, controls, {
    stretches: stretchesOf(steps),
    metrics: ["std"],
    onUpdate(_, { policy }) {
      check ??= entropyCheck(policy);
      apart = Math.max(apart, check());
      updates++;
    },
  });
  return [{ kind: "run", final, average, returns, std: metrics.std, apart, updates }];
}

/** Mean returns of a policy that draws actions uniformly, over 100 episodes each. */
async function playAtRandom(name: string, controls: TrialControls): Promise<Row[]> {
  const env = await makeEnv(name);
  const pause = runsLong(controls);
  const generator = createGenerator(100);
  const { low, high } = env.actionSpace as Box;
  const means: number[] = [];
  for (let block = 0; block < 5; block++) {
    let total = 0;
    for (let episode = 0; episode < 100; episode++) {
      env.reset(100 * block + episode);
      for (let isOver = false; !isOver;) {
        const step = env.step(Float32Array.from(low, (_, i) => generator.uniform(low[i], high[i])));
        total += step.reward;
        isOver = step.terminated || step.truncated;
      }
      await pause((block + episode / 100) / 5);
    }
    means.push(total / 100);
  }
  return [{ kind: "random", best: Math.max(...means), mean: mean(means) }];
}

/** The gradient of the entropy by μ and log σ, at random Gaussians of three components, in float64. */
function entropyGradient(): Row[] {
  const [rows, k] = [100, 3];
  const generator = createGenerator(1);
  const [center, logStd] = ["mean", "log σ"].map((name) => input(name, ["rows", k]));
  const [byMean, byLogStd] = gradients(sum(gaussian(center, logStd).entropy()), [center, logStd]);
  const feeds = new Map([center, logStd].map((x) => [x, generator.fillStandardNormal(new Float64Array(rows * k))]));
  const { outputs } = runReference({ outputs: { byMean, byLogStd } }, feeds, rows);
  const furthest = (values: ArrayLike<number>, from: number) =>
    Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x - from)), 0);
  return [{ kind: "gradient", mean: furthest(outputs.byMean, 0), logStd: furthest(outputs.byLogStd, 1) }];
}

const runsOf = (data: Data, env: string, arm: Arm = "parameter") => where(data, { kind: "run", env, arm });
const lastStd = (rows: readonly Row[]) =>
  rows.map(({ std }) => (std as (number | null)[]).findLast((x) => x !== null)!);

export const experiment: Experiment = {
  name: "gaussian-control",
  title: "Gaussian policies in control",
  place: "Extension 1",
  question:
    "Does PPO with a Gaussian policy learn continuous control, where should $\\sigma$ come from, and what becomes of the entropy bonus?",
  lesson: String.raw`
Only the last layer of the policy differs from the discrete case: instead of a logit for each action it gives a mean for each
component of the action, and $\log\sigma$ is learned beside it. All else, ratios, clipping and advantages, asks
for nothing but $\log\pi(a \mid s)$.

The bonus changes its form. The entropy of a Gaussian of $k$ independent components is

$$H = \sum_{i=1}^{k} \left( \log\sigma_i + \tfrac12 \log 2\pi e \right)$$

Its gradient is 1 for each $\log\sigma_i$ and 0 for the means. So a bonus with the coefficient $c$ is a
constant push outwards, wherever $\sigma$ is. There is no uniform policy where it would come to rest, as with discrete
actions, and nothing that it could vanish at: what stops it is the return. And the number itself is below 0 once
$\sigma$ is less than 0.24, since it is the entropy of a density.

Pendulum-v1 has one torque; LunarLanderContinuous-v3 has two engines. In Gymnasium's units the pendulum hangs still
at about $-1200$ and is kept upright at about $-150$; the lander crashes at $-200$ and is said to land well at 200.
`,
  code: [sourceOf("distributions/gaussian.ts", "gaussian"), sourceOf("distributions/gaussian-head.ts", "gaussianHead")],
  protocol: (quick) => ({
    trials: [
      { id: "gradient", settings: { exact: true } },
      ...[pendulum, lander].map((env) => ({ id: `random-${env}`, settings: { random: true, env } })),
      ...[pendulum, lander].flatMap((env) => {
        const task = tasks[env];
        return seeds(task.seeds(quick)).flatMap((seed) =>
          (env === pendulum ? armNames : armNames.slice(0, 1)).map((arm) => ({
            id: `${env}-${arm}-${seed}`,
            settings: { env, arm, seed, steps: task.steps(quick) },
            weight: env === pendulum ? 10 : 80,
          })),
        );
      }),
    ],
    words: `PPO with its presets. Pendulum-v1: ${told(tasks[pendulum].steps(quick))} steps, seeds 1 to
${tasks[pendulum].seeds(quick)} for each setting. LunarLanderContinuous-v3: ${told(tasks[lander].steps(quick))} steps, seeds
1 to ${tasks[lander].seeds(quick)}. What counts is the mean of the last 100 returns of training, while actions are
drawn; a random policy plays five times 100 episodes. Differences are taken seed by seed.`,
  }),
  async carryOut({ exact, random, env, arm, seed, steps }, controls) {
    if (exact) return entropyGradient();
    if (random) return playAtRandom(env as string, controls);
    return train(env as string, arm as Arm, seed as number, steps as number, controls);
  },
  claims: [
    {
      id: "formula",
      claim:
        "The entropy that PPO is given a bonus for is the sum of $\\log\\sigma_i + \\log(2\\pi e)/2$ at each update.",
      threshold:
        "Supported if after each update of all runs, in 16 states, it is within 1e-5 of the formula with the $\\sigma$ that actions are drawn with.",
      judge(data) {
        const rows = where(data, { kind: "run" });
        const apart = Math.max(...numbers(rows, "apart"));
        const updates = numbers(rows, "updates").reduce((a, b) => a + b, 0);
        return decided(apart < 1e-5, `largest difference ${told(apart)} in ${told(updates)} updates`);
      },
    },
    {
      id: "constant-push",
      claim: "A bonus pushes each $\\log\\sigma$ up with the same force, wherever it is, and leaves the mean alone.",
      threshold:
        "Supported if the entropy's gradient is 1 and 0 to 1e-12 for 100 random Gaussians of three components.",
      judge(data) {
        const [row] = where(data, { kind: "gradient" }) as unknown as { mean: number; logStd: number }[];
        const measured = `at most ${told(row.logStd)} from 1 for log σ, ${told(row.mean)} from 0 for the mean`;
        return decided(row.logStd < 1e-12 && row.mean < 1e-12, measured);
      },
    },
    {
      id: "pendulum",
      claim: "PPO with a Gaussian policy learns Pendulum-v1.",
      threshold: "Supported if the interval of the mean of the last 100 returns is above −300; not if below.",
      judge: (data) => learned(data, pendulum),
    },
    {
      id: "lander",
      claim: "PPO with a Gaussian policy learns LunarLanderContinuous-v3.",
      threshold: "Supported if the interval of the mean of the last 100 returns is above 100; not if below.",
      judge: (data) => learned(data, lander),
    },
    {
      id: "state-independent",
      claim:
        "A $\\sigma$ that does not depend on the state, as is standard, learns Pendulum-v1 better than one from the network.",
      threshold:
        "Supported if the interval of the difference in mean return over the training, seed by seed, is above 0; not if below.",
      judge(data) {
        const [one, network] = (["parameter", "network"] as const).map((arm) => numbers(runsOf(data, pendulum, arm), "average")); // prettier-ignore
        const bound = { above: 0, seeds: one.length, atLeast: 20 };
        return judged("difference in mean return", pairedDifference(one, network, interquartileMean), bound);
      },
    },
    {
      id: "bonus-widens",
      claim: "An entropy bonus of 0.01 keeps $\\sigma$ larger on Pendulum-v1.",
      threshold:
        "Supported if the interval of the ratio of $\\sigma$ at the end, with the bonus over without, is above 1; not if below.",
      judge(data) {
        const [withBonus, without] = (["bonus-0.01", "parameter"] as const).map((arm) => lastStd(runsOf(data, pendulum, arm))); // prettier-ignore
        const bound = { above: 1, seeds: without.length, atLeast: 20 };
        return judged("ratio of σ", pairedRatio(withBonus, without), bound);
      },
    },
  ],
  charts(data) {
    const ends = (env: string) => {
      const steps = runsOf(data, env)[0].steps as number;
      return endsOf(stretchesOf(steps), steps);
    };
    const linesOf = (column: string) =>
      armNames.map((arm) => lineOver(arms[arm].label, runsOf(data, pendulum, arm), column, ends(pendulum)));
    const [returns, stds] = [linesOf("returns"), linesOf("std")];
    const landings = lineOver("lander", runsOf(data, lander), "returns", ends(lander));
    return [
      {
        name: "pendulum",
        title: "Return on Pendulum-v1",
        caption: "Interquartile means over seeds, with their 95 % intervals.",
        draw: (size) =>
          lineChart(returns, { x: "environment steps", y: "return", levels: [{ y: tasks[pendulum].level, label: "learned" }] }, size), // prettier-ignore
      },
      {
        name: "sigma",
        title: "$\\sigma$ on Pendulum-v1",
        caption: "The same trainings; of the network's $\\sigma$ the geometric mean over states.",
        draw: (size) => lineChart(stds, { x: "environment steps", y: "σ" }, size),
      },
      {
        name: "lander",
        title: "Return on LunarLanderContinuous-v3",
        caption: "Interquartile mean over seeds, with its 95 % interval.",
        draw: (size) =>
          lineChart([landings], { x: "environment steps", y: "return", levels: [{ y: tasks[lander].level, label: "learned" }] }, size), // prettier-ignore
      },
      {
        name: "final",
        title: "Pendulum-v1 at the end",
        caption: "Means of the last 100 returns: interquartile means with 95 % intervals, single seeds faint.",
        draw: (size) =>
          intervalChart(
            armNames.map((arm) => {
              const each = numbers(runsOf(data, pendulum, arm), "final");
              return { label: arms[arm].label, ...estimate(each, interquartileMean), each };
            }),
            { x: "mean return" },
            size,
          ),
      },
    ];
  },
  discussion(data) {
    const std = (arm: Arm) => told(mean(lastStd(runsOf(data, pendulum, arm))));
    const final = (arm: Arm) => {
      const { value, interval } = estimate(numbers(runsOf(data, pendulum, arm), "final"));
      return withInterval(value, interval);
    };
    const entropy = mean(lastStd(runsOf(data, pendulum)).map((sigma) => entropyOf([sigma])));
    return String.raw`
So to the lecture's question how the bonus changes: from $-\sum_a \pi(a)\log\pi(a)$ to a sum of $\log\sigma_i$ and a constant,
and from a pull towards the uniform policy to a push without an end. On Pendulum-v1 $\sigma$ ends at ${std("parameter")} without a
bonus, at ${std("bonus-0.01")} with 0.01 and at ${std("bonus-0.1")} with 0.1, where a torque is between ${told(-2)} and 2. The
returns at the end, while actions are drawn, are ${final("parameter")}, ${final("bonus-0.01")} and ${final("bonus-0.1")}. An entropy of
${told(entropy)} without a bonus says little by itself: it is a number of nats in the units of the action, and would be another one if torques
were counted otherwise.

With $\sigma$ from the network it ends at ${std("network")}, as a geometric mean over states, and the return at ${final("network")}.
`;
  },
};

/** Whether the mean of the last 100 returns is above a task's level, and what a random policy gets. */
function learned(data: Data, env: string) {
  const each = numbers(runsOf(data, env), "final");
  const [{ best }] = where(data, { kind: "random", env }) as unknown as { best: number }[];
  const finding = judged("mean return", estimate(each), { above: tasks[env].level, seeds: each.length, atLeast: 10 });
  return { ...finding, measured: `${finding.measured}; a random policy at best ${told(best)}` };
}
