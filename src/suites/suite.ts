// A suite: which algorithms are trained on which environments with which seeds, what they should reach, and what others
// have published. A JSON file, or one of builtin-suites.ts.

import * as z from "zod/mini";
import { envName } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { capitalized, fileNameOf } from "../text/names.ts";
import { didYouMean } from "../text/nearest.ts";
import { algorithmNamed, resolveOptions } from "../training/index.ts";
import type { ResolvedOptions } from "../training/index.ts";
import {
  count,
  describeIssues,
  env,
  folderName,
  givenOptions,
  localeError,
  problemList,
  seeds,
  text,
  usualSeeds,
} from "./file-schema.ts";

/** A result that others have published, for comparison. */
export interface Published {
  /** The mean return. */
  value: number;
  /** Its standard deviation, over episodes. */
  std?: number;
  /** Environment steps of training. */
  steps?: number;
  /** Whose it is, and on what. */
  by: string;
  /** The address of a page. */
  source: string;
}

/** What a job of a suite must say. */
interface Named {
  algorithm: string;
  /** An environment by its name, or its module by the URL. */
  env: string | { module: string; export?: string; options?: Record<string, unknown> };
  /** Its name, where another job has the same algorithm and environment. */
  name?: string;
  /** Of its final evaluation, where that is not the suite's number. */
  episodes?: number;
}

/** An algorithm on an environment, trained with each seed of the suite. */
export interface SuiteJob extends Named {
  /** Of the algorithm; presets fill in what is left out. Default none. */
  options: Record<string, unknown>;
  /** Whether the likeliest actions are evaluated, rather than sampled ones. Default true. */
  deterministic: boolean;
  /** The mean return that it should reach. Default null. */
  target: number | null;
  /** Results of others. Default none. */
  published: Published[];
}

/** A suite with nothing left out. */
export interface Suite {
  /** Also of its folder. */
  name: string;
  /** One line. Default "". */
  summary: string;
  /** Of each final evaluation. Default 100. */
  episodes: number;
  /** Default 1 to 5. */
  seeds: number[];
  jobs: SuiteJob[];
}

/** A suite as it is written; what is left out has a default. */
export interface SuiteInput extends Partial<Omit<Suite, "jobs">> {
  name: string;
  jobs: (Named & Partial<SuiteJob>)[];
}

const published = z.strictObject({
  value: z.number(),
  std: z.optional(z.number().check(z.nonnegative())),
  steps: z.optional(count),
  by: text,
  source: z.url({ protocol: /^https?$/, error: "must be the address of a page, as https://…" }),
});

const job = z.strictObject({
  algorithm: text,
  env,
  name: z.optional(text),
  options: z._default(givenOptions, {}),
  episodes: z.optional(count),
  deterministic: z._default(z.boolean(), true),
  target: z._default(z.nullable(z.number()), null),
  published: z._default(z.array(published), []),
});

const suite = z.strictObject({
  name: folderName,
  summary: z._default(z.string(), ""),
  episodes: z._default(count, 100),
  seeds: z._default(seeds, usualSeeds),
  jobs: z.array(job).check(z.minLength(1)),
});

suite satisfies z.ZodMiniType<Suite, SuiteInput>;

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
    throw new InputError(problemList(`${where} is not a suite`, describeIssues(parsed.error.issues, shapeAt)));
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

/** What there can be at a place of the file. */
const shapeAt = (where: string) =>
  where === "" ? suite.shape : where.includes("published") ? published.shape : job.shape;

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
