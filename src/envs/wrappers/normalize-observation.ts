// Observations of mean 0 and variance 1.
import { whenDone } from "../../awaitable.ts";
import { RunError } from "../../errors.ts";
import { copyOf } from "../../globals.ts";
import { createMoments, standardize, updateMoments, type Moments } from "../../math/moments.ts";
import { box } from "../../spaces/index.ts";
import { createStep, type AsyncEnv, type Env, type Step } from "../env.ts";
import { observationProblem } from "../problems.ts";
import { observationCheck } from "../vector/io.ts";
import { boxOf, inPlaceAs, partsOf, stateWith, withObservation } from "./parts.ts";
import { replayable } from "./replayable.ts";

/**
 * `env` whose observations are standardized by the running moments of all observations so far, (x − mean) /
 * √(variance + 1e-8), and clipped to ±10. This is Gymnasium's NormalizeObservation, which leaves clipping to its user.
 *
 * The moments belong to this object and its state (`getState`), not to a policy. For training, prefer the option
 * `normalizeObservations` of the algorithms: there the normalizer is part of the policy, one file saves both, and
 * evaluation uses the moments of training.
 *
 * @throws InputError if the observations of `env` are not a Box
 */
export function normalizeObservation<O, A>(env: Env<O, A>): Env<Float32Array, A>;
export function normalizeObservation<O, A>(env: AsyncEnv<O, A>): AsyncEnv<Float32Array, A>;
export function normalizeObservation<O, A>(env: AsyncEnv<O, A>): AsyncEnv<Float32Array, A> {
  const { shape, low } = boxOf(env, "normalizeObservation", "observations");
  const source = replayable(env); // the moments outlive episodes, so there must be a state to keep them in
  const inner = source.stepsInPlace ? (createStep(env.observationSpace) as Step<O>) : undefined;
  const isSound = observationCheck(env.observationSpace);
  const moments = createMoments(low.length);
  const normalize = (observation: O, into: Float32Array): Float32Array => {
    if (!isSound(observation))
      throw new RunError(`normalizeObservation: ${observationProblem(env.observationSpace, observation)}`);
    const values = observation as ArrayLike<number>;
    updateMoments(moments, values, 1);
    standardize(moments, values, 1, into);
    return into;
  };
  return inPlaceAs(source, {
    ...(partsOf(source) as AsyncEnv<never, A>),
    adapts: true,
    observationSpace: box(-10, 10, shape),
    reset(seed) {
      return whenDone(source.reset(seed), ({ observation, info }) => ({
        observation: normalize(observation, new Float32Array(low.length)),
        info,
      }));
    },
    step(action, out) {
      return whenDone(source.step(action, out && inner), (result) => {
        const observation = normalize(result.observation, out ? out.observation : new Float32Array(low.length));
        return withObservation(result, observation, out);
      });
    },
    ...stateWith<{ moments: Moments; env: unknown }>(source, {
      save: (state) => ({ moments: copyOf(moments), env: state }),
      load(state) {
        Object.assign(moments, copyOf(state.moments));
        return state.env;
      },
    }),
  });
}
