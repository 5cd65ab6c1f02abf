// Many machines, as far as one can stand for them: `node bench/cluster.mjs bits|speed|queue`, on a Redis of its own.
//
//   bits   a sweep of 3 environments × 4 options × 5 seeds on one machine, and on four workers of which one is killed time
//          and again, beside a worker whose arithmetic has other bits: weights are compared run by run
//   speed  trials a minute: PPO on CartPole, 2,048 steps, with all that a run leaves
//   queue  10,000 queued trials: the memory of the sweep and of Redis

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";

const main = fileURLToPath(new URL("../dist/bundle/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "polgrad-cluster-"));
const children = new Set();
process.on("SIGTERM", () => process.exit(1));
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const seconds = () => performance.now() / 1000;
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

function start(command, args, options = {}) {
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], ...options });
  const started = { child, text: "", pid: child.pid };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (started.text += data));
  children.add(child);
  started.ended = new Promise((resolve) =>
    child.on("close", (code, signal) => {
      children.delete(child);
      resolve(signal ?? code);
    }),
  );
  return started;
}

const polgrad = (args, flags = []) => start(process.execPath, [...flags, main, ...args]);

async function startRedis() {
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const server = start("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]);
  await pause(500);
  return { url: `redis://127.0.0.1:${port}`, server, client: new Redis(port, "127.0.0.1") };
}

/** The weights of each run, by its folder. */
function hashes(out) {
  const lines = readFileSync(join(folder, out, "results.jsonl"), "utf8")
    .trim()
    .split("\n");
  return new Map(lines.map((line) => JSON.parse(line)).map(({ run, weightsSha256, status }) => [run, weightsSha256 ?? status])); // prettier-ignore
}

const writeSweep = (sweep) => writeFileSync(join(folder, "sweep.json"), JSON.stringify(sweep));

async function bits() {
  writeSweep({
    name: "bits",
    algorithm: "ppo",
    env: ["CartPole-v1", "Pendulum-v1", "Acrobot-v1"],
    options: {
      totalSteps: 6144,
      rollout: 64,
      learningRate: [3e-4, 1e-3],
      entropyCoefficient: [0, 0.01],
      strict: false,
    },
    seeds: "1-5",
    episodes: 10,
  });
  let begin = seconds();
  await polgrad(["sweep", "sweep.json", "--run-dir", "one"]).ended;
  console.log(`one machine: ${hashes("one").size} runs in ${(seconds() - begin).toFixed(0)} s`);

  const { url, client } = await startRedis();
  const worker = (flags) => polgrad(["worker", "--redis", url, "--jobs", "1", "--lock-seconds", "4"], flags);
  const other = worker(["--no-enable-fma3"]);
  const workers = Array.from({ length: 4 }, () => worker());
  const all = [...workers];
  begin = seconds();
  const sweep = polgrad(["sweep", "sweep.json", "--redis", url, "--run-dir", "four"]);
  let isOver = false;
  void sweep.ended.then(() => (isOver = true));
  const kills = [];
  while (!isOver) {
    await pause(1000);
    const early = kills.filter(({ updates }) => updates === 0).length;
    if (kills.length - early >= 18) continue;
    // The worker whose training is furthest past its first checkpoint.
    const held = [];
    for (const key of (await client.keys("polgrad:trial:*")).filter((name) => !name.endsWith(":logs"))) {
      const [opened, name, updates, words] = await client.hmget(key, "opened", "worker", "updates", "progress");
      const i = workers.findIndex(({ pid }) => name?.endsWith(`:${pid}`));
      if (opened && i >= 0) held.push({ i, key, updates: Number(updates), step: JSON.parse(words ?? "{}").step ?? 0 });
    }
    // Each checkpoint once: a trial that is lost five times at one is taken for what is wrong.
    const fresh = held.filter(
      ({ key, updates }) => !kills.some((kill) => kill.key === key && kill.updates === updates),
    );
    const chosen = fresh.sort((a, b) => b.updates - a.updates)[0];
    if (!chosen || (chosen.updates === 0 && early >= 3)) continue;
    const { i } = chosen;
    const title = /\n {2}([^\n]+): begun[^\n]*\n$/.exec(workers[i].text)?.[1];
    workers[i].child.kill("SIGKILL");
    kills.push({ ...chosen, title });
    workers[i] = worker();
    all.push(workers[i]);
  }
  console.log(
    `four workers: ${(seconds() - begin).toFixed(0)} s, exit code ${await sweep.ended}, ${kills.length} kills`,
  );
  const resumed = all
    .flatMap(({ text }) => [...text.matchAll(/^ {2}(.+): begun, from step ([\d,]+) on$/gm)])
    .map(([, title, step]) => ({ title, step: Number(step.replaceAll(",", "")) }))
    .sort((a, b) => a.step - b.step); // a trial goes on from further and further
  for (const { title, step, updates } of kills) {
    const found = updates === 0 ? -1 : resumed.findIndex((one) => one.title === title);
    const on = found < 0 ? "anew" : `from step ${resumed.splice(found, 1)[0].step}`;
    console.log(`  killed near step ${step}, last checkpoint of update ${updates}: ${title} went on ${on}`);
  }
  const [one, four] = [hashes("one"), hashes("four")];
  const equal = [...one].filter(([run, hash]) => four.get(run) === hash && hash.length === 64).length;
  const past = kills.filter(({ updates }) => updates > 0).length;
  console.log(`${equal} of ${one.size} runs have equal weights; ${past} of ${kills.length} kills hit a training past its first checkpoint`); // prettier-ignore
  console.log(`the worker of other bits (${/0\.1\.0-(?!strict)\w+/.exec(other.text)?.[0]} beside ${/0\.1\.0-(?!strict)\w+/.exec(all[0].text)?.[0]}) was given ${(other.text.match(/begun/g) ?? []).length} trials`); // prettier-ignore
  return equal === one.size && one.size === 60 && four.size === 60 && kills.length >= 20 && past >= 15 && !other.text.includes("begun"); // prettier-ignore
}

/** Seconds of CPU that all processes below this one have used so far. */
function cpuBelow() {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [, parent, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(pid), parent: Number(parent), seconds: (Number(rest[9]) + Number(rest[10])) / 100 }];
      } catch {
        return []; // it has ended
      }
    });
  const below = (pid) => stats.filter(({ parent }) => parent === pid).reduce((sum, one) => sum + one.seconds + below(one.pid), 0); // prettier-ignore
  return below(process.pid);
}

