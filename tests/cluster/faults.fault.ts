// What may go wrong while machines train: each test does it to real processes, and finds every trial done, once, with the
// weights that one machine comes to.

import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { version } from "../../src/version.ts";
import { hashesOf, onOneMachine, openSite, pacedEnv, sweepFile, type Program, type Site } from "./machines.ts";
import { openProxy } from "./proxy.ts";

const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).href;

let expected: Record<string, string>;
const sites: Site[] = [];
beforeAll(async () => {
  expected = await onOneMachine();
  expect(Object.keys(expected)).toHaveLength(2);
});
afterAll(() => Promise.all(sites.map((site) => site.end())));

async function site(redisOptions: readonly string[] = [], seeds: readonly number[] = [1]): Promise<Site> {
  const opened = await openSite(redisOptions, seeds);
  sites.push(opened);
  return opened;
}

/** Looks at what a sweep left: every run once, with the right weights. */
function expectDone({ folder, seeds }: Site, out = "out"): void {
  const wanted = Object.entries(expected).filter(([run]) => seeds.some((seed) => run.endsWith(`seed-${seed}`)));
  expect(hashesOf(join(folder, out))).toEqual(Object.fromEntries(wanted));
  expect(
    readFileSync(join(folder, out, "results.jsonl"), "utf8")
      .trim()
      .split("\n"),
  ).toHaveLength(seeds.length);
  for (const [run] of wanted) expect(existsSync(join(folder, out, run, "report.html"))).toBe(true);
  expect(readdirSync(join(folder, out)).filter((name) => /received|evaluation/.test(name))).toEqual([]);
}

/** The step from which a worker went on. */
const wentOn = async (worker: Program): Promise<number> =>
  Number((await worker.until(/begun, from step ([\d,]+) on/))[1].replaceAll(",", ""));

describe.concurrent("a sweep comes to the weights of one machine where", () => {
  test("a worker is killed in the midst of its trainings: another goes on from their checkpoints", async () => {
    const here = await site([], [1, 2]);
    const first = here.worker();
    const sweep = here.sweepHere();
    await here.untilCheckpoint();
    first.kill("SIGKILL");
    const second = here.worker();
    await sweep;
    expectDone(here);
    expect(await wentOn(second)).toBeGreaterThan(0);
  });

  test("a worker is asked to end: it saves, hands back and goes, and the training goes on from there", async () => {
    const here = await site();
    const first = here.worker();
    const sweep = here.sweepHere();
    await here.untilCheckpoint();
    first.kill("SIGTERM");
    expect(await first.ended).toBe(143);
    expect(first.text().match(/: handed back/g)).toHaveLength(1);
    const second = here.worker(["--lock-seconds", "30"]); // nothing has to expire
    await sweep;
    expectDone(here);
    expect(await wentOn(second)).toBeGreaterThan(0);
  });

  test("a worker sleeps past its lock and wakes: what it has is lost, and it goes on with others", async () => {
    const here = await site();
    const first = here.worker();
    const sweep = here.sweepHere();
    await here.untilCheckpoint();
    first.kill("SIGSTOP");
    const second = here.worker();
    await second.until(/begun/);
    first.kill("SIGCONT");
    await first.until(/: lost, another worker has it/);
    await sweep;
    expectDone(here);
    expect(await wentOn(second)).toBeGreaterThan(0);
  });

  test("Redis is killed, and comes back with what it kept", async () => {
    const here = await site(["--appendonly", "yes", "--appendfsync", "always"]);
    const worker = here.worker();
    const sweep = here.sweepHere();
    await here.untilCheckpoint();
    await here.redis.kill();
    await worker.until(/ECONNRESET|ECONNREFUSED|closed/);
    await here.redis.start();
    await sweep;
    expectDone(here);
    expect(worker.text()).toContain("Redis is there again");
  });

  test("Redis is killed, and comes back knowing nothing", async () => {
    const here = await site([], [1, 2]);
    const worker = here.worker();
    const sweep = here.sweepHere();
    await here.untilCheckpoint();
    await here.redis.kill();
    await here.redis.start();
    await sweep;
    expectDone(here);
    expect(worker.text()).toContain("lost, another worker has it, or Redis has forgotten it");
  });

  test("the network drops, delays and doubles", async () => {
    const here = await site([], [1, 2]);
    let state = 7;
    const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    const proxy = await openProxy(here.redis.port, random);
    try {
      here.worker([], { url: proxy.url });
      here.worker([], { url: proxy.url });
      await here.sweepHere("out", proxy.url);
      expectDone(here);
      expect(Math.min(...Object.values(proxy.counts))).toBeGreaterThan(0);
    } finally {
      proxy.close();
    }
  });

  test("the sweep's own process is killed, and started again", async () => {
    const here = await site();
    const worker = here.worker();
    const first = here.sweep();
    await here.untilCheckpoint();
    first.kill("SIGKILL");
    await first.ended;
    expect(await here.sweep().ended).toBe(0);
    expectDone(here);
    expect(worker.text().match(/begun/g)).toHaveLength(1); // the training did not notice
  });

  test("the sweep is interrupted: its runs are saved here, and one machine goes on with them", async () => {
    const here = await site();
    const worker = here.worker();
    const first = here.sweep();
    await here.untilCheckpoint();
    first.kill("SIGINT");
    expect(await first.ended).toBe(130);
    expect(worker.text().match(/: handed back/g)).toHaveLength(1);
    const runs = [join(here.folder, "out", "ppo-seed-1")];
    for (const run of runs) expect(existsSync(join(run, "checkpoints", "last.safetensors"))).toBe(true);
    expect((await here.client.keys("polgrad:*:wait")).concat(await here.client.keys("polgrad:*:active"))).toEqual([]);
    const alone = here.polgrad(["sweep", "sweep.json", "--allow-module", pacedEnv, "--run-dir", "out"]);
    expect(await alone.ended).toBe(0);
    expectDone(here);
    const config = readFileSync(join(runs[0], "config.json"), "utf8");
    expect((JSON.parse(config) as { resumed: { fromStep: number }[] }).resumed[0].fromStep).toBeGreaterThan(0);
  });

  test("the disk of a worker is full: it says so and ends, and another goes on", async () => {
    const here = await site();
    const full = here.worker([], { env: { NODE_OPTIONS: `--import ${fixture("full-disk.mjs")}` } });
    const sweep = here.sweepHere();
    expect(await full.ended).toBe(1);
    expect(full.text()).toMatch(/polgrad: cannot write .*last\.safetensors: the disk is full \(ENOSPC\)/);
    const second = here.worker();
    await sweep;
    expectDone(here);
    expect(await wentOn(second)).toBeGreaterThan(0);
  });

  test("the clock of a worker jumps by days", async () => {
    const here = await site();
    const env = { NODE_OPTIONS: `--import ${fixture("moved-clock.mjs")}` };
    here.worker([], { env });
    await here.sweepHere();
    expectDone(here);
  });

  test("two sweeps of one name run at the same time", async () => {
    const here = await site();
    here.worker();
    await Promise.all([here.sweepHere("out"), here.sweepHere("other")]);
    for (const out of ["out", "other"]) expectDone(here, out);
  });

  test("there is a worker of another version, and one of another file: they are given nothing", async () => {
    const here = await site();
    const copy = join(here.folder, "polgrad");
    const root = fileURLToPath(new URL("../..", import.meta.url));
    cpSync(join(root, "dist"), join(copy, "dist"), { recursive: true });
    writeFileSync(join(copy, "package.json"), '{"type":"module"}');
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    const chunk = join(copy, "dist/bundle/chunk-start.js");
    const text = readFileSync(chunk, "utf8");
    expect(text).toContain(version);
    writeFileSync(chunk, text.replaceAll(version, "9.9.9"));
    const newer = here.worker([], { main: join(copy, "dist/bundle/main.js") });
    const module = join(here.folder, "paced-env.js");
    writeFileSync(module, `${readFileSync(pacedEnv, "utf8").replace("./pace.js", fixture("pace.js"))}\n`);
    const other = here.polgrad(["worker", "--redis", here.redis.url, "--allow-module", module]);
    await newer.until(/takes up to 2/);
    await other.until(/takes up to 2/);
    const sweep = here.sweep();
    await sweep.until(/no machine takes ppo, seed 1 and others like it: /);
    expect(sweep.text()).toMatch(/\S+:\d+ has polgrad 9\.9\.9, and this is/);
    expect(sweep.text()).toMatch(/paced-env\.js on \S+ has other content, or its lock file has/);
    here.worker();
    expect(await sweep.ended).toBe(0);
    expectDone(here);
    expect(newer.text()).toContain("9.9.9-strict");
    for (const { text } of [newer, other]) expect(text()).not.toContain("begun");
  });
});

