// Extension 1: Gaussian policies in continuous control, their entropy, and where σ comes from.

import { gaussian } from "../../distributions/index.ts";
import { createGenerator } from "../../random/index.ts";
import { mean } from "../../runs/statistics.ts";
import { gradients, input, runReference, sum, type Tensor } from "../../tensor/index.ts";
import { intervalChart, lineChart } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row } from "../experiment.ts";
import { decided, estimate, judged, pairedDifference, told } from "../judge.ts";
import { endsOf, lineOver } from "../lines.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

/** Arms on the pendulum: what differs from its preset. */
const arms = {
  preset: {},
  bonus: { entropyCoefficient: 0.01 },
  head: { logStd: "network" },
} as const;
type Arm = keyof typeof arms;
const labels: Readonly<Record<Arm, string>> = { preset: "log σ a parameter", bonus: "bonus of 0.01", head: "log σ from the network" }; // prettier-ignore

const stretches = 40;
const pendulumSteps = (quick: boolean) => (quick ? 12_288 : 98_304);
const landerSteps = (quick: boolean) => (quick ? 16_384 : 409_600);
const [pendulumSeeds, landerSeeds] = [20, 10];

const of = (data: Data, arm: Arm, column: string) => numbers(where(data, { env: "Pendulum-v1", arm }), column);
const landers = (data: Data, column: string) => numbers(where(data, { env: "LunarLanderContinuous-v3" }), column);

/** Entropy and its gradients, from the library's own graph, at random means and deviations, against the formula. */
function formula(): Row {
  const generator = createGenerator(15);
  const rows = 200;
  const [mu, logStd] = ["mean", "log σ"].map((name) => input(name, ["rows", 2]));
  const entropy = gaussian(mu, logStd).entropy();
  const [byMean, byLogStd] = gradients(sum(entropy), [mu, logStd]);
  const random = Array.from({ length: 2 * rows }, () => generator.uniform(-3, 1));
  const feeds = new Map<Tensor, readonly number[]>([
    [mu, Array.from({ length: 2 * rows }, () => generator.uniform(-5, 5))],
    [logStd, random],
  ]);
  const { outputs } = runReference({ outputs: { entropy, byMean, byLogStd } }, feeds, rows);
  const apart = (values: ArrayLike<number>, wanted: (i: number) => number) =>
    Math.max(...Array.from(values, (value, i) => Math.abs(value - wanted(i))));
  return {
    exact: true,
    entropyApart: apart(outputs.entropy, (i) => random[2 * i] + random[2 * i + 1] + 1 + Math.log(2 * Math.PI)),
    byMean: apart(outputs.byMean, () => 0),
    byLogStd: apart(outputs.byLogStd, () => 1),
    least: Math.min(...Array.from(outputs.entropy)),
  };
}

const exactRow = (data: Data, column: string): number => numbers(where(data, { exact: true }), column)[0];

