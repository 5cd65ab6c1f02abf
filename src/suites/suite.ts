// A suite: which algorithms are trained on which environments with which seeds, what they should reach, and what others
// have published. A JSON file, or one of builtin-suites.ts.

import * as z from "zod/mini";
import { envName } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { capitalized, fileNameOf } from "../text/names.ts";
import { didYouMean } from "../text/nearest.ts";
import { algorithmNamed, resolveOptions } from "../training/index.ts";
import type { ResolvedOptions } from "../training/index.ts";

// zod/mini brings no messages of its own.
const { localeError } = z.locales.en();

const text = z.string().check(z.minLength(1));
const count = z.int().check(z.minimum(1));

const published = z.strictObject({
  value: z.number().with(z.describe("the mean return")),
  std: z.optional(z.number().check(z.nonnegative())).with(z.describe("its standard deviation, over episodes")),
  steps: z.optional(count).with(z.describe("environment steps of training")),
  by: text.with(z.describe("whose it is, and on what")),
  source: z.url({ protocol: /^https?$/, error: "must be the address of a page, as https://…" }),
});

const env = z.union([
  text,
  z.strictObject({
    module: text,
    export: z.optional(z.string()),
    options: z.optional(z.record(z.string(), z.unknown())),
  }),
]);

const job = z.strictObject({
  algorithm: text,
  env,
  name: z.optional(text).with(z.describe("its name, where another job has the same algorithm and environment")),
  options: z
    ._default(z.record(z.string(), z.unknown()), {})
    .with(z.describe("of the algorithm; presets fill in what is left out")),
  episodes: z.optional(count).with(z.describe("of its final evaluation, where that is not the suite's number")),
  deterministic: z
    ._default(z.boolean(), true)
    .with(z.describe("evaluate the likeliest actions, rather than sampled ones")),
  target: z._default(z.nullable(z.number()), null).with(z.describe("the mean return that it should reach")),
  published: z._default(z.array(published), []),
});

const seeds = z.array(z.int().check(z.minimum(0))).check(
  z.minLength(1),
  z.refine((list) => new Set(list).size === list.length, "a seed occurs twice"),
);

const suite = z.strictObject({
  name: z
    .string()
    .check(
      z.refine(
        (name) => fileNameOf(name) === name,
        "may have letters, digits, and . _ + - only, and not end in a dot: a folder is named after it",
      ),
    ),
  summary: z._default(z.string(), ""),
  episodes: z._default(count, 100).with(z.describe("of each final evaluation")),
  seeds: z._default(seeds, [1, 2, 3, 4, 5]),
  jobs: z.array(job).check(z.minLength(1)),
});

/** A suite as it is written; what is left out has a default. */
export type SuiteInput = z.input<typeof suite>;
/** A suite with nothing left out. */
export type Suite = z.output<typeof suite>;
/** An algorithm on an environment, trained with each seed of the suite. */
export type SuiteJob = Suite["jobs"][number];
/** A result that others have published, for comparison. */
export type Published = z.output<typeof published>;

/**
 * Checks a suite and fills in its defaults. Whether algorithms, environments and options exist is not asked yet: see
 * `checkJobs`.
 *
 * @param where What the suite is called in messages, usually its file.
 * @throws InputError that lists everything that is wrong
 */
export function parseSuite(value: unknown, where: string): Suite {
  const parsed = suite.safeParse(value, { error: localeError });
  if (!parsed.success)
    throw new InputError(problemList(`${where} is not a suite`, parsed.error.issues.flatMap(describe)));
  const seen = new Map<string, number>();
  parsed.data.jobs.forEach((one, index) => {
    const other = seen.get(jobId(one));
    if (other !== undefined) {
      throw new InputError(
        `${where}: jobs[${other}] and jobs[${index}] are both "${jobTitle(one)}": give one of them a "name" of its own`,
      );
    }
    seen.set(jobId(one), index);
  });
  return parsed.data;
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  const where = path.replace(/^\./, "");
  if (issue.code === "unrecognized_keys") {
    const shape = where === "" ? suite.shape : where.includes("published") ? published.shape : job.shape;
    const inside = where === "" ? "" : ` in ${where}`;
    return issue.keys.map((key) => `unknown "${key}"${inside}.${didYouMean(key, Object.keys(shape))}`);
  }
  if (issue.code === "invalid_type" && issue.input === undefined && issue.message.includes("received undefined"))
    return [`"${where}" is missing`];
  return [where === "" ? issue.message : `"${where}": ${issue.message}`];
}

