// Combines the last few observations into one, so that velocities can be observed.
import { whenDone } from "../../awaitable.ts";
import { InputError, RunError } from "../../errors.ts";
import { box, mostComponents } from "../../spaces/index.ts";
import { valueText } from "../../text/values.ts";
import { createStep, type AsyncEnv, type Env, type Step } from "../env.ts";
import { observationProblem } from "../problems.ts";
import { fromBits, toBits } from "../vector/bits.ts";
import { observationCheck } from "../vector/io.ts";
import { boxOf, inPlaceAs, partsOf, stateWith, withObservation } from "./parts.ts";

/**
 * `env` that returns its last `n` observations at once, the oldest first, shape `[n, ...shape]`, as Gymnasium's
 * FrameStackObservation: at the beginning of an episode its first observation `n` times.
 *
 * @throws InputError if the observations of `env` are not a Box, or `n` is not a whole number of at least 1
 */
export function frameStack<O, A>(env: Env<O, A>, n: number): Env<Float32Array, A>;
export function frameStack<O, A>(env: AsyncEnv<O, A>, n: number): AsyncEnv<Float32Array, A>;
export function frameStack<O, A>(env: AsyncEnv<O, A>, n: number): AsyncEnv<Float32Array, A> {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new InputError(
      `frameStack: the number of frames is ${valueText(n)}, but must be a whole number of at least 1`,
    );
  }
  const { low, high, shape } = boxOf(env, "frameStack", "observations");
  const size = low.length;
  if (!(n * size <= mostComponents)) {
    throw new InputError(`frameStack: ${n} frames of ${size} numbers are more than the ${mostComponents} that there may be`); // prettier-ignore
  }
  const repeat = (bound: Float32Array): Float32Array => {
    const bounds = new Float32Array(n * size);
    for (let k = 0; k < n; k++) bounds.set(bound, k * size);
    return bounds;
  };
  const inner = env.stepsInPlace ? (createStep(env.observationSpace) as Step<O>) : undefined;
  const frames = new Float32Array(n * size);
  const isSound = observationCheck(env.observationSpace);
  const push = (observation: O): void => {
    if (!isSound(observation))
      throw new RunError(`frameStack: ${observationProblem(env.observationSpace, observation)}`);
    frames.copyWithin(0, size);
    frames.set(observation as ArrayLike<number>, (n - 1) * size);
  };
  return inPlaceAs(env, {
    ...(partsOf(env) as AsyncEnv<never, A>),
    observationSpace: box(repeat(low), repeat(high), [n, ...shape]),
    reset(seed) {
      return whenDone(env.reset(seed), ({ observation, info }) => {
        for (let k = 0; k < n; k++) push(observation);
        return { observation: frames.slice(), info };
      });
    },
    step(action, out) {
      return whenDone(env.step(action, out && inner), (result) => {
        push(result.observation);
        if (!out) return withObservation(result, frames.slice(), undefined);
        out.observation.set(frames);
        return withObservation(result, out.observation, out);
      });
    },
    ...stateWith<{ frames: number[]; env: unknown }>(env, {
      save: (state) => ({ frames: toBits(frames), env: state }),
      load(state) {
        fromBits(state.frames, frames);
        return state.env;
      },
    }),
  });
}
