// Training with workers: the same bits for any number of them, checkpoints that any number goes on with, and what is
// told of workers that cannot be, throw or die.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createTraining, InputError, registerEnv, resumeRun, RunError, train, trainToRun } from "./library.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const faulty = new URL("./workers/faulty-env.mjs", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "polgrad-threads-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Not every case on every number of threads, but where time allows: 5 environments are 3 + 2, 2 + 2 + 1, or one each. */
const numbers = (...few: number[]): number[] => (process.env.POLGRAD_FULL ? [2, 3, 5] : few);
type Case = [name: string, threads: number[], algorithm: "a2c" | "ppo" | "trpo", options: Record<string, unknown>];
const cases: Case[] = [
  ["A2C on CartPole", numbers(2, 5), "a2c", { env: "CartPole-v1", rollout: 16 }],
  ["A2C on Pendulum, normalized", [3], "a2c", { env: "Pendulum-v1", rollout: 64, normalizeObservations: true, normalizeRewards: true }], // prettier-ignore
  [
    "PPO on CartPole, large minibatches",
    [2, 5],
    "ppo",
    { env: "CartPole-v1", rollout: 96, minibatches: 1, targetKl: 0.02 },
  ],
  ["PPO on Pendulum, normalized", numbers(3), "ppo", { env: "Pendulum-v1", rollout: 64, normalizeObservations: true, normalizeRewards: true }], // prettier-ignore
  [
    "PPO in minibatches of 64 rows",
    [2, 3],
    "ppo",
    { env: "CartPole-v1", rollout: 64, minibatches: 5, hidden: [64, 64] },
  ],
  ["PPO of two components", [3], "ppo", { env: "IdentityMultiDiscrete-v0", rollout: 40, strict: true }],
  ["PPO with masks", [5], "ppo", { env: "MaskedIdentity-v0", rollout: 40 }],
  ["PPO with a memory", numbers(2), "ppo", { env: "Recall-v0", rollout: 16, memory: "gru", memorySize: 8 }],
  ["TRPO on Acrobot", numbers(3), "trpo", { env: "Acrobot-v1", rollout: 64 }],
];

test("environments that answer later, on several threads: the same bits, and checkpoints that any number goes on with", async () => {
  const env = (late: boolean) => ({
    module: new URL("./workers/late-env.mjs", import.meta.url).href,
    options: { late },
  });
  const options = { envs: 5, rollout: 20, minibatches: 2, hidden: [8], totalSteps: 600, seed: 2 };
  const alone = await train("ppo", { ...options, env: env(false) });
  const stop = new AbortController();
  const half = await train("ppo", { ...options, workers: 2, env: env(true), signal: stop.signal, onUpdate: ({ update }) => update === 2 && stop.abort() }); // prettier-ignore
  expect(half.summary).toMatchObject({ threads: 2, steps: 230 });
  const resumed = await train("ppo", { ...options, workers: 3, env: env(true), resume: half.checkpoint });
  expect(resumed.summary.weightsSha256).toBe(alone.summary.weightsSha256);
  const a3c = await train("a3c", { env: env(true), workers: 2, rollout: 10, hidden: [8], totalSteps: 400, seed: 2 });
  expect(a3c.summary.threads).toBe(2);
  expect(a3c.summary.steps).toBeGreaterThanOrEqual(400);
});

// The clock is one that helpers look good on: they are started and stay.
test.runIf(availableParallelism() > 1)("helpers join a training by themselves, and change no bit", async () => {
  const options = { env: "CartPole-v1", envs: 5, rollout: 64, minibatches: 5, seed: 4, totalSteps: 1e5 };
  const alone = await createTraining("ppo", { ...options, workers: 1 });
  const helped = await createTraining("ppo", options);
  let time = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (time += helped.threads > 1 ? 1 : 2));
  let joined = false;
  try {
    for (let updates = 0; updates < 80; updates++) {
      alone.update();
      helped.update();
      if (joined || time < 2000) continue;
      for (let i = 0; helped.threads === 1 && i < 1000; i++) await sleep(5);
      joined = true;
    }
  } finally {
    clock.mockRestore();
  }
  expect(alone.threads).toBe(1);
  expect(helped.threads).toBeGreaterThan(1);
  expect(base64(helped.checkpoint())).toBe(base64(alone.checkpoint()));
  alone.close();
  helped.close();
});

