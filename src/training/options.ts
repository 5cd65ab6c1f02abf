// All options of a training: what every run has, what every algorithm has, and what this one has. They are checked here
// and nowhere else; wrong-options.ts says what is wrong with them.

import type { Algorithm, AlgorithmName, DataAlgorithm } from "../algorithms/index.ts";
import type { GaussianKind } from "../distributions/index.ts";
import { envName, isEnvSource, notASource, type BuiltinEnvs, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { completeOptions, type Option, type OptionProblem, type OptionsSchema } from "../learning/option-schema.ts";
import { plainOptions } from "../text/plain-options.ts";
import { isList, messageOf } from "../text/values.ts";
import type { OptionsByAlgorithm } from "./given-options.generated.ts";

/** Steps of a run that was given no length. */
export const defaultSteps = 100_000;

const atLeast = (minimum: number) => ({ type: "integer", minimum }) as const;
const atLeastOneOrNull = { anyOf: [atLeast(1), { type: "null" }], default: null } as const;

const runOptions: Readonly<Record<string, Option>> = {
  env: {
    problem: (value) => (isEnvSource(value) ? undefined : notASource(value)),
    description: "the environment: an id, a factory, or { module: URL, export, options }",
  },
  envOptions: { type: "object", default: {}, description: "options of the environment, as JSON" },
  maxEpisodeSteps: { ...atLeastOneOrNull, description: "steps after which episodes are truncated" },
  seed: { ...atLeast(0), default: 1, description: "fixes everything random in the run" },
  totalSteps: {
    ...atLeastOneOrNull,
    description: "ends the run after so many environment steps; the default holds where no episodes are asked for",
    flag: "steps",
    otherwise: defaultSteps,
  },
  totalEpisodes: { ...atLeastOneOrNull, description: "ends the run after so many episodes", flag: "episodes" },
  strict: {
    type: "boolean",
    default: false,
    description: "the same bits on every machine, Node version and browser; a little slower",
  },
  evaluateEvery: { ...atLeast(0), default: 0, description: "steps between evaluations of the policy; 0 is never" },
  evaluateEpisodes: { ...atLeast(1), default: 10, description: "episodes of an evaluation" },
};

/** The options of an algorithm as a user gives them: all but `env` may be left out. */
export type AlgorithmOptions<
  Name extends AlgorithmName = AlgorithmName,
  Source extends EnvSource = EnvSource,
> = EnvOption<Source> & OptionsByAlgorithm[Name];

/** What is trained on. */
export interface EnvOption<Source extends EnvSource = EnvSource> {
  /**
   * The environment: the id of a built-in one as "CartPole-v1" or of `registerEnv`, a function that makes one (or a
   * class), or a module `{ module, export, options }`, which worker threads can load too.
   */
  readonly env: Source | keyof BuiltinEnvs; // the ids, for editors to list them all
}

/**
 * The schema of all options of an algorithm, in the order of its help. One that plays in no environment (its
 * `environments` is 0) has none of the options about environments.
 */
export function schemaOf({ asynchronous, environments, options }: Algorithm): OptionsSchema {
  if (environments === 0) {
    const { seed, totalSteps, strict } = runOptions;
    const totalEpisodes: Option = { type: "null", default: null, description: "null: there are no episodes to count" };
    return { shape: { seed, totalSteps, totalEpisodes, strict, ...options.shape } };
  }
  const envs: Option = {
    ...atLeast(1),
    default: environments,
    description: asynchronous
      ? "environments of each worker, stepped together"
      : "environments that are stepped together",
  };
  const strict = asynchronous
    ? {
        ...runOptions.strict,
        description:
          "the same arithmetic on every machine, Node version and browser, a little slower; but only a run of 1 worker " +
          "comes to the same bits again",
      }
    : runOptions.strict;
  return { shape: { ...runOptions, strict, envs, ...options.shape } };
}

/** Options with nothing left out; all but a factory as `env` and networks of your own survive JSON. */
export interface ResolvedOptions extends Record<string, unknown> {
  readonly env: EnvSource;
  readonly envOptions: Record<string, unknown>;
  readonly maxEpisodeSteps: number | null;
  readonly seed: number;
  readonly totalSteps: number | null;
  readonly totalEpisodes: number | null;
  readonly strict: boolean;
  readonly evaluateEvery: number;
  readonly evaluateEpisodes: number;
  readonly envs: number;
  readonly workers?: number;
  readonly gamma: number;
  readonly entropyCoefficient: number;
  readonly normalizeObservations: boolean;
  readonly normalizeRewards: boolean;
  readonly hidden: number[];
  readonly activation: "tanh" | "relu";
  readonly sharedTrunk: boolean;
  readonly gaussian: GaussianKind;
  readonly logStd: "parameter" | "network";
  readonly initialLogStd: number;
  readonly memory?: "none" | "gru";
  readonly memorySize?: number;
}

/** The preset of an algorithm for an environment; empty if there is none. */
export function presetOf({ presets }: Algorithm, env: EnvSource): Record<string, unknown> {
  const name = envName(env);
  return Object.hasOwn(presets, name) ? { ...presets[name] } : {};
}

/** How an option was given: as a flag ("--gamma"), or by its name in a file. */
export type OptionOrigin = { readonly flag: string } | { readonly file: string };

/** How `resolveOptions` words its messages. */
export interface ResolveOptions {
  /** How each option was given, where that was not by a program: messages then name it so, each in a line. */
  readonly originOf?: (name: string) => OptionOrigin | undefined;
}

export type OriginOf = ResolveOptions["originOf"];

/** Options that an algorithm does not take. */
export interface WrongOptions {
  readonly schema: OptionsSchema;
  /** All that are given, with the preset's. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly OptionProblem[];
  /** Names that are none of an option. */
  readonly unknown: readonly string[];
}

/** What has been checked, for which algorithm: nothing is checked twice on its way from a flag. */
const checked = new WeakMap<object, Algorithm>();

/**
 * Checks options, and fills in preset and defaults; what it once returned is returned as it is.
 *
 * @throws InputError about what is wrong with several together, or with how they are given
 */
export function resolve(
  chosen: Algorithm,
  given: Readonly<Record<string, unknown>>,
  { originOf }: ResolveOptions = {},
): { readonly options: ResolvedOptions } | { readonly wrong: WrongOptions } {
  if (checked.get(given) === chosen) return { options: given as ResolvedOptions };
  const { name, environments } = chosen;
  const schema = schemaOf(chosen);
  const stated = Object.fromEntries(
    Object.entries(plainOptions(given ?? {}, `${name}: the options`)).filter(([, value]) => value !== undefined),
  );
  if (environments === 0 && stated.env === null) delete stated.env;
  if (environments > 0 && stated.env == null)
    throw new InputError(`${name}: option "env" is missing: name an environment`);
  const preset = environments > 0 && isEnvSource(stated.env) ? presetOf(chosen, stated.env) : {};
  // A length that is given replaces the preset's, whichever way that counts.
  if (stated.totalSteps != null || stated.totalEpisodes != null) {
    delete preset.totalSteps;
    delete preset.totalEpisodes;
  }
  const values = withoutRetired(chosen, { ...preset, ...stated });
  assertBrief(chosen, schema, values, originOf);
  const { options: completed, problems } = complete(chosen, schema, values);
  const unknown = Object.keys(values).filter((option) => !Object.hasOwn(schema.shape, option));
  if (problems.length > 0 || unknown.length > 0) return { wrong: { schema, values, problems, unknown } };
  const options = completed as ResolvedOptions;
  try {
    chosen.check?.(options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const asGiven = (text: string, option: string) => (originOf?.(option) ? nameOf(option, originOf) : text);
    throw new InputError(`${name}: ${error.message.replace(/option "(\w+)"/g, asGiven)}`, { cause: error });
  }
  const endless = options.totalSteps === null && options.totalEpisodes === null;
  const length = chosen.environments === 0 ? (chosen as DataAlgorithm).length?.(options) : undefined;
  if (length !== undefined && (options.totalSteps ?? length) !== length)
    throw new InputError(
      `${name}: ${nameOf("totalSteps", originOf)} is ${options.totalSteps}, but its data and other options make ${length}: leave it out`,
    );
  const resolved = Object.freeze(endless ? { ...options, totalSteps: length ?? defaultSteps } : options);
  checked.set(resolved, chosen);
  return { options: resolved };
}

/**
 * Lists are measured before their items are looked at one by one, which would take minutes where there are a billion.
 *
 * @throws InputError for a list with more items than its option may have
 */
function assertBrief(
  { name }: Algorithm,
  { shape }: OptionsSchema,
  values: Readonly<Record<string, unknown>>,
  originOf: OriginOf,
): void {
  for (const [option, value] of Object.entries(values)) {
    const most = isList(value) && Object.hasOwn(shape, option) ? shape[option].maxItems : undefined;
    if (most === undefined || (value as unknown[]).length <= most) continue;
    const problem = `${nameOf(option, originOf)} has ${(value as unknown[]).length} items, and at most ${most} are possible`;
    throw new InputError(originOf ? problem : `${name}: ${problem}`);
  }
}

/** @throws InputError where a getter or a proxy among the values throws */
function complete({ name }: Algorithm, schema: OptionsSchema, values: Readonly<Record<string, unknown>>) {
  try {
    return completeOptions(schema, values);
  } catch (error) {
    throw new InputError(`${name}: an option cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Options of earlier versions, where they state the only thing that still works, say nothing. */
const withoutRetired = ({ retiredOptions = {} }: Algorithm, values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) => !Object.hasOwn(retiredOptions, name) || retiredOptions[name] !== value,
    ),
  );

/** How an option is called where it was given. */
export function nameOf(name: string, originOf: OriginOf): string {
  const origin = originOf?.(name);
  if (origin === undefined) return `option "${name}"`;
  return "flag" in origin ? origin.flag : `"${name}" in ${origin.file}`;
}
