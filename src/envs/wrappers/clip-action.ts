// Accepts any real vector as an action.
import { RunError } from "../../errors.ts";
import { box } from "../../spaces/index.ts";
import type { Env } from "../env.ts";
import { boxOf, partsOf } from "./parts.ts";

/**
 * `env` that takes any vector and clips it to the bounds of its actions, as Gymnasium's ClipAction; the action space
 * becomes unbounded. The actions of this library's policies are clipped without it.
 *
 * @throws InputError if the actions of `env` are not a Box; RunError on a component that is NaN
 */
export function clipAction<O>(env: Env<O, Float32Array>): Env<O, Float32Array> {
  const { low, high, shape } = boxOf(env.actionSpace, "clipAction", "actions");
  const clipped = new Float32Array(low.length);
  return {
    ...partsOf(env),
    actionSpace: box(-Infinity, Infinity, shape),
    step(action, out) {
      for (let j = 0; j < clipped.length; j++) {
        const value = action[j];
        if (!(value >= -Infinity)) throw new RunError(`clipAction: action[${j}] is ${value}`);
        clipped[j] = Math.max(low[j], Math.min(high[j], value));
      }
      return env.step(clipped, out);
    },
  };
}
