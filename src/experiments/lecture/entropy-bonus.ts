// The entropy bonus: whether policies become deterministic too early without it, and what it costs.

import { categorical } from "../../distributions/index.ts";
import type { Env } from "../../envs/index.ts";
import { exp, log } from "../../math/index.ts";
import { createGenerator } from "../../random/index.ts";
import { box, discrete } from "../../spaces/index.ts";
import { gradients, input, mul, runReference, sum, type Tensor } from "../../tensor/index.ts";
import type { Training, TrainingInput } from "../../training/index.ts";
import { intervalChart, lineChart, type Line } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row, type TrialControls } from "../experiment.ts";
import { allOf, decided, estimate, judged, pairedDifference, told, withInterval } from "../judge.ts";
import { endsOf, lineOver } from "../lines.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

const stretches = 25;
const count = (quick: boolean) => (quick ? 2 : 20);
const armCounts = [4, 16, 64];

/** What is trained, with which coefficients of the bonus, and when a run that ends nearly deterministic ends badly. */
const parts = {
  lake: { algorithm: "reinforce", env: "FrozenLake-v1", actions: 4, coefficients: [0, 0.001, 0.01, 0.1], good: 0.37 },
  cliff: { algorithm: "a2c", env: "CliffWalking-v1", actions: 4, coefficients: [0, 0.01, 0.1], good: -100 },
  pole: { algorithm: "reinforce", env: "CartPole-v1", actions: 2, coefficients: [0, 0.01], good: 195 },
} as const;
type Part = keyof typeof parts;

const stepsOf = (part: string, quick: boolean) =>
  part === "arms" ? (quick ? 4_000 : 20_000) : quick ? 20_000 : 100_000;

const logits = (n: number) => input("logits", ["rows", n]);

/** The gradient of Σ over rows of an expectation, or of the entropy, by the logits, in float64. */
function gradientOf(n: number, z: readonly (readonly number[])[], rewards?: readonly number[]): number[][] {
  const x = logits(n);
  const values = input("rewards", ["rows", n]);
  const policy = categorical(x);
  const total = rewards ? sum(mul(policy.probabilities!, values)) : sum(policy.entropy());
  const feeds = new Map<Tensor, number[]>([[x, z.flat()]]);
  if (rewards) feeds.set(values, z.flatMap(() => rewards)); // prettier-ignore
  const { gradient } = runReference({ outputs: { gradient: gradients(total, [x])[0] } }, feeds, z.length).outputs;
  return z.map((_, i) => Array.from(gradient.slice(i * n, (i + 1) * n)));
}

/** Two arms that pay 0 and 1: how strongly reward and entropy pull a policy back that prefers the worse one. */
function twoArms(): Row[] {
  const odds = [0, 1, 2, 3, 4, 6, 8, 10];
  const z = odds.map((x) => [x, 0]);
  const reward = gradientOf(2, z, [0, 1]);
  const entropy = gradientOf(2, z);
  return odds.map((x, i) => ({ kind: "two", odds: x, reward: reward[i][1], entropy: entropy[i][1] }));
}

/** Whether a small step along the entropy's gradient leads nearer to the uniform policy: to equal logits, and up. */
function towardsUniform(): Row[] {
  const generator = createGenerator(6);
  return [2, 4, 16].map((n) => {
    const z = Array.from({ length: 300 }, () => Array.from({ length: n }, () => 3 * generator.standardNormal()));
    const right = gradientOf(n, z).filter((gradient, i) => {
      const center = z[i].reduce((a, b) => a + b, 0) / n;
      return gradient.reduce((total, g, k) => total - g * (z[i][k] - center), 0) > 0;
    }).length;
    return { kind: "uniform", actions: n, cases: z.length, right };
  });
}

/** A bandit whose arms always pay the same: one pays 1, the others up to 0.9. */
export function arms(n: number, seed: number): { readonly best: number; readonly make: () => Env<number[], number> } {
  const generator = createGenerator(seed);
  const pays = Array.from({ length: n }, () => generator.uniform(0, 0.9));
  const best = generator.integers(0, n);
  pays[best] = 1;
  const observation = [1];
  const make = (): Env<number[], number> => ({
    observationSpace: box(0, 1, [1]),
    actionSpace: discrete(n),
    reset: () => ({ observation, info: {} }),
    step: (arm) => ({ observation, reward: pays[arm], terminated: true, truncated: false, info: {} }),
  });
  return { best, make };
}

