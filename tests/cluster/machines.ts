// Sweeps and workers as real processes of the built command, for tests of what becomes of them.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { openCluster } from "../../src/cluster/cluster.ts";
import { redisAddress } from "../../src/cluster/redis.ts";
import { runSweep, type SweepResult } from "../../src/sweeps/run-sweep.ts";
import { parseSweep } from "../../src/sweeps/sweep.ts";
import { startRedis, type RealRedis } from "./real-redis.ts";

const main = fileURLToPath(new URL("../../dist/bundle/main.js", import.meta.url));
/** The environment that the sweeps train on. */
export const pacedEnv = fileURLToPath(new URL("fixtures/paced-env.js", import.meta.url));

/** A process of the command. */
export interface Program {
  readonly pid: number;
  /** What it has written so far, on stdout and stderr. */
  text(): string;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Waits until something is in what it wrote. @returns what the pattern found */
  until(pattern: RegExp, seconds?: number): Promise<RegExpExecArray>;
}

/** What a test has started, all of which `end` stops. */
export interface Site {
  readonly folder: string;
  /** Those of its sweep. */
  readonly seeds: readonly number[];
  redis: RealRedis;
  polgrad(args: readonly string[], options?: { env?: Record<string, string>; main?: string; cwd?: string }): Program;
  worker(more?: readonly string[], options?: { env?: Record<string, string>; main?: string; url?: string }): Program;
  sweep(more?: readonly string[], options?: { env?: Record<string, string>; url?: string }): Program;
  /** The same sweep in this process, where it is not what fails. @param out its folder */
  sweepHere(out?: string, url?: string): Promise<SweepResult>;
  /** A connection for looking and tampering. */
  readonly client: Redis;
  /** Waits until each trial has a checkpoint in Redis, of after some updates. */
  untilCheckpoint(): Promise<void>;
  end(): Promise<void>;
}

/** Trainings of some three seconds, of which nearly all is waiting. */
export const sweepFile = {
  name: "paced",
  algorithm: "ppo",
  env: pacedEnv,
  options: {
    totalSteps: 1280,
    rollout: 64,
    envs: 1,
    hidden: [8],
    epochs: 1,
    strict: true,
  },
  seeds: [1, 2],
  episodes: 2,
};

/** The same for a program, which names a module by its URL. */
const parsed = { ...sweepFile, env: { module: pathToFileURL(pacedEnv).href } };

/** A folder and a Redis of their own for a test. */
export async function openSite(redisOptions: readonly string[] = [], seeds: readonly number[] = [1]): Promise<Site> {
  const redis = await startRedis(redisOptions);
  const folder = mkdtempSync(join(tmpdir(), "polgrad-site-"));
  writeFileSync(join(folder, "sweep.json"), JSON.stringify({ ...sweepFile, seeds }));
  const programs: Program[] = [];
  const client = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
  client.on("error", () => undefined);
  const site: Site = {
    folder,
    seeds,
    redis,
    polgrad(args, { env = {}, main: program = main, cwd = folder } = {}) {
      const started = start([program, ...args], cwd, env);
      programs.push(started);
      return started;
    },
    worker: (more = [], { url = redis.url, ...options } = {}) =>
      site.polgrad(["worker", "--redis", url, "--jobs", "2", "--lock-seconds", "2", "--allow-module", pacedEnv, ...more], options), // prettier-ignore
    sweep: (more = [], { url = redis.url, ...options } = {}) =>
      site.polgrad(["sweep", "sweep.json", "--redis", url, "--allow-module", pacedEnv, "--run-dir", "out", ...more], options), // prettier-ignore
    async sweepHere(out = "out", url = redis.url) {
      const runDir = join(folder, out);
      const cluster = await openCluster({ address: redisAddress(url, {}), folder: runDir });
      try {
        return await runSweep(parseSweep({ ...parsed, seeds: [...seeds] }), {
          runDir,
          jobs: Infinity,
          carryOut: cluster.carryOut,
        });
      } finally {
        await cluster.close();
      }
    },
    client,
    async untilCheckpoint() {
      for (let tries = 0; tries < 400; tries++) {
        const keys = (await client.keys("polgrad:trial:*")).filter((key) => !key.endsWith(":logs"));
        const updates = await Promise.all(keys.map((key) => client.hget(key, "updates")));
        if (updates.filter((count) => Number(count) > 0).length >= seeds.length) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no checkpoint: ${programs.map(({ text }) => text()).join("\n")}`);
    },
    async end() {
      client.disconnect();
      for (const program of programs) program.kill("SIGKILL");
      await Promise.all(programs.map(({ ended }) => ended));
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return site;
}

function start(args: readonly string[], cwd: string, env: Record<string, string>): Program {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } }); // prettier-ignore
  let text = "";
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      text += data.toString("utf8");
      wake();
    });
  let isOver = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.on("close", (code, signal) => {
      isOver = true;
      resolve(signal ?? code ?? -1);
      wake();
    }),
  );
  return {
    pid: child.pid!,
    text: () => text,
    kill: (signal) => void child.kill(signal),
    ended,
    until: (pattern, seconds = 40) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => {
          stop();
          reject(new Error(`${why} before ${String(pattern)}: ${text}`));
        };
        const look = () => {
          const found = pattern.exec(text);
          if (found) {
            stop();
            resolve(found);
          } else if (isOver) fail("it ended");
        };
        const timer = setTimeout(() => fail(`${seconds} s passed`), 1000 * seconds);
        const stop = () => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** The weights of each run of a sweep, by its folder. */
export function hashesOf(folder: string): Record<string, string> {
  const lines = readFileSync(join(folder, "results.jsonl"), "utf8").trim().split("\n");
  const all = lines.map((line) => JSON.parse(line) as { run: string; weightsSha256: string; status: string });
  return Object.fromEntries(all.map(({ run, weightsSha256, status }) => [run, weightsSha256 ?? status]));
}

/** What the same sweep comes to on one machine. */
export async function onOneMachine(): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "polgrad-one-"));
  writeFileSync(join(folder, "sweep.json"), JSON.stringify(sweepFile));
  const one = start([main, "sweep", "sweep.json", "--run-dir", "out", "--jobs", "4", "--allow-module", pacedEnv], folder, {}); // prettier-ignore
  await one.ended;
  const hashes = hashesOf(join(folder, "out"));
  rmSync(folder, { recursive: true, force: true });
  return hashes;
}
