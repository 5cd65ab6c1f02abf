// Which cases are run, and how one is judged.

import { join } from "node:path";

/** The cases that are named, or all. */
export function chooseCases(names, all) {
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(", ")}; there are ${all.join(", ")}`);
  return names.length > 0 ? names : all;
}

/**
 * Runs a case: its default export makes apps and runs them. It gives what each came to: `[name, { weightsSha256, threads,
 * threadsNote, complaints }, threads]` where it trained, the last being how many threads there must be; or `[name, problem]`
 * where something else is checked, `problem` being undefined if all is well.
 */
export async function runCase(name, file, { scratch, tarball, expected }) {
  const start = performance.now();
  const problems = [];
  const parts = [];
  try {
    const { default: run } = await import(file);
    for (const [part, outcome, threads] of await run({ folder: join(scratch, name), tarball })) {
      parts.push(part);
      const problem = typeof outcome === "object" ? problemOf(outcome, threads, expected) : outcome;
      if (problem !== undefined) problems.push(`${part}: ${problem}`);
    }
  } catch (error) {
    problems.push(error.message);
  }
  const seconds = `${((performance.now() - start) / 1000).toFixed(0)} s`;
  const ok = problems.length === 0;
  return {
    ok,
    line: ok
      ? `ok      ${name}: ${parts.join("; ")}  ${seconds}`
      : `FAILED  ${name}: ${parts.join("; ")}  ${seconds}\n${problems.join("\n")}`,
  };
}

function problemOf({ weightsSha256, threads, threadsNote, complaints = [], error }, wanted, expected) {
  if (error) return error;
  if (weightsSha256 !== expected) return `the weights are ${weightsSha256}, and Node's ${expected}`;
  if (threads !== wanted) return `${threads} threads and not ${wanted}: ${threadsNote}`;
  return complaints.length > 0 ? complaints.join("\n") : undefined;
}
