// Actions of a Box with a single component.
import { RunError } from "../errors.ts";
import { valueText } from "../text/values.ts";

/**
 * The only component of `action`. The environment applies the bounds: Gymnasium's environments clip.
 *
 * @throws RunError if it is not an array of one finite number
 */
export function onlyComponent(name: string, action: Float32Array): number {
  const value: unknown = action?.[0];
  if (action?.length !== 1 || typeof value !== "number" || !(value - value === 0))
    throw new RunError(`${name}: ${problem(action)}`);
  return value;
}

const problem = (action: unknown): string =>
  `the action is ${valueText(action)}, but must be an array of one finite number`;
