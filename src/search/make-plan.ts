// A search as it is asked for becomes a plan: which options vary and where, what all trials share, how far each rung goes.

import { searchRanges, type NumberRange, type Played, type SearchRange } from "../algorithms/ranges.ts";
import { closeEnvs, makeEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { problemList } from "../suites/file-schema.ts";
import type { SweepEnv } from "../sweeps/sweep.ts";
import { didYouMean } from "../text/nearest.ts";
import { valueText } from "../text/values.ts";
import type { ValueSchema } from "../learning/option-schema.ts";
import { alternatives } from "../training/option-values.ts";
import { algorithmNamed, optionsSchema, resolveOptions, type ResolvedOptions } from "../training/index.ts";
import type { OptionOrigin } from "../training/options.ts";
import { rungsOf, type Plan } from "./plan.ts";

/** A search as it is asked for. */
export interface SearchInput {
  readonly algorithm: string;
  readonly env: SweepEnv;
  /**
   * Options of the algorithm by name: a value that all trials have; a list of values; or a range, as "1e-4..1e-2" or
   * `{ low, high, scale }` with the scale "linear", "logarithmic" or "nearOne". What is not given is looked for where
   * the algorithm's own ranges say, and else has the value of the preset or the default.
   */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Names of the options to look for, beside those that are given ranges. Default: all that have one. */
  readonly only?: readonly string[];
  /** Of each trial. Default 1, 2, 3. */
  readonly seeds?: readonly number[];
  /** Comparisons on the way to a whole training by one seed, each after three times the steps. Default 3. */
  readonly rungs?: number;
  /** Episodes by which a trial is judged. Default 20. */
  readonly episodes?: number;
  /** Default "parzen"; "random" is for comparisons. */
  readonly proposals?: Plan["proposals"];
  /** Default false: a trial goes on as soon as it is among the best third. */
  readonly synchronous?: boolean;
  /** Of the proposals. Default 1. */
  readonly seed?: number;
}

/** Options that are no one's to vary: they are places of their own in a search, or change nothing of what is learned. */
const noOption = ["env", "seed"];
const notVaried = [
  "totalSteps",
  "totalEpisodes",
  "strict",
  "workers",
  "envOptions",
  "evaluateEvery",
  "evaluateEpisodes",
];

const mostRungs = 8;
const scales = ["linear", "logarithmic", "nearOne"];

/**
 * Checks a search and fills in what it leaves out.
 *
 * @param originOf how options were given, for messages
 * @throws InputError that lists everything that is wrong
 */
export async function makePlan(
  input: SearchInput,
  originOf: (name: string) => OptionOrigin | undefined = () => undefined,
): Promise<Plan> {
  const algorithm = algorithmNamed(input.algorithm);
  const { env, options = {}, only, seeds = [1, 2, 3], rungs = 3, episodes = 20, seed = 1 } = input;
  const schemas = optionsSchema(algorithm).shape;
  const problems: string[] = [];
  const called = (name: string) => {
    const origin = originOf(name);
    return origin === undefined ? `"${name}"` : "flag" in origin ? origin.flag : `"${name}" in ${origin.file}`;
  };

  const shared: Record<string, unknown> = {};
  const own: Record<string, SearchRange> = {};
  for (const [name, given] of Object.entries(options)) {
    const isListed = isList(schemas[name]);
    const range = Object.hasOwn(schemas, name) ? tried(() => rangeOf(given, isListed, schemas[name]), called(name), problems) : null; // prettier-ignore
    if (range === undefined) continue; // its problem is told
    if (noOption.includes(name))
      problems.push(`"${name}" is no option that a search may have${name === "seed" ? ': give "seeds"' : ""}`); // prettier-ignore
    else if (range === null) shared[name] = Array.isArray(given) && !isListed && given.length === 1 ? given[0] : given;
    else if (notVaried.includes(name))
      problems.push(`${called(name)} must be one value: trials are compared by the same`);
    else own[name] = range;
  }
  if (seeds.length === 0) problems.push("there are no seeds");
  if (!Number.isInteger(rungs) || rungs < 1 || rungs > mostRungs)
    problems.push(`the number of rungs must be from 1 to ${mostRungs}, not ${valueText(rungs)}`);
  const resolvedWith = (more: Readonly<Record<string, unknown>>): ResolvedOptions =>
    resolveOptions(algorithm, { ...shared, ...more, env }, { originOf });
  const resolved = tried(() => resolvedWith({}), undefined, problems);
  for (const [name, range] of Object.entries(own)) {
    const values = "values" in range ? range.values : [range.low, range.high];
    for (const value of values) if (resolved) tried(() => resolvedWith({ [name]: value }), undefined, problems);
  }
  const fail = () => new InputError(problemList("the search cannot run", [...new Set(problems)]));
  if (!resolved || problems.length > 0) throw fail();

  const known = { ...searchRanges(algorithm, await playedIn(env, resolved)), ...own };
  const first = rungsOf(rungs, seeds.length)[0].share;
  for (const name of only ?? [])
    if (!Object.hasOwn(known, name))
      problems.push(
        Object.hasOwn(schemas, name)
          ? `"${name}" has no range of its own here: give it one, as ${name} 0.1..10`
          : `there is no option "${name}".${didYouMean(name, Object.keys(known))}`,
      );
  const chosen = Object.entries(known).filter(
    ([name]) => !Object.hasOwn(shared, name) && (!only || only.includes(name) || Object.hasOwn(own, name)),
  );
  const ranges = Object.fromEntries(
    chosen.map(([name, range]) => [name, Object.hasOwn(own, name) ? withScale(range, searchRanges(algorithm, everywhere)[name]) : fitted(name, range, resolved, first)]), // prettier-ignore
  );
  if (chosen.length === 0 && problems.length === 0)
    problems.push("every option has one value: there is nothing to look for");
  if (problems.length > 0) throw fail();
  const varies = Object.keys(ranges);
  return {
    algorithm,
    env,
    fixed: Object.fromEntries(Object.entries(resolved).filter(([name]) => !noOption.includes(name) && !varies.includes(name))), // prettier-ignore
    usual: Object.fromEntries(varies.map((name) => [name, resolved[name]])),
    ranges,
    seeds: [...seeds],
    rungs: rungsOf(rungs, seeds.length),
    episodes,
    proposals: input.proposals ?? "parzen",
    synchronous: input.synchronous ?? false,
    seed,
  };
}

const isList = (schema: ValueSchema | undefined): boolean =>
  schema !== undefined && alternatives(schema).some(({ type }) => type === "array");

const everywhere: Played = { isObservedInNumbers: true, isActedInNumbers: true };

/** A range that was given without a scale, which is not known before its option's own is. */
type GivenRange = Omit<NumberRange, "scale"> & { readonly scale?: NumberRange["scale"] };

/** What a value that was given means as a range; null of a single value. @throws InputError for one that cannot be */
function rangeOf(given: unknown, isListed: boolean, schema: ValueSchema): SearchRange | null {
  if (Array.isArray(given)) {
    if (isListed && !given.some(Array.isArray)) return null;
    if (given.length === 0) throw new InputError("is an empty list of values");
    if (new Set(given.map((value) => JSON.stringify(value))).size < given.length) throw new InputError("has a value twice"); // prettier-ignore
    return given.length === 1 ? null : { values: sorted(given) };
  }
  const isWhole = alternatives(schema).some(({ type }) => type === "integer");
  const [, from, to] = (typeof given === "string" && /^(.+?)\.\.(.+)$/.exec(given)) || [];
  const isObject = typeof given === "object" && given !== null && "low" in given && "high" in given;
  if (from === undefined && !isObject) return null;
  const { low, high, scale } = (isObject ? given : { low: toNumber(from), high: toNumber(to) }) as GivenRange;
  if (!Number.isFinite(low) || !Number.isFinite(high)) throw new InputError(`must be a range of two numbers, as 1e-4..1e-2, not ${valueText(given)}`); // prettier-ignore
  if (low === high) throw new InputError(`is a range from ${low} to itself: give the value alone`);
  if (low > high) throw new InputError(`is a range upside down: ${high}..${low} would be right`);
  if (scale !== undefined && !scales.includes(scale)) throw new InputError(`has the scale ${valueText(scale)}: there are ${scales.join(", ")}`); // prettier-ignore
  if (scale === "logarithmic" && low <= 0) throw new InputError(`cannot be logarithmic from ${low} on: begin above 0`);
  if (scale === "nearOne" && high >= 1) throw new InputError(`cannot be spread near 1 up to ${high}: end below 1`);
  return { low, high, scale: scale!, ...(isWhole && { whole: true }) };
}

const toNumber = (text: string): number => (text.trim() === "" ? NaN : Number(text.replaceAll("_", "")));
const sorted = (values: readonly unknown[]): unknown[] =>
  values.every((value) => typeof value === "number") ? [...(values as number[])].sort((a, b) => a - b) : [...values];

/** The option's own scale, where that can be; else logarithmic where the ends are a factor of ten apart. */
function withScale(range: SearchRange, own: SearchRange | undefined): SearchRange {
  if ("values" in range || (range.scale as string | undefined) !== undefined) return range;
  const { low, high } = range;
  const usual =
    own !== undefined && "scale" in own ? own.scale : low > 0 && high / low >= 10 ? "logarithmic" : "linear";
  const isPossible = usual === "linear" || (usual === "logarithmic" ? low > 0 : high < 1);
  return { ...range, scale: isPossible ? usual : "linear" };
}

/** Rollouts so long that there would hardly be an update on the way to the first rung are left out. */
function fitted(name: string, range: SearchRange, { totalSteps, envs }: ResolvedOptions, first: number): SearchRange {
  if (name !== "rollout" || totalSteps === null || !("values" in range)) return range;
  const fits = range.values.filter((steps) => 3 * (steps as number) * envs <= first * totalSteps);
  return { values: fits.length > 0 ? fits : range.values.slice(0, 1) };
}

/** What kinds of numbers an environment has to do with. @throws InputError if it cannot be made */
async function playedIn(env: SweepEnv, { envOptions }: ResolvedOptions): Promise<Played> {
  const made = await makeEnv(env, envOptions);
  const { observationSpace, actionSpace } = made;
  closeEnvs([made], () => undefined);
  return { isObservedInNumbers: observationSpace.kind === "box", isActedInNumbers: actionSpace.kind === "box" };
}

function tried<T>(act: () => T, subject: string | undefined, problems: string[]): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(...error.message.split("\n").map((line) => (subject === undefined ? line : `${subject} ${line}`)));
    return undefined;
  }
}
