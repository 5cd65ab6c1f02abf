// Details of PPO: twelve that can be switched, each off alone.

import { mean } from "../../runs/statistics.ts";
import { intervalChart } from "../charts.ts";
import { numbers, seeds, where, type Claim, type Data, type Experiment } from "../experiment.ts";
import { estimate, told, withInterval, type Estimate } from "../judge.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

/** A detail, and the options that it is off with. */
interface Detail {
  readonly label: string;
  readonly claim: string;
  readonly off: Readonly<Record<string, unknown>>;
}

const details = {
  clip: { label: "clipped ratios", claim: "clipping the ratio", off: { clip: 0, clipSchedule: "constant" } },
  epochs: { label: "several epochs", claim: "learning from each rollout in ten epochs instead of one", off: { epochs: 1 } },
  gae: { label: "GAE", claim: "estimating advantages by GAE with $\\lambda = 0.95$ instead of Monte Carlo", off: { lambda: 1 } },
  advantages: { label: "advantages normalized", claim: "normalizing the advantages of each minibatch", off: { normalizeAdvantages: false } },
  observations: { label: "observations normalized", claim: "normalizing observations", off: { normalizeObservations: false } },
  rewards: { label: "rewards scaled", claim: "scaling rewards by the deviation of returns", off: { normalizeRewards: false } },
  rate: { label: "learning rate annealed", claim: "annealing the learning rate", off: { learningRateSchedule: "constant" } },
  annealing: { label: "clip annealed", claim: "annealing the clip", off: { clipSchedule: "constant" } },
  values: { label: "values clipped", claim: "clipping the change of values", off: { valueClip: 0 } },
  norm: { label: "gradient norm clipped", claim: "clipping the norm of the gradient at 0.5", off: { maxGradientNorm: 1e9 } },
  stop: { label: "stop on KL", claim: "stopping an update's epochs where KL exceeds 0.03", off: { targetKl: 0 } },
  epsilon: { label: "Adam's ε of 1e-5", claim: "an $\\epsilon$ of 1e-5 in Adam instead of 1e-8", off: { adamEpsilon: 1e-8 } },
} as const satisfies Record<string, Detail>; // prettier-ignore
type Name = keyof typeof details;
const names = Object.keys(details) as Name[];

/** All details on. */
const full = {
  learningRateSchedule: "linear",
  clip: 0.2,
  clipSchedule: "linear",
  normalizeAdvantages: true,
  normalizeObservations: true,
  normalizeRewards: true,
  valueClip: 0.2,
  maxGradientNorm: 0.5,
  targetKl: 0.03,
  adamEpsilon: 1e-5,
  epochs: 10,
  lambda: 0.95,
};

/** Environments, and what a random policy comes to in them. */
const environments = {
  "CartPole-v1": { steps: 49_152, random: 22 },
  "Pendulum-v1": { steps: 49_152, random: -1230 },
} as const;
type Environment = keyof typeof environments;
const envs = Object.keys(environments) as Environment[];
const atLeast = 20;
/** Percent of what is learned that a detail may cost without being missed. */
const unnoticed = 5;

/** What a detail costs when it is off: percent of what the full set learns above a random policy. */
export function cost(data: Data, env: Environment, name: Name): Estimate {
  const of = (off: string) => numbers(where(data, { env, off }), "average");
  const all = of("none");
  const scale = mean(all) - environments[env].random;
  const without = of(name);
  return estimate(all.map((average, i) => (100 * (average - without[i])) / scale));
}

const claimOf = (name: Name): Claim => ({
  id: name,
  claim: `PPO learns more with this detail than without: ${details[name].claim}.`,
  threshold: `Supported if on CartPole-v1 or Pendulum-v1 the interval of what its absence costs is above 0; not if on both it is below ${unnoticed} %.`,
  judge(data) {
    const costs = envs.map((env) => cost(data, env, name));
    const n = where(data, { off: "none", env: envs[0] }).length;
    const measured = `its absence costs ${envs.map((env, i) => `${withInterval(costs[i].value, costs[i].interval)} % on ${env}`).join(", ")}, ${n} seed${n === 1 ? "" : "s"}`;
    if (n < atLeast) return { verdict: "inconclusive", measured: `${measured}; a verdict takes ${atLeast}` };
    if (costs.some(({ interval }) => interval![0] > 0)) return { verdict: "supported", measured };
    const isMissed = costs.some(({ interval }) => !(interval![1] < unnoticed));
    return { verdict: isMissed ? "inconclusive" : "not supported", measured };
  },
});