/** A training with the entropy of each stretch, and of the last one that had an update. */
async function train(algorithm: string, input: TrainingInput & { totalSteps: number }, controls: TrialControls) {
  let trained: Training | undefined;
  const onUpdate = (_: unknown, training: Training) => void (trained = training);
  const curve = await trainCurve(algorithm, input, controls, { stretches, metrics: ["entropy"], onUpdate });
  const { entropy: entropies } = curve.metrics;
  return { curve, entropies, entropy: entropies.findLast((value) => value !== null)!, policy: trained!.policy };
}

/** Trainings of one seed with each coefficient. */
async function carryOutPart(part: Part, seed: number, steps: number, controls: TrialControls): Promise<Row[]> {
  const { algorithm, env, actions, coefficients, good } = parts[part];
  const rows: Row[] = [];
  for (const entropyCoefficient of coefficients) {
    const input = { env, seed, totalSteps: steps, entropyCoefficient };
    const { curve, entropies, entropy } = await train(algorithm, input, controls);
    const { final, average, returns, episodes } = curve;
    const isCollapsed = entropy < 0.05 * log(actions) && (final ?? -Infinity) < good;
    rows.push({ coefficient: entropyCoefficient, final, average, episodes, entropy, collapsed: Number(isCollapsed), returns, entropies }); // prettier-ignore
  }
  return rows;
}

/** Bandits of one seed, without a bonus and with it: whether the best arm is not the one that is pulled most. */
async function carryOutArms(seed: number, steps: number, controls: TrialControls): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of armCounts)
    for (const entropyCoefficient of [0, 0.01]) {
      const { best, make } = arms(n, seed);
      const input = { env: make, seed, totalSteps: steps, entropyCoefficient, learningRate: 0.01, hidden: [16] };
      const { policy, entropy } = await train("reinforce", { ...input, normalizeRewards: false }, controls);
      const missed = policy.probabilities([1])[best] < 0.5;
      rows.push({ arms: n, coefficient: entropyCoefficient, entropy, collapsed: Number(missed) });
    }
  return rows;
}

/** A column of a part's runs with a coefficient, in the order of the seeds. */
const column = (data: Data, part: string, coefficient: number, name: string, n?: number) =>
  numbers(where(data, { part, coefficient, ...(n !== undefined && { arms: n }) }), name);

const percent = (values: readonly number[]) => `${told(100 * estimate(values).value)} %`;

