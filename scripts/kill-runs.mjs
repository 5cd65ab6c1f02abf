// Kills trainings at random moments, resumes them, and compares what they leave with what a run leaves that nobody
// killed: `node scripts/kill-runs.mjs [kills] [seed]`. Each kill is logged with what it hit. Exits with 1 at a wrong file.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [kills = 30, seed = 1] = process.argv.slice(2).map(Number);
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "polgrad-kills-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

let state = seed;
/** Numbers from 0 to 1, the same in each run. */
const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;

/** Starts the command line; `killAt` milliseconds after its first checkpoint it is killed. */
function polgrad(args, killAt, run) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const text = [];
  child.stdout.on("data", (data) => text.push(data));
  child.stderr.on("data", (data) => text.push(data));
  let timer;
  if (killAt !== undefined) {
    const wait = () => {
      // From its start on for some, else from the time when there is something to lose.
      if (killAt < 0 || existsSync(join(run(), "metrics.jsonl")))
        timer = setTimeout(() => child.kill("SIGKILL"), Math.abs(killAt)); // prettier-ignore
      else timer = setTimeout(wait, 2);
    };
    wait();
  }
  return new Promise((resolve) =>
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, killed: signal === "SIGKILL", text: Buffer.concat(text).toString() });
    }),
  );
}

const runs = [
  ["ppo", "CartPole-v1", "--steps", "12000", "--strict", "--evaluate-every", "3000"],
  ["a2c", "Pendulum-v1", "--steps", "6000", "--strict"],
  ["reinforce", "CartPole-v1", "--steps", "8000", "--strict"],
];
const onlyRun = (parent) => join(parent, readdirSync(parent)[0] ?? "none");

/** What a run left, without its clocks. */
function contents(run) {
  const bytes = (name) => readFileSync(join(run, name));
  const { wallSeconds: _, stepsPerSecond: __, run: ___, ...summary } = JSON.parse(bytes("summary.json").toString());
  return JSON.stringify({
    names: [...readdirSync(run), ...readdirSync(join(run, "checkpoints"))].map((name) => name.replace(/^events.*/, "events")).sort(), // prettier-ignore
    files: ["metrics.jsonl", "policy.safetensors", "checkpoints/last.safetensors", "checkpoints/best.safetensors"].map((name) => bytes(name).toString("base64")), // prettier-ignore
    summary,
    report: /Trained to the end/.test(bytes("report.html")),
  });
}

/** What a kill hit, as the folder shows it. */
function hit(run) {
  if (!existsSync(join(run, "config.json"))) return "before there was a run";
  const names = [...readdirSync(run), ...(existsSync(join(run, "checkpoints")) ? readdirSync(join(run, "checkpoints")) : [])]; // prettier-ignore
  if (names.some((name) => name.endsWith(".tmp"))) return "a write";
  if (!names.includes("last.safetensors")) return "before the first checkpoint";
  return names.includes("report.html") ? "the end" : "an update";
}

const wholes = new Map();
for (const args of runs) {
  const parent = join(folder, `whole-${args[0]}`);
  const start = performance.now();
  const { code, text } = await polgrad(["train", ...args, "--run-dir", parent, "--quiet"]);
  if (code !== 0) throw new Error(text);
  wholes.set(args, { contents: contents(onlyRun(parent)), milliseconds: performance.now() - start });
}

const hits = {};
const wrong = [];
for (let done = 0, one = 0; done < kills; one++) {
  const args = runs[one % runs.length];
  const whole = wholes.get(args);
  const parent = join(folder, `run-${one}`);
  const run = () => (existsSync(parent) ? onlyRun(parent) : parent);
  const log = [];
  const moment = () => (random() < 0.15 ? -1 : 1) * random() * Math.max(300, whole.milliseconds);
  let result = await polgrad(["train", ...args, "--run-dir", parent, "--quiet"], moment(), run);
  while (result.killed) {
    done++;
    const what = hit(run());
    hits[what] = (hits[what] ?? 0) + 1;
    log.push(what);
    if (what === "before there was a run") break;
    const more = random() < 0.4 && done < kills;
    result = await polgrad(["resume", run(), "--quiet"], more ? moment() : undefined, run);
  }
  if (log.at(-1) !== "before there was a run") {
    const stack = /^\s+at /m.test(result.text);
    const found = result.code === 0 && !stack ? contents(run()) : result.text;
    if (found !== whole.contents) {
      wrong.push(`${args[0]}, killed in ${log.join(", then ")}: ${result.code === 0 ? "other files" : result.text}`);
      cpSync(run(), join(tmpdir(), `polgrad-wrong-${one}`), { recursive: true });
    }
  }
  console.log(`${done} of ${kills}: ${args[0]}, killed in ${log.join(", then ") || "nothing: it was faster"}`);
  rmSync(parent, { recursive: true, force: true });
}
console.log(hits);
const inWork = (hits["an update"] ?? 0) + (hits["a write"] ?? 0);
console.log(`${inWork} of ${kills} kills hit an update or a write; ${wrong.length} runs were left wrong`);
for (const text of wrong) console.log(text);
process.exitCode = wrong.length > 0 ? 1 : 0;
