// The table of advantage estimators: bias and variance of each, exactly, with critics that are wrong in several ways.

import type { Mdp } from "../../envs/index.ts";
import { estimators, moments, momentsOf, policyOf, trajectories, values, type Estimator } from "../../exact/index.ts";
import { createGenerator } from "../../random/index.ts";
import { mean } from "../../runs/statistics.ts";
import { lineChart, type Line } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row } from "../experiment.ts";
import { decided, told } from "../judge.ts";
import { norm, randomTheta, terracesMdp } from "../small-mdps.ts";
import { sourceOf } from "../sources.ts";
import { runsLong } from "../turns.ts";

const length = 5;
const gamma = 0.9;
const lambdas = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 1];
/** n-step advantages; the last is Monte Carlo. */
const steps = [1, 2, 3, 4, 5];
/** Root mean square of V − V^π over the states. */
const sizes = [0.25, 0.5, 1, 2];
const kinds = ["constant", "shrunk", "one-sided", "random"] as const;
type Kind = (typeof kinds)[number];
/** Numbers below it are rounding. */
const rounding = 1e-9;

const theMdp = () => terracesMdp({ length });
const theTheta = (mdp: Mdp) => randomTheta(mdp, 1);

/** A critic V = V^π + error, whose error has a shape and a size; that of the terminal states is never read. */
function critic(mdp: Mdp, kind: Kind, size: number, seed: number): Float64Array {
  const { v } = values(mdp, policyOf(theTheta(mdp), mdp), gamma);
  const generator = createGenerator(seed);
  const shapes: Readonly<Record<Kind, (s: number) => number>> = {
    constant: () => 1,
    shrunk: (s) => -v[s],
    "one-sided": (s) => (s % 2 === 0 ? -1 : 1), // the upper terrace looks too good, the lower too bad
    random: () => generator.standardNormal(),
  };
  const shape = Float64Array.from({ length: 2 * length }, (_, s) => shapes[kind](s));
  const scale = size / Math.sqrt(norm(shape) ** 2 / shape.length);
  return v.map((value, s) => value + (s < shape.length ? scale * shape[s] : 0));
}

/** What estimators with such a critic come to. */
function measure(kind: Kind, size: number, seed: number): Row {
  const mdp = theMdp();
  const theta = theTheta(mdp);
  const policy = policyOf(theta, mdp);
  const v = critic(mdp, kind, size, seed);
  const { advantage } = values(mdp, policy, gamma);
  const of = (estimator: Estimator) => {
    const { average } = momentsOf(mdp, policy, estimator, { against: advantage });
    const { biasNorm, gradient, variance } = moments(mdp, theta, estimator);
    return {
      bias: Math.sqrt(average.squaredBias),
      variance: average.variance,
      gradientBias: biasNorm / norm(gradient),
      gradientVariance: variance / norm(gradient) ** 2,
    };
  };
  const columns = (prefix: string, found: readonly ReturnType<typeof of>[]) =>
    Object.fromEntries(
      (["bias", "variance", "gradientBias", "gradientVariance"] as const).map((name) => [
        `${prefix} ${name}`,
        found.map((each) => each[name]),
      ]),
    );
  return {
    part: "critic",
    kind,
    size,
    error: seed,
    ...columns("n", steps.map((n) => of(estimators.nStep({ gamma, v, n })))), // prettier-ignore
    ...columns("λ", lambdas.map((lambda) => of(estimators.gae({ gamma, v, lambda })))), // prettier-ignore
  };
}

/** How far Ψ_t moves at most when V of another state than s_t rises by 1: what bootstrapping is. */
function reach(): Row[] {
  const mdp = theMdp();
  const policy = policyOf(theTheta(mdp), mdp);
  const { v } = values(mdp, policy, gamma);
  const all = trajectories(mdp, policy);
  const moves = (make: (v: ArrayLike<number>) => Estimator): number => {
    const before = make(v).weights(mdp, policy);
    let most = 0;
    for (let moved = 0; moved < 2 * length; moved++) {
      const after = make(v.map((value, s) => (s === moved ? value + 1 : value))).weights(mdp, policy);
      for (const trajectory of all) {
        const [a, b] = [before(trajectory), after(trajectory)];
        trajectory.states.forEach((s, t) => s !== moved && (most = Math.max(most, Math.abs(a[t] - b[t]))));
      }
    }
    return most;
  };
  return [
    { part: "reach", name: "G − V", moves: moves((v) => estimators.valueBaseline({ gamma, v })) },
    { part: "reach", name: "δ", moves: moves((v) => estimators.td({ gamma, v })) },
  ];
}

