// Reports the return and the length of each episode that ends.
import { whenDone } from "../../awaitable.ts";
import { createStep, type AsyncEnv, type Env, type Step } from "../env.ts";
import { inPlaceAs, partsOf, stateWith, tablesOf, withObservation, wrappedEnv } from "./parts.ts";

/**
 * `env` whose last `info` of an episode has `episode: { return, length }`: the sum of its rewards, not discounted, and
 * the number of its steps. After Gymnasium's RecordEpisodeStatistics.
 */
export function recordEpisodeStatistics<O, A>(env: Env<O, A>): Env<O, A>;
export function recordEpisodeStatistics<O, A>(env: AsyncEnv<O, A>): AsyncEnv<O, A>;
export function recordEpisodeStatistics<O, A>(env: AsyncEnv<O, A>): AsyncEnv<O, A> {
  let total = 0;
  let length = 0;
  wrappedEnv(env, "recordEpisodeStatistics");
  const inner = env.stepsInPlace ? (createStep(env.observationSpace) as Step<O>) : undefined;
  return inPlaceAs(env, {
    ...partsOf(env),
    ...tablesOf(env),
    reset(seed) {
      total = 0;
      length = 0;
      return env.reset(seed);
    },
    step(action, out) {
      // With a separate info: an `out` that is reused must not keep the statistics of the previous episode.
      if (out && inner) inner.observation = out.observation;
      return whenDone(env.step(action, out && inner), (given) => {
        if (!Number.isFinite(given?.reward)) return given; // what is wrong is told by whoever stepped
        total += given.reward;
        length++;
        const result = out ? withObservation(given, given.observation, out) : given;
        if (!result.terminated && !result.truncated) return result;
        const info = { ...result.info, episode: { return: total, length } };
        if (!out) return { ...result, info };
        out.info = info;
        return out;
      });
    },
    ...stateWith<{ return: number; length: number; env: unknown }>(env, {
      save: (state) => ({ return: total, length, env: state }),
      load(state) {
        total = state.return;
        length = state.length;
        return state.env;
      },
    }),
  });
}