describe.each(cases)("%s", (_, threads, algorithm, options) => {
  const start = (workers: number, resume?: Uint8Array) =>
    createTraining(algorithm, { env: "", envs: 5, hidden: [16], totalSteps: 1e5, ...options, workers }, resume);

  test(`the same bits on 1 and ${threads.join(", ")} threads, and from each other's checkpoints`, async () => {
    const alone = await start(1);
    const reports = Array.from({ length: 6 }, () => alone.update());
    const half = await start(1);
    for (let i = 0; i < 3; i++) half.update();
    const middle = half.checkpoint();

    for (const workers of threads) {
      const training = await start(workers);
      expect(training.threads).toBe(workers);
      expect(Array.from({ length: 3 }, () => training.update())).toEqual(reports.slice(0, 3));
      expect(base64(training.checkpoint())).toBe(base64(middle));
      expect(Array.from({ length: 3 }, () => training.update())).toEqual(reports.slice(3));
      expect(base64(training.checkpoint())).toBe(base64(alone.checkpoint()));
      training.close();
      expect(base64(training.checkpoint()), "after the end").toBe(base64(alone.checkpoint()));

      const resumed = await start(workers, middle);
      expect(Array.from({ length: 3 }, () => resumed.update())).toEqual(reports.slice(3));
      const own = resumed.checkpoint();
      resumed.close();
      expect(base64(own)).toBe(base64(alone.checkpoint()));
      expect((await start(1, own)).weightsSha256()).toBe(alone.weightsSha256());
    }
  });
});

test("train and run folders: threads are told, and a run of 2 workers goes on as it was", async () => {
  const options = { env: "CartPole-v1", envs: 4, rollout: 32, totalSteps: 2048, hidden: [8] };
  const [one, two] = [await train("ppo", options), await train("ppo", { ...options, workers: 2 })];
  expect([one.summary.threads, two.summary.threads]).toEqual([1, 2]);
  expect(two.summary.weightsSha256).toBe(one.summary.weightsSha256);

  const controller = new AbortController();
  const run = await trainToRun("ppo", { ...options, workers: 2 }, {
    runDir: folder,
    signal: controller.signal,
    onUpdate: (report) => report.update === 7 && controller.abort(),
  }); // prettier-ignore
  expect(run.status).toBe("interrupted");
  const whole = await resumeRun(run.summary.run);
  expect(whole.status).toBe("finished");
  expect(whole.summary.weightsSha256).toBe(one.summary.weightsSha256);
});

