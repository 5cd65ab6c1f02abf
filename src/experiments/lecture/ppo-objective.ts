// Question 4: the asymmetry of the min in PPO's objective, and what clipping on both sides would break.

import { categorical } from "../../distributions/index.ts";
import { losses } from "../../learning/index.ts";
import { createGenerator } from "../../random/index.ts";
import { mean } from "../../runs/statistics.ts";
import * as tensor from "../../tensor/index.ts";
import { intervalChart, lineChart, type Line } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row, type TrialControls } from "../experiment.ts";
import { decided, estimate, judged, pairedDifference, told } from "../judge.ts";
import { ppoByEpochs, symmetricClipLoss, type PolicyLoss } from "../ppo-by-epochs.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";
import { pieceOf } from "../turns.ts";

const { exp, gradients, input, neg, runReference } = tensor;
const epsilon = 0.2;
const rates = [0.001, 0.003, 0.01];
const largeRate = 0.01;
const epochs = 10;

const objectives: Readonly<Record<string, PolicyLoss>> = {
  min: losses.ppoClipLoss,
  symmetric: symmetricClipLoss,
  unclipped: (ratio, advantage) => losses.surrogateLoss(ratio, advantage),
};
const labels: Readonly<Record<string, string>> = { min: "PPO's min", symmetric: "clipped on both sides", unclipped: "ρA" }; // prettier-ignore

/** Objectives of single steps by their ρ and A, and their slopes in ρ, in float64. */
function slopes(ratios: readonly number[], advantages: readonly number[], loss: PolicyLoss) {
  const [ratio, advantage] = [input("ratio", ["rows"]), input("advantage", ["rows"])];
  const objective = neg(loss(ratio, advantage, epsilon));
  const [slope] = gradients(objective, [ratio]);
  return ratios.map((rho, i) => {
    const feeds = new Map([
      [ratio, [rho]],
      [advantage, [advantages[i]]],
    ]);
    const { outputs } = runReference({ outputs: { objective, slope } }, feeds);
    return { objective: outputs.objective[0], slope: outputs.slope[0] };
  });
}

/** The slopes of PPO's objective on the engine that trains, in float32. */
async function engineSlopes(ratios: readonly number[], advantages: readonly number[]): Promise<number[]> {
  const [ratio, advantage] = [input("ratio", ["rows"]), input("advantage", ["rows"])];
  const [slope] = gradients(neg(losses.ppoClipLoss(ratio, advantage, epsilon)), [ratio]);
  const engine = await tensor.createEngine();
  const program = engine.compile({ outputs: { slope } }, { capacity: 1 });
  return ratios.map((rho, i) => {
    program.write(ratio, [rho]);
    program.write(advantage, [advantages[i]]);
    program.run(1);
    return program.read("slope")[0];
  });
}

/** ρ below, within and above 1 ± ε, for a good and a bad action. */
async function cases(): Promise<Row[]> {
  const grid = [1, -1].flatMap((advantage) => [0.5, 0.9, 1, 1.1, 1.5].map((ratio) => ({ ratio, advantage })));
  const [ratios, advantages] = [grid.map(({ ratio }) => ratio), grid.map(({ advantage }) => advantage)];
  const onEngine = await engineSlopes(ratios, advantages);
  const [min, symmetric] = ["min", "symmetric"].map((name) => slopes(ratios, advantages, objectives[name]));
  return grid.map(({ ratio, advantage }, i) => ({
    kind: "case",
    ratio,
    advantage,
    slope: min[i].slope,
    engineSlope: onEngine[i],
    symmetricSlope: symmetric[i].slope,
    // 0 where the ratio has left the range on the side that pays.
    expected: advantage > 0 ? (ratio > 1 + epsilon ? 0 : advantage) : ratio < 1 - epsilon ? 0 : advantage,
  }));
}

/** The objectives over a range of ρ. */
function shapes(): Row[] {
  const ratios = Array.from({ length: 41 }, (_, i) => i / 20);
  return [1, -1].flatMap((advantage) =>
    Object.keys(objectives).map((objective) => {
      const values = slopes(ratios, ratios.map(() => advantage), objectives[objective]); // prettier-ignore
      return { kind: "shape", advantage, objective, ratios, values: values.map((value) => value.objective) };
    }),
  );
}