export const experiment: Experiment = {
  name: "ppo-details",
  title: "Details of PPO",
  place: "Trust regions and PPO: the full training loss",
  question: "Which of twelve details of PPO are missed when each is switched off alone?",
  lesson: String.raw`
The clipped objective fits in a line. Programs that learn well have a dozen lines more, which papers mention in an
appendix or not at all: what is normalized, what is clipped, what is annealed.

Here all twelve are on, and then each is off alone; everything else, seeds included, stays. The cost of a detail is what its
absence takes from the mean return over the training, in percent of what the full set learns above a random policy:

$$\text{cost} = 100 \cdot \frac{\bar R_{\text{all}} - \bar R_{\text{without}}}{\bar R_{\text{all}} - R_{\text{random}}}$$

Two things to keep in mind. Details stand in for each other: a stop on KL catches what a missing clip lets through, so
neither may be missed alone. And two small environments are no survey: CartPole has observations of one size and
rewards of 1, Pendulum costs of up to 16 a step.
`,
  code: [sourceOf("learning/losses.ts", "ppoClipLoss"), sourceOf("learning/losses.ts", "clippedValueLoss")],
  protocol(quick) {
    const n = quick ? 1 : 20;
    const share = quick ? 1 / 8 : 1;
    return {
      trials: seeds(n).flatMap((seed) =>
        envs.map((env) => ({
          id: `${env}-${seed}`,
          settings: { env, seed, steps: environments[env].steps * share },
          weight: env === "Pendulum-v1" ? 30 : 10,
        })),
      ),
      words: `PPO with all twelve details and with each off alone, on CartPole-v1 and Pendulum-v1, ${told(environments["CartPole-v1"].steps * share)}
steps, seeds 1 to ${n}, the same for each. Sizes, $\\gamma$ and learning rate are those of the environments' presets. Differences are taken seed by seed.`,
    };
  },
  async carryOut({ env, seed, steps }, { onProgress, ...controls }) {
    const rows = [];
    for (const [i, off] of ["none" as const, ...names].entries()) {
      const options = { ...full, ...(off === "none" ? {} : details[off].off) };
      const input = { env: env as string, seed, totalSteps: steps as number, ...options };
      const { average, final } = await trainCurve("ppo", input, {
        ...controls,
        onProgress: (share) => onProgress?.((i + share) / (names.length + 1)),
      });
      rows.push({ off, average, final });
    }
    return rows;
  },
  claims: names.map(claimOf),
  charts: (data) =>
    envs.map((env) => ({
      name: env.toLowerCase(),
      title: `What each detail is worth on ${env}`,
      caption: "What its absence costs, in percent of what the full set learns: means over seeds with 95 % intervals.",
      draw: (size) =>
        intervalChart(
          names
            .map((name) => ({ label: details[name].label, ...cost(data, env, name) }))
            .sort((a, b) => b.value - a.value),
          { x: "cost of its absence, %", reference: 0 },
          size,
        ),
    })),
  discussion(data) {
    const most = envs.map((env) => {
      const ranked = names.map((name) => ({ name, ...cost(data, env, name) })).sort((a, b) => b.value - a.value);
      const [first] = ranked;
      const better = ranked.filter(({ interval }) => interval !== null && interval[1] < 0);
      const without =
        better.length === 0 ? "" : ` Without ${better.map(({ name }) => details[name].label).join(", ")} it learned *more*: the interval of the cost is below 0.`; // prettier-ignore
      return `On ${env} the absence of *${details[first.name].label}* costs most, ${told(first.value)} %.${without}`;
    });
    return most.join("\n\n");
  },
};
