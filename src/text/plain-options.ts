// Reading objects of options that callers without types may have made in any way.

import { InputError } from "../errors.ts";
import { messageOf, typeName } from "./values.ts";

/**
 * The members of an object of options: whatever its getters do, or a proxy, is done here. Undefined has none.
 *
 * @param what what messages call them, such as "the options of evaluate"
 * @throws InputError if it is no object, or does not let itself be read
 */
export function plainOptions<T extends object>(options: T | undefined, what: string): T {
  if (options === undefined) return {} as T;
  try {
    if (typeof options === "object" && options !== null && !Array.isArray(options)) return { ...options };
  } catch (error) {
    throw new InputError(`${what} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  throw new InputError(`${what} must be an object, not ${typeName(options)}`);
}