/** By how much objectives exceed ρA, over random ratios and advantages. */
function excesses(): Row[] {
  const generator = createGenerator(4);
  const count = 2000;
  const [z, advantages] = [0, 1].map(() => Array.from(generator.fillStandardNormal(new Float64Array(count))));
  const ratios = z.map((x) => Math.exp(0.5 * x));
  const plain = slopes(ratios, advantages, objectives.unclipped);
  return ["min", "symmetric"].map((objective) => {
    const values = slopes(ratios, advantages, objectives[objective]);
    const excess = values.map((value, i) => value.objective - plain[i].objective);
    return { kind: "excess", objective, count, largest: Math.max(...excess), share: mean(excess.map((x) => Number(x > 0))) }; // prettier-ignore
  });
}

const ascentSteps = 200;

/**
 * Two arms, pulled equally often by the old policy, of which the second is bad: gradient ascent on the exact expectation
 * from where the bad one has become likely. Its probability on the way.
 */
function ascent(objective: string, start: number): Row {
  const [logits, action, oldLogProb, advantage] = [input("logits", ["rows", 2]), input("action", ["rows", 1]), input("old log π", ["rows"]), input("advantage", ["rows"])]; // prettier-ignore
  const ratio = exp(losses.logRatio(categorical(logits).logProb(action), oldLogProb));
  const [gradient] = gradients(neg(objectives[objective](ratio, advantage, epsilon)), [logits]);
  let theta = Math.log(start / (1 - start)); // by how much the bad arm's logit is above the good one's
  const probabilities: number[] = [];
  let largestGradient = 0;
  for (let step = 0; step <= ascentSteps; step++) {
    if (step % 5 === 0) probabilities.push(1 / (1 + Math.exp(-theta)));
    const both = [-theta / 2, theta / 2];
    const feeds = new Map([
      [logits, [...both, ...both]],
      [action, [0, 1]],
      [oldLogProb, [Math.log(0.5), Math.log(0.5)]],
      [advantage, [1, -1]],
    ]);
    const g = runReference({ outputs: { gradient } }, feeds).outputs.gradient;
    const slope = g[1] + g[3] - g[0] - g[2]; // of the difference of the logits, each row having both
    largestGradient = Math.max(largestGradient, ...Array.from(g, Math.abs));
    theta += 0.2 * slope;
  }
  return { kind: "bandit", objective, start, probabilities, largestGradient };
}

/** Trains at each learning rate, and counts the steps whose ratio has left the range on the side that harms. */
async function train(objective: string, seed: number, totalSteps: number, controls: TrialControls): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [i, learningRate] of rates.entries()) {
    const stuck: number[] = [];
    const algorithm = ppoByEpochs({
      policyLoss: objectives[objective],
      onEpoch({ epoch, ratios, advantages }) {
        if (epoch < epochs) return;
        const average = mean(Array.from(advantages)); // what normalized advantages are above and below
        let count = 0;
        ratios.forEach((rho, k) => {
          if (advantages[k] < average ? rho > 1 + epsilon : rho < 1 - epsilon) count++;
        });
        stuck.push(count / ratios.length);
      },
    });
    const input = { env: "CartPole-v1", seed, totalSteps, learningRate, learningRateSchedule: "constant", epochs, clip: epsilon }; // prettier-ignore
    const { average, final } = await trainCurve(algorithm, input, pieceOf(controls, i, rates.length));
    rows.push({ rate: learningRate, average, final, stuck: mean(stuck) });
  }
  return rows;
}

const averages = (data: Data, objective: string, rate: number, column = "average") =>
  numbers(where(data, { objective, rate }), column);

const bandit = (data: Data, objective: string) => where(data, { kind: "bandit", objective })[0];

