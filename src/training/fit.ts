// Whether settings fit the problem: what can be told before training or from its first updates, each with what to do.

import { largestEntropy, unitsOf } from "../distributions/index.ts";
import { clippedWarning, type VectorEnv } from "../envs/index.ts";
import type { FinishedEpisode } from "../experience/index.ts";
import type { Metrics } from "../learning/learner.ts";
import { exp } from "../math/index.ts";
import type { ActorCritic } from "../policies/index.ts";
import { describeNumber, type Box } from "../spaces/index.ts";
import { whole } from "../text/numbers.ts";
import type { ResolvedOptions } from "./options.ts";

/** What is known of an update. */
interface Update {
  readonly step: number;
  readonly finished: readonly FinishedEpisode[];
  readonly metrics: Metrics;
}

/** Watches a training, and says each thing once. */
export interface FitCheck {
  /** What the update gave reason to say. */
  after(update: Update): string[];
}

/** Steps after which first conclusions are drawn, where a tenth of the run is not less. */
const enough = 10_000;
/** Steps of an environment in which an episode should have ended. */
const longEpisode = 2_500;
/** How much larger one component of the observations may be than another. */
const scalesApart = 1_000;
/** Half-widths of the action space that σ may reach. */
const widestStd = 5;
/** Steps between two looks at what may go wrong later, where a hundredth of the run is not less: updates may be short. */
const mostBetweenLooks = 1_000;

/**
 * @param vectors environments of this thread, whose present observations and rewards are looked at after each update
 * @param environments how many there are, over all threads
 * @param fromStart whether to tell what does not fit from the start; otherwise only what goes wrong later
 */
export function createFitCheck(
  options: ResolvedOptions,
  policy: ActorCritic,
  vectors: readonly VectorEnv[],
  environments: number,
  fromStart: boolean,
): FitCheck {
  const { totalSteps, gamma, lambda, rollout } = options;
  const due = totalSteps === null ? enough : Math.min(enough, totalSteps / 10);
  const betweenLooks = Math.min(mostBetweenLooks, (totalSteps ?? Infinity) / 100);
  const said = new Set<string>();
  const largest = new Float64Array(policy.observationSize); // |x| of each component
  const ended = { episodes: 0, steps: 0, anyReturn: false };
  const seen = { rewards: 0, others: 0 }; // rewards that were looked at, and those that were not 0
  const widest = widestOf(policy);
  const widestAtFirst = widest(); // of the first weights, in a run that goes on too
  const mostEntropy = largestEntropy(policy.actionSpace);
  let updates = 0;
  let nextLook = 0;
  let firstStd: number | undefined;

  const take = ({ finished }: Update): void => {
    updates++;
    for (const { return: total, length } of finished) {
      ended.episodes++;
      ended.steps += length;
      ended.anyReturn ||= total !== 0;
    }
    for (const { observations, rewards } of vectors) {
      for (let k = 0, j = 0; k < observations.length; k++, j = (j + 1) % largest.length)
        largest[j] = Math.max(largest[j], Math.abs(observations[k]));
      seen.rewards += rewards.length;
      for (const reward of rewards) if (reward !== 0) seen.others++;
    }
  };

  /** Each check says nothing, or what does not fit. */
  const fromTheStart: Record<string, (update: Update) => string | undefined> = {
    bounds() {
      const { actionSpace } = policy;
      if (actionSpace.kind !== "box" || options.gaussian !== "clipped") return undefined;
      const i = farFromUnit(actionSpace);
      if (i === undefined) return undefined;
      return (
        `component ${i} of the actions lies within ${describeNumber(actionSpace.low[i])}..${describeNumber(actionSpace.high[i])}, ` +
        `but a Gaussian whose option "gaussian" is "clipped" begins with actions around 0 ± ${exp(options.initialLogStd).toPrecision(2)}: ` +
        `set it to "scaled" or "squashed", which draw in units of the bounds`
      );
    },
    rewards({ step }) {
      // Of episodes that go on only some rewards were seen.
      if (step < due || ended.episodes === 0 || ended.anyReturn || seen.others > 0) return undefined;
      return (
        `no reward other than 0 has been seen in ${whole(step)} steps, so there is nothing to learn from yet: reward what ` +
        `leads to the goal, begin episodes closer to it, or explore more by option "entropyCoefficient"`
      );
    },
    endless({ step }) {
      if (ended.episodes > 0 || step < longEpisode * environments) return undefined;
      return (
        `no episode has ended in ${whole(step / environments)} steps of each environment, so there are no ` +
        `returns: set option "maxEpisodeSteps"` +
        (gamma === 1 ? `, or option "gamma" below 1, without which V has no bound` : "")
      );
    },
    scales({ step }) {
      if (policy.normalizer || policy.observationSpace.kind !== "box" || (updates < 3 && step < due)) return undefined;
      const [low, high] = extremes(largest);
      if (largest[low] === 0 || largest[high] < scalesApart * largest[low]) return undefined;
      return (
        `component ${high} of the observations reaches ${largest[high].toPrecision(2)}, and component ${low} only ` +
        `${largest[low].toPrecision(2)}, which the network hardly sees beside it: set option "normalizeObservations"`
      );
    },
    horizon({ step }) {
      const length = ended.steps / ended.episodes;
      const horizon = 1 / (1 - gamma);
      const areRare = seen.rewards >= 20 && seen.others < 0.05 * seen.rewards;
      if (step < due || ended.episodes < 5 || !ended.anyReturn || !areRare || length < 5 * horizon) return undefined;
      return (
        `rewards are rare and episodes last ${whole(length)} steps, but with option "gamma" = ${gamma} only about ` +
        `${whole(horizon)} steps ahead count: try ${(1 - 1 / length).toPrecision(4)}`
      );
    },
    cut({ step }) {
      const length = ended.steps / ended.episodes;
      if (typeof lambda !== "number" || typeof rollout !== "number" || step < due || ended.episodes < 5)
        return undefined;
      if (lambda < 0.99 || length < 2 * rollout) return undefined;
      return (
        `option "rollout" = ${rollout} is shorter than an episode of ${whole(length)} steps, and with option "lambda" = ` +
        `${lambda} an advantage depends on where it was cut off: lower option "lambda" to 0.95, or lengthen option "rollout"`
      );
    },
  };

  const atAnyTime: Record<string, (update: Update) => string | undefined> = {
    rounding: () =>
      clippedWarning(
        policy.observationSpace,
        vectors.map(({ clipped }) => clipped),
      ),
    wide() {
      const now = widest();
      if (now < Math.max(widestStd, 1.5 * widestAtFirst)) return undefined;
      return (
        `σ has grown to ${now.toPrecision(2)} half-widths of the action space, so that most actions lie at its bounds: ` +
        `lower option "entropyCoefficient" or option "learningRate"`
      );
    },
    history({ step }) {
      if (!vectors.some((vector) => vector.historyFilled() > 0.5)) return undefined;
      return (
        `an episode has gone on for so long that a checkpoint can soon keep its actions no more (${whole(step)} steps of ` +
        `training): a resumed run would begin a new one. Give the environment getState() and setState(), or episodes a ` +
        `time limit`
      );
    },
    entropy({ step, metrics: { entropy, std } }) {
      firstStd ??= std;
      if (totalSteps === null || step > totalSteps / 10 || entropy === undefined) return undefined;
      const isGone = std === undefined ? entropy < 0.01 * mostEntropy : std < 0.01 * firstStd;
      if (!isGone) return undefined;
      const what = std === undefined ? `the entropy is down to ${entropy.toPrecision(2)} nats, of ${mostEntropy.toPrecision(3)}` : `σ is down to ${std.toPrecision(2)}, from ${firstStd.toPrecision(2)}`; // prettier-ignore
      return `${what}, in the first tenth of the run: the policy hardly explores any more. Raise option "entropyCoefficient", or lower option "learningRate"`;
    },
  };

  const later = Object.entries(atAnyTime);
  const early = [...Object.entries(fromTheStart), ...later];
  return {
    after(update) {
      const isEarly = fromStart && (updates === 0 || update.step <= Math.max(3 * due, 2 * longEpisode * environments));
      const found: string[] = [];
      if (isEarly) take(update);
      else if (update.step < nextLook) return found;
      nextLook = update.step + betweenLooks;
      for (const [subject, check] of isEarly ? early : later) {
        const message = said.has(subject) ? undefined : check(update);
        if (message === undefined) continue;
        said.add(subject);
        found.push(message);
      }
      return found;
    },
  };
}

