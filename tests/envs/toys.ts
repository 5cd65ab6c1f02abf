// Small environments for tests, whose parts can be replaced by broken ones.
import type { Env, Step } from "../../src/envs/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { box, discrete, type MultiBinary, type MultiDiscrete } from "../../src/spaces/index.ts";

/** Gives the results of a list, one per step, then begins again; any malformed thing may stand in it. */
export function scripted(results: readonly Partial<Record<keyof Step, unknown>>[], parts: object = {}): Env {
  let t = 0;
  return {
    observationSpace: box([-1, -1], [1, 1]),
    actionSpace: discrete(2),
    reset() {
      t = 0;
      return { observation: Float32Array.of(0, 0), info: {} };
    },
    step() {
      const good = { observation: Float32Array.of(0, 0), reward: 1, terminated: false, truncated: false, info: {} };
      return { ...good, ...results[t++ % results.length] } as Step;
    },
    ...parts,
  };
}

/**
 * A random walk, with plain arrays and without getState: a user's environment. Terminates beyond ±1, is truncated after
 * 20 steps; the reward is the action's effect.
 */
export function walk(): Env<number[], number> {
  let generator = createGenerator(0);
  let [place, t] = [0, 0];
  return {
    observationSpace: box([-2, 0], [2, 1]),
    actionSpace: discrete(2, -1),
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [place, t] = [generator.uniform(-0.5, 0.5), 0];
      return { observation: [place, t / 20], info: {} };
    },
    step(action) {
      const move = (action + 0.5) * 0.3 + generator.uniform(-0.2, 0.2);
      place += move;
      t++;
      const terminated = Math.abs(place) > 1;
      return { observation: [place, t / 20], reward: move, terminated, truncated: t === 20, info: {} };
    },
  };
}

/** One continuous action, which is the next observation. */
export function echo(): Env<Float32Array, Float32Array> & { seen: number[][] } {
  const seen: number[][] = [];
  return {
    seen,
    observationSpace: box([-1, 0], [1, 5]),
    actionSpace: box([-1, 0], [1, 5]),
    reset: () => ({ observation: Float32Array.of(0, 0), info: {} }),
    step(action) {
      seen.push([...action]);
      return { observation: action.slice(), reward: 0, terminated: false, truncated: false, info: {} };
    },
  };
}

/** Observes what was done last, earns its sum: several choices at once, of fresh Int32Arrays and without getState. */
export function choices(space: MultiDiscrete | MultiBinary): Env<Int32Array, Int32Array> & { seen: number[][] } {
  const seen: number[][] = [];
  const size = space.kind === "multiBinary" ? space.n : space.counts.length;
  return {
    seen,
    observationSpace: space,
    actionSpace: space,
    reset: () => ({ observation: new Int32Array(size), info: {} }),
    step(action) {
      seen.push([...action]);
      const reward = action.reduce((a, b) => a + b);
      return { observation: action.slice(), reward, terminated: reward === 0, truncated: false, info: {} };
    },
  };
}

/**
 * A row of three doors: door k opens once k − 1 has been walked through, and going through the last one ends the
 * episode.
 */
export function locked(): Env<number, number> {
  let open = 0;
  return {
    observationSpace: discrete(4),
    actionSpace: discrete(3),
    actionMask: () => [0, 1, 2].map((door) => +(door <= open)),
    reset: () => ({ observation: (open = 0), info: {} }),
    step(door) {
      if (door > open) throw new Error(`door ${door} is locked`);
      if (door === open) open++;
      return { observation: open, reward: -1, terminated: open === 3, truncated: false, info: {} };
    },
  };
}
