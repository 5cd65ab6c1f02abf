// The details of PPO that are said to matter: each is left out alone, and it is measured what that costs.

import { mlp, type CreateNetworks, type Parameter } from "../../nn/index.ts";
import { mean } from "../../runs/statistics.ts";
import { intervalChart } from "../charts.ts";
import { numbers, seeds, where, type Claim, type Data, type Experiment, type Finding, type Row, type TrialControls } from "../experiment.ts"; // prettier-ignore
import { estimate, shareOf, told, withInterval, type Estimate } from "../judge.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";
import { pieceOf } from "../turns.ts";

/** Everything switched on, with CleanRL's numbers where it has one. */
const full = {
  learningRate: 1e-3,
  learningRateSchedule: "linear",
  epochs: 10,
  minibatches: 8,
  clip: 0.2,
  clipSchedule: "linear",
  lambda: 0.95,
  valueCoefficient: 1,
  valueClip: 0.2,
  entropyCoefficient: 0.01,
  normalizeAdvantages: true,
  normalizeObservations: true,
  normalizeRewards: true,
  maxGradientNorm: 0.5,
  adamEpsilon: 1e-5,
  targetKl: 0.01,
};
const environments: Readonly<Record<string, object>> = {
  "CartPole-v1": { envs: 8, rollout: 128, gamma: 0.98 },
  "Pendulum-v1": { envs: 4, rollout: 128, gamma: 0.9 },
};
const names = Object.keys(environments);

/** A detail: what to call it, and what a training without it has instead. */
interface Detail {
  readonly id: string;
  readonly name: string;
  readonly off: string;
  readonly options?: object;
  readonly networks?: CreateNetworks;
}

/** The usual networks with parameters that begin otherwise. */
const beginning =
  (change: (parameter: Parameter) => Parameter["initialize"]): CreateNetworks =>
  (sizes) => {
    const networks = mlp()(sizes);
    const changed = (parameters: readonly Parameter[]) => parameters.map((p) => ({ ...p, initialize: change(p) }));
    return { ...networks, actor: changed(networks.actor), critic: changed(networks.critic) };
  };

/** Weights uniform within ±1/√inputs instead of orthogonal, but for the policy's output, which stays small. */
const uniformWeights = beginning(({ variable, initialize }) => (generator) => {
  const [inputs, outputs] = variable.shape as readonly number[];
  if (outputs === undefined || variable.name === "actor.output.weight") return initialize(generator);
  const bound = 1 / Math.sqrt(inputs);
  return Float32Array.from({ length: inputs * outputs }, () => generator.uniform(-bound, bound));
});

/** A policy's output of gain 1 instead of 0.01. */
const largeHead = beginning(({ variable, initialize }) => (generator) => {
  const values = initialize(generator);
  return variable.name === "actor.output.weight" ? values.map((x) => 100 * x) : values;
});

/** All of them. */
export const details: readonly Detail[] = [
  { id: "clip", name: "the clipped ratio", off: "no clip", options: { clip: 0, clipSchedule: "constant" } },
  { id: "epochs", name: "several epochs", off: "one epoch", options: { epochs: 1 } },
  { id: "minibatches", name: "minibatches", off: "whole rollouts", options: { minibatches: 1 } },
  { id: "lambda", name: "GAE", off: "λ = 1", options: { lambda: 1 } },
  { id: "advantages", name: "advantage normalization", off: "as they are", options: { normalizeAdvantages: false } },
  {
    id: "observations",
    name: "observation normalization",
    off: "as they are",
    options: { normalizeObservations: false },
  },
  { id: "rewards", name: "reward normalization", off: "as they are", options: { normalizeRewards: false } },
  { id: "entropy", name: "the entropy bonus", off: "no bonus", options: { entropyCoefficient: 0 } },
  { id: "value-clip", name: "value clipping", off: "no clip of V", options: { valueClip: 0 } },
  { id: "gradient-norm", name: "gradient-norm clipping", off: "a bound of 1e9", options: { maxGradientNorm: 1e9 } },
  { id: "kl-stop", name: "the early stop on KL", off: "all epochs", options: { targetKl: 0 } },
  {
    id: "rate-schedule",
    name: "learning-rate annealing",
    off: "constant",
    options: { learningRateSchedule: "constant" },
  },
  { id: "clip-schedule", name: "clip annealing", off: "constant", options: { clipSchedule: "constant" } },
  { id: "adam-epsilon", name: "Adam's larger epsilon", off: "1e-8", options: { adamEpsilon: 1e-8 } },
  { id: "orthogonal", name: "orthogonal initialization", off: "uniform", networks: uniformWeights },
  { id: "small-head", name: "the small policy head", off: "gain 1", networks: largeHead },
  { id: "two-networks", name: "separate networks", off: "a shared trunk", options: { sharedTrunk: true } },
];

