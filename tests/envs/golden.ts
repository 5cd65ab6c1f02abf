// Reads Gymnasium's reference trajectories, where they are, and plays them again.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { makeEnv, type Observation } from "../../src/envs/index.ts";

export interface GoldenTrajectory<O = number[], A = number> {
  seed: number;
  reset_obs: O;
  actions: A[];
  obs: O[];
  rewards: number[];
  terminated: boolean[];
  truncated: boolean[];
  /**
   * First observations after resets without a seed, which follow the step that ended an episode; absent where one is
   * all.
   */
  resets?: { step: number; obs: O }[];
}

export interface GoldenEnv<O = number[], A = number> {
  env: string;
  kwargs: Record<string, unknown>;
  trajectories: GoldenTrajectory<O, A>[];
}

/** `../shared/golden/gymnasium/<name>.json`, or null where it is missing (its tests then skip). */
export function goldenEnv<O = number[], A = number>(name: string): GoldenEnv<O, A> | null {
  const file = new URL(`../../../shared/golden/gymnasium/${name}.json`, import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as GoldenEnv<O, A>) : null;
}

/**
 * Tests that polgrad's environment of the same id and options plays a file's trajectories, resets without a seed
 * included: observations and flags exactly, rewards too, or as `reward` rounds both.
 */
export function describeGolden(name: string, reward: (x: number) => number = (x) => x): void {
  const golden = goldenEnv<number | number[], number | number[]>(name);
  describe(`${name} against Gymnasium`, () => {
    test.skipIf(!golden)("every bit of every trajectory (skipped where ../shared/golden is missing)", async () => {
      expect(golden!.trajectories.length).toBeGreaterThan(0);
      const env = await makeEnv(golden!.env, camelCase(golden!.kwargs));
      for (const trajectory of golden!.trajectories) {
        expect(plain(env.reset(trajectory.seed).observation)).toEqual(trajectory.reset_obs);
        const resets = new Map((trajectory.resets ?? []).map(({ step, obs }) => [step, obs]));
        const last = trajectory.resets ? -1 : trajectory.actions.length - 1;
        trajectory.actions.forEach((action, t) => {
          const result = env.step(Array.isArray(action) ? Float32Array.from(action) : action);
          const { observation, terminated, truncated } = result;
          const played = { t, observation: plain(observation), reward: reward(result.reward), terminated, truncated };
          expect(played).toEqual({
            t,
            observation: trajectory.obs[t],
            reward: reward(trajectory.rewards[t]),
            terminated: trajectory.terminated[t],
            truncated: trajectory.truncated[t],
          });
          expect(terminated || truncated).toBe(resets.has(t) || t === last);
          if (resets.has(t)) expect(plain(env.reset().observation)).toEqual(resets.get(t));
        });
      }
    });
  });
}

const plain = (observation: Observation): number | number[] =>
  typeof observation === "number" ? observation : Array.from(observation as ArrayLike<number>);

/** Gymnasium's `map_name` is our `mapName`. */
const camelCase = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