async function speed() {
  const trials = 240;
  writeSweep({ name: "speed", algorithm: "ppo", env: "CartPole-v1", options: { totalSteps: 2048 }, seeds: `1-${trials}`, episodes: 10 }); // prettier-ignore
  const { url } = await startRedis();
  const worker = polgrad(["worker", "--redis", url, "--jobs", "2"]);
  while (!worker.text.includes("takes up to")) await pause(50);
  const sweep = polgrad(["sweep", "sweep.json", "--redis", url, "--run-dir", "out"]);
  while (!/^✓/m.test(sweep.text)) await pause(10);
  const [begin, before, cpu] = [seconds(), sweep.text.match(/^✓/gm).length, cpuBelow()];
  while ((sweep.text.match(/^✓/gm) ?? []).length < trials) await pause(10);
  const perMinute = ((trials - before) / (seconds() - begin)) * 60;
  const each = (cpuBelow() - cpu) / (trials - before);
  console.log(`${perMinute.toFixed(0)} trials a minute, with 2 at a time; ${hashes("out").size} results; ${(1000 * each).toFixed(0)} ms of CPU a trial in all processes, so two idle cores do ${(120 / each).toFixed(0)} a minute`); // prettier-ignore
  await sweep.ended;
  return perMinute >= 500;
}

async function queue() {
  const rates = Array.from({ length: 1000 }, (_, i) => (i + 1) * 1e-6);
  writeSweep({ name: "queue", algorithm: "ppo", env: "CartPole-v1", options: { totalSteps: 2048, learningRate: rates }, seeds: "1-10", episodes: 10 }); // prettier-ignore
  const { url, client, server } = await startRedis();
  const memory = async () => Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))[1]);
  const empty = await memory();
  const begin = seconds();
  const sweep = polgrad(["sweep", "sweep.json", "--redis", url, "--run-dir", "out"]);
  while ((await client.llen("polgrad:0.1.0-strict:wait")) < 10_000) {
    await pause(100);
    if (sweep.text.includes("polgrad:")) throw new Error(sweep.text);
  }
  console.log(`10,000 trials are queued after ${(seconds() - begin).toFixed(1)} s`);
  await pause(15_000);
  const rss = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${sweep.pid}/status`, "utf8"))[1]) * 1024;
  const peak = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${sweep.pid}/status`, "utf8"))[1]) * 1024;
  const cpu = () => { const parts = readFileSync(`/proc/${sweep.pid}/stat`, "utf8").split(" "); return (Number(parts[13]) + Number(parts[14])) / 100; }; // prettier-ignore
  const before = cpu();
  await pause(10_000);
  console.log(
    `the sweep: ${mib(rss)}, ${mib(peak)} at the most; ${((cpu() - before) * 10).toFixed(1)} % of a core while it waits`,
  );
  console.log(`Redis: ${mib((await memory()) - empty)} more than empty`);
  void server;
  return true;
}

const modes = { bits, speed, queue };
const chosen = process.argv.slice(2).filter((name) => name in modes);
if (chosen.length === 0) console.log("usage: node bench/cluster.mjs bits|speed|queue");
let isRight = chosen.length > 0;
for (const name of chosen) isRight = (await modes[name]()) && isRight;
process.exit(isRight ? 0 : 1);
