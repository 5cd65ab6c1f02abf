// Runs the programs under measurement: each in a process of its own, on one core, peers in turn.

import { spawn, spawnSync } from "node:child_process";

/** The `taskset` prefix that pins a process to one core, or nothing where the system has no such command. */
export function pinning(core) {
  return spawnSync("taskset", ["-c", String(core), "true"]).status === 0 ? ["taskset", "-c", String(core)] : [];
}

/**
 * Runs a command and parses the last line of its stdout as JSON.
 * @returns the object, or { failed: reason }: the last line that says anything on stderr.
 */
export function runJson(command, { env = {}, prefix = [], timeout = 600_000 } = {}) {
  const [program, ...args] = [...prefix, ...command];
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], timeout });
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (errors += chunk));
    child.on("error", (error) => resolve({ failed: error.message }));
    child.on("close", (code, signal) => {
      const line = out.trim().split("\n").at(-1);
      if (code === 0 && line?.startsWith("{")) return resolve(JSON.parse(line));
      const said = errors.split("\n").map((text) => text.trim());
      const reason = said.find((text) => /^\w*Error: /.test(text)) ?? said.filter(Boolean).at(-1);
      resolve({ failed: reason ?? (signal ? `killed by ${signal}` : `exit code ${code}`) });
    });
  });
}

/**
 * Rounds A B C A B C …: every competitor once a round, so that a machine that slows down slows all of them.
 * A competitor that fails is left out from then on.
 * @param competitors [{ name, command, env? }]
 * @returns Map of name to { rounds: object[], failed?: string }
 */
export async function inRounds(competitors, rounds, { prefix, onRun = () => {} }) {
  const results = new Map(competitors.map(({ name }) => [name, { rounds: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, env } of competitors) {
      const result = results.get(name);
      if (result.failed) continue;
      onRun(name, round);
      const measured = await runJson(command, { env, prefix });
      if (measured.failed) result.failed = measured.failed;
      else result.rounds.push(measured);
    }
  }
  return results;
}