export const experiment: Experiment = {
  name: "entropy-bonus",
  title: "The entropy bonus",
  place: "Entropy regularization",
  question: "Do policies become deterministic too early without a bonus for entropy, and what does the bonus cost?",
  lesson: String.raw`
A policy gradient strengthens what was tried and went well, and what is strong is tried more often. The circle can close
around the wrong action. Take two arms whose rewards differ by $\Delta$, and let $p$ be the probability of the better one.
By its logit the expected reward changes at

$$\frac{\partial J}{\partial z} = p\,(1 - p)\,\Delta$$

which is nothing to speak of where $p$ is near 0: an action that is never taken is never learned about.

A bonus of $c$ times the policy's entropy $H = -\sum_a \pi(a) \log \pi(a)$ pulls towards the uniform policy. Its
own gradient vanishes there too, but later: it is $p\,(1-p)\log\frac{1-p}{p}$. What is in balance with reward is a policy with
$\pi(a) \propto e^{Q(a)/c}$. So $c$ is a temperature, in the unit of rewards: too small it does nothing, too large it
forbids to be certain of what one knows.

Four tests. REINFORCE on FrozenLake-v1, where a return is 0 or 1 and most episodes say nothing; A2C on CliffWalking-v1, where
the first lesson is to fear the way that leads to the goal; REINFORCE on CartPole-v1, which gives a reward each step; and
bandits of 4 to 64 arms. A run has *collapsed* if its entropy ends below 5 % of its maximum and its return is bad all
the same.
`,
  code: [sourceOf("learning/losses.ts", "jointLoss"), sourceOf("distributions/categorical.ts", "fromLogProbs")],
  protocol: (quick) => ({
    trials: [
      { id: "exact", settings: { exact: true } },
      ...["lake", "cliff", "pole", "arms"].flatMap((part) =>
        seeds(count(quick)).map((seed) => ({
          id: `${part}-${seed}`,
          settings: { part, seed, steps: stepsOf(part, quick) },
          weight: 10,
        })),
      ),
    ],
    words: `Seeds 1 to ${count(quick)}, ${told(stepsOf("lake", quick))} steps each: REINFORCE with its defaults on FrozenLake-v1
(coefficients 0, 0.001, 0.01, 0.1; bad is a mean of the last 100 returns below 0.37, half of what the best policy gets)
and with its preset on CartPole-v1 (0, 0.01; below 195), A2C with its defaults on CliffWalking-v1 (0, 0.01, 0.1; bad is
that no episode ends at all). Bandits of ${armCounts.join(", ")} arms, ${told(stepsOf("arms", quick))}
pulls of REINFORCE at a learning rate of 0.01: each seed draws what arms pay, up to 0.9, and one that pays 1; bad is to end
with less than half of all pulls on that one. Differences are taken seed by seed.`,
  }),
  async carryOut({ exact, part, seed, steps }, controls) {
    if (exact) return [...twoArms(), ...towardsUniform()];
    if (part === "arms") return carryOutArms(seed as number, steps as number, controls);
    return carryOutPart(part as Part, seed as number, steps as number, controls);
  },
  claims: [
    {
      id: "vanishes",
      claim: "Once a policy is nearly deterministic the gradient for its other actions vanishes, as $p(1-p)$.",
      threshold:
        "Supported if on two arms the library's gradient is $p(1-p)\\Delta$ to 1e-12, and where the better arm has $p < 0.001$ below 1 % of what it is at $p = 0.5$.",
      judge(data) {
        const rows = where(data, { kind: "two" }) as unknown as TwoArms[];
        const off = Math.max(...rows.map(({ odds, reward }) => Math.abs(reward - betterArm(odds) * (1 - betterArm(odds))))); // prettier-ignore
        const [even] = rows;
        const rare = rows.filter(({ odds }) => betterArm(odds) < 0.001);
        const most = Math.max(...rare.map(({ reward }) => reward / even.reward));
        return decided(
          off < 1e-12 && most < 0.01,
          `off by ${told(off)}; at most ${told(100 * most)} % where it is rare`,
        );
      },
    },
    {
      id: "uniform",
      claim: "The gradient of the entropy pulls towards the uniform policy.",
      threshold: "Supported if it points towards equal logits in all of 900 random policies of 2, 4 and 16 actions.",
      judge(data) {
        const rows = where(data, { kind: "uniform" });
        const [cases, right] = ["cases", "right"].map((name) => numbers(rows, name).reduce((a, b) => a + b, 0));
        return decided(right === cases, `${told(right)} of ${told(cases)}`);
      },
    },
    {
      id: "prevents",
      claim: "Without a bonus policies collapse on FrozenLake-v1, and a bonus of 0.01 prevents it.",
      threshold:
        "Supported if the interval of the share of runs that collapse without a bonus, less the share with 0.01, is above 0; not if below.",
      judge: (data) => fewer(data, "lake", "collapsed without and with"),
    },
    {
      id: "explores",
      claim: "Without a bonus exploration stops: on CliffWalking-v1 fewer runs ever reach the goal than with 0.01.",
      threshold:
        "Supported if the interval of the share of runs that never reach it without a bonus, less the share with 0.01, is above 0; not if below.",
      judge: (data) => fewer(data, "cliff", "never there without and with"),
    },
    {
      id: "trade-off",
      claim: "The coefficient trades exploration for exploitation: a large one leaves more entropy and less return.",
      threshold:
        "Supported if on FrozenLake-v1 the intervals of the differences between 0.1 and 0.01 are above 0 for the entropy at the end and below 0 for the return; not if either is on the other side.",
      judge(data) {
        const difference = (name: string) =>
          pairedDifference(column(data, "lake", 0.1, name), column(data, "lake", 0.01, name));
        const bound = { seeds: column(data, "lake", 0.1, "entropy").length, atLeast: 20 };
        const entropy = judged("0.1 less 0.01: entropy", difference("entropy"), { ...bound, above: 0 });
        const returns = judged("return", difference("final"), { ...bound, below: 0 });
        return allOf([entropy, returns]);
      },
    },
    {
      id: "many-actions",
      claim: "The bonus matters more where there are more actions: of 64 arms it saves more runs than of 4.",
      threshold:
        "Supported if the interval of the difference is above 0: what a bonus of 0.01 takes off the share of runs that miss the best of 64 arms, less what it takes off with 4; not if below.",
      judge(data) {
        const saved = (n: number) => {
          const [without, withBonus] = [0, 0.01].map((c) => column(data, "arms", c, "collapsed", n));
          return without.map((value, i) => value - withBonus[i]);
        };
        const bound = { above: 0, seeds: saved(4).length, atLeast: 20 };
        const shares = armCounts.map((n) => `${n} arms ${[0, 0.01].map((c) => percent(column(data, "arms", c, "collapsed", n))).join(" and ")}`); // prettier-ignore
        const finding = judged("difference of what it saves", pairedDifference(saved(64), saved(4)), bound);
        return { ...finding, measured: `missed without and with it: ${shares.join(", ")}; ${finding.measured}` };
      },
    },
    {
      id: "everywhere",
      claim: "A bonus of 0.01 is good for REINFORCE on CartPole-v1 too: it raises the mean return over the training.",
      threshold: "Supported if the interval of the difference in mean return, seed by seed, is above 0; not if below.",
      judge(data) {
        const [without, withBonus] = [0, 0.01].map((c) => column(data, "pole", c, "average"));
        const bound = { above: 0, seeds: without.length, atLeast: 20 };
        return judged("difference in mean return", pairedDifference(withBonus, without), bound);
      },
    },
  ],
  charts(data) {
    const [{ steps }] = where(data, { part: "lake" });
    const ends = endsOf(stretches, steps as number);
    const lake = (name: string) =>
      parts.lake.coefficients.map((c) => lineOver(`bonus ${c}`, where(data, { part: "lake", coefficient: c }), name, ends)); // prettier-ignore
    const [entropies, returns] = [lake("entropies"), lake("returns")];
    return [
      {
        name: "pull",
        title: "What pulls a policy back that prefers the worse of two arms",
        caption:
          "Gradients by the logit of the better arm, which pays 1 and the other 0, by how many times as likely the worse one is.",
        draw: (size) =>
          lineChart(
            pulls(data),
            { x: "odds of the worse arm", y: "gradient", logX: true, logY: true, dots: true },
            size,
          ),
      },
      {
        name: "entropy",
        title: "Entropy on FrozenLake-v1",
        caption: "REINFORCE, by the coefficient of the bonus: interquartile means over seeds with 95 % intervals.",
        draw: (size) =>
          lineChart(entropies, { x: "environment steps", y: "entropy", yRange: [0, 1.4], levels: [{ y: 0.05 * log(4), label: "5 % of its maximum" }] }, size), // prettier-ignore
      },
      {
        name: "returns",
        title: "Return on FrozenLake-v1",
        caption: "The same trainings: the share of episodes that reach the goal.",
        draw: (size) => lineChart(returns, { x: "environment steps", y: "return", yRange: [0, 0.8] }, size),
      },
      {
        name: "failed",
        title: "Runs that end badly",
        caption:
          "Shares of seeds with 95 % intervals: collapsed on FrozenLake-v1 and CartPole-v1, never at the goal of CliffWalking-v1, the best arm missed.",
        draw: (size) => intervalChart(failures(data), { x: "share of runs, in %" }, size),
      },
    ];
  },
  discussion(data) {
    const share = (part: Part, c: number) => percent(failed(data, part, c));
    const cliff = parts.cliff.coefficients.map((c) => {
      const there = column(data, "cliff", c, "final");
      return there.length === 0
        ? "no run that got there"
        : `${told(estimate(there).value)} in ${there.length} run${there.length === 1 ? "" : "s"}`;
    });
    const [without, withBonus] = [0, 0.01].map((c) => estimate(column(data, "pole", c, "average")));
    const certain = where(data, { part: "lake" }).filter(
      ({ coefficient, entropy }) => (coefficient as number) <= 0.01 && (entropy as number) < 0.05 * log(4),
    );
    const wrong = numbers(certain, "collapsed").reduce((a, b) => a + b, 0);
    return String.raw`
What a bonus does depends on where reward comes from. On FrozenLake-v1, with returns of 0 and 1, ${share("lake", 0)} of the
runs collapse without one, ${share("lake", 0.001)} with 0.001, ${share("lake", 0.01)} with 0.01 and ${share("lake", 0.1)} with 0.1.
Deterministic is not the same as bad: the best policy is deterministic as well. Of all runs with a bonus of at most 0.01,
${certain.length} ended below 5 % of the greatest entropy, ${certain.length - wrong} of them with a good return.

On CliffWalking-v1 ${share("cliff", 0)} of the runs without a bonus never end an episode, ${share("cliff", 0.01)} with 0.01
and ${share("cliff", 0.1)} with 0.1. What is learned first there, that the cliff hurts, is true, and keeps a policy off the way along
it. The price is seen in those that do get there. Their returns, where ${told(-13)} is possible, are ${cliff[0]} without a bonus,
${cliff[1]} with 0.01, ${cliff[2]} with 0.1.

On CartPole-v1 ${share("pole", 0)} of the runs collapse without a bonus and ${share("pole", 0.01)} with 0.01; mean returns are
${withInterval(without.value, without.interval)} and ${withInterval(withBonus.value, withBonus.interval)}. Each step pays there,
so each episode says something about every action in it.

The two arms say what the coefficient is to be compared with: the bonus stops a policy at odds of
$e^{\Delta/c}$. With $\Delta = 1$ and $c = 0.01$ these are odds of $e^{100}$, no bound at all. What it does in time is to
slow the way there.
`;
  },
};

