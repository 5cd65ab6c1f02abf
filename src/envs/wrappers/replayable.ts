// A state for environments that have none: the seed of the episode and the actions since, which are replayed.
import { createGenerator, type GeneratorState } from "../../random/index.ts";
import type { Action, Env } from "../env.ts";
import { seededGenerator } from "../seeding.ts";
import { createActionHistory } from "../vector/action-history.ts";
import { partsOf } from "./parts.ts";

interface ReplayableState {
  seed: number;
  /** As bits. */
  actions: number[];
  /** Draws the seeds of episodes that begin without one. */
  generator: GeneratorState;
}

/**
 * `env` with getState and setState: `env` itself if it has them, otherwise a wrapper that records the open episode. For
 * that every episode has a seed; one that `reset()` begins gets a seed that follows from the last one given.
 */
export function replayable<O, A>(env: Env<O, A>): Env<O, A> {
  if (env.getState && env.setState) return env;
  const history = createActionHistory(env.actionSpace);
  let generator = seededGenerator(undefined, null);
  let episodeSeed = 0;
  return {
    ...partsOf(env),
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      episodeSeed = seed ?? generator.nextUint32();
      history.clear();
      return env.reset(episodeSeed);
    },
    step(action, out) {
      history.push(action as Action);
      return env.step(action, out);
    },
    getState: (): ReplayableState => ({
      seed: episodeSeed,
      actions: history.save(),
      generator: generator.getState(),
    }),
    setState(saved) {
      const state = saved as ReplayableState;
      episodeSeed = state.seed;
      generator.setState(state.generator);
      history.load(state.actions);
      env.reset(episodeSeed);
      for (let k = 0; k < history.count; k++) env.step(history.action(k) as A);
    },
  };
}
