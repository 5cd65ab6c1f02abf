// What files of suites and of sweeps share: parts of their schemas, and what is wrong with them, in words.

import * as z from "zod/mini";
import { InputError } from "../errors.ts";
import { fileNameOf } from "../text/names.ts";
import { didYouMean } from "../text/nearest.ts";

// zod/mini brings no messages of its own.
export const { localeError } = z.locales.en();

/** Text that is not empty. */
export const text = z.string().check(z.minLength(1));

/** A whole number of at least 1. */
export const count = z.int().check(z.minimum(1));

/** A name that a folder can have. */
export const folderName = z
  .string()
  .check(
    z.refine(
      (name) => fileNameOf(name) === name,
      "may have letters, digits, and . _ + - only, and not end in a dot: a folder is named after it",
    ),
  );

/** An environment: a name, or a module. */
export const env = z.union([
  text,
  z.strictObject({
    module: text,
    export: z.optional(z.string()),
    options: z.optional(z.record(z.string(), z.unknown())),
  }),
]);

/** Seeds, each once. */
export const seeds = z.array(z.int().check(z.minimum(0))).check(
  z.minLength(1),
  z.refine((list) => new Set(list).size === list.length, "a seed occurs twice"),
);

/** Options of algorithms, whose own schemas check them. */
export const givenOptions = z.record(z.string(), z.unknown());

/** Seeds of a file and of a table that have none. */
export const usualSeeds = [1, 2, 3, 4, 5];

/** Seeds as they are typed: "1-5", "1,2,9", "1-3,101-103". @throws InputError */
export function parseSeeds(typed: string): number[] {
  const list = typed.split(",").flatMap((part) => {
    const [, first = "", last = first] = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === "" || to < from || to - from >= 10_000)
      throw new InputError(`"${part}" is not a seed, nor a range of seeds such as 1-5`);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  const parsed = seeds.safeParse(list, { error: localeError });
  if (!parsed.success) throw new InputError(`the seeds ${typed}: ${parsed.error.issues[0].message}`);
  return list;
}

/**
 * What is wrong with a file, in words.
 *
 * @param shapeAt the names that there can be at a place such as "jobs[0]"; "" is the whole
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  shapeAt: (where: string) => Readonly<Record<string, unknown>>,
): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
    const where = path.replace(/^\./, "");
    if (issue.code === "unrecognized_keys") {
      const inside = where === "" ? "" : ` in ${where}`;
      return issue.keys.map((key) => `unknown "${key}"${inside}.${didYouMean(key, Object.keys(shapeAt(where)))}`);
    }
    if (issue.code === "invalid_type" && issue.input === undefined && issue.message.includes("received undefined"))
      return [`"${where}" is missing`];
    return [where === "" ? issue.message : `"${where}": ${issue.message}`];
  });
}

/** One problem behind the title, or a list of them below it. */
export function problemList(title: string, problems: readonly string[]): string {
  return problems.length === 1 ? `${title}: ${problems[0]}` : `${title}:${problems.map((p) => `\n- ${p}`).join("")}`;
}
