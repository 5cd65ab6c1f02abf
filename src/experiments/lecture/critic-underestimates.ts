// Question 3: which way TD(0) is biased by a critic that is too low, what λ does about it, and how long it lasts.

import type { Mdp } from "../../envs/index.ts";
import { estimators, moments, momentsOf, policyOf, values } from "../../exact/index.ts";
import { interquartileMean, mean } from "../../runs/statistics.ts";
import { createTraining } from "../../training/index.ts";
import { lineChart } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row } from "../experiment.ts";
import { allOf, decided, estimate, judged, pairedDifference, told } from "../judge.ts";
import { norm, randomTheta, terracesMdp } from "../small-mdps.ts";
import { sourceOf } from "../sources.ts";
import { areaUnder } from "../train-curve.ts";
import { runsLong } from "../turns.ts";

const length = 5;
const gamma = 0.9;
const lambdas = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 1];
/** By how much critics are too low. */
const low = 1;
/** The one step at which a critic is too low, counted from 0. */
const step = 3;

/** Critics that underestimate: V − V^π by state, below 0 or 0. */
const kinds = {
  "one step": (s: number) => (s >> 1 === step ? -low : 0),
  everywhere: () => -low,
  shrunk: (_: number, v: number) => -v / 2,
  "one terrace": (s: number) => (s % 2 === 1 ? -low : 0),
};
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];

/** Walks and λ for how long an error lasts. */
const lengths = [5, 20, 50];
const targets = [0, 0.5, 0.9, 1];
const learningRate = 0.1;
const shown = 20;

/** CartPole: how much V is shifted at the start; a policy that has learned nothing is worth some 20. */
const shifts = [20, 0, -20];
const trained = [0, 0.5, 0.95, 1];
const stretches = 20;
const totalSteps = (quick: boolean) => (quick ? 10_000 : 60_000);
const atLeast = 20;

/** What a critic's error does to the advantages of a policy, exactly. */
function exact(kind: Kind): Row {
  const mdp = terracesMdp({ length });
  const theta = randomTheta(mdp, 1);
  const policy = policyOf(theta, mdp);
  const { v: right, advantage } = values(mdp, policy, gamma);
  const error = right.map((value, s) => (s < 2 * length ? kinds[kind](s, value) : 0));
  const v = right.map((value, s) => value + error[s]);
  const td = momentsOf(mdp, policy, estimators.td({ gamma, v }), { against: advantage });
  // γE[error(s') | s, a] − error(s); an error counts for nothing after the end.
  let formula = 0;
  const sums = Array.from({ length }, () => ({ bias: 0, visits: 0 }));
  td.visits.forEach((visits, k) => {
    if (visits === 0) return;
    const [s, a] = [Math.floor(k / mdp.actions), k % mdp.actions];
    const next = mdp.outcomes(s, a).reduce((sum, o) => sum + o.probability * (o.terminated ? 0 : error[o.next]), 0);
    formula = Math.max(formula, Math.abs(td.bias[k] - (gamma * next - error[s])));
    sums[s >> 1].bias += visits * td.bias[k];
    sums[s >> 1].visits += visits;
  });
  const gradients = lambdas.map((lambda) => moments(mdp, theta, estimators.gae({ gamma, v, lambda })));
  return {
    part: "exact",
    kind,
    formula,
    byStep: sums.map(({ bias, visits }) => bias / visits),
    average: td.average.bias,
    bias: gradients.map(({ biasNorm, gradient }) => biasNorm / norm(gradient)),
    variance: gradients.map(({ variance, gradient }) => variance / norm(gradient) ** 2),
  };
}

/**
 * The error of a critic that learns from λ-returns, by expected updates of a policy that stays as it is: root mean squares
 * over the states after 0, 1, 2, … episodes.
 *
 * @param mdp whose states are in the order of time
 */