export const experiment: Experiment = {
  name: "gaussian-control",
  title: "Gaussian policies in control",
  place: "Extension 1",
  question: "Does a Gaussian policy learn continuous control, and how does the bonus for entropy change with it?",
  lesson: String.raw`
Where actions are torques and thrusts, the network gives the mean of a Gaussian, and $\sigma$ says how much is tried around
it. Nothing else of the algorithm changes: \`ppo\` asks for $\log \pi(a \mid s)$, whatever the policy is.

The entropy of a categorical policy lies between 0 and $\log n$. That of a Gaussian with independent components is

$$H = \sum_i \big(\log \sigma_i + \tfrac12 \log 2\pi e\big).$$

It knows nothing of the mean, has no largest value and no smallest: below $\sigma = 0.24$ a component's is negative. Its gradient by
$\log \sigma_i$ is 1 whatever the state, so a bonus of $c$ pushes every $\log \sigma$ up at a constant rate, against
what the rewards ask for.

Where does $\sigma$ come from? It can be a parameter of its own, the same in every state, as is usual in locomotion, or a head of
the network, which can try more where less is known.
`,
  code: [sourceOf("distributions/gaussian.ts", "gaussian")],
  protocol(quick) {
    const [n, m] = quick ? [1, 1] : [pendulumSeeds, landerSeeds];
    const pendulum = seeds(n).flatMap((seed) =>
      (Object.keys(arms) as Arm[]).map((arm) => ({
        id: `pendulum-${arm}-${seed}`,
        settings: { env: "Pendulum-v1", arm, seed, steps: pendulumSteps(quick) },
        weight: 3,
      })),
    );
    const lander = seeds(m).map((seed) => ({
      id: `lander-${seed}`,
      settings: { env: "LunarLanderContinuous-v3", arm: "preset", seed, steps: landerSteps(quick) },
      weight: 12,
    }));
    return {
      trials: [{ id: "formula", settings: { exact: true } }, ...pendulum, ...lander],
      words: `PPO with its presets: Pendulum-v1, ${told(pendulumSteps(quick))} steps, seeds 1 to ${n}, as it is, with an entropy
coefficient of 0.01, and with $\\log \\sigma$ from the network; LunarLanderContinuous-v3, ${told(landerSteps(quick))} steps, seeds 1 to
${m}. Differences are taken seed by seed; $\\sigma$ and entropy are means over the last tenth of the updates.`,
    };
  },
  async carryOut({ exact, env, arm, seed, steps }, controls) {
    if (exact) return [formula()];
    const entropies: number[] = [];
    const stds: number[] = [];
    const input = { env: env as string, seed, totalSteps: steps as number, ...arms[arm as Arm] };
    const curve = await trainCurve("ppo", input, controls, {
      stretches,
      onUpdate({ metrics }) {
        entropies.push(metrics.entropy);
        stds.push(metrics.std);
      },
    });
    const tenth = Math.ceil(entropies.length / 10);
    return [
      {
        final: curve.final,
        average: curve.average,
        returns: curve.returns,
        entropies: thinned(entropies),
        firstEntropy: entropies[0],
        entropy: mean(entropies.slice(-tenth)),
        std: mean(stds.slice(-tenth)),
      },
    ];
  },
  claims: [
    {
      id: "formula",
      claim:
        "The entropy of a Gaussian is $\\sum_i (\\log \\sigma_i + \\tfrac12 \\log 2\\pi e)$: it does not depend on the mean, and a bonus pushes each $\\log \\sigma$ at a constant rate.",
      threshold:
        "Supported if the library's entropy is the formula to 1e-9, its gradient by the mean 0 and by each $\\log \\sigma$ 1.",
      judge(data) {
        const [entropy, byMean, byLogStd] = ["entropyApart", "byMean", "byLogStd"].map((name) => exactRow(data, name));
        return decided(
          Math.max(entropy, byMean, byLogStd) < 1e-9,
          `largest differences ${told(entropy)}, ${told(byMean)} and ${told(byLogStd)}`,
        );
      },
    },
    {
      id: "pendulum",
      claim: "PPO with a Gaussian policy learns to swing the pendulum up.",
      threshold:
        "Supported if the interval of the mean of the last 100 returns is above −300; a random policy comes to some −1,200.",
      judge: (data) => judged("mean return", estimate(of(data, "preset", "final")), { ...size(data), above: -300 }),
    },
    {
      id: "lander",
      claim: "It learns to land as well: within 400,000 steps.",
      threshold:
        "Supported if the interval of the mean of the last 100 returns is above 100; a random policy comes to some −200.",
      judge(data) {
        const finals = landers(data, "final");
        return judged("mean return", estimate(finals), { above: 100, seeds: finals.length, atLeast: landerSeeds });
      },
    },
    {
      id: "entropy-falls",
      claim: "Training makes the policy more certain: its entropy falls.",
      threshold:
        "Supported if the interval of its change on Pendulum-v1, from the first update to the last tenth, is below 0.",
      judge(data) {
        const change = pairedDifference(of(data, "preset", "entropy"), of(data, "preset", "firstEntropy"));
        return judged("change in entropy", change, { ...size(data), below: 0 }, " nats");
      },
    },
    {
      id: "bonus-keeps-sigma",
      claim: "An entropy bonus of 0.01 keeps $\\sigma$ larger.",
      threshold: "Supported if the interval of the difference in $\\sigma$ at the end, seed by seed, is above 0.",
      judge: (data) =>
        judged("difference in σ", difference(data, "bonus", "preset", "std"), { ...size(data), above: 0 }),
    },
    {
      id: "own-parameter",
      claim: "A $\\log \\sigma$ that does not depend on the state learns as fast as one from the network.",
      threshold:
        "Supported if the interval of the difference in mean return over the training is above −30, where returns lie between −1,600 and 0; not if below.",
      judge(data) {
        const gap = difference(data, "preset", "head", "average");
        return judged("difference in mean return", gap, { ...size(data), above: -30 });
      },
    },
  ],
  charts(data) {
    const runs = (arm: Arm) => where(data, { env: "Pendulum-v1", arm });
    const steps = runs("preset")[0].steps as number;
    const given = Object.keys(arms) as Arm[];
    const [returns, entropies] = ["returns", "entropies"].map((column) =>
      given.map((arm) => lineOver(labels[arm], runs(arm), column, endsOf(stretches, steps))),
    );
    const landing = where(data, { env: "LunarLanderContinuous-v3" });
    const landingSteps = landing[0].steps as number;
    const landed = [lineOver("LunarLander", landing, "returns", endsOf(stretches, landingSteps))];
    return [
      {
        name: "pendulum",
        title: "Pendulum-v1",
        caption: "Return by steps: interquartile means over seeds, with 95 % intervals.",
        draw: (size) => lineChart(returns, { x: "environment steps", y: "return" }, size),
      },
      {
        name: "entropy",
        title: "Entropy on Pendulum-v1",
        caption: "Of the Gaussian, in nats. Nothing keeps it above 0.",
        draw: (size) => lineChart(entropies, { x: "environment steps", y: "entropy, nats", levels: [{ y: 0, label: "0" }] }, size), // prettier-ignore
      },
      {
        name: "lander",
        title: "LunarLanderContinuous-v3",
        caption: "Return by steps. The environment counts as solved at 200.",
        draw: (size) => lineChart(landed, { x: "environment steps", y: "return", levels: [{ y: 200, label: "solved" }] }, size), // prettier-ignore
      },
      {
        name: "sigma",
        title: "$\\sigma$ at the end, Pendulum-v1",
        caption: "Means over seeds with 95 % intervals; single seeds are faint.",
        draw: (size) =>
          intervalChart(
            given.map((arm) => ({ label: labels[arm], ...estimate(of(data, arm, "std")), each: of(data, arm, "std") })),
            { x: "σ" },
            size,
          ),
      },
    ];
  },
};

const size = (data: Data) => ({ seeds: of(data, "preset", "final").length, atLeast: pendulumSeeds });

const difference = (data: Data, a: Arm, b: Arm, column: string) =>
  pairedDifference(of(data, a, column), of(data, b, column));

/** A curve of `stretches` points. */
const thinned = (values: readonly number[]): number[] =>
  Array.from({ length: stretches }, (_, i) => {
    const value = values[Math.min(values.length - 1, Math.ceil(((i + 1) * values.length) / stretches) - 1)];
    return Number(value.toFixed(4));
  });
