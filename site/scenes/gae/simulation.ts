// A race of four λ with the same seed, and how the advantage of one step is made of the temporal differences after it.

import { advantages, createTraining, createTurns, makeEnv, runInTurns } from "polgrad";
import type { Create } from "../../worker/simulation.ts";
import type { GaeConfiguration } from "./settings.ts";

export interface GaeSnapshot {
  readonly update: number;
  readonly step: number;
  readonly totalSteps: number;
  /** Of an episode's first steps: r, V(s), δ, what δ adds to the advantage of the first, and the sum so far. */
  readonly steps: readonly {
    readonly reward: number;
    readonly value: number;
    readonly delta: number;
    readonly part: number;
    readonly sum: number;
  }[];
  /** Of the first step: TD(0), GAE and Monte Carlo. */
  readonly ends: { readonly td: number; readonly gae: number; readonly monteCarlo: number };
  /** Environment steps, and the mean return of the last 100 episodes of each lane. */
  readonly race: readonly (readonly (number | null)[])[];
  readonly standings: readonly {
    readonly lambda: number;
    readonly meanReturn: number | null;
    readonly explained: number | null;
  }[];
}

export const lanes = [0, 0.5, 0.95, 1];
/** The lane whose policy and critic the bars are of. */
const shownLane = 2;
const totalSteps = 30_000;
const perStep = 4;
/** Steps of the episode that is looked at. */
const length = 16;

export const create: Create<GaeConfiguration, GaeSnapshot> = async (first) => {
  let configuration = first;
  const trainings = await Promise.all(
    lanes.map((lambda) => {
      const options = { env: "CartPole-v1", seed: first.seed, totalSteps, envs: 1, rollout: 128, lambda, strict: true };
      return createTraining("a2c", options as never);
    }),
  );
  const env = await makeEnv("CartPole-v1");
  const race: (number | null)[][] = [[], ...lanes.map(() => [])];
  const explained: (number | null)[] = lanes.map(() => null);
  let played = play();

  /** The first steps of an episode: always from the same state, by the policy as it is now. */
  function play() {
    const policy = trainings[shownLane].policy as {
      act(o: unknown, options: object): number;
      value(o: unknown): number;
    };
    const columns = {
      rewards: [] as number[],
      values: [] as number[],
      nextValues: [] as number[],
      ends: [] as number[],
    };
    let { observation } = env.reset(2);
    for (let t = 0; t < length; t++) {
      columns.values.push(policy.value(observation));
      const next = env.step(policy.act(observation, { deterministic: true }));
      observation = next.observation;
      columns.rewards.push(next.reward);
      columns.nextValues.push(policy.value(observation));
      columns.ends.push(next.terminated ? 1 : 0);
      if (next.terminated) break;
    }
    return columns;
  }

  /** The first `steps` of it, as the estimators of the library read them. */
  const upTo = (steps: number) => ({
    steps,
    environments: 1,
    rewards: Float64Array.from(played.rewards.slice(0, steps)),
    values: Float64Array.from(played.values.slice(0, steps)),
    nextValues: Float64Array.from(played.nextValues.slice(0, steps)),
    terminated: Uint8Array.from(played.ends.slice(0, steps)),
    truncated: new Uint8Array(steps),
  });

  return {
    pace: 5,
    get done() {
      return trainings.every(({ done }) => done);
    },
    async step() {
      for (let i = 0; i < perStep; i++) {
        for (const [lane, training] of trainings.entries()) {
          if (training.done) continue;
          const { metrics } = await runInTurns(training.updateInSlices(), createTurns());
          explained[lane] = metrics.explainedVariance ?? null;
        }
      }
      race[0].push(trainings[0].step);
      trainings.forEach(({ meanReturn100 }, lane) => race[lane + 1].push(meanReturn100));
      played = play();
    },
    adjust(next) {
      if ((next as GaeConfiguration).seed !== configuration.seed) return false;
      configuration = next as GaeConfiguration;
      return true;
    },
    snapshot() {
      const { lambda, gamma } = configuration;
      const all = upTo(played.rewards.length);
      const deltas = advantages.tdAdvantages(all, { gamma });
      // A rollout that is cut off after step l has the sum up to l: GAE's sum ends with the rollout.
      const sums = played.rewards.map((_, l) => advantages.gae(upTo(l + 1), { gamma, lambda })[0]);
      return {
        update: trainings[0].updates,
        step: trainings[0].step,
        totalSteps,
        steps: played.rewards.map((reward, l) => ({
          reward,
          value: played.values[l],
          delta: deltas[l],
          part: l === 0 ? sums[0] : sums[l] - sums[l - 1],
          sum: sums[l],
        })),
        ends: {
          td: deltas[0],
          gae: advantages.gae(all, { gamma, lambda })[0],
          monteCarlo: advantages.nStepAdvantages(all, { gamma, n: all.steps })[0],
        },
        race: race.map((column) => column.slice()),
        standings: trainings.map(({ meanReturn100 }, lane) => ({ lambda: lanes[lane], meanReturn: meanReturn100, explained: explained[lane] })), // prettier-ignore
      };
    },
    close() {
      for (const training of trainings) training.close();
      env.close?.();
    },
  };
};
