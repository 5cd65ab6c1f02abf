// Combines the last few observations into one, so that velocities can be observed.
import { InputError } from "../../errors.ts";
import { box } from "../../spaces/index.ts";
import { createStep, type Env } from "../env.ts";
import { fromBits, toBits } from "../vector/bits.ts";
import { boxOf, partsOf, stateWith, withObservation } from "./parts.ts";

/**
 * `env` that returns its last `n` observations at once, the oldest first, shape `[n, ...shape]`, as Gymnasium's
 * FrameStackObservation: at the beginning of an episode its first observation `n` times.
 *
 * @throws InputError if the observations of `env` are not a Box, or `n` is not a whole number of at least 1
 */
export function frameStack<O, A>(env: Env<O, A>, n: number): Env<Float32Array, A> {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new InputError(`frameStack: the number of frames is ${n}, but must be a whole number of at least 1`);
  }
  const { low, high, shape } = boxOf(env.observationSpace, "frameStack", "observations");
  const size = low.length;
  const repeat = (bound: Float32Array) => Float32Array.from({ length: n * size }, (_, k) => bound[k % size]);
  const inner = createStep(env.observationSpace) as ReturnType<typeof env.step>;
  const frames = new Float32Array(n * size);
  const push = (observation: O): void => {
    frames.copyWithin(0, size);
    frames.set(observation as ArrayLike<number>, (n - 1) * size);
  };
  return {
    ...(partsOf(env) as Env<never, A>),
    observationSpace: box(repeat(low), repeat(high), [n, ...shape]),
    reset(seed) {
      const { observation, info } = env.reset(seed);
      for (let k = 0; k < n; k++) push(observation);
      return { observation: frames.slice(), info };
    },
    step(action, out) {
      const result = env.step(action, out && inner);
      push(result.observation);
      if (!out) return withObservation(result, frames.slice(), undefined);
      out.observation.set(frames);
      return withObservation(result, out.observation, out);
    },
    ...stateWith<{ frames: number[]; env: unknown }>(env, {
      save: (state) => ({ frames: toBits(frames), env: state }),
      load(state) {
        fromBits(state.frames, frames);
        return state.env;
      },
    }),
  };
}