interface TwoArms {
  /** Of the logits: the worse arm's less the better one's. */
  readonly odds: number;
  readonly reward: number;
  readonly entropy: number;
}

/** The probability of the better arm. */
const betterArm = (odds: number) => 1 / (1 + exp(odds));

/** Whether runs ended badly, 1 or 0 a seed: collapsed, or on the cliff without an episode that ended. */
const failed = (data: Data, part: Part, coefficient: number): number[] =>
  part === "cliff"
    ? column(data, part, coefficient, "episodes").map((n) => Number(n === 0))
    : column(data, part, coefficient, "collapsed");

/** By how much a bonus of 0.01 lowers the share of runs that end badly. */
function fewer(data: Data, part: Part, what: string) {
  const [without, withBonus] = [0, 0.01].map((c) => failed(data, part, c));
  const finding = judged("difference", pairedDifference(without, withBonus), {
    above: 0,
    seeds: without.length,
    atLeast: 20,
  });
  return { ...finding, measured: `${what} ${percent(without)} and ${percent(withBonus)}; ${finding.measured}` };
}

/** The pull of reward, and of the bonus with two coefficients, by the odds of the worse arm. */
function pulls(data: Data): Line[] {
  const rows = (where(data, { kind: "two" }) as unknown as TwoArms[]).filter(({ odds }) => odds > 0);
  const line = (label: string, y: (row: TwoArms) => number): Line => ({
    label,
    points: rows.map((row) => ({ x: exp(row.odds), y: y(row) })),
  });
  return [
    line("reward", ({ reward }) => reward),
    line("bonus of 0.1", ({ entropy }) => 0.1 * entropy),
    line("bonus of 0.01", ({ entropy }) => 0.01 * entropy),
  ];
}

/** Shares of runs that ended badly, in percent, by where and by the coefficient. */
function failures(data: Data) {
  const measured = (label: string, values: readonly number[]) => ({ label, ...estimate(values.map((x) => 100 * x)) });
  const names: Readonly<Record<Part, string>> = { lake: "FrozenLake", cliff: "CliffWalking", pole: "CartPole" };
  return [
    ...(["lake", "cliff", "pole"] as const).flatMap((part) =>
      parts[part].coefficients.map((c) => measured(`${names[part]}, ${c}`, failed(data, part, c))),
    ),
    ...armCounts.flatMap((n) =>
      [0, 0.01].map((c) => measured(`${n} arms, ${c}`, column(data, "arms", c, "collapsed", n))),
    ),
  ];
}