export const experiment: Experiment = {
  name: "ppo-objective",
  title: "PPO's objective",
  place: "Question 4",
  question: "Why is there a min in PPO's objective, and what would clipping on both sides break?",
  lesson: String.raw`
PPO's objective is the smaller of two terms:

$$L = \mathbb{E}\left[\min(\rho A,\ \mathrm{clip}(\rho, 1-\varepsilon, 1+\varepsilon)\,A)\right]$$

For a good action, $A > 0$, the gradient ends once $\rho > 1 + \varepsilon$: it has become likelier by enough. For a bad one it
ends once $\rho < 1 - \varepsilon$. These are the sides that pay. On the other sides the min takes $\rho A$, whose gradient stays:
a bad action that has become likelier, $\rho > 1 + \varepsilon$ and $A < 0$, is still pushed back, and all the harder the further
it has gone.

How does a ratio get there? No gradient pushes a bad action up; but weights are shared. A step for the sake of other states, or
one that is too large, takes it along. Without the min, $\mathrm{clip}(\rho)A$ alone is constant outside of the range on both
sides. Its gradient is 0 there, and whatever went wrong stays as it is for the rest of the rollout.

Here are the four cases by the gradient of the loss that trains, a bandit of two arms on which a mistake has happened, and
trainings with either objective, at learning rates up to ten times the usual one.
`,
  code: [sourceOf("learning/losses.ts", "ppoClipLoss"), sourceOf("experiments/ppo-by-epochs.ts", "symmetricClipLoss")],
  protocol(quick) {
    const [count, steps] = quick ? [2, 10_240] : [20, 51_200];
    return {
      trials: [
        { id: "exact", settings: { exact: true }, weight: 0.5 },
        ...seeds(count).flatMap((seed) =>
          ["min", "symmetric"].map((objective) => ({
            id: `${objective}-${seed}`,
            settings: { objective, seed, steps },
            weight: 4,
          })),
        ),
      ],
      words: `The loss that trains, differentiated on the reference backend and on the engine: ten pairs of ratio and advantage,
2,000 random ones, and ${ascentSteps} steps of gradient ascent on a bandit. Trainings: PPO on CartPole-v1, its preset with a
constant learning rate, ${epochs} epochs and $\\varepsilon$ 0.2, ${told(steps)} steps, seeds 1 to ${count} for each objective and
learning rate. Differences are taken seed by seed.`,
    };
  },
  async carryOut({ exact, objective, seed, steps }, controls) {
    if (!exact) return train(objective as string, seed as number, steps as number, controls);
    const ascents = ["min", "symmetric"].map((each) => ascent(each, 0.8));
    return [...(await cases()), ...shapes(), ...excesses(), ...ascents];
  },
  claims: [
    {
      id: "four-cases",
      claim: "The gradient ends where a ratio has left $1 \\pm \\varepsilon$ on the side that pays, and nowhere else.",
      threshold:
        "Supported if the slope in $\\rho$ of the loss that trains is exactly 0 for $A > 0$ at $\\rho = 1.5$ and for $A < 0$ at 0.5, and exactly $A$ in the eight other cases, in float64 and on the engine.",
      judge(data) {
        const rows = where(data, { kind: "case" });
        const right = rows.filter(({ slope, engineSlope, expected }) => slope === expected && engineSlope === expected);
        return decided(rows.length > 0 && right.length === rows.length, `${right.length} of ${rows.length} cases`);
      },
    },
    {
      id: "pessimistic",
      claim: "The objective is never more optimistic than the unclipped one: $\\min(\\rho A, \\mathrm{clip}(\\rho) A) \\le \\rho A$.", // prettier-ignore
      threshold: "Supported if it is above $\\rho A$ for none of 2,000 random ratios and advantages.",
      judge(data) {
        const [min, symmetric] = ["min", "symmetric"].map((objective) => where(data, { kind: "excess", objective })[0]);
        return decided(
          (min.largest as number) <= 0,
          `above in ${told(100 * (min.share as number))} % of ${told(min.count as number)}; without the min in ${told(100 * (symmetric.share as number))} %`,
        );
      },
    },
    {
      id: "mistake-stays",
      claim: "Clipped on both sides, a mistake is never undone; with the min it is.",
      threshold:
        "On a bandit whose bad arm has gone from a probability of 0.5 to 0.8: supported if 200 steps of ascent leave it at exactly 0.8 without the min, with a gradient of exactly 0, and bring it below 0.5 with it.",
      judge(data) {
        const [min, symmetric] = ["min", "symmetric"].map((objective) => bandit(data, objective));
        const last = (row: Row) => (row.probabilities as number[]).at(-1)!;
        const [first] = symmetric.probabilities as number[];
        return decided(
          symmetric.largestGradient === 0 && last(symmetric) === first && last(min) < 0.5,
          `probability of the bad arm ${told(last(min))} with the min, ${told(last(symmetric))} without; largest gradient without ${told(symmetric.largestGradient as number)}`,
        );
      },
    },
    {
      id: "more-stuck",
      claim: "In training, more steps are stuck on the harmful side without the min.",
      threshold:
        "The share of steps with a ratio outside of $1 \\pm \\varepsilon$ on the harmful side after the last epoch, at a learning rate of 0.01: supported if the difference, both sides less min, is above 0 with its interval; not if below.",
      judge(data) {
        const [min, symmetric] = ["min", "symmetric"].map((each) => averages(data, each, largeRate, "stuck"));
        return judged(
          `${told(100 * mean(symmetric))} % without the min and ${told(100 * mean(min))} % with it; difference in share`,
          pairedDifference(symmetric, min),
          { above: 0, seeds: min.length, atLeast: 20 },
        );
      },
    },
    {
      id: "costs-return",
      claim: "Clipping on both sides is harmful: with large steps it costs return.",
      threshold:
        "Supported if the difference in mean return over the training at a learning rate of 0.01, min less both sides, is above 0 with its interval; not if below.",
      judge(data) {
        const [min, symmetric] = ["min", "symmetric"].map((each) => averages(data, each, largeRate));
        return judged(
          `mean return ${told(mean(min))} with the min and ${told(mean(symmetric))} without; difference`,
          pairedDifference(min, symmetric),
          { above: 0, seeds: min.length, atLeast: 20 },
        );
      },
    },
  ],
  charts: (data) => [
    ...[1, -1].map((advantage) => ({
      name: advantage > 0 ? "good-action" : "bad-action",
      title: advantage > 0 ? "A good action, A = 1" : "A bad action, A = −1",
      caption:
        advantage > 0
          ? "Flat is where nothing pulls. Above 1.2 both stop; below 0.8 only the min still pulls up."
          : "Below 0.8 both stop; above 1.2, where a bad action has become likelier, only the min still pulls down.",
      draw: (size: { width: number; height: number }) => lineChart(shapesOf(data, advantage), { x: "ρ", y: "objective" }, size), // prettier-ignore
    })),
    {
      name: "bandit",
      title: "Undoing a mistake",
      caption:
        "The bad one of two arms has become likely, 0.8 where it was 0.5. Gradient ascent on either objective over the old data.",
      draw: (size) => lineChart(["min", "symmetric"].map((objective) => banditLine(data, objective)), { x: "steps of ascent", y: "probability of the bad arm", yRange: [0, 1], levels: [{ y: 0.5, label: "old policy" }] }, size), // prettier-ignore
    },
    {
      name: "returns",
      title: "Mean return over the whole training",
      caption: "By learning rate, means with 95 % intervals; single seeds are faint.",
      draw: (size) =>
        intervalChart(
          rates.flatMap((rate) =>
            ["min", "symmetric"].map((objective) => {
              const each = averages(data, objective, rate);
              return { label: `${objective === "min" ? "min" : "both sides"}, ${rate}`, ...estimate(each), each };
            }),
          ),
          { x: "mean return" },
          size,
        ),
    },
  ],
  discussion(data) {
    const rows = rates.map((rate) => {
      const [min, symmetric] = ["min", "symmetric"].map((each) => averages(data, each, rate));
      const [stuckMin, stuckSymmetric] = ["min", "symmetric"].map((each) => averages(data, each, rate, "stuck"));
      return `at a learning rate of ${rate} a mean return of ${told(mean(min))} with the min and ${told(mean(symmetric))} without it, with
${told(100 * mean(stuckMin))} and ${told(100 * mean(stuckSymmetric))} % of the steps stuck`;
    });
    return `
Trainings came to: ${rows.join("; ")}. Where few ratios get to the
harmful side, the two objectives are nearly the same: the min is a matter of steps that overshoot.

A mistake is frozen for one rollout. The next one begins with ratios of 1, and a bad action that has become likely is then played
and pushed down by either objective. What is lost is the rest of the epochs, rollout after rollout; the bandit, which never plays
again, is the worst case.
`;
  },
};

const shapesOf = (data: Data, advantage: number): Line[] =>
  ["min", "symmetric", "unclipped"].map((objective) => {
    const [row] = where(data, { kind: "shape", advantage, objective });
    const points = (row.ratios as number[]).map((x, i) => ({ x, y: (row.values as number[])[i] }));
    return { label: labels[objective], points, reference: objective === "unclipped" };
  });

const banditLine = (data: Data, objective: string): Line => ({
  label: labels[objective],
  points: (bandit(data, objective).probabilities as number[]).map((y, i) => ({ x: 5 * i, y })),
});