/** Trains with everything, without each detail, and with a learning rate of next to nothing. */
async function train(env: string, seed: number, totalSteps: number, controls: TrialControls): Promise<Row[]> {
  const untrained: Detail = { id: "untrained", name: "", off: "", options: { learningRate: 1e-12 } };
  const variants: readonly Detail[] = [{ id: "full", name: "", off: "" }, untrained, ...details];
  const rows: Row[] = [];
  for (const [i, { id, options, networks }] of variants.entries()) {
    const input = { env, seed, totalSteps, ...full, ...environments[env], ...options, networks };
    const { average, final } = await trainCurve("ppo", input, pieceOf(controls, i, variants.length));
    rows.push({ detail: id, average, final });
  }
  return rows;
}

const averages = (data: Data, env: string, detail: string) => numbers(where(data, { env, detail }), "average");

/** What training with everything adds to the mean return. */
const gainOf = (data: Data, env: string) => mean(averages(data, env, "full")) - mean(averages(data, env, "untrained"));

/** For each seed, what leaving out a detail costs, as a share of what training with everything adds. */
const costs = (data: Data, env: string, detail: string): number[] => {
  const [whole, without] = [averages(data, env, "full"), averages(data, env, detail)];
  const gain = Math.abs(gainOf(data, env)) || 1;
  return whole.map((value, i) => (value - without[i]) / gain);
};

/** Whether training with everything adds anything, so that a share of it means something. */
const learns = (data: Data): boolean => names.every((env) => gainOf(data, env) > 0);

const enough = 20;
const negligible = 0.1;

/** Whether leaving out a detail costs return in at least one environment. */
function costly(data: Data, detail: string): Finding {
  const found = names.map((env) => ({ env, cost: estimate(costs(data, env, detail)) }));
  const count = averages(data, names[0], detail).length;
  const measured = `${found.map(({ env, cost }) => `${env}: ${percent(cost)}`).join("; ")}; ${count} seed${count === 1 ? "" : "s"}`;
  if (count < enough) return { verdict: "inconclusive", measured: `${measured}; a verdict takes ${enough}` };
  if (!learns(data)) return { verdict: "inconclusive", measured: `${measured}; training with everything adds nothing` };
  if (found.some(({ cost }) => cost.interval![0] > 0)) return { verdict: "supported", measured };
  const little = found.every(({ cost }) => cost.interval![1] < negligible);
  return { verdict: little ? "not supported" : "inconclusive", measured };
}

const percent = ({ value, interval }: Estimate): string =>
  `${withInterval(100 * value, interval && [100 * interval[0], 100 * interval[1]])} %`;

/** A verdict by the share of resamples of the seeds in which something holds. */
function byResamples(data: Data, share: number, what: string): Finding {
  const count = averages(data, "Pendulum-v1", "full").length;
  const measured = `${what} in ${told(100 * share)} % of resamples, ${count} seed${count === 1 ? "" : "s"}`;
  if (count < enough) return { verdict: "inconclusive", measured: `${measured}; a verdict takes ${enough}` };
  if (!learns(data)) return { verdict: "inconclusive", measured: `${measured}; training with everything adds nothing` };
  return { verdict: share >= 0.975 ? "supported" : share <= 0.025 ? "not supported" : "inconclusive", measured };
}

const costliest = (data: Data, env: string) =>
  details.map((detail) => ({ ...detail, cost: mean(costs(data, env, detail.id)) })).sort((a, b) => b.cost - a.cost);