describe("what workers cannot do is an InputError", () => {
  const fails = async (options: Record<string, unknown>, message: string): Promise<void> => {
    const failure: unknown = await createTraining("ppo", { env: "CartPole-v1", workers: 2, ...options }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toContain(message);
  };
  test("more workers than environments", () =>
    fails({ envs: 3, workers: 4 }, 'option "workers" is 4, but there are only 3 environments'));
  test("an environment that is a function", () =>
    fails({ env: () => ({}) }, '"env" is a function, which other threads cannot call'));
  test("an environment that was registered here", async () => {
    registerEnv({ id: "Registered-v0", make: () => ({}) as never, summary: "for a test" });
    await fails({ env: "Registered-v0" }, '"Registered-v0" is registered on this thread only');
  });
  test("networks that are a function", () =>
    fails({ networks: () => ({}) }, '"networks" is a function, which other threads cannot call'));
});

/** What everything else came of. */
const rootOf = (error: unknown): Error =>
  (error as Error).cause === undefined ? (error as Error) : rootOf((error as Error).cause);

describe("a worker that", () => {
  const options = { env: { module: faulty }, envs: 4, workers: 3, rollout: 10, hidden: [4], totalSteps: 4000, normalizeObservations: false, normalizeRewards: false }; // prettier-ignore

  test.each([
    ["throws", /^worker [12] failed: environment [23], step 55 \(step 15 of an episode with seed \d+\): it threw Error: the motor is on fire$/], // prettier-ignore
    ["lies", /^worker [12] failed: environment [23], step 55 .*reward/],
    ["exits", /^worker [12] died: it (has ended|exited with code 9)$/],
  ])("%s is named by train, which hands over the last good checkpoint", async (fails, told) => {
    const envOptions = { fails, at: 55 };
    const failure: unknown = await train("ppo", { ...options, envOptions }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunError);
    expect((failure as Error).message).toMatch(told);
    if (fails === "throws") expect(rootOf(failure).stack, "where it was thrown").toContain("faulty-env.mjs");
    const resumed = await createTraining(
      "ppo",
      { ...options, workers: 1 },
      { checkpoint: (failure as InstanceType<typeof RunError>).checkpoint!, change: ["envOptions"] },
    );
    expect(resumed.step).toBeLessThanOrEqual(200);
    expect(resumed.step % 40).toBe(0);
    resumed.update();
  });

  test("throws is named by update(), which blocks, and by every later one", async () => {
    for (const [fails, told] of [
      ["throws", /^worker [12] failed: .*motor/],
      ["exits", /^worker [12] died: it has ended$/],
    ] as const) {
      // prettier-ignore
      const training = await createTraining("a2c", { ...options, envOptions: { fails, at: 25 } });
      for (let i = 0; i < 2; i++) training.update();
      expect(() => training.update()).toThrow(told);
      expect(() => training.update()).toThrow(told);
      expect(training.checkpoint().length).toBeGreaterThan(1000);
      training.close();
    }
  });

  test("cannot make its environment fails the start", async () => {
    const failure: unknown = await createTraining("ppo", { ...options, envOptions: { refuses: true } }).catch((e: unknown) => e); // prettier-ignore
    expect((failure as Error).message).toMatch(/^worker [12] failed: .*no display found/);
  });

  test("plays on while this thread's environment throws is stopped, and the checkpoint is that of an update", async () => {
    const envOptions = { fails: "throws", at: 55, everywhere: true };
    const failure: unknown = await train("ppo", { ...options, envOptions }).catch((error: unknown) => error);
    expect((failure as Error).message).toMatch(/^worker 0 failed: environment 0, step 55 .*motor is on fire/);
    const resumed = await createTraining("ppo", options, { checkpoint: (failure as InstanceType<typeof RunError>).checkpoint!, change: ["envOptions"] }); // prettier-ignore
    expect(resumed.step % 40).toBe(0);
    resumed.close();
  });

  test("dies leaves a run folder with its last checkpoint", async () => {
    const runDir = join(folder, "failed");
    const envOptions = { fails: "exits", at: 500 };
    const failure: unknown = await trainToRun("ppo", { ...options, envOptions }, { runDir }).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(RunError);
    expect((failure as Error).message).toMatch(/^worker [12] died.*\nThe last good checkpoint, of step \d+, is /);
    const [run] = readdirSync(runDir);
    expect(JSON.parse(readFileSync(join(runDir, run, "summary.json"), "utf8"))).toMatchObject({ status: "failed" });
  });
});

// Side by side: they mostly wait.
describe.concurrent("processes", () => {
  const library = new URL("../../dist/index.js", import.meta.url).href;
  const node = (program: string) =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { timeout: 30_000 });

  test("end by themselves after a training, and beside one that was never closed", async () => {
    const options = `{ env: "CartPole-v1", envs: 4, workers: 3, totalSteps: 1000 }`;
    const program = `import { train, createTraining } from ${JSON.stringify(library)};
      const { summary } = await train("ppo", ${options});
      (await createTraining("a2c", ${options})).update();
      console.log(summary.threads);`;
    expect((await node(program)).stdout.trim()).toBe("3");
  });

  test.runIf(process.env.POLGRAD_FULL)(
    "with flags of V8 stay flat: 12 trainings with workers leave nothing behind",
    async () => {
      const program = `import { train } from ${JSON.stringify(library)};
      const used = [];
      for (let batch = 0; batch < 3; batch++) {
        for (let i = 0; i < 4; i++)
          await train(i % 2 ? "a3c" : "ppo", { env: "CartPole-v1", envs: 2, workers: 2, totalSteps: 500, hidden: [8] });
        await new Promise((resolve) => setTimeout(resolve, 1500)); // until the last worker is gone
        gc();
        used.push(process.memoryUsage().rss / 2 ** 20);
      }
      console.log(JSON.stringify({ used, handles: process._getActiveHandles().length }));
      process.exit();`;
      const file = join(folder, "flat.mjs");
      writeFileSync(file, program);
      const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", file], { timeout: 110_000 });
      const { used, handles } = JSON.parse(stdout) as { used: number[]; handles: number };
      expect(used[2] - used[0], `MiB: ${used.map(Math.round)}`).toBeLessThan(25);
      expect(handles, "worker threads").toBeLessThan(3);
    },
    120_000,
  );

  test("Ctrl-C ends the command line and its workers, and all is saved", async () => {
    const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const args = [
      "train",
      "ppo",
      "CartPole-v1",
      "--workers",
      "2",
      "--steps",
      "50000000",
      "--run-dir",
      join(folder, "cli"),
    ];
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    child.stdout.once("data", () => setTimeout(() => child.kill("SIGINT"), 500)); // it says first what it trains
    expect(await ended, output).toBe(130);
    expect(output).toContain("all is saved");
  });
});
