// A training whose learning curve is kept, for trials.

import {
  algorithmOf,
  createTraining,
  type Training,
  type TrainingInput,
  type UpdateReport,
} from "../training/index.ts";
import { runsLong } from "./turns.ts";
import type { TrialControls } from "./experiment.ts";
import type { Algorithm } from "../algorithms/index.ts";

/** What is kept of a training. */
export interface Curve {
  /** Mean returns of the episodes that ended in each of equal stretches of the steps; null where none did. */
  readonly returns: readonly (number | null)[];
  /** Seconds of training until the end of each stretch. */
  readonly seconds: readonly number[];
  /** The mean of the last 100 returns at the end. */
  readonly final: number | null;
  /** Mean return over all steps: the mean of `returns`, the area under the curve. */
  readonly average: number;
  /** Steps, and episodes, after which the mean of the last 100 returns first was the goal; null if it never was. */
  readonly stepsToGoal: number | null;
  readonly episodesToGoal: number | null;
  readonly steps: number;
  readonly episodes: number;
  /** Means of the metrics that were asked for, over the updates of each stretch; null where there was none. */
  readonly metrics: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Settings of {@link trainCurve}. */
export interface CurveSettings {
  /** Stretches of the curve. Default 50. */
  readonly stretches?: number;
  /** A mean of the last 100 returns to count the steps to. */
  readonly goal?: number;
  /** Whether training ends there. Default false. */
  readonly endsAtGoal?: boolean;
  /** Names of metrics to keep. Default: none. */
  readonly metrics?: readonly string[];
  /** Called after each update, with the training as it then is. */
  readonly onUpdate?: (report: UpdateReport, training: Training) => void;
}

/** Trains, in this process, and keeps the curve. The steps asked for are `input.totalSteps`. */
export async function trainCurve(
  algorithm: string | Algorithm,
  input: TrainingInput & { totalSteps: number },
  controls: TrialControls = {},
  { stretches = 50, goal = Infinity, endsAtGoal = false, metrics = [], onUpdate }: CurveSettings = {},
): Promise<Curve> {
  const threads = "workers" in algorithmOf(algorithm).options.shape ? { workers: 1 } : {};
  const training = await createTraining(algorithm, { ...threads, ...input });
  const returns = createMeans(stretches);
  const kept = metrics.map((name) => ({ name, means: createMeans(stretches) }));
  const seconds = new Array<number>(stretches).fill(0);
  const stretchOf = (step: number) => Math.min(stretches - 1, Math.floor(((step - 1) * stretches) / input.totalSteps));
  let reached: UpdateReport | undefined;
  try {
    const begin = performance.now();
    const pause = runsLong(controls);
    while (!training.done && !(reached && endsAtGoal)) {
      const report = training.update();
      for (const episode of report.finished) returns.add(stretchOf(episode.step), episode.return);
      for (const { name, means } of kept) means.add(stretchOf(report.step), report.metrics[name]);
      seconds.fill((performance.now() - begin) / 1000, stretchOf(report.step));
      if (report.episodes >= 100 && report.meanReturn100! >= goal) reached ??= report;
      onUpdate?.(report, training);
      await pause(training.fractionDone);
    }
    return {
      returns: returns.values(),
      seconds,
      final: training.meanReturn100,
      average: areaUnder(returns.values()),
      stepsToGoal: reached?.step ?? null,
      episodesToGoal: reached?.episodes ?? null,
      steps: training.step,
      episodes: training.episodes,
      metrics: Object.fromEntries(kept.map(({ name, means }) => [name, means.values()])),
    };
  } finally {
    training.close();
  }
}

/** Means of what falls into each of n stretches. */
function createMeans(n: number) {
  const [sums, counts] = [new Float64Array(n), new Float64Array(n)];
  return {
    add(stretch: number, value: number) {
      sums[stretch] += value;
      counts[stretch]++;
    },
    /** Null where nothing fell into a stretch. */
    values: () => Array.from(sums, (sum, i) => (counts[i] > 0 ? sum / counts[i] : null)),
  };
}

/** The mean over stretches; where no episode ended, that of the stretch before counts on. */
export function areaUnder(returns: readonly (number | null)[]): number {
  let latest = returns.find((value) => value !== null) ?? 0;
  let sum = 0;
  for (const value of returns) sum += latest = value ?? latest;
  return sum / returns.length;
}
