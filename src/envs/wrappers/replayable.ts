// A state for environments that have none: the seed of the episode and the actions since, which are replayed.
import { runToEnd } from "../../awaitable.ts";
import { createGenerator, type GeneratorState } from "../../random/index.ts";
import type { Action, AsyncEnv, Env } from "../env.ts";
import { seededGenerator } from "../seeding.ts";
import { RunError } from "../../errors.ts";
import { createActionHistory } from "../vector/action-history.ts";
import { inPlaceAs, partsOf, tablesOf } from "./parts.ts";

interface ReplayableState {
  seed: number;
  /** 0.1.0 kept them as bits in a list. */
  actions: Float32Array | Int32Array | number[];
  /** Draws the seeds of episodes that begin without one. */
  generator: GeneratorState;
}

/** Bytes of actions of an open episode that are kept. */
const mostHistory = 1 << 26;

/**
 * `env` with getState and setState: `env` itself if it has them, otherwise a wrapper that records the open episode. For
 * that every episode has a seed; one that `reset()` begins gets a seed that follows from the last one given.
 */
export function replayable<O, A>(env: Env<O, A>): Env<O, A>;
export function replayable<O, A>(env: AsyncEnv<O, A>): AsyncEnv<O, A>;
export function replayable<O, A>(env: AsyncEnv<O, A>): AsyncEnv<O, A> {
  if (env.getState && env.setState) return env;
  const history = createActionHistory(env.actionSpace, mostHistory);
  let generator = seededGenerator(undefined, null);
  let episodeSeed = 0;
  function* replay(): Generator<unknown, void> {
    yield env.reset(episodeSeed);
    for (let k = 0; k < history.count(); k++) yield env.step(history.action(k) as A);
  }
  return inPlaceAs(env, {
    ...partsOf(env),
    ...tablesOf(env),
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
    getState(): ReplayableState {
      const actions = history.save();
      if (!actions)
        throw new RunError(
          `the episode has more than ${mostHistory / 4} numbers of actions, too many to be played again on resumption: ` +
            "give the environment getState and setState, or episodes a time limit",
        );
      return { seed: episodeSeed, actions, generator: generator.getState() };
    },
    setState(saved) {
      const state = saved as ReplayableState;
      episodeSeed = state.seed;
      generator.setState(state.generator);
      history.load(state.actions);
      return runToEnd(replay());
    },
  });
}
