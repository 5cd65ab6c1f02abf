// A sweep: settings of an algorithm's options, as a grid or a list, each to be trained with the same seeds. A JSON file,
// a command line, or an object.

import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { envName, envSpec, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import {
  count,
  describeIssues,
  env,
  folderName,
  givenOptions,
  localeError,
  parseSeeds,
  problemList,
  seeds,
  text,
  usualSeeds,
} from "../suites/file-schema.ts";
import { fileNameOf, kebabCase } from "../text/names.ts";
import { alternatives, show } from "../training/option-values.ts";
import { algorithmNamed, findAlgorithm, optionsSchema, resolveOptions } from "../training/index.ts";
import type { ResolveOptions } from "../training/options.ts";

const listOf = <T extends z.ZodMiniType>(item: T, what: string) =>
  z.union([item, z.array(item).check(z.minLength(1))], `must be ${what}, or a list of them`);

/** One setting of a sweep that lists them, as it is written. */
interface SettingData {
  name?: string;
  algorithm?: string;
  env?: SweepEnv;
  /** Beside those of the sweep. */
  options: Record<string, unknown>;
}

/** A sweep with its defaults. */
interface SweepData {
  /** Also of the folder. Default: from what is trained and what varies. */
  name?: string;
  algorithm?: string | string[];
  env?: SweepEnv | SweepEnv[];
  /** Of the algorithm, each a value or a list of values; presets fill in what is left out. Default none. */
  options: Record<string, unknown>;
  /** In the place of a grid, each with options of its own beside those above. */
  settings?: SettingData[];
  /** The options by which settings are compared. Default: those that differ between them. */
  varies?: string[];
  /** As a list, or as "1-5". Default 1 to 5. */
  seeds: string | number[];
  /** Of each final evaluation. Default 100. */
  episodes: number;
  /** Whether the likeliest actions are evaluated, rather than sampled ones. Default true. */
  deterministic: boolean;
}

/** A sweep as it is written; what is left out has a default. */
export interface SweepInput extends Partial<Omit<SweepData, "settings">> {
  /** In the place of a grid, each with options of its own beside those above. */
  settings?: Partial<SettingData>[];
}

const setting = z.strictObject({
  name: z.optional(text),
  algorithm: z.optional(text),
  env: z.optional(env),
  options: z._default(givenOptions, {}),
});

const sweep = z.strictObject({
  name: z.optional(folderName),
  algorithm: z.optional(listOf(text, "the name of an algorithm")),
  env: z.optional(listOf(env, "an environment")),
  options: z._default(givenOptions, {}),
  settings: z.optional(z.array(setting).check(z.minLength(1))),
  varies: z.optional(z.array(text)),
  seeds: z._default(z.union([text, seeds], 'must be a list of whole numbers, each once, or as "1-5"'), usualSeeds),
  episodes: z._default(count, 100),
  deterministic: z._default(z.boolean(), true),
});

sweep satisfies z.ZodMiniType<SweepData, SweepInput>;

/** An environment by its name, or its module by the URL. */
export type SweepEnv = string | { module: string; export?: string; options?: Record<string, unknown> };

/** What is trained with each seed. */
export interface SweepSetting {
  readonly name: string;
  readonly algorithm: string;
  readonly env: SweepEnv;
  /** All of the algorithm's but `env` and `seed`, with nothing left out. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A sweep with nothing left out; it is a {@link SweepInput} as well. */
export interface Sweep {
  /** Also of its folder. */
  readonly name: string;
  /** What settings are compared by, in the order in which it was written: "algorithm", "env", names of options. */
  readonly varies: string[];
  readonly seeds: number[];
  /** Of each final evaluation. */
  readonly episodes: number;
  readonly deterministic: boolean;
  /** In the order of the list or of the grid, in which what was written last varies fastest. */
  readonly settings: SweepSetting[];
}

/** No grid needs more, and a mistake may make a million. */
const mostSettings = 2000;

/** What has places of its own in a sweep. */
const besideOptions = ["algorithm", "env", "seed"];

/** A setting whose options are not checked yet. */
interface Draft {
  name: string;
  algorithm: string;
  env: SweepEnv;
  options: Record<string, unknown>;
}

/** Options of {@link parseSweep}. */
export interface ParseSweepOptions extends ResolveOptions {
  /** The environment that a text names, where that may be a path; throws InputError. Default: the text is an id. */
  readonly envOf?: (text: string) => EnvSource;
}

/**
 * Checks a sweep and fills in its defaults: names, presets, all options. Environments are looked up by their names, and
 * not made yet.
 *
 * @param where what the sweep is called in messages, usually its file
 * @throws InputError that lists everything that is wrong
 */
export function parseSweep(value: unknown, where = "the sweep", { originOf, envOf }: ParseSweepOptions = {}): Sweep {
  const shapeAt = (at: string) => (at === "" ? sweep.shape : setting.shape);
  const problems: string[] = [];
  let parsed = sweep.safeParse(value, { error: localeError });
  if (!parsed.success) {
    problems.push(...describeIssues(parsed.error.issues, shapeAt));
    parsed = sweep.safeParse(withoutUnknown(value, parsed.error.issues), { error: localeError }); // what else is wrong?
  }
  if (!parsed.success) throw new InputError(problemList(`${where} is not a sweep`, problems));
  const { data } = parsed;
  for (const options of [data.options, ...(data.settings ?? []).map((one) => one.options)])
    for (const name of besideOptions)
      if (Object.hasOwn(options, name))
        problems.push(`"${name}" is inside "options", but belongs beside them${name === "seed" ? ', as "seeds"' : ""}`);
  const seedList =
    typeof data.seeds === "string" ? tried(() => parseSeeds(data.seeds as string), problems) : data.seeds;
  const lost = new Set<SweepEnv>(); // environments whose problem is told
  const placed = (given: SweepEnv): SweepEnv => {
    if (typeof given !== "string" || envOf === undefined) return given;
    const found = tried(() => envOf(given), problems);
    if (found === undefined) lost.add(given);
    return (found as SweepEnv | undefined) ?? given;
  };
  if (data.env !== undefined) data.env = Array.isArray(data.env) ? data.env.map(placed) : placed(data.env);
  for (const one of data.settings ?? []) if (one.env !== undefined) one.env = placed(one.env);
  const { drafts, varies } = data.settings ? listed(data, problems) : grid(data, problems);
  const asWritten = originOf ?? (() => ({ file: where }));
  const settings = drafts.flatMap((draft): SweepSetting[] => {
    const algorithm = tried(() => algorithmNamed(draft.algorithm), problems);
    if (typeof draft.env === "string" && !lost.has(draft.env)) tried(() => envSpec(draft.env as string), problems);
    if (algorithm === undefined) return [];
    try {
      const given = { ...draft.options, env: draft.env };
      const { env: _, seed: __, ...options } = resolveOptions(algorithm, given, { originOf: asWritten });
      return [{ ...draft, options }];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.message.split("\n"));
      return [];
    }
  });
  for (const name of data.varies ?? [])
    if (problems.length === 0 && settings.every((one) => valueOf(one, name) === undefined))
      problems.push(`"varies" names "${name}", which no setting has`);
  if (problems.length > 0) throw new InputError(problemList(`${where} cannot run`, [...new Set(problems)]));
  const compared = data.varies ?? varies.filter((name) => differ(settings, name));
  return {
    name: data.name ?? nameFrom(settings, data.settings ? [] : compared),
    varies: compared,
    seeds: [...seedList!],
    episodes: data.episodes,
    deterministic: data.deterministic,
    settings,
  };
}

/** The settings of a list: options that stand above it hold for all, and lists in them are values. */
function listed({ settings = [], algorithm, env: place, options }: SweepData, problems: string[]) {
  const several = 'with "settings", there is one for all; each setting may name its own';
  if (Array.isArray(algorithm)) problems.push(`"algorithm" is a list: ${several}`);
  if (Array.isArray(place)) problems.push(`"env" is a list: ${several}`);
  const drafts = settings.flatMap((one, index): Draft[] => {
    const chosen = one.algorithm ?? [algorithm].flat()[0];
    const played = one.env ?? [place].flat()[0];
    for (const [what, found] of [
      ["algorithm", chosen],
      ["env", played],
    ] as const)
      // prettier-ignore
      if (found === undefined) problems.push(`settings[${index}] has no "${what}", and neither has the sweep`);
    if (chosen === undefined || played === undefined) return [];
    const parts = [...(one.algorithm ? [one.algorithm] : []), ...(one.env ? [envName(one.env)] : []), ...Object.entries(one.options).map(named)]; // prettier-ignore
    const name = one.name ?? (parts.length > 0 ? parts.join(", ") : chosen);
    return [{ name, algorithm: chosen, env: played, options: { ...options, ...one.options } }];
  });
  const seen = new Map<string, number>();
  drafts.forEach(({ name }, index) => {
    const other = seen.get(name);
    if (other !== undefined)
      problems.push(`settings[${other}] and settings[${index}] are both "${name}": give one of them another "name"`);
    seen.set(name, other ?? index);
  });
  const own = settings.flatMap((one) => Object.keys(one.options));
  return { drafts, varies: ["algorithm", "env", ...new Set(own)] };
}

/** The settings of a grid: the product of all lists, in the order in which they are written. */
function grid({ algorithm, env: place, options }: SweepData, problems: string[]) {
  for (const [what, found] of [
    ["algorithm", algorithm],
    ["env", place],
  ] as const)
    // prettier-ignore
    if (found === undefined) problems.push(`"${what}" is missing`);
  const chosen = [algorithm ?? []].flat();
  const axes: GridAxis[] = [
    { name: "algorithm", values: chosen },
    { name: "env", values: [place ?? []].flat() },
    ...Object.entries(options).map(([name, value]) => ({ name, values: valuesOf(name, value, chosen) })),
  ];
  const usable = axes.flatMap(({ name, values }) => {
    if (values.length === 0 && Object.hasOwn(options, name)) problems.push(`"${name}" is an empty list of values`);
    const texts = values.map((value) => JSON.stringify(value));
    const twice = texts.find((one, i) => texts.indexOf(one) < i);
    if (twice !== undefined) problems.push(`"${name}" has ${twice} twice`);
    return values.length === 0 ? [] : [{ name, values }];
  });
  if (chosen.length === 0 || place === undefined) return { drafts: [], varies: [] };
  const size = usable.reduce((product, { values }) => product * values.length, 1);
  if (size > mostSettings)
    problems.push(`the grid has ${size} settings, and at most ${mostSettings} are possible: list those that matter as "settings"`); // prettier-ignore
  const varied = usable.filter(({ values }) => values.length > 1).map(({ name }) => name);
  // Of a grid that cannot be, each value once, so that it is told what else is wrong.
  const points = problems.length === 0 ? product(usable) : oneByOne(usable);
  const drafts = points.map(({ algorithm: of, env: at, ...rest }): Draft => {
    const [who, whither] = [of as string, at as SweepEnv];
    const subject = [
      ...(varied.includes("algorithm") ? [who] : []),
      ...(varied.includes("env") ? [envName(whither)] : []),
    ].join(" on ");
    const values = varied.filter((name) => name in rest).map((name) => named([name, rest[name]]));
    const name = [subject, ...values].filter((part) => part !== "").join(", ");
    return { name: name || who, algorithm: who, env: whither, options: rest };
  });
  return { drafts, varies: varied };
}

interface GridAxis {
  readonly name: string;
  readonly values: readonly unknown[];
}

type Point = Record<string, unknown>;

const product = (axes: readonly GridAxis[]): Point[] =>
  axes.reduce<Point[]>(
    (points, { name, values }) => points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  );

function oneByOne(axes: readonly GridAxis[]): Point[] {
  const first = Object.fromEntries(axes.map(({ name, values }) => [name, values[0]]));
  return axes.flatMap(({ name, values }) => values.map((value) => ({ ...first, [name]: value })));
}

/** "learningRate 0.001". */
const named = ([name, value]: [string, unknown]): string => `${name} ${show(value) || "none"}`;

/**
 * The values that an option takes in a grid: a list is one of values. Of an option that is a list itself, such as
 * `hidden`, a list is one value, and a list with lists in it is a list of values.
 */
function valuesOf(name: string, value: unknown, chosen: readonly string[]): readonly unknown[] {
  if (!Array.isArray(value)) return [value];
  const isList = chosen.some((algorithm) => {
    const found = findAlgorithm(algorithm);
    const schema = found && optionsSchema(found).shape[name];
    return schema !== undefined && alternatives(schema).some(({ type }) => type === "array");
  });
  return isList && !value.some(Array.isArray) ? [value] : value;
}

/** The value by which a setting is compared: "algorithm", "env", or an option; undefined of an option that it lacks. */
export function valueOf({ algorithm, env: place, options }: SweepSetting, name: string): unknown {
  if (name === "algorithm") return algorithm;
  return name === "env" ? envName(place) : options[name];
}

const differ = (settings: readonly SweepSetting[], name: string): boolean =>
  new Set(settings.map((one) => JSON.stringify(valueOf(one, name)))).size > 1;

function nameFrom(settings: readonly SweepSetting[], varies: readonly string[]): string {
  const all = (values: readonly string[]) => [...new Set(values)].join("+");
  const parts = [
    all(settings.map(({ algorithm }) => algorithm)),
    all(settings.map(({ env: place }) => envName(place).replace(/\.[cm]?[jt]s$/, ""))),
    ...varies.filter((name) => name !== "algorithm" && name !== "env").map(kebabCase),
  ];
  return fileNameOf(parts.join("-").slice(0, 100));
}

/** Characters of a setting's name that its folders keep. */
const longestId = 100;

/**
 * What the folders of each setting's runs begin with: its name, where file systems take it and no other has it; else
 * with some digits that its options come to.
 */
export function settingIds(settings: readonly SweepSetting[]): string[] {
  const names = settings.map(({ name }) => fileNameOf(name.replace(/[^\w.+-]+/g, "-").replace(/-+$/, "")));
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return names.map((name, i) => {
    if (name.length <= longestId && counts.get(name.toLowerCase()) === 1) return name;
    const digest = createHash("sha256").update(JSON.stringify(settings[i])).digest("hex").slice(0, 8);
    return `${name.slice(0, longestId)}-${digest}`;
  });
}

/** A file without the names that it should not have, so that it is told what else is wrong. */
const withoutUnknown = (value: unknown, issues: readonly z.core.$ZodIssue[]): unknown =>
  issues.reduce(
    (rest, issue) => (issue.code === "unrecognized_keys" ? without(rest, issue.path, issue.keys) : rest),
    value,
  );

function without(value: unknown, [first, ...rest]: readonly PropertyKey[], names: readonly string[]): unknown {
  if (first === undefined)
    return Object.fromEntries(Object.entries(value as Point).filter(([name]) => !names.includes(name)));
  const changed = without((value as Point)[first as string], rest, names);
  if (Array.isArray(value)) return value.with(first as number, changed);
  return { ...(value as Point), [first]: changed };
}

function tried<T>(act: () => T, problems: string[]): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}
