// Environments by name.
import { InputError } from "../errors.ts";
import { builtinSpecs } from "./builtin.ts";
import type { EnvSpec } from "./env.ts";

const specs = new Map<string, EnvSpec>(builtinSpecs.map((spec) => [spec.id, spec]));

/**
 * Registers an environment under a name that `makeEnv` and every `env` option accept, in this process only: for workers
 * and `polgrad resume` use `{ module }`.
 *
 * @throws InputError if the name is taken, or looks like a file
 */
export function registerEnv(spec: EnvSpec): void {
  if (typeof spec?.id !== "string" || spec.id === "" || typeof spec.make !== "function") {
    throw new InputError("registerEnv: a spec needs an id and a make function");
  }
  if (/[/\\]|\.[cm]?[jt]s$/.test(spec.id)) throw new InputError(`registerEnv: the id "${spec.id}" looks like a file`);
  if (specs.has(spec.id)) throw new InputError(`registerEnv: there is already an environment "${spec.id}"`);
  specs.set(spec.id, spec);
}

/** Whether the environment comes with polgrad, so that workers know its name too. */
export const isBuiltIn = (id: string): boolean => builtinSpecs.some((spec) => spec.id === id);

/** All names, in the order of registration, those for tests included. */
export function envIds(): string[] {
  return [...specs.keys()];
}

/** The spec of an environment; undefined for an unknown name. */
export const findSpec = (id: string): EnvSpec | undefined => specs.get(id);