export const experiment: Experiment = {
  name: "advantage-estimators",
  title: "Advantage estimators",
  place: "Three advantage estimators",
  question:
    "How biased and how noisy is each estimate of the advantage, and what does that have to do with the critic?",
  lesson: String.raw`
The advantage $A^\pi(s, a) = Q^\pi(s, a) - V^\pi(s)$ says by how much an action beats the policy's average. Estimates of it
differ in how many rewards they wait for before they trust the critic:

$$\hat A^{(n)}_t = r_{t+1} + \dots + \gamma^{n-1} r_{t+n} + \gamma^n V(s_{t+n}) - V(s_t)$$

$n = 1$ is TD(0). If $n$ reaches the end of the episode it is Monte Carlo, $G_t - V(s_t)$. GAE is a mean over all $n$ with
weights $\lambda^{n-1}$.

$V$ stands in two places. At $s_t$ it is a baseline: it cannot look at the action, so an error there shifts all actions
alike, and the gradient stays right. At $s_{t+n}$ it *bootstraps*: it takes the place of rewards that the action
brought about, and an error there is credited to the action.

So there are two questions. Is it right as a *number*, $\mathbb{E}[\hat A_t \mid s, a] = A^\pi(s, a)$? And is it right for the
*gradient*, which only asks that the error is the same for all actions of a state?

On a small MDP both have exact answers, for any critic: all trajectories can be listed.
`,
  code: [sourceOf("advantages/n-step.ts", "nStepAdvantages"), sourceOf("advantages/td.ts", "tdAdvantages")],
  protocol(quick) {
    const n = quick ? 3 : 10;
    return {
      trials: [
        { id: "reach", settings: { reach: true } },
        ...kinds.map((kind) => ({ id: kind, settings: { kind, seeds: kind === "random" ? n : 1 }, weight: kind === "random" ? n : 1 })), // prettier-ignore
      ],
      words: `Terraces-v0 of ${length} steps, $\\gamma$ of ${gamma}, one softmax policy drawn at random, all of its trajectories.
Critics are $V^\\pi$ plus an error: the same everywhere (constant); towards 0, as of a critic that has not learned yet (shrunk);
up on one terrace and down on the other (one-sided); drawn for each state (random, seeds 1 to ${n}). An error's size is its root
mean square over the states: ${sizes.join(", ")}; and 0. Bias and variance of an estimate are given state and action, weighted by how
often these are met; those of the gradient, with $\\gamma^t$, are relative to $\\|\\nabla J\\|$.`,
    };
  },
  async carryOut(settings, controls) {
    if (settings.reach) return [...reach(), measure("constant", 0, 1)];
    const pause = runsLong(controls);
    const drawn = seeds(settings.seeds as number);
    const rows: Row[] = [];
    for (const seed of drawn)
      for (const size of sizes) {
        rows.push(measure(settings.kind as Kind, size, seed));
        await pause(rows.length / (drawn.length * sizes.length));
      }
    return rows;
  },
  claims: [
    {
      id: "right-critic",
      claim: "With a right critic all of them are unbiased, and TD(0) has the least variance.",
      threshold:
        "Supported if at $V = V^\\pi$ no bias exceeds 1e-9, and each other $n$ and $\\lambda$ has more variance, of the estimate and of the gradient.",
      judge(data) {
        const [row] = critics(data, { size: 0 });
        const bias = Math.max(...column(row, "n bias"), ...column(row, "λ bias"), ...column(row, "λ gradientBias"));
        const least = ["n variance", "λ variance", "n gradientVariance", "λ gradientVariance"].every(
          (name) =>
          column(row, name).slice(1).every((value) => value > column(row, name)[0]), // prettier-ignore
        );
        const [td, monteCarlo] = [column(row, "n variance")[0], column(row, "n variance").at(-1)!];
        return decided(bias < rounding && least, `largest bias ${told(bias)}; variance of TD(0) ${told(td)}, of Monte Carlo ${told(monteCarlo)}`); // prettier-ignore
      },
    },
    {
      id: "td-biased",
      claim: "TD(0) is biased whenever the critic is wrong: as an estimate, and for the gradient.",
      threshold:
        "Supported if both biases exceed 1e-6 for each kind and size of error; the gradient's relative to its length.",
      judge(data) {
        const rows = wrong(data);
        const holds = rows.every((row) => column(row, "n bias")[0] > 1e-6 && column(row, "n gradientBias")[0] > 1e-6);
        const measured = kinds.map((kind) => `${kind} ${percent(atErrorOne(data, kind, "n gradientBias", 0))}`);
        return decided(holds, `bias of the gradient at an error of 1: ${measured.join(", ")}`);
      },
    },
    {
      id: "monte-carlo-estimate",
      claim: "The Monte Carlo estimate $G_t - V(s_t)$ of the advantage has zero bias.",
      threshold: "Supported if $\\mathbb{E}[\\hat A_t \\mid s, a]$ is $A^\\pi$ to 1e-9 with each of the critics.",
      judge(data) {
        const most = Math.max(...wrong(data).map((row) => column(row, "n bias").at(-1)!));
        return decided(most < rounding, `largest bias ${told(most)}: that of V at the state itself`);
      },
    },
    {
      id: "monte-carlo-gradient",
      claim: "The gradient by Monte Carlo has zero bias whatever the critic.",
      threshold: "Supported if the bias is below 1e-9 of $\\|\\nabla J\\|$ with each of the critics.",
      judge(data) {
        const most = Math.max(...wrong(data).map((row) => column(row, "n gradientBias").at(-1)!));
        return decided(most < rounding, `largest bias ${told(most)} of ‖∇J‖`);
      },
    },
    {
      id: "bias-falls",
      claim: "With a wrong critic the gradient's bias falls with $n$, and with $\\lambda$.",
      threshold:
        "Supported if it never rises from one $n$, or one $\\lambda$, to the next, for each kind and size of error.",
      judge: (data) => monotone(data, "gradientBias", -1),
    },
    {
      id: "variance-rises",
      claim: "And the variance of the estimate rises with $n$, and with $\\lambda$.",
      threshold:
        "Supported if it never falls from one $n$, or one $\\lambda$, to the next, for each kind and size of error.",
      judge: (data) => monotone(data, "variance", 1),
    },
    {
      id: "gae-between",
      claim: "GAE lies between TD(0) and Monte Carlo, in bias and in variance.",
      threshold:
        "Supported if the gradient's bias and the estimate's variance lie between those at $\\lambda$ of 0 and 1, for each $\\lambda$, kind and size.",
      judge(data) {
        const cases = critics(data, {}).flatMap((row) => ["λ gradientBias", "λ variance"].map((name) => ({ row, name, each: column(row, name) }))); // prettier-ignore
        const outside = cases.filter(({ each }) => {
          const [low, high] = [Math.min(each[0], each.at(-1)!), Math.max(each[0], each.at(-1)!)];
          return each.some((value) => value < low - rounding || value > high + rounding);
        });
        const measured = `${cases.length - outside.length} of ${cases.length} curves lie between their ends`;
        return decided(outside.length === 0, outside.length === 0 ? measured : `${measured}; not those of ${kindsOf(outside.map(({ row }) => row))}`); // prettier-ignore
      },
    },
    {
      id: "baseline-bootstraps",
      claim: "REINFORCE with a baseline still bootstraps on $V$.",
      threshold:
        "Supported if its weight of step $t$ moves by 1e-9 or more when $V$ of a state other than $s_t$ rises by 1.",
      judge(data) {
        const moves = (name: string) => numbers(where(data, { part: "reach", name }), "moves")[0];
        return decided(moves("G − V") >= rounding, `it moves by ${told(moves("G − V"))}; that of TD(0) by ${told(moves("δ"))}`); // prettier-ignore
      },
    },
  ],
  charts(data) {
    const atOne = (name: string, x: readonly number[]): Line[] =>
      kinds.map((kind) => ({ label: kind, points: x.map((at, i) => ({ x: at, y: atErrorOne(data, kind, name, i) })) }));
    const [bias, variance, byStep] = [atOne("λ gradientBias", lambdas), atOne("λ variance", lambdas), atOne("n gradientBias", steps)]; // prettier-ignore
    const errors = [0, ...sizes].map((size) => ({
      label: size === 0 ? "right critic" : `error ${size}`,
      points: lambdas.map((x, i) => ({ x, y: errorOfMean(data, size, i) })),
    }));
    return [
      {
        name: "bias-lambda",
        title: "Bias of the gradient by λ",
        caption: "Critics whose error has a root mean square of 1; of random ones the mean.",
        draw: (size) => lineChart(bias, { x: "λ", y: "share of ‖∇J‖", steps: lambdas, dots: true }, size),
      },
      {
        name: "bias-n",
        title: "Bias of the gradient by n",
        caption: "The same critics with n-step advantages.",
        draw: (size) => lineChart(byStep, { x: "n", y: "share of ‖∇J‖", steps, dots: true }, size),
      },
      {
        name: "variance-lambda",
        title: "Variance of the estimate by λ",
        caption: "Given state and action, for the same critics.",
        draw: (size) => lineChart(variance, { x: "λ", y: "variance", steps: lambdas, dots: true }, size),
      },
      {
        name: "error",
        title: `Error of a gradient from ${batch} episodes`,
        caption:
          "Square root of squared bias and variance together, for critics with random errors. Where a curve is lowest, its $\\lambda$ is best.",
        draw: (size) => lineChart(errors, { x: "λ", y: "error, share of ‖∇J‖", steps: lambdas, dots: true }, size),
      },
    ];
  },
  discussion(data) {
    const best = [0, ...sizes].map((size) => {
      const each = lambdas.map((_, i) => errorOfMean(data, size, i));
      return `${lambdas[each.indexOf(Math.min(...each))]} at an error of ${size}`;
    });
    const falling = wrong(data).filter(
      (row) => column(row, "λ variance")[0] > column(row, "λ variance").at(-1)! + rounding,
    );
    const noisy =
      falling.length === 0
        ? "No critic here is so wrong that TD(0) has more variance than Monte Carlo."
        : `An error that differs from state to state is noise as well: $s_{t+1}$ is random, so $V(s_{t+1})$ is, error included. With
${falling.length} of ${wrong(data).length} critics (${kindsOf(falling)}) TD(0) has *more* variance than Monte Carlo, not less.`;
    return `What the lecture's table calls bias comes in two kinds. As a number, the Monte Carlo estimate is off by what $V$ is
off at $s_t$. For the gradient that does not matter, as it is the same for all actions. The same holds for TD(0) with a
constant error: both places of $V$ are off by the same amount, and here all episodes end after the same number of steps. It is the
*difference* between errors at the states that actions lead to that is credited to actions.

Nor does REINFORCE with a baseline bootstrap: its weight of step $t$ knows $V$ at $s_t$ alone. Only an episode that was cut off
ends with $V$.

${noisy}

Which $\\lambda$ is best depends on the critic, and on how many episodes the noise is averaged over. With ${batch} it is
${best.join(", ")}.`;
  },
};

