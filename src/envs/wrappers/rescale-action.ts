// Changes the bounds of actions.
import { InputError, RunError } from "../../errors.ts";
import { box, type Bound } from "../../spaces/index.ts";
import type { AsyncEnv, Env } from "../env.ts";
import { actionProblem } from "../problems.ts";
import { boxOf, inPlaceAs, partsOf } from "./parts.ts";

/**
 * `env` whose actions lie between `low` and `high`, mapped linearly onto its own bounds, as Gymnasium's RescaleAction.
 *
 * @param low one number for all components, or one for each; default −1
 * @param high likewise, above `low`; default 1
 * @throws InputError if the actions of `env` are not a Box with finite bounds, or the new bounds are not finite or not in
 *   order; RunError on an action outside the new bounds
 */
export function rescaleAction<O>(env: Env<O, Float32Array>, low?: Bound, high?: Bound): Env<O, Float32Array>;
export function rescaleAction<O>(env: AsyncEnv<O, Float32Array>, low?: Bound, high?: Bound): AsyncEnv<O, Float32Array>;
export function rescaleAction<O>(
  env: AsyncEnv<O, Float32Array>,
  low: Bound = -1,
  high: Bound = 1,
): AsyncEnv<O, Float32Array> {
  const inner = boxOf(env, "rescaleAction", "actions");
  const outer = box(low, high, inner.shape);
  const length = inner.low.length;
  for (let j = 0; j < length; j++) {
    if (!Number.isFinite(inner.high[j] - inner.low[j])) {
      throw new InputError(
        `rescaleAction: component ${j} of the action has the bounds ${inner.low[j]}..${inner.high[j]}, but must have finite ones`,
      );
    }
    if (!(outer.high[j] > outer.low[j]) || !Number.isFinite(outer.high[j] - outer.low[j])) {
      throw new InputError(
        `rescaleAction: the new bounds of component ${j} are ${outer.low[j]}..${outer.high[j]}, but must be finite and in order`,
      );
    }
  }
  const refusal = (action: Float32Array) => new RunError(`rescaleAction: ${actionProblem(outer, action)}`);
  const reused = env.stepsInPlace ? new Float32Array(length) : undefined;
  return inPlaceAs(env, {
    ...partsOf(env),
    actionSpace: outer,
    step(action, out) {
      if (action?.length !== length) throw refusal(action);
      const rescaled = reused ?? new Float32Array(length);
      for (let j = 0; j < length; j++) {
        const given: unknown = action[j];
        if (typeof given !== "number") throw refusal(action);
        const value = Math.fround(given);
        if (!(value >= outer.low[j] && value <= outer.high[j])) throw refusal(action);
        const share = (value - outer.low[j]) / (outer.high[j] - outer.low[j]);
        const meant = inner.low[j] + share * (inner.high[j] - inner.low[j]);
        rescaled[j] = Math.max(inner.low[j], Math.min(inner.high[j], meant)); // rounding must not lead outside
      }
      return env.step(rescaled, out);
    },
  });
}
