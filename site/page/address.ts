// The whole configuration of a page is in its address, behind the #: a link gives everyone the same run. What stands there
// is read as data, checked by the page's schema, and never run.

import * as z from "zod/mini";
import type { Configuration } from "../protocol.ts";

/** What a page's address may say. */
export interface Settings<C extends Configuration> {
  readonly schema: z.ZodMiniObject<{ [Name in keyof C]: z.ZodMiniType<C[Name]> }>;
  readonly defaults: C;
}

/** Says in words what is wrong with one setting. */
function wordsFor(name: string, value: unknown, issue: z.core.$ZodIssue): string {
  const is = `${name} is ${JSON.stringify(value)}, but`;
  if (issue.code === "too_big") return `${is} must be at most ${issue.maximum}`;
  if (issue.code === "too_small") return `${is} must be at least ${issue.minimum}`;
  if (issue.code === "invalid_value") return `${is} must be one of ${issue.values.join(", ")}`;
  if (issue.code === "invalid_type")
    return `${is} must be ${issue.expected === "int" ? "a whole number" : `a ${issue.expected}`}`;
  return `${is} that cannot be`;
}

/** A value as an address writes it. */
function valueOf(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Reads an address; what is missing or wrong has its default, and what was wrong is told. */
export function readAddress<C extends Configuration>(
  hash: string,
  { schema, defaults }: Settings<C>,
): { configuration: C; problems: string[] } {
  const problems: string[] = [];
  const configuration: Record<string, string | number | boolean> = { ...defaults };
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    if (!Object.hasOwn(defaults, name)) {
      problems.push(`there is no setting ${JSON.stringify(name)}; there are ${Object.keys(defaults).join(", ")}`);
      continue;
    }
    const value = valueOf(text);
    const parsed = schema.shape[name].safeParse(value);
    if (parsed.success) configuration[name] = parsed.data;
    else problems.push(wordsFor(name, value, parsed.error.issues[0]));
  }
  return { configuration: configuration as C, problems };
}

export const writeAddress = (configuration: Configuration): string =>
  `#${new URLSearchParams(Object.entries(configuration).map(([name, value]) => [name, String(value)])).toString()}`;

/** Seeds are whole numbers that a link can hold. */
export const seed = z.int().check(z.gte(0), z.lte(4294967295));
/** A number within bounds. */
export const within = (least: number, most: number) => z.number().check(z.gte(least), z.lte(most));