/** The first component whose bounds a draw around 0 ± 1 misses, or fills badly; undefined if there is none. */
function farFromUnit({ low, high }: Box): number | undefined {
  const isFar = (i: number): boolean => {
    const [half, center] = [(high[i] - low[i]) / 2, (high[i] + low[i]) / 2];
    return half > 0 && half < Infinity && (half > 5 || half < 0.2 || Math.abs(center) > half);
  };
  const i = low.findIndex((_, i) => isFar(i));
  return i < 0 ? undefined : i;
}

/** Where the smallest number above 0 and the largest are. */
function extremes(numbers: Float64Array): [low: number, high: number] {
  let [low, high] = [-1, 0];
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] > 0 && (low < 0 || numbers[i] < numbers[low])) low = i;
    if (numbers[i] > numbers[high]) high = i;
  }
  return [Math.max(low, 0), high];
}

/** Reads the largest σ, in half-widths of its component, where σ does not depend on the state; elsewhere it reads 0. */
function widestOf({ engine, actionSpace, gaussianOptions, parameters }: ActorCritic): () => number {
  const logStd = parameters.find(({ variable }) => variable.name === "actor.logStd")?.variable;
  if (actionSpace.kind !== "box" || !logStd) return () => 0;
  const { half } = unitsOf(actionSpace, gaussianOptions.kind);
  const { low, high } = actionSpace;
  // Draws in units of the bounds have half-width 1.
  const widths = Array.from(half, (unit, i) => (high[i] - low[i]) / 2 / unit);
  const values = new Float32Array(widths.length);
  return () => {
    engine.read(logStd, values);
    let widest = 0;
    for (let i = 0; i < values.length; i++) if (widths[i] > 0) widest = Math.max(widest, exp(values[i]) / widths[i]);
    return widest;
  };
}