function problemList(title: string, problems: readonly string[]): string {
  return problems.length === 1 ? `${title}: ${problems[0]}` : `${title}:${problems.map((p) => `\n- ${p}`).join("")}`;
}

/** Its summary as a sentence; empty if it has none. */
export const about = ({ summary }: Suite): string => (summary === "" ? "" : `${capitalized(summary)}.`);

/** What a row is called: the job's own name, or its algorithm. */
export function jobName({ name, algorithm }: SuiteJob): string {
  return name ?? algorithm;
}

/** The environment of a job with its options: "LunarLander-v3, continuous". */
export function envTitle({ env, options }: SuiteJob): string {
  const settings = Object.entries((options.envOptions ?? {}) as Record<string, unknown>).map(([name, value]) =>
    value === true ? name : value === false ? `no ${name}` : `${name} ${JSON.stringify(value)}`,
  );
  return [envName(env), ...settings].join(", ");
}

/** "ppo on CartPole-v1". */
export function jobTitle(job: SuiteJob): string {
  return `${jobName(job)} on ${envTitle(job)}`;
}

/** What the folders of a job's runs begin with. */
export function jobId(job: SuiteJob): string {
  return fileNameOf(`${jobName(job)}-${envTitle(job)}`).replace(/^-|-$/g, "");
}

/** The options of a job's run, with nothing left out. @throws InputError for a wrong one */
export function jobOptions(job: SuiteJob, seed: number): ResolvedOptions {
  return resolveOptions(algorithmNamed(job.algorithm), { ...job.options, env: job.env, seed });
}

/** Checks that there are the algorithms and options that jobs name. @throws InputError that lists every problem */
export function checkJobs(jobs: readonly SuiteJob[], where: string): void {
  const problems = jobs.flatMap((one) => {
    try {
      for (const own of ["seed", "env"])
        if (own in one.options) throw new InputError(`"${own}" belongs next to "options", not inside`);
      jobOptions(one, 1);
      return [];
    } catch (error) {
      if (error instanceof InputError) return [`${jobTitle(one)}: ${error.message}`];
      throw error;
    }
  });
  if (problems.length > 0) throw new InputError(problemList(`the suite ${where} cannot run`, [...new Set(problems)]));
}

/**
 * The suite for trying out: each job with a fraction of its steps or episodes, and named after it, so that its results
 * are kept apart from those of the whole one. A job that cannot run is left as it is: `checkJobs` reports it.
 */
export function scaleSuite(suite: Suite, fraction: number): Suite {
  if (fraction === 1) return suite;
  const scaled = (total: number | null) => (total === null ? null : Math.max(1, Math.round(total * fraction)));
  const jobs = suite.jobs.map((one) => {
    try {
      const { totalSteps, totalEpisodes } = jobOptions(one, 1);
      return {
        ...one,
        options: { ...one.options, totalSteps: scaled(totalSteps), totalEpisodes: scaled(totalEpisodes) },
      };
    } catch (error) {
      if (error instanceof InputError) return one;
      throw error;
    }
  });
  return { ...suite, name: `${suite.name}-x${fraction}`, jobs };
}

/**
 * The jobs that a pattern names: parts of "ppo on CartPole-v1" separated by commas, with `*` for anything; case is
 * ignored.
 *
 * @throws InputError if a part names none
 */
export function selectJobs(jobs: readonly SuiteJob[], pattern: string): SuiteJob[] {
  const parts = pattern.split(",").map((part) => part.trim());
  const matches = parts.map((part) => {
    const literal = part.split("*").map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    const expression = new RegExp(literal.join(".*"), "i");
    return jobs.filter((one) => part !== "" && (expression.test(jobTitle(one)) || expression.test(jobId(one))));
  });
  const none = matches.findIndex((found) => found.length === 0);
  if (none >= 0) {
    const titles = jobs.map(jobTitle);
    throw new InputError(
      `no job matches "${parts[none]}".${didYouMean(parts[none], titles)} There are ${titles.join("; ")}`,
    );
  }
  return jobs.filter((one) => matches.some((found) => found.includes(one)));
}

/** Seeds as they are typed: "1-5", "1,2,9", "1-3,101-103". @throws InputError */
export function parseSeeds(text: string): number[] {
  const list = text.split(",").flatMap((part) => {
    const [, first = "", last = first] = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === "" || to < from || to - from >= 10_000)
      throw new InputError(`"${part}" is not a seed, nor a range of seeds such as 1-5`);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  const parsed = seeds.safeParse(list, { error: localeError });
  if (!parsed.success) throw new InputError(`the seeds ${text}: ${parsed.error.issues[0].message}`);
  return list;
}
