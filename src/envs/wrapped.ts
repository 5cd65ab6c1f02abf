// The wrappers that options of a built-in environment ask for. Loaded where one does.

import { InputError } from "../errors.ts";
import type { Bound } from "../spaces/index.ts";
import { isList, valueText } from "../text/values.ts";
import type { AsyncEnv, Observation } from "./env.ts";
import { clipAction } from "./wrappers/clip-action.ts";
import { frameStack } from "./wrappers/frame-stack.ts";
import { rescaleAction } from "./wrappers/rescale-action.ts";

const isAsked = (option: unknown): boolean => option !== undefined && option !== null && option !== false;

/**
 * An environment with what its options `rescaleAction`, `clipAction` and `frameStack` ask for, in this order.
 *
 * @throws InputError for a value that asks for nothing that there is
 */
export function wrapped(
  env: AsyncEnv,
  id: string,
  { bounds, clips, frames }: { readonly bounds: unknown; readonly clips: unknown; readonly frames: unknown },
): AsyncEnv {
  if (isAsked(bounds)) {
    if (!isList(bounds) || (bounds as unknown[]).length !== 2)
      throw new InputError(`${id}: option "rescaleAction" is ${valueText(bounds)}, but must be [low, high]`);
    env = rescaleAction(env as AsyncEnv<Observation, Float32Array>, (bounds as Bound[])[0], (bounds as Bound[])[1]);
  }
  if (isAsked(clips)) {
    if (clips !== true)
      throw new InputError(`${id}: option "clipAction" is ${valueText(clips)}, but must be a boolean`);
    env = clipAction(env as AsyncEnv<Observation, Float32Array>);
  }
  return isAsked(frames) ? frameStack(env, frames as number) : env;
}