/** A share as a text; what is rounding is 0. */
const percent = (share: number): string => `${told(share < rounding ? 0 : 100 * share)} %`;

/** Episodes that the last figure's gradient is the mean of. */
const batch = 100;

const critics = (data: Data, wanted: Row) => where(data, { part: "critic", ...wanted });
const wrong = (data: Data) => critics(data, {}).filter(({ size }) => size !== 0);
const column = (row: Row, name: string) => row[name] as readonly number[];

/** At an error of 1: the mean over critics of a kind. */
const atErrorOne = (data: Data, kind: Kind, name: string, place: number): number =>
  mean(critics(data, { kind, size: 1 }).map((row) => column(row, name)[place]));

/** The kinds of critics with their sizes, as "random 1, 2; shrunk 2". */
function kindsOf(rows: readonly Row[]): string {
  const found = kinds.flatMap((kind) => {
    const each = [...new Set(rows.filter((row) => row.kind === kind).map(({ size }) => size as number))];
    return each.length > 0 ? [`${kind} ${each.sort((a, b) => a - b).join(", ")}`] : [];
  });
  return found.join("; ");
}

/** Of the mean of a batch of gradients, relative to ‖∇J‖, over critics with random errors. */
function errorOfMean(data: Data, size: number, place: number): number {
  const rows = size === 0 ? critics(data, { size }) : critics(data, { kind: "random", size });
  const squares = rows.map((row) => column(row, "λ gradientBias")[place] ** 2 + column(row, "λ gradientVariance")[place] / batch); // prettier-ignore
  return Math.sqrt(mean(squares));
}

/** The finding of curves that are to rise (1) or fall (−1) all the way, against n and against λ. */
function monotone(data: Data, name: string, direction: 1 | -1) {
  const cases = wrong(data).flatMap((row) => [`n ${name}`, `λ ${name}`].map((each) => ({ row, curve: column(row, each) }))); // prettier-ignore
  const broken = cases.filter(({ curve }) => curve.some((value, i) => i > 0 && direction * (value - curve[i - 1]) < -rounding)); // prettier-ignore
  const measured = `${cases.length - broken.length} of ${cases.length} curves ${direction === 1 ? "never fall" : "never rise"}`;
  return decided(broken.length === 0, broken.length === 0 ? measured : `${measured}; not those of ${kindsOf(broken.map(({ row }) => row))}`); // prettier-ignore
}
