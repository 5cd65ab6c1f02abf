// Extension 3: RLHF of a small language model with weights β of the KL penalty from 0 on.

import { reviews } from "../../language/index.ts";
import { intervalChart, lineChart, scatterChart, type Line } from "../charts.ts";
import { curveOver } from "../lines.ts";
import { numbers, seeds, where, type Data, type Experiment } from "../experiment.ts";
import { allOf, estimate, judged, pairedDifference, told } from "../judge.ts";
import { sourceOf } from "../sources.ts";
import { runsLong } from "../turns.ts";

const weights = [0, 0.03, 0.1, 0.3];
const atLeast = 20;
const iterations = (quick: boolean) => (quick ? 50 : 100);

/** A column of the runs with a weight, in the order of seeds. */
const column = (data: Data, beta: number, name: string) => numbers(where(data, { beta }), name);

/** How far the truth ends below its peak. */
const lost = (data: Data, beta: number): number[] => {
  const ends = column(data, beta, "truth");
  return column(data, beta, "truthPeak").map((peak, i) => peak - ends[i]);
};

export const experiment: Experiment = {
  name: "rlhf-penalty",
  title: "RLHF with and without a KL penalty",
  place: "Extension 3",
  question: "Does $\\beta = 0$ lead to reward hacking, and does a moderate $\\beta$ keep the language whole?",
  lesson: String.raw`
In RLHF a language model is the policy: its tokens are the actions, and a reward model that learned from preferences pays
at the end of a text. PPO then maximizes

$$\mathbb{E}\Big[r_\phi(x, y) - \beta \sum_t \log\frac{\pi_\theta(y_t \mid x, y_{<t})}{\pi_{\mathrm{ref}}(y_t \mid x, y_{<t})}\Big].$$

The second part costs $\beta$ for each nat by which the policy has left the model that it began as. A reward model is right
where it has seen data, which is near that reference. Far from it, it guesses, and a policy that is paid for guesses finds
those that err upwards.

The case here is small enough to know the truth: a model of 106,000 parameters writes reviews in a language whose grammar
and worth can be computed. Its reward model learned from noisy preferences and has hardly seen a subject three times, nor
bad grammar. The truth is only looked at, never trained on. \`polgrad rlhf\` shows the same case text by text, and takes
GPT-2's weights as well.
`,
  code: [sourceOf("language/episodes.ts", "estimate"), sourceOf("language/ppo-loss.ts", "ppoLosses")],
  protocol(quick) {
    const [betas, n] = quick ? [[0, 0.1], 1] : [weights, 20];
    return {
      trials: seeds(n).flatMap(
        (seed) =>
        betas.map((beta) => ({ id: `beta-${beta}-${seed}`, settings: { beta, seed, iterations: iterations(quick) }, weight: 10 })), // prettier-ignore
      ),
      words: `The built-in case of \`polgrad rlhf\`, from the models that ship with polgrad: ${iterations(quick)} iterations of
128 texts, $\\beta$ of ${betas.join(", ")}, seeds 1 to ${n}, the same for each $\\beta$. The end is the mean of the last five
iterations; the peak is the largest mean of one. Differences are taken seed by seed.`,
    };
  },
  async carryOut(settings, controls) {
    const { beta, seed, iterations } = settings as { beta: number; seed: number; iterations: number };
    const pause = runsLong(controls);
    const run = await reviews.runReviews({
      seed,
      klCoefficient: beta,
      iterations,
      onUpdate: ({ update }) => pause(update / iterations),
    });
    const { truth, truthPeak, proxy, kl, wellFormed, distinct, steps, samples } = run;
    const curve = (f: (step: (typeof steps)[number]) => number) => steps.map((step) => Number(f(step).toFixed(4)));
    return [
      {
        truth,
        truthPeak,
        proxy,
        firstProxy: steps[0].proxy,
        kl,
        wellFormed,
        distinct,
        truths: curve((step) => step.truth),
        proxies: curve((step) => step.proxy),
        kls: curve((step) => step.kl),
        sample: samples[0],
      },
    ];
  },
  claims: [
    {
      id: "reward-rises",
      claim: "Without a penalty ($\\beta = 0$) the reward model's score rises.",
      threshold: "Supported if the interval of its rise since the first iteration is above 0.",
      judge(data) {
        const rise = pairedDifference(column(data, 0, "proxy"), column(data, 0, "firstProxy"));
        return judged("the score rose by", rise, bound(data, { above: 0 }));
      },
    },
    {
      id: "hacked",
      claim: "Without a penalty the truth collapses while the score stays up: reward hacking.",
      threshold: "Supported if the interval of what the truth lost since its peak is above 1; not if below.",
      judge: (data) => judged("the truth lost", estimate(lost(data, 0)), bound(data, { above: 1 })),
    },
    {
      id: "language-degrades",
      claim: "Without a penalty the language degrades: texts repeat themselves more than with $\\beta = 0.1$.",
      threshold: "Supported if the interval of the difference in the share of distinct clauses is below 0.",
      judge(data) {
        const difference = pairedDifference(column(data, 0, "distinct"), column(data, 0.1, "distinct"));
        return judged("difference in distinct clauses", difference, bound(data, { below: 0 }));
      },
    },
    {
      id: "moderate-holds",
      claim: "A moderate $\\beta$ of 0.1 keeps the truth near its peak, and the texts well-formed.",
      threshold:
        "Supported if the truth lost less than 0.5 since its peak and more than 95 % of texts are well-formed.",
      judge(data) {
        const kept = judged("the truth lost", estimate(lost(data, 0.1)), bound(data, { below: 0.5 }));
        const formed = judged("well-formed", estimate(column(data, 0.1, "wellFormed")), bound(data, { above: 0.95 }));
        return allOf([kept, formed]);
      },
    },
    {
      id: "moderate-earns-more",
      claim: "A moderate $\\beta$ of 0.1 ends with more truth than $\\beta = 0$.",
      threshold: "Supported if the interval of the difference, seed by seed, is above 0.",
      judge(data) {
        const difference = pairedDifference(column(data, 0.1, "truth"), column(data, 0, "truth"));
        return judged("difference in truth", difference, bound(data, { above: 0 }));
      },
    },
    {
      id: "beta-sets-distance",
      claim: "$\\beta$ sets how far the policy goes from the reference: each larger one ends nearer.",
      threshold: "Supported if for each pair of neighbours the interval of the difference in KL is above 0.",
      judge(data) {
        const given = weights.filter((beta) => where(data, { beta }).length > 0);
        const steps = given.slice(1).map((beta, i) => pairedDifference(column(data, given[i], "kl"), column(data, beta, "kl"))); // prettier-ignore
        const findings = steps.map((step, i) => judged(`β ${given[i]} less ${given[i + 1]}`, step, bound(data, { above: 0 }), " nats")); // prettier-ignore
        return allOf(findings);
      },
    },
    {
      id: "large-holds-back",
      claim: "A large $\\beta$ of 0.3 holds learning back: it ends with less truth than 0.03.",
      threshold: "Supported if the interval of the difference, seed by seed, is below 0.",
      judge(data) {
        if (where(data, { beta: 0.3 }).length === 0)
          return { verdict: "inconclusive", measured: "β = 0.3 is part of the full protocol alone" };
        const difference = pairedDifference(column(data, 0.3, "truth"), column(data, 0.03, "truth"));
        return judged("difference in truth", difference, bound(data, { below: 0 }));
      },
    },
  ],
  charts(data) {
    const given = weights.filter((beta) => where(data, { beta }).length > 0);
    const [truths, scores] = ["truths", "proxies"].map((name) => given.map((beta) => curve(data, beta, name)));
    return [
      {
        name: "truth",
        title: "What the texts are worth",
        caption: "The truth, which nothing is trained on, by iteration: means over seeds with 95 % intervals.",
        draw: (size) => lineChart(truths, { x: "iteration", y: "truth" }, size),
      },
      {
        name: "score",
        title: "What the reward model takes them for",
        caption: "The score that is trained on. Whether it is earned cannot be seen from it.",
        draw: (size) => lineChart(scores, { x: "iteration", y: "score" }, size),
      },
      {
        name: "distance",
        title: "Truth against distance",
        caption:
          "Each point is an iteration of a seed: how far the policy is from the reference, and what its texts are worth.",
        draw: (size) =>
          scatterChart(
            given.map((beta) => ({
              label: `β = ${beta}`,
              points: where(data, { beta }).flatMap(({ kls, truths }) =>
                (kls as number[]).flatMap((x, i) => (i % 4 === 0 ? [{ x, y: (truths as number[])[i] }] : [])),
              ),
            })),
            { x: "KL to the reference, nats", y: "truth" },
            size,
          ),
      },
      {
        name: "distinct",
        title: "Distinct clauses at the end",
        caption: "The share of a text's clauses that say something new; single seeds are faint.",
        draw: (size) =>
          intervalChart(
            given.map((beta) => {
              const each = column(data, beta, "distinct");
              return { label: `β = ${beta}`, ...estimate(each), each };
            }),
            { x: "share of distinct clauses" },
            size,
          ),
      },
    ];
  },
  discussion(data) {
    const texts = [0, 0.1].flatMap((beta) => {
      const row = where(data, { beta })[0];
      return row ? [`With $\\beta$ = ${beta}, seed ${row.seed} ends with: *${row.sample}* (truth ${told(row.truth as number)}, score ${told(row.proxy as number)} in the mean).`] : []; // prettier-ignore
    });
    return texts.join("\n\n");
  },
};

const bound = (data: Data, sides: { above?: number; below?: number }) => ({
  ...sides,
  seeds: where(data, { beta: 0 }).length,
  atLeast,
});

/** A curve over seeds. */
const curve = (data: Data, beta: number, name: string): Line => ({
  label: `β = ${beta}`,
  points: curveOver(where(data, { beta }), name, (place) => place + 1),
});
