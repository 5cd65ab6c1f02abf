// Runs the programs under measurement: each in a process of its own, on one core or with the whole machine, peers in turn.

import { spawn, spawnSync } from "node:child_process";

/** The `taskset` prefix that pins a process to one core, or nothing where the system has no such command. */
export function pinning(core) {
  return spawnSync("taskset", ["-c", String(core), "true"]).status === 0 ? ["taskset", "-c", String(core)] : [];
}

/** The last line of JSON; undefined where the last line is none. */
function lastJson(out) {
  const line = out.trim().split("\n").at(-1);
  return line?.startsWith("{") ? JSON.parse(line) : undefined;
}

/**
 * Runs a command and reads its result from stdout: the last line as JSON, where `parse` does not say otherwise.
 * @returns the object with `process_s`, the seconds from the start of the process to its end, or { failed: reason }:
 * the line of stderr that names an error, or its last.
 */
export function runJson(command, { env = {}, prefix = [], timeout = 3_600_000, parse = lastJson } = {}) {
  const [program, ...args] = [...prefix, ...command];
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], timeout });
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (errors += chunk));
    child.on("error", (error) => resolve({ failed: error.message }));
    child.on("close", (code, signal) => {
      const process_s = (performance.now() - start) / 1000;
      const result = code === 0 ? parse(out) : undefined;
      if (result) return resolve({ ...result, process_s });
      const said = errors.split("\n").map((text) => text.trim());
      const reason = said.find((text) => /^[\w.]*(Error|NotInstalled): /.test(text)) ?? said.filter(Boolean).at(-1);
      const ended = code === 0 ? "it printed no result" : `exit code ${code}`;
      resolve({ failed: reason ?? (signal ? `killed by ${signal}` : ended) });
    });
  });
}

/**
 * Rounds A B C A B C …: every competitor once a round, so that a machine that slows down slows all of them.
 * A competitor that fails is left out from then on; one that is `missing` never starts.
 * @param competitors [{ name, command, env?, prefix?, parse?, missing? }]; `command` may be a function of the round
 * @returns Map of name to { rounds: object[], failed?: string }
 */
export async function inRounds(competitors, rounds, { prefix = [], onRun = () => {}, run = runJson }) {
  const results = new Map(competitors.map(({ name, missing }) => [name, { rounds: [], failed: missing }]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, ...settings } of competitors) {
      const result = results.get(name);
      if (result.failed) continue;
      onRun(name, round);
      const measured = await run(typeof command === "function" ? command(round) : command, { prefix, ...settings });
      if (measured.failed) result.failed = measured.failed;
      else result.rounds.push(measured);
    }
  }
  return results;
}
