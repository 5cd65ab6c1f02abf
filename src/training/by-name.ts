// Options of algorithms by name. What trains with one algorithm alone does without this file, and a page without the others.

import { algorithms, type Algorithm, type AlgorithmName } from "../algorithms/index.ts";
import type { EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import type { OptionsSchema } from "../learning/option-schema.ts";
import { unknownName } from "../text/nearest.ts";
import * as options from "./options.ts";
import { wrongOptions } from "./wrong-options.ts";

/** The built-in algorithm of that name; undefined if there is none. */
export const findAlgorithm = (name: string): Algorithm | undefined =>
  Object.hasOwn(algorithms, name) ? algorithms[name as AlgorithmName] : undefined;

/** An algorithm as it is, or the built-in one of that name. @throws InputError for an unknown name */
export const algorithmOf = (algorithm: string | Algorithm): Algorithm =>
  isAlgorithm(algorithm) ? algorithm : algorithms[algorithmNamed(algorithm)];

/** Whether it describes itself as far as its options are concerned. */
function isAlgorithm(x: unknown): x is Algorithm {
  if (typeof x !== "object" || x === null) return false;
  try {
    const { name, environments, options, create } = x as Partial<Algorithm>;
    const describes = typeof name === "string" && typeof environments === "number" && typeof create === "function";
    if (describes && typeof options?.shape === "object") return true;
  } catch {
    // a getter or a proxy that throws
  }
  throw new InputError("an algorithm is a name, or an object with name, options, environments and create");
}

/** @throws InputError for the name of no built-in algorithm */
export function algorithmNamed(name: string): AlgorithmName {
  if (findAlgorithm(name)) return name as AlgorithmName;
  throw new InputError(unknownName("algorithm", name, Object.keys(algorithms)));
}

/**
 * The schema of all options of an algorithm, in the order of its help. One that plays in no environment (its
 * `environments` is 0) has none of the options about environments.
 */
export const optionsSchema = (algorithm: string | Algorithm): OptionsSchema => options.schemaOf(algorithmOf(algorithm));

/** The preset of an algorithm for an environment; empty if there is none. */
export const presetFor = (algorithm: string | Algorithm, env: EnvSource): Record<string, unknown> =>
  options.presetOf(algorithmOf(algorithm), env);

/**
 * What an algorithm did before some of its options existed: runs of that time, whose options are kept in full, go on
 * with it.
 */
export function formerOptions(algorithm: string | Algorithm): Record<string, unknown> {
  const { shape } = algorithmOf(algorithm).options;
  return Object.fromEntries(Object.entries({ gaussian: "clipped" }).filter(([name]) => Object.hasOwn(shape, name)));
}

/**
 * Checks options, and fills in preset and defaults; what it once returned is returned as it is.
 *
 * @throws InputError that lists every wrong option with what would be right
 */
export function resolveOptions(
  algorithm: string | Algorithm,
  given: Readonly<Record<string, unknown>>,
  how: options.ResolveOptions = {},
): options.ResolvedOptions {
  const chosen = algorithmOf(algorithm);
  const resolved = options.resolve(chosen, given, how);
  if ("wrong" in resolved) throw wrongOptions(chosen, resolved.wrong, how.originOf);
  return resolved.options;
}
