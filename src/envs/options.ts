// Reads the options of an environment: reports unknown keys and wrong types, and fills in defaults.
import { InputError } from "../errors.ts";
import { didYouMean } from "../text/nearest.ts";
import { inOneLine } from "../text/printable.ts";
import { plainOptions } from "../text/plain-options.ts";
import { shortened, valueText } from "../text/values.ts";

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
  const given = plainOptions(options, `the options of ${name}`);
  for (const [key, value] of Object.entries(given)) {
    if (!known.includes(key)) {
      const near = didYouMean(key, [...known, ...wrapperOptions]);
      const own = known.length > 0 ? `It has: ${known.join(", ")}; by its id` : "By its id it has";
      throw new InputError(
        `${name} has no option "${inOneLine(shortened(key))}".${near} ${own}${known.length > 0 ? " also" : ""} ${wrapperOptions.join(", ")}`,
      );
    }
    const expected = typeof defaults[key as keyof T];
    if (value !== undefined && (typeof value !== expected || Number.isNaN(value))) {
      const wanted = expected === "object" ? "an array" : `a ${expected}`;
      throw new InputError(`${name}: option "${key}" is ${valueText(value)}, but must be ${wanted}`);
    }
  }
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}
