// Reads the options of an environment: reports unknown keys and wrong types, and fills in defaults.
import { InputError } from "../errors.ts";
import { didYouMean } from "../text/nearest.ts";

/** Options that every id accepts besides those of its environment, see `makeEnv`. */
const wrapperOptions = ["maxEpisodeSteps", "rescaleAction", "clipAction", "frameStack"];

/**
 * `options` over `defaults`.
 *
 * @param name of the environment, for messages
 * @throws InputError on a key that `defaults` lacks, or a value of another type than the default's
 */
export function readOptions<T extends object>(name: string, options: Partial<T>, defaults: T): T {
  const known = Object.keys(defaults);
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) {
      const near = didYouMean(key, [...known, ...wrapperOptions]);
      const own = known.length > 0 ? `It has: ${known.join(", ")}; by its id` : "By its id it has";
      throw new InputError(
        `${name} has no option "${key}".${near} ${own}${known.length > 0 ? " also" : ""} ${wrapperOptions.join(", ")}`,
      );
    }
    const expected = typeof defaults[key as keyof T];
    if (value !== undefined && (typeof value !== expected || Number.isNaN(value))) {
      throw new InputError(`${name}: option "${key}" is ${JSON.stringify(value)}, but must be a ${expected}`);
    }
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
