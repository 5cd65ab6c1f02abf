// Accepts any real vector as an action.
import { RunError } from "../../errors.ts";
import { box } from "../../spaces/index.ts";
import { describedValue } from "../../text/values.ts";
import type { AsyncEnv, Env } from "../env.ts";
import { boxOf, inPlaceAs, partsOf } from "./parts.ts";

/**
 * `env` that takes any vector and clips it to the bounds of its actions, as Gymnasium's ClipAction; the action space
 * becomes unbounded. The actions of this library's policies are clipped without it.
 *
 * @throws InputError if the actions of `env` are not a Box; RunError on a component that is NaN
 */
export function clipAction<O>(env: Env<O, Float32Array>): Env<O, Float32Array>;
export function clipAction<O>(env: AsyncEnv<O, Float32Array>): AsyncEnv<O, Float32Array>;
export function clipAction<O>(env: AsyncEnv<O, Float32Array>): AsyncEnv<O, Float32Array> {
  const { low, high, shape } = boxOf(env, "clipAction", "actions");
  const length = low.length;
  const reused = env.stepsInPlace ? new Float32Array(length) : undefined;
  return inPlaceAs(env, {
    ...partsOf(env),
    actionSpace: box(-Infinity, Infinity, shape),
    step(action, out) {
      const clipped = reused ?? new Float32Array(length);
      for (let j = 0; j < length; j++) {
        const value: unknown = action[j];
        if (typeof value !== "number" || Number.isNaN(value))
          throw new RunError(`clipAction: action[${j}] is ${describedValue(value)}, but must be a number`);
        clipped[j] = Math.max(low[j], Math.min(high[j], value));
      }
      return env.step(clipped, out);
    },
  });
}
