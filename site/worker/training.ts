// A training of any algorithm in any environment, and beside it an episode of the policy as it is now.

import { createTraining, createTurns, loadPolicy, makeEnv, runInTurns, type Policy } from "polgrad";
import type { Create } from "./simulation.ts";

export interface TrainingConfiguration extends Record<string, string | number | boolean> {
  algorithm: string;
  env: string;
  seed: number;
  /** Updates a second; 0 for as many as there can be. */
  pace: number;
}

export interface TrainingSnapshot {
  readonly update: number;
  readonly step: number;
  readonly totalSteps: number | null;
  readonly episodes: number;
  readonly meanReturn100: number | null;
  readonly solvedAtStep: number | null;
  readonly rewardThreshold: number | null;
  /** Step and return of finished episodes, thinned out to at most 1,000. */
  readonly curve: readonly [steps: number[], returns: number[], means: (number | null)[]];
  readonly metrics: Readonly<Record<string, number>>;
  readonly weightsSha256: string;
  readonly threadsNote: string | undefined;
}

/** Environment steps that a step takes at least, where updates are shorter. */
const least = 256;

/** What is left empty comes from the preset. */
const given = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== ""));

export const create: Create<TrainingConfiguration, TrainingSnapshot> = async ({ algorithm, env, pace, ...options }) => {
  const training = await createTraining(algorithm, { env, strict: true, ...given(options) });
  const arena = await makeEnv(env);
  let observation = arena.reset(1).observation as never;
  let policy: Policy = await loadPolicy(training.savePolicy());
  policy.seed(1);
  let metrics: Readonly<Record<string, number>> = {};
  const [steps, returns, means]: [number[], number[], (number | null)[]] = [[], [], []];
  let renewedAt = 0; // the policy that the picture plays with
  let paces = pace;
  const configuration = JSON.stringify({ algorithm, env, ...options });

  return {
    get pace() {
      return paces || Infinity;
    },
    get done() {
      return training.done;
    },
    async step() {
      const { step: before, updates } = training;
      while (!training.done && training.step - before < least) {
        const report = await runInTurns(training.updateInSlices(), createTurns());
        ({ metrics } = report);
        for (const { step, return: sum } of report.finished) {
          steps.push(step);
          returns.push(sum);
          means.push(report.meanReturn100);
        }
      }
      if (updates === 0 || performance.now() - renewedAt > 400) {
        renewedAt = performance.now();
        policy = await loadPolicy(training.savePolicy());
        policy.seed(training.updates);
      }
    },
    snapshot: () => ({
      update: training.updates,
      step: training.step,
      totalSteps: training.options.totalSteps as number | null,
      episodes: training.episodes,
      meanReturn100: training.meanReturn100,
      solvedAtStep: training.solvedAtStep,
      rewardThreshold: training.rewardThreshold,
      curve: [thinned(steps), thinned(returns), thinned(means)],
      metrics,
      weightsSha256: training.weightsSha256(),
      threadsNote: training.threadsNote,
    }),
    adjust({ pace: next, ...others }) {
      if (JSON.stringify(others) !== configuration) return false;
      paces = next as number;
      return true;
    },
    frame() {
      const next = arena.step(policy.act(observation));
      observation = next.observation as never;
      if (next.terminated || next.truncated) {
        observation = arena.reset().observation as never;
        policy.reset();
      }
      return arena.draw?.();
    },
    close() {
      training.close();
      arena.close?.();
    },
  };
};

/** At most 1,000 of them, evenly. */
function thinned<T>(values: readonly T[]): T[] {
  const every = Math.ceil(values.length / 1000);
  return every <= 1 ? values.slice() : values.filter((_, i) => i % every === 0);
}
