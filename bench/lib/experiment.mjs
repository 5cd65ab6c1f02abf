// What experiments of many runs share: their options, and a queue of runs whose results are lines of a file.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";

/**
 * The options of an experiment; for --help, and what is wrong, the process ends with the help.
 * @param options defaults by name; undefined where there is none, and false of a flag. `seeds` and `jobs` are there always.
 * @param check gives further options, from those as they were typed, and throws what is wrong
 */
export function experimentOptions(help, options, check = () => ({})) {
  const types = Object.entries({ jobs: "1", json: undefined, markdown: undefined, one: undefined, ...options }).map(
    ([name, value]) => [name, value === false ? { type: "boolean" } : { type: "string", default: value }],
  );
  try {
    const { values } = parseArgs({ options: { ...Object.fromEntries(types), help: { type: "boolean", short: "h" } } });
    if (values.help) {
      console.log(help);
      process.exit(0);
    }
    const jobs = positiveInteger("--jobs", values.jobs);
    return { ...values, jobs, seeds: seedsOf(values.seeds), ...check(values) };
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    return process.exit(2);
  }
}

/** The seeds of a range, as 11-15, or of one. */
export function seedsOf(text) {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (first === undefined || Number(last) < Number(first))
    throw new Error(`--seeds: "${text}" is not a range of seeds, such as 11-15`);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(first) + i);
}

export function positiveInteger(flag, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${flag}: "${text}" is not a positive integer`);
}

/** The name of one of several, or an error that lists them. */
export function assertOneOf(flag, name, names) {
  if (!names.includes(name)) throw new Error(`${flag}: "${name}" is none of ${names.join(", ")}`);
}

/**
 * Carries out all that is not in the file yet, so many at a time, each on a core of its own from the last one on.
 * @param carryOut (one, core) → the numbers of a run
 * @param tell what is said of a result on stderr
 * @param json a file to which each result is appended as a line, and whose runs are not run again
 * @returns the results in the order of `all`
 */
export async function carryOutAll(all, { keyOf, carryOut, tell, jobs, json }) {
  const kept = json && existsSync(json) ? readFileSync(json, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)) : []; // prettier-ignore
  const found = new Map(kept.map((result) => [keyOf(result), result]));
  const queue = all.filter((one) => !found.has(keyOf(one)));
  const work = async (core) => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const result = { ...one, ...(await carryOut(one, core)) };
      found.set(keyOf(one), result);
      console.error(tell(result));
      if (json) writeFileSync(json, `${JSON.stringify(result)}\n`, { flag: "a" });
    }
  };
  const cores = os.cpus().length;
  await Promise.all(Array.from({ length: jobs }, (_, i) => work((((cores - 1 - i) % cores) + cores) % cores)));
  return all.map((one) => found.get(keyOf(one)));
}

/** A number with so many digits after the point, and no minus before zeros alone. */
export const rounded = (x, digits) =>
  x
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, "")
    .replace("-", "−");

/** Rows of texts as a Markdown table with aligned columns. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [line(rows[0]), `| ${widths.map((w) => "-".repeat(w)).join(" | ")} |`, ...rows.slice(1).map(line)].join("\n");
}
