// Environments by name.
import { InputError } from "../errors.ts";
import { unknownName } from "../text/nearest.ts";
import { builtinSpecs } from "./builtin.ts";
import type { EnvSpec } from "./env.ts";

const specs = new Map<string, EnvSpec>(builtinSpecs.map((spec) => [spec.id, spec]));

/**
 * Gives an environment a name that `makeEnv` and every `env` option know, in this process (a worker or a later
 * `polgrad resume` does not: for those use `{ module }`).
 *
 * @throws InputError when the name is taken, or looks like a file
 */
export function registerEnv(spec: EnvSpec): void {
  if (typeof spec?.id !== "string" || spec.id === "" || typeof spec.make !== "function") {
    throw new InputError("registerEnv: a spec needs an id and a make function");
  }
  if (/[/\\]|\.[cm]?[jt]s$/.test(spec.id)) throw new InputError(`registerEnv: the id "${spec.id}" looks like a file`);
  if (specs.has(spec.id)) throw new InputError(`registerEnv: there is an environment "${spec.id}" already`);
  specs.set(spec.id, spec);
}

/** Whether a name comes with polgrad, so that workers know it too. */
export const isBuiltIn = (id: string): boolean => builtinSpecs.some((spec) => spec.id === id);

/** All names, in the order of registration, those for tests included. */
export function envIds(): string[] {
  return [...specs.keys()];
}

/**
 * What is known about a name.
 *
 * @throws InputError on an unknown one, with the nearest names
 */
export function envSpec(id: string): EnvSpec {
  const spec = specs.get(id);
  if (spec) return spec;
  const listed = envIds().filter((known) => !specs.get(known)!.forTests);
  throw new InputError(unknownName("environment", id, envIds(), listed));
}