export const experiment: Experiment = {
  name: "ppo-details",
  title: "The details of PPO",
  place: "The full PPO training loss",
  question: "Which of PPO's many details matter, each left out alone?",
  lesson: String.raw`
The formula of PPO fits in a line, and what is run under its name is a list: a joint loss

$$-L^{\text{clip}} + c_v\, \tfrac12\mathbb{E}\left[(V - \hat R)^2\right] - c_H\,\mathbb{E}[\hat H]$$

with coefficients, and around it more than a dozen habits. Weights begin orthogonal, and those of the policy's output
small, so that all actions begin equally likely. Learning rate and $\varepsilon$ fall to 0. Advantages are normalized in
each minibatch, observations and rewards by what has been seen so far. The gradient's norm is bounded. Values are clipped
around the old ones. An update ends early if the divergence has grown.

Each has a reason, and together they can outweigh the formula: Engstrom et al. (2020) found that such details, rather than
the clip, brought most of PPO's lead over TRPO. Here everything is switched on, and then one detail at a time is left out. What that costs is the mean return over the whole training, compared seed by seed, as a share
of what training with everything adds to a policy that does not learn. A cost of 100 % is a training that learns nothing; one
below 0 a detail that does harm.

That a detail costs nothing here does not say that it never matters. These are two small problems and short trainings,
at one learning rate.
`,
  code: [sourceOf("algorithms/ppo.ts", "ppoOptions"), sourceOf("algorithms/ppo.ts", "ppoObjective")],
  protocol(quick) {
    const count = quick ? 1 : 20;
    const stepsOf = (env: string) => (quick ? 6_144 : env === "Pendulum-v1" ? 32_768 : 20_480);
    return {
      trials: names.flatMap((env) => seeds(count).map((seed) => ({ id: `${env}-${seed}`, settings: { env, seed, steps: stepsOf(env) } }))), // prettier-ignore
      words: `CartPole-v1, ${told(stepsOf("CartPole-v1"))} steps, and Pendulum-v1, ${told(stepsOf("Pendulum-v1"))}, ${count === 1 ? "seed 1" : `seeds 1 to ${count}`} for each of ${details.length} details,
for everything, and for a learning rate of 1e-12. Everything: ${Object.entries(full).map(([name, value]) => `${name} ${value}`).join(", ")};
rollouts of 8 × 128 steps with $\\gamma$ 0.98 on CartPole-v1, of 4 × 128 with $\\gamma$ 0.9 on Pendulum-v1. Instead of a
detail: ${details.map(({ name, off }) => `${name}: ${off}`).join("; ")}. Uniform weights are within $\\pm 1/\\sqrt{n}$ of
$n$ inputs. With ${2 * details.length} intervals of 95 % about one lies above 0 by chance alone.`, // prettier-ignore
    };
  },
  carryOut: ({ env, seed, steps }, controls) => train(env as string, seed as number, steps as number, controls),
  claims: [
    ...details.map(({ id, name, off }): Claim => ({
      id,
      claim: `Leaving out ${name} (${off} instead) costs return on at least one of the two.`,
      threshold:
        "Supported if the interval of the cost is above 0 in an environment; not if in both it is below 10 % of what training adds.",
      judge: (data) => costly(data, id),
    })),
    {
      id: "none-alone",
      claim: "No single detail is worth more than half of what training adds.",
      threshold:
        "Supported if in at least 97.5 % of resamples of the seeds all costs are below 50 % in both environments; not if in at most 2.5 %.",
      judge(data) {
        const samples = names.flatMap((env) => details.map(({ id }) => costs(data, env, id)));
        const share = shareOf(samples, (drawn) => drawn.every((each) => mean(each) < 0.5));
        const worst = names.map((env) => ({ env, ...costliest(data, env)[0] }));
        const what = worst
          .map(({ env, name, cost }) => `${env}: most is ${name} with ${told(100 * cost)} %`)
          .join("; ");
        return byResamples(data, share, `${what}; all below half`);
      },
    },
    {
      id: "pendulum-rewards",
      claim: "What Pendulum-v1 needs most is reward normalization.",
      threshold:
        "Supported if in at least 97.5 % of resamples of the seeds it has the highest cost there; not if in at most 2.5 %.",
      judge(data) {
        const samples = details.map(({ id }) => costs(data, "Pendulum-v1", id));
        const place = details.findIndex(({ id }) => id === "rewards");
        const share = shareOf(samples, (drawn) => {
          const all = drawn.map(mean);
          return all[place] === Math.max(...all);
        });
        const [first, second] = costliest(data, "Pendulum-v1");
        const what = `most is ${first.name} with ${told(100 * first.cost)} %, then ${second.name} with ${told(100 * second.cost)} %; rewards most`;
        return byResamples(data, share, what);
      },
    },
  ],
  charts: (data) =>
    names.map((env) => ({
      name: env === "CartPole-v1" ? "cartpole" : "pendulum",
      title: `What leaving out each detail costs, ${env}`,
      caption: "In percent of what training with everything adds, with 95 % intervals; single seeds are faint.",
      draw: (size) =>
        intervalChart(
          costliest(data, env).map(({ id, name, off }) => {
            const each = costs(data, env, id).map((cost) => 100 * cost);
            return { label: size.width < 600 ? name.replace(/^(the|several) /, "") : `${name} (${off})`, ...estimate(each), each }; // prettier-ignore
          }),
          { x: "cost, %", reference: 0 },
          size,
        ),
    })),
  discussion(data) {
    const texts = names.map((env) => {
      const sorted = costliest(data, env);
      const list = (some: typeof sorted) => some.map(({ name, cost }) => `${name} (${told(100 * cost)} %)`).join(", ");
      return `On ${env} training with everything has a mean return of ${told(mean(averages(data, env, "full")))}, and ${told(mean(averages(data, env, "untrained")))} without learning.
Most costly to leave out: ${list(sorted.slice(0, 3))}. Least: ${list(sorted.slice(-3))}.`;
    });
    const both = details.filter(({ id }) => names.every((env) => mean(costs(data, env, id)) < 0));
    return `
${texts.join("\n\n")}

${both.length > 0 ? `On average both environments did better without ${both.map(({ name }) => name).join(", ")}. ` : ""}A detail
that guards against steps that are too large shows its worth where steps are: with another guard in place, or a smaller learning
rate, it has less to do. So these costs do not add up, and a detail whose cost is small here may be the one that
remains when another fails.
`;
  },
};