export function errorsOf(mdp: Mdp, lambda: number, episodes: number, first: number): number[] {
  const policy = policyOf(new Float64Array(mdp.states * mdp.actions), mdp);
  const { occupancy } = values(mdp, policy, 1); // P(s_t = s): each state belongs to one t
  const open = [...occupancy.keys()].filter((s) => occupancy[s] > 0);
  const next = open.map((s) => {
    const chances = new Map<number, number>();
    for (let a = 0; a < mdp.actions; a++)
      for (const o of mdp.outcomes(s, a))
        if (!o.terminated)
          chances.set(o.next, (chances.get(o.next) ?? 0) + policy[s * mdp.actions + a] * o.probability);
    return [...chances];
  });
  const error = Float64Array.from({ length: mdp.states }, (_, s) => (occupancy[s] > 0 ? first : 0));
  const advantage = new Float64Array(mdp.states); // E[Â^λ | s], which a right critic would make 0
  return Array.from({ length: episodes + 1 }, () => {
    const size = Math.sqrt(mean(open.map((s) => error[s] * error[s])));
    for (let i = open.length - 1; i >= 0; i--) {
      const s = open[i];
      advantage[s] = -error[s];
      for (const [later, p] of next[i]) advantage[s] += gamma * p * (error[later] + lambda * advantage[later]);
    }
    for (const s of open) error[s] += learningRate * occupancy[s] * advantage[s];
    return size;
  });
}

function lasting(): Row[] {
  return lengths.flatMap((length) =>
    targets.map((lambda) => {
      const errors = errorsOf(terracesMdp({ length }), lambda, 2000, -low);
      const kept = errors.filter((_, episode) => episode % 4 === 0 && episode <= 160);
      return { part: "lasting", length, lambda, half: errors.findIndex((error) => error <= low / 2), errors: length === shown ? kept : [] }; // prettier-ignore
    }),
  );
}

/** A trial of CartPole: a training for each shift and λ. */
interface TrainingSettings {
  readonly seed: number;
  readonly steps: number;
  readonly shifts: readonly number[];
}

/** A2C on CartPole whose critic begins shifted. */
async function train(
  { seed, steps, shifts }: TrainingSettings,
  pause: (done: number) => Promise<void>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const shift of shifts)
    for (const lambda of trained) {
      const training = await createTraining("a2c", {
        env: "CartPole-v1",
        seed,
        totalSteps: steps,
        envs: 1,
        rollout: 128,
        lambda,
        entropyCoefficient: 0.01,
        workers: 1,
      });
      try {
        const { engine, parameters } = training.policy;
        const bias = parameters.at(-1)!.variable; // of the critic's last layer
        engine.write(bias, engine.read(bias, new Float32Array(1)).map((b) => b + shift)); // prettier-ignore
        const [sums, counts] = [new Float64Array(stretches), new Float64Array(stretches)];
        while (!training.done) {
          for (const episode of training.update().finished) {
            const stretch = Math.min(stretches - 1, Math.floor(((episode.step - 1) * stretches) / steps));
            sums[stretch] += episode.return;
            counts[stretch]++;
          }
          await pause((rows.length + training.fractionDone) / (shifts.length * trained.length));
        }
        const returns = Array.from(sums, (sum, i) => (counts[i] > 0 ? sum / counts[i] : null));
        const value = training.policy.value([0, 0, 0, 0]);
        rows.push({
          part: "cartpole",
          shift,
          lambda,
          average: areaUnder(returns),
          final: training.meanReturn100,
          value,
        });
      } finally {
        training.close();
      }
    }
  return rows;
}

