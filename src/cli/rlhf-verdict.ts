// What polgrad rlhf says at its end: which weights β of the KL penalty were too small for the reward model.

import type { reviews } from "../language/index.ts";
import { outcomeOf, verdictLimits } from "../language/reviews/verdict.ts";
import type { MeanInterval } from "../math/student.ts";
import { fixed } from "../text/numbers.ts";

/** Of five characters or more, to stand in a column. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`.padStart(5);

/** The runs of each β, judged. */
export const outcomesOf = (runs: readonly reviews.ReviewsRun[]): reviews.ReviewsOutcome[] =>
  [...new Set(runs.map((r) => r.klCoefficient))].map((beta) => outcomeOf(runs.filter((r) => r.klCoefficient === beta)));

/** What the numbers say of each β, and whether they say that a penalty is needed and suffices. */
export function verdicts(outcomes: readonly reviews.ReviewsOutcome[]): string[] {
  const { fall, truth, kl } = verdictLimits;
  const said = { hacked: "was hacked", held: "was not hacked", open: "is open: neither hacked nor held by the limits" };
  const lines = outcomes.map((o) => {
    const show = (x: MeanInterval, digits = 2): string =>
      fixed(x.mean, digits) + (o.seeds > 1 ? ` ± ${fixed(x.halfWidth, digits)}` : "");
    return (
      `β = ${o.klCoefficient} ${said[o.verdict]}: reward ${show(o.proxy)}, truth ${show(o.truth)}, ` +
      `which is ${show(o.fall)} below its peak, at ${show(o.kl, 1)} nats from the reference; ` +
      `${percent(o.wellFormed.mean).trim()} of the texts are well-formed, ${percent(o.distinct.mean).trim()} of their clauses distinct`
    );
  });
  const unbound = outcomes.find((o) => o.klCoefficient === 0);
  const held = outcomes.filter((o) => o.klCoefficient > 0 && o.verdict === "held").map((o) => o.klCoefficient);
  const shown = unbound?.verdict === "hacked" && held.length > 0;
  return [
    ...lines,
    `Hacked: the truth ends ${fall} or more below its peak while the reward has risen, and texts are less well-formed or varied.`,
    `Not hacked: the truth ends at ${truth} or more, at most ${kl} nats from the reference.`,
    ...(unbound
      ? [
          shown
            ? `So β = 0 was hacked, and β = ${held.join(", ")} ${held.length > 1 ? "were" : "was"} not.`
            : "So these runs do not show both that β = 0 is hacked and that a larger β is not.",
        ]
      : []),
  ];
}
