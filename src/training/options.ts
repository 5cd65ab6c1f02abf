// All options of a training: what every run has, what every algorithm has, and what this one has.

import { z } from "zod";
import { algorithms, presets, sharedOptions, type Algorithm, type AlgorithmName } from "../algorithms/index.ts";
import { didYouMean, envName, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { describeAllowed, inCode, isDescribed, valueSchemas } from "./option-values.ts";

/** Steps of a run that was given no length. */
export const defaultSteps = 100_000;

const envSource = z.custom<EnvSource>(
  (x) => typeof x === "string" || typeof x === "function" || (typeof x === "object" && x !== null && "module" in x),
  "an environment is an id, a factory or { module }",
);

const runOptions = {
  env: envSource.describe("the environment: an id, a factory, or { module: URL, export, options }"),
  envOptions: z.record(z.string(), z.unknown()).default({}).describe("options of the environment, as JSON"),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1).describe("fixes everything random in the run"),
  totalSteps: z
    .number()
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("ends the run after so many environment steps; the default holds where no episodes are asked for")
    .meta({ flag: "steps", otherwise: defaultSteps }),
  totalEpisodes: z
    .number()
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("ends the run after so many episodes")
    .meta({ flag: "episodes" }),
  strict: z
    .boolean()
    .default(false)
    .describe("the same bits on every machine, Node version and browser; a little slower"),
  evaluateEvery: z.number().int().min(0).default(0).describe("steps between evaluations of the policy; 0 is never"),
  evaluateEpisodes: z.number().int().min(1).default(10).describe("episodes of an evaluation"),
};

// Of a union of shapes, as of all algorithms, the union of what each takes.
type Given<Shape> = Shape extends z.ZodRawShape ? Partial<z.input<z.ZodObject<Shape>>> : never;

/** The options of an algorithm as a user gives them: all but `env` may be left out. */
export type AlgorithmOptions<Name extends AlgorithmName = AlgorithmName> = {
  readonly env: EnvSource;
  /** Environments that are stepped together. */
  readonly envs?: number;
} & Given<Omit<typeof runOptions, "env">> &
  Given<typeof sharedOptions> &
  Given<(typeof algorithms)[Name]["options"]["shape"]>;

/** The schema of all options of an algorithm, in the order of its help. */
export function optionsSchema(name: AlgorithmName): z.ZodObject {
  const algorithm = algorithms[name];
  const { asynchronous } = algorithm as Algorithm;
  const envs = z
    .number()
    .int()
    .min(1)
    .default(algorithm.environments)
    .describe(
      asynchronous ? "environments of each worker, stepped together" : "environments that are stepped together",
    );
  const strict = asynchronous
    ? runOptions.strict.describe(
        "the same arithmetic on every machine, Node version and browser, a little slower; but only a run of 1 worker " +
          "comes to the same bits again",
      )
    : runOptions.strict;
  return z.strictObject({ ...runOptions, strict, envs, ...sharedOptions, ...algorithm.options.shape });
}

/** Options with nothing left out; all but a factory as `env` and networks of one's own survive JSON. */
export interface ResolvedOptions extends Record<string, unknown> {
  readonly env: EnvSource;
  readonly envOptions: Record<string, unknown>;
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
  readonly logStd: "parameter" | "network";
  readonly initialLogStd: number;
  readonly memory?: "none" | "gru";
  readonly memorySize?: number;
}

export function algorithmNamed(name: string): AlgorithmName {
  if (Object.hasOwn(algorithms, name)) return name as AlgorithmName;
  const names = Object.keys(algorithms);
  throw new InputError(`unknown algorithm "${name}".${didYouMean(String(name), names)} There are ${names.join(", ")}.`);
}

/** The preset of an algorithm for an environment; empty where there is none. */
export function presetFor(algorithm: AlgorithmName, env: EnvSource): Record<string, unknown> {
  return { ...presets[algorithm]?.[envName(env)] };
}

/**
 * Checks options, and fills in preset and defaults.
 *
 * @throws InputError that lists every wrong option with what would be right
 */
export function resolveOptions(algorithm: AlgorithmName, given: Record<string, unknown>): ResolvedOptions {
  const schema = optionsSchema(algorithm);
  const stated = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
  if (stated.env == null) throw new InputError(`${algorithm}: option "env" is missing: name an environment`);
  const preset = presetFor(algorithm, stated.env as EnvSource);
  // A length that is given replaces the preset's, whichever way that counts.
  if (stated.totalSteps != null || stated.totalEpisodes != null) {
    delete preset.totalSteps;
    delete preset.totalEpisodes;
  }
  const parsed = schema.safeParse({ ...preset, ...stated });
  if (!parsed.success) throw new InputError(describeIssues(algorithm, schema, parsed.error, { ...preset, ...stated }));
  const options = parsed.data as ResolvedOptions;
  if (options.totalSteps === null && options.totalEpisodes === null) return { ...options, totalSteps: defaultSteps };
  return options;
}

function describeIssues(
  algorithm: string,
  schema: z.ZodObject,
  error: z.ZodError,
  values: Readonly<Record<string, unknown>>,
): string {
  const schemas = valueSchemas(schema);
  const lines = error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => {
        const owners = Object.values(algorithms).filter(({ options }) => Object.hasOwn(options.shape, key));
        if (owners.length > 0)
          return `option "${key}" is one of ${owners.map((owner) => owner.name).join(" and ")} only`;
        return `unknown option "${key}".${didYouMean(key, Object.keys(schemas))}`;
      });
    const name = String(issue.path[0]);
    const allowed = schemas[name];
    if (!allowed || !isDescribed(allowed) || issue.code === "custom") return [`option "${name}": ${issue.message}`];
    return [`option "${name}" must be ${describeAllowed(allowed, inCode)}, not ${inCode(values[name])}`];
  });
  return `${algorithm}: ${[...new Set(lines)].join("; ")}`;
}