export const experiment: Experiment = {
  name: "critic-underestimates",
  title: "A critic that underestimates",
  place: "Question 3",
  question:
    "If the critic's values are too low, is the TD(0) advantage too low as well, and does $\\lambda$ near 1 help?",
  lesson: String.raw`
Write $V = V^\pi + e$, where $e$ is the critic's error. Put it into $\delta_t = r_{t+1} + \gamma V(s_{t+1}) - V(s_t)$ and take
the mean given state and action. What is right adds up to the advantage, and the rest is the bias:

$$\mathbb{E}[\delta_t \mid s, a] - A^\pi(s, a) = \gamma\, \mathbb{E}[e(s_{t+1}) \mid s, a] - e(s)$$

So the direction depends on *where* the critic is too low. At the next state alone: the action that leads there looks worse
than it is. At the state itself alone: all of its actions look better. By the same $c$ everywhere, $e = -c$: the bias is
$-\gamma c + c = (1 - \gamma)\,c$, slightly too *good*, and at the last step, after which nothing is bootstrapped, the whole
$c$. Such a critic takes the end of an episode for a pleasant surprise.

GAE moves the first term away: with $\lambda$, $e$ enters by $(1 - \lambda)$ at each step ahead, and at $\lambda = 1$ only
$-e(s)$ is left. It is the same for all actions, so the gradient is right. The price is the noise of more rewards.

The critic itself learns from the same targets. With TD(0) it learns from its own next value, which is just as wrong; only the
last step sees the truth, which then travels back by a step at a time.
`,
  code: [sourceOf("advantages/td.ts", "tdError"), sourceOf("advantages/gae.ts", "gae")],
  protocol(quick) {
    const n = quick ? 2 : 20;
    return {
      trials: [
        { id: "exact", settings: { exact: true } },
        ...seeds(n).map((seed) => ({
          id: `cartpole-${seed}`,
          settings: { seed, steps: totalSteps(quick), shifts },
          weight: 8,
        })),
      ],
      words: `Exact: Terraces-v0 of ${length} steps, $\\gamma$ of ${gamma}, a softmax policy drawn at random. Critics are too low by
${low} at step ${step} alone (counted from 0), everywhere, or on the upper terrace alone, or are half of $V^\\pi$ (shrunk). How long it lasts:
walks of ${lengths.join(", ")} steps, expected updates by $\\lambda$-returns with a step size of ${learningRate} a visit, the policy untrained.
CartPole-v1: A2C with its preset, one environment, rollouts of 128 steps, an entropy bonus of 0.01 and $\\gamma = 0.98$,
${told(totalSteps(quick))} steps, seeds 1 to ${n}; the bias of the critic's last layer is shifted by ${shifts.join(", ")} before the first step. An
untrained policy is worth about 20. Values are interquartile means.`,
    };
  },
  async carryOut(settings, controls) {
    if (settings.exact) return [...names.map(exact), ...lasting()];
    return train(settings as unknown as TrainingSettings, runsLong(controls));
  },
  claims: [
    {
      id: "formula",
      claim: "The bias of TD(0) is $\\gamma\\,\\mathbb{E}[e(s')] - e(s)$, with the critic's errors $e$.",
      threshold: "Supported if for no state and action it differs by 1e-10 or more, for all critics.",
      judge(data) {
        const most = Math.max(...numbers(where(data, { part: "exact" }), "formula"));
        return decided(most < 1e-10, `largest difference ${told(most)}`);
      },
    },
    {
      id: "next-state",
      claim:
        "Where the critic is too low at $s'$ alone, the advantage of the action that leads there is underestimated.",
      threshold: "Supported if with the critic that is too low at one step, the bias of the step before is below 0.",
      judge(data) {
        const before = byStep(data, "one step")[step - 1];
        return decided(before < -1e-9, `bias ${told(before)} where V(s') is too low by ${low}; ${told(byStep(data, "one step")[step])} at the step itself`); // prettier-ignore
      },
    },
    {
      id: "systematic",
      claim: "A critic that is systematically too low makes TD(0) underestimate the advantages.",
      threshold:
        "Supported if the mean bias over all steps is below 0, with the critic that is too low everywhere and with the shrunk one.",
      judge(data) {
        const found = (["everywhere", "shrunk"] as const).map((kind) => ({ kind, bias: exactly(data, kind).average as number })); // prettier-ignore
        const [first] = byStep(data, "everywhere");
        const measured = `mean bias ${found.map(({ kind, bias }) => `${told(bias)} (${kind})`).join(", ")}; everywhere: ${told(first)} a step, ${told(byStep(data, "everywhere").at(-1)!)} at the last`; // prettier-ignore
        return decided(found.every(({ bias }) => bias < 0), measured); // prettier-ignore
      },
    },
    {
      id: "lambda-removes",
      claim: "GAE with $\\lambda$ near 1 reduces the bias of the gradient, and $\\lambda = 1$ removes it.",
      threshold:
        "Supported if with each critic it never rises from one $\\lambda$ to the next, and is below 1e-9 of $\\|\\nabla J\\|$ at 1.",
      judge(data) {
        const curves = names.map((kind) => exactly(data, kind).bias as number[]);
        const falls = curves.every((curve) => curve.every((value, i) => i === 0 || value <= curve[i - 1] + 1e-9) && curve.at(-1)! < 1e-9); // prettier-ignore
        const measured = names.map((kind, i) => `${kind} ${percent(curves[i][0])} → ${percent(curves[i].at(-1)!)}`);
        return decided(falls, `from λ = 0 to 1: ${measured.join(", ")}`);
      },
    },
    {
      id: "costs-variance",
      claim: "It costs variance: at $\\lambda = 1$ the gradient has more than at $\\lambda = 0$.",
      threshold: "Supported if it is so with each of the critics.",
      judge(data) {
        const factors = names.map((kind) => (exactly(data, kind).variance as number[]).at(-1)! / (exactly(data, kind).variance as number[])[0]); // prettier-ignore
        return decided(factors.every((factor) => factor > 1), `times ${names.map((kind, i) => `${told(factors[i])} (${kind})`).join(", ")}`); // prettier-ignore
      },
    },
    {
      id: "lasts-longer",
      claim:
        "A critic that learns by TD(0) stays too low for longer than one that learns from whole returns, and the more so the longer the episodes are.",
      threshold:
        "Supported if its error takes more episodes to halve at each length, and the ratio grows with the length.",
      judge(data) {
        const half = (length: number, lambda: number) =>
          numbers(where(data, { part: "lasting", length, lambda }), "half")[0];
        const factors = lengths.map((length) => half(length, 0) / half(length, 1));
        const holds = factors.every((factor, i) => factor > 1 && (i === 0 || factor > factors[i - 1]));
        const measured = lengths.map((length) => `${half(length, 0)} against ${half(length, 1)} at length ${length}`);
        return decided(holds, `episodes until half is left: ${measured.join(", ")}`);
      },
    },
    {
      id: "holds-back",
      claim: "In a training a critic that begins too low holds TD(0) back more than $\\lambda = 1$.",
      threshold:
        "Supported if the interval of the difference in log (mean return with a shift of −20 / with one of 20), λ = 0 less λ = 1, is below 0.",
      judge(data) {
        const left = (lambda: number) => averages(data, -20, lambda).map((value, i) => Math.log(value / averages(data, 20, lambda)[i])); // prettier-ignore
        const bound = { below: 0, seeds: left(0).length, atLeast };
        return judged("difference", pairedDifference(left(0), left(1), interquartileMean), bound);
      },
    },
    {
      id: "seeks-the-end",
      claim: "With it TD(0) seeks the end of the episode: the pole falls sooner than before any learning.",
      threshold:
        "Supported if at λ = 0, shifted by −20, the interval of the mean of the last 100 returns is below 15, where an untrained policy has about 22, and at λ = 1 above 22.",
      judge(data) {
        const final = (lambda: number) => estimate(numbers(where(data, { part: "cartpole", shift: -20, lambda }), "final"), interquartileMean); // prettier-ignore
        const size = { seeds: averages(data, -20, 0).length, atLeast };
        return allOf([
          judged("at λ = 0", final(0), { ...size, below: 15 }),
          judged("at λ = 1", final(1), { ...size, above: 22 }),
        ]);
      },
    },
  ],
  charts(data) {
    const directions = names.map((kind) => ({
      label: kind,
      points: byStep(data, kind).map((y, t) => ({ x: t, y })),
    }));
    const { bias, variance } = exactly(data, "one terrace") as unknown as Record<"bias" | "variance", number[]>;
    const tradeoff = [
      { label: "bias", points: lambdas.map((x, i) => ({ x, y: bias[i] })) },
      { label: `deviation, of the mean of ${batch} episodes`, points: lambdas.map((x, i) => ({ x, y: Math.sqrt(variance[i] / batch) })) }, // prettier-ignore
    ];
    const decay = targets.map((lambda) => {
      const [row] = where(data, { part: "lasting", length: shown, lambda });
      return { label: `λ = ${lambda}`, points: (row.errors as number[]).map((y, i) => ({ x: 4 * i, y })) };
    });
    const returns = shifts.map((shift) => ({
      label: shift > 0 ? `V about right (+${shift})` : shift === 0 ? "V = 0" : `V too low (${shift})`.replace("-", "−"),
      points: trained.map((x) => {
        const { value, interval } = estimate(averages(data, shift, x), interquartileMean);
        return { x, y: value, band: interval };
      }),
    }));
    return [
      {
        name: "direction",
        title: "Which way TD(0) is biased",
        caption:
          "Mean bias of the advantage at each step of the walk, with critics that are all too low, each in its way.",
        draw: (size) =>
          lineChart(directions, { x: "step", y: "bias", steps: [0, 1, 2, 3, 4], dots: true, levels: [{ y: 0, label: "" }] }, size), // prettier-ignore
      },
      {
        name: "trade-off",
        title: "What λ removes, and what it costs",
        caption: "The gradient with the critic that is too low on one terrace, as a share of $\\|\\nabla J\\|$.",
        draw: (size) => lineChart(tradeoff, { x: "λ", y: "share of ‖∇J‖", steps: lambdas, dots: true }, size),
      },
      {
        name: "lasting",
        title: "How long the error lasts",
        caption: `Error of a critic that began too low by ${low} everywhere, on a walk of ${shown} steps, by the targets that it learns from.`,
        draw: (size) => lineChart(decay, { x: "episodes", y: "error", yRange: [0, low] }, size),
      },
      {
        name: "training",
        title: "A2C on CartPole with a shifted critic",
        caption: "Mean return over the whole training by $\\lambda$, with 95 % intervals.",
        draw: (size) => lineChart(returns, { x: "λ", y: "mean return", steps: trained, dots: true }, size),
      },
    ];
  },
  discussion(data) {
    const [first, last] = [byStep(data, "everywhere")[0], byStep(data, "everywhere").at(-1)!];
    const told3 = (shift: number) => trained.map((lambda) => told(interquartileMean(averages(data, shift, lambda)))).join(", "); // prettier-ignore
    const values = (shift: number) => told(mean(numbers(where(data, { part: "cartpole", shift, lambda: 1 }), "value")));
    return `Question 3 asks for *the* direction. Where $V$ is too low at $s'$ alone, it is down. A critic that is too low everywhere by ${low} makes the advantage of each step too high by ${told(first)}, and that of the last step by ${told(last)}. As numbers these biases
stay at $\\lambda = 1$, where $-e(s)$ is left: what $\\lambda$ removes is the part that differs between the actions.

In a training, a critic that starts near 0 is too low wherever rewards are positive: on CartPole an
untrained policy is already worth about 20. Mean returns for $\\lambda$ of ${trained.join(", ")} are ${told3(20)} with a critic that begins
about right, ${told3(0)} with one that begins at 0, and ${told3(-20)} with one that begins at −20. At the last step $\\delta = r - V(s)$: where $V$ says −20, the action
that let the pole fall is praised by 20, and TD(0) may learn to let it fall; the critic, which then sees short episodes only, is
confirmed. At $\\lambda = 1$ the same error shifts all actions alike. It lasts in any case: after
the training with $\\lambda = 1$ the critic says ${values(-20)} of a pole that stands still where it began at −20, and ${values(20)} where it began at 20.`;
  },
};

/** A share as a text; what is rounding is 0. */
const percent = (share: number): string => `${told(share < 1e-9 ? 0 : 100 * share)} %`;

/** Episodes whose mean gradient a figure shows. */
const batch = 100;

const exactly = (data: Data, kind: Kind): Row => where(data, { part: "exact", kind })[0];
const byStep = (data: Data, kind: Kind) => exactly(data, kind).byStep as readonly number[];

/** Mean returns of the trainings, in the order of seeds. */
const averages = (data: Data, shift: number, lambda: number): number[] =>
  numbers(where(data, { part: "cartpole", shift, lambda }), "average");
