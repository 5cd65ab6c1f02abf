// All options of a training: what every run has, what every algorithm has, and what this one has. They are checked here
// and nowhere else, and messages about wrong ones are written here, in terms of how each was given: as a flag, in a
// file, or by a program.

import type { Algorithm, AlgorithmName, DataAlgorithm } from "../algorithms/index.ts";
import { optionNames } from "../algorithms/names.ts";
import type { GaussianKind } from "../distributions/index.ts";
import { envName, isEnvSource, notASource, type BuiltinEnvs, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { completeOptions, type Option, type OptionProblem, type OptionsSchema } from "../learning/option-schema.ts";
import { camelCase, kebabCase } from "../text/names.ts";
import { didYouMean } from "../text/nearest.ts";
import { inOneLine } from "../text/printable.ts";
import { plainOptions } from "../text/plain-options.ts";
import { isList, messageOf, shortened, valueText } from "../text/values.ts";
import type { OptionsByAlgorithm } from "./given-options.generated.ts";
import { insteadOf } from "./other-names.ts";
import { describeAllowed, show } from "./option-values.ts";

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

/** What has been checked, for which algorithm: nothing is checked twice on its way from a flag. */
const checked = new WeakMap<object, Algorithm>();

/**
 * Checks options, and fills in preset and defaults; what it once returned is returned as it is.
 *
 * @throws InputError that lists every wrong option with what would be right
 */
export function resolve(
  chosen: Algorithm,
  given: Readonly<Record<string, unknown>>,
  { originOf }: ResolveOptions = {},
): ResolvedOptions {
  if (checked.get(given) === chosen) return given as ResolvedOptions;
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
  const lines = [
    ...problems.map((problem) => describeProblem(schema, problem, values, originOf)),
    ...describeAllUnknown(chosen, schema, unknown, originOf),
  ];
  if (lines.length > 0) throw new InputError(originOf ? lines.join("\n") : `${name}: ${lines.join("; ")}`);
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
  return resolved;
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

/**
 * The message about an option that an algorithm does not have.
 *
 * @param candidates names or flags that may have been meant
 */
export function describeUnknown(
  algorithm: Algorithm,
  name: string,
  origin: OptionOrigin | undefined,
  candidates: readonly string[],
): string {
  const owners = Object.keys(optionNames).filter((owner) => optionNames[owner].split(" ").includes(name));
  const given = `"${inOneLine(shortened(name))}"`;
  const quoted = origin && "flag" in origin ? `"${origin.flag}"` : origin ? `${given} in ${origin.file}` : given;
  if (owners.length > 0) {
    const subject = origin && "flag" in origin ? origin.flag : quoted;
    return `${subject} is an option of ${owners.join(" and ")} only, not of ${algorithm.name}`;
  }
  const isFlag = origin !== undefined && "flag" in origin;
  const { shape } = schemaOf(algorithm);
  const instead = insteadOf(
    camelCase(name),
    (option) => Object.hasOwn(shape, option),
    (option) => (!isFlag ? `"${option}"` : option === "env" ? "the argument" : `--${shape[option]?.flag ?? kebabCase(option)}`), // prettier-ignore
  );
  if (instead !== undefined) return `unknown option ${quoted}: ${instead}`;
  const similar = isFlag ? origin.flag : camelCase(name);
  return `unknown option ${quoted}.${didYouMean(similar, candidates)}`;
}

/** Values of environments' options, which all built-in ones take. */
const exampleOfJson = '{"maxEpisodeSteps": 200, "frameStack": 4}';

type OriginOf = ResolveOptions["originOf"];

function nameOf(name: string, originOf: OriginOf): string {
  const origin = originOf?.(name);
  if (origin === undefined) return `option "${name}"`;
  return "flag" in origin ? origin.flag : `"${name}" in ${origin.file}`;
}

/** Unknown options that a message names. */
const mostNamed = 20;

function describeAllUnknown(
  algorithm: Algorithm,
  { shape }: OptionsSchema,
  names: readonly string[],
  originOf: OriginOf,
) {
  const told = names.slice(0, mostNamed).map((name) => describeUnknown(algorithm, name, originOf?.(name), Object.keys(shape))); // prettier-ignore
  return names.length > mostNamed ? [...told, `and ${names.length - mostNamed} more unknown options`] : told;
}

function describeProblem(
  { shape }: OptionsSchema,
  { name, said }: OptionProblem,
  values: Readonly<Record<string, unknown>>,
  originOf: OriginOf,
): string {
  const allowed = shape[name];
  const subject = nameOf(name, originOf);
  if (said !== undefined) return `${subject}: ${said}`;
  const origin = originOf?.(name);
  const value = values[name];
  if (!origin || !("flag" in origin))
    return `${subject} must be ${describeAllowed(allowed, valueText)}, not ${valueText(value)}`;
  if (allowed.type === "object" && typeof value === "string")
    return `${subject} is not a JSON object: ${value}\nFor example: ${subject} '${exampleOfJson}'`;
  return `${subject} must be ${describeAllowed(allowed)}, not ${isList(value) ? shortened(show(value)) : valueText(value)}`;
}