test.concurrent(
  "a trial that ends its process is tried five times at one checkpoint, and the others go on",
  async () => {
    const here = await site();
    const settings = [{ name: "good" }, { name: "deadly", options: { envOptions: { dies: true } } }];
    writeFileSync(join(here.folder, "sweep.json"), JSON.stringify({ ...sweepFile, settings, seeds: [1] }));
    const worker = here.worker();
    const sweep = here.sweep();
    expect(await sweep.ended).toBe(1);
    const lines = readFileSync(join(here.folder, "out", "results.jsonl"), "utf8")
      .trim()
      .split("\n");
    const results = lines.map((line) => JSON.parse(line) as { setting: string; status: string; error?: string });
    expect(results.map(({ setting, status }) => [setting, status])).toEqual([
      ["good", "finished"],
      ["deadly", "failed"],
    ]);
    expect(results[1].error).toMatch(/^its process was lost 5 times in a row after update 0, so it is not tried again/);
    expect(
      worker.text().match(/deadly, seed 1: handed back, its process was ended by SIGKILL/g)!.length,
    ).toBeGreaterThan(2);
  },
);

test.concurrent("passwords are in no file, no log and no message", async () => {
  const here = await site(["--requirepass", "tal@ly/ho"]);
  const url = here.redis.url.replace("//", `//default:${encodeURIComponent("tal@ly/ho")}@`);
  const env = { POLGRAD_REDIS: url };
  const refused = here.worker([], { url: here.redis.url });
  expect(await refused.ended).toBe(2);
  expect(refused.text()).toMatch(/^polgrad: redis:\/\/127\.0\.0\.1:\d+: it asks for a password/);
  const wrong = here.worker([], { url: here.redis.url.replace("//", "//:guess@") });
  expect(await wrong.ended).toBe(2);
  expect(wrong.text()).toContain("it does not take this password");
  const worker = here.polgrad(["worker", "--redis", "--jobs", "2", "--allow-module", pacedEnv], { env });
  const sweep = here.sweep([], { url });
  expect(await sweep.ended).toBe(0);
  expectDone(here);
  worker.kill("SIGTERM");
  await worker.ended;
  const files = readdirSync(join(here.folder, "out"), { recursive: true, withFileTypes: true }).filter((file) => file.isFile()); // prettier-ignore
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));
  for (const text of [worker, sweep, wrong].map((program) => program.text()).concat(texts))
    for (const secret of ["tal@ly", "tal%40ly", "guess"]) expect(text).not.toContain(secret);
  expect(texts.some((text) => text.includes(`--redis ${here.redis.url} `))).toBe(true);
});
