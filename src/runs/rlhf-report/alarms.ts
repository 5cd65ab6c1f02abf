// What a run of RLHF should be looked at for: rules over its metrics, each told in plain words.

import { decimal } from "../../text/numbers.ts";
import { meanOf, outcomeOf, window } from "./outcome.ts";
import { metricOf, type RlhfRun } from "./read.ts";

/** The names of the rules. */
export type AlarmRule =
  | "negative KL"
  | "reward over-optimized"
  | "grammar lost"
  | "repetition"
  | "entropy collapsed"
  | "cut off"
  | "critic useless"
  | "too far"
  | "clipped";

/** A rule that a run breaks, and what that means. */
export interface Alarm {
  readonly rule: AlarmRule;
  readonly text: string;
}

/** Fewer updates say nothing of an end. */
const fewestUpdates = 2 * window;
/** The KL that the best of a million texts has: log n − (n − 1)/n. No drawing of texts gets as far. */
const farthest = Math.log(1e6) - 1;

/** The alarms of a run, the gravest first; none of one that is too short to tell. */
export function alarmsOf(run: RlhfRun): Alarm[] {
  if (run.updates.length < fewestUpdates) return [];
  const start = (name: string): number => metricOf(run, name)[0]?.value ?? NaN;
  const end = (name: string): number => meanOf(metricOf(run, name).slice(-window));
  const alarms: Alarm[] = [];
  const add = (rule: AlarmRule, text: string): void => void alarms.push({ rule, text });

  const negative = firstStretchBelow(run, "kl", -0.01);
  if (negative !== null)
    add(
      "negative KL",
      `The KL divergence is below 0 from iteration ${negative} on for at least ${window} iterations. A mean of log π − log π_ref over texts that π wrote cannot stay negative: sampler and scorer differ. Look for top-k or top-p in sampling, and for a temperature that does not divide the logits of actor and reference alike.`,
    );

  const { isOverOptimized, truth, score, peakUpdate } = outcomeOf(run);
  if (isOverOptimized)
    add(
      "reward over-optimized",
      `The truth has fallen since iteration ${peakUpdate}, from ${two(truth.atPeak)} to ${two(truth.end)}, while the reward went from ${two(score.atPeak)} to ${two(score.end)}: the policy lives on the reward's mistakes. Raise β, stop earlier, or teach the reward model about texts such as these.`,
    );

  if (end("wellFormed") < start("wellFormed") - 0.05)
    add(
      "grammar lost",
      `${percent(end("wellFormed"))} of the texts are well-formed; at the start ${percent(start("wellFormed"))} were. The reward model does not mind, since it has hardly seen bad grammar.`,
    );
  if (end("distinct") < start("distinct") - 0.1)
    add(
      "repetition",
      `Texts repeat themselves: ${percent(end("distinct"))} of their clauses are distinct; at the start ${percent(start("distinct"))} were.`,
    );
  if (end("entropy") < 0.25 * start("entropy"))
    add(
      "entropy collapsed",
      `The entropy has collapsed, from ${two(start("entropy"))} to ${two(end("entropy"))} nats a token: the policy writes almost the same text each time, and no longer explores. Raise β or the entropy coefficient, or lower the learning rate.`,
    );
  if (end("ended") < Math.min(0.9, start("ended") - 0.05) || end("ended") < 0.5)
    add(
      "cut off",
      `Only ${percent(end("ended"))} of the texts come to an end; the others are cut off at the limit (${decimal(end("length"))} tokens in the mean). Raise the penalty for a missing end, or the limit.`,
    );
  if (end("explainedVariance") <= 0)
    add(
      "critic useless",
      `The critic's explained variance is ${two(end("explainedVariance"))}: it predicts returns no better than their mean, and advantages are mostly noise. A higher rate of the critic or more epochs may help; if all texts get the same reward, there is nothing left to explain.`,
    );
  if (end("kl") > farthest)
    add(
      "too far",
      `The KL divergence is ${decimal(end("kl"))} nats. The best of a million texts is only ${decimal(farthest)} nats away: the SFT model would practically never write what this one does, and the reward model has not learned from its like.`,
    );
  if (end("clipFraction") > 0.3)
    add(
      "clipped",
      `${percent(end("clipFraction"))} of the tokens are clipped: most of each update is thrown away. Lower the learning rate, or take fewer epochs.`,
    );
  return alarms;
}

/** The update from which on a metric is below a bound, five updates in a row; null if it never is. */
function firstStretchBelow(run: RlhfRun, name: string, bound: number): number | null {
  const points = metricOf(run, name);
  const at = points.findIndex(
    (_, i) => i + window <= points.length && points.slice(i, i + window).every(({ value }) => value < bound),
  );
  return at < 0 ? null : points[at].update;
}

const two = (value: number): string => decimal(value, 2, 2);
const percent = (share: number): string => `${Math.round(100 * share)} %`;
