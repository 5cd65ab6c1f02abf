// What travels through Redis, and what of it is believed: trials, folders, addresses.

import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobId, parseTrial, queueOf, taskOf, trialOf } from "../../src/cluster/job.ts";
import { openFolder, takeOver } from "../../src/cluster/folder.ts";
import { queueName } from "../../src/cluster/keys.ts";
import { allowedModules, contentHash, moduleUrl } from "../../src/cluster/modules.ts";
import { parcels, unpack, type Parcel } from "../../src/cluster/parcel.ts";
import { redisAddress, withoutPasswords } from "../../src/cluster/redis.ts";
import { InputError } from "../../src/errors.ts";
import { trainToRun } from "../../src/runs/train-run.ts";
import carryOutTraining, { type TrainingTask } from "../../src/suites/training-task.ts";
import { algorithmNamed, resolveOptions } from "../../src/training/index.ts";
import { version } from "../../src/version.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "polgrad-trials-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const given = { env: "IdentityBox-v0", totalSteps: 256, rollout: 64, hidden: [4], envs: 1, strict: true, seed: 3 };
const task = (more: object = {}): TrainingTask => ({
  id: "a",
  title: "ppo, seed 3",
  run: join(folder, "run"),
  algorithm: "ppo",
  options: resolveOptions(algorithmNamed("ppo"), { ...given, ...more }),
  evaluation: { episodes: 2, seed: 9, deterministic: true },
  command: "polgrad sweep",
});
const trial = trialOf(task(), "all");
const id = jobId("0123456789abcdef", trial);

describe("a trial", () => {
  test("comes back as the training that it was, and its folder and command stay where they are", () => {
    const there = JSON.parse(JSON.stringify(trial)) as unknown;
    expect(taskOf(id, parseTrial(id, there), "/elsewhere", [])).toEqual({
      ...{ ...task(), id, run: "/elsewhere", command: "polgrad worker", report: false },
    });
    expect(JSON.stringify(trial)).not.toContain(folder);
  });

  test("has an id that is fixed by its content, not by the order of names", () => {
    const { options, ...rest } = trial;
    const turned = { options: Object.fromEntries(Object.entries(options).reverse()), ...rest };
    expect(jobId("0123456789abcdef", turned)).toBe(id);
    expect(jobId("fedcba9876543210", trial)).not.toBe(id);
    expect(jobId("0123456789abcdef", trialOf(task({ seed: 4 }), "all"))).not.toBe(id);
  });

  test("is in the queue of its version, and of the machine's bits unless it is strict", () => {
    expect(queueOf(trial, "abc")).toBe(`${version}-strict`);
    expect(queueOf(trialOf(task({ strict: false }), "all"), "abc")).toBe(`${version}-abc`);
    expect(queueName("strict", "f".repeat(64))).toBe(`${version}-strict-${"f".repeat(16)}`);
  });

  test("that was altered is refused, however", () => {
    const text = JSON.stringify(trial);
    const places = fc.nat(text.length - 1);
    const cases = Number(process.env.POLGRAD_CASES) || 200;
    fc.assert(
      fc.property(
        places,
        fc.constantFrom("cut", "change", "double"),
        fc.integer({ min: 32, max: 126 }),
        (at, how, code) => {
          const changed =
            how === "cut"
              ? text.slice(0, at) + text.slice(at + 3)
              : how === "double"
                ? text.slice(0, at) + text.slice(at, at + 9) + text.slice(at)
                : text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
          let data: unknown;
          try {
            data = JSON.parse(changed);
          } catch {
            return;
          }
          if (JSON.stringify(data) === text) return;
          try {
            expect(parseTrial(id, data)).toEqual(trial); // as where a name stands twice with one value
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            expect((error as Error).message).toMatch(/^job [\w-]+ is damaged: /);
          }
        },
      ),
      { numRuns: cases },
    );
    const strange = [undefined, null, 5, "x", [], {}, { ...trial, options: null }, { ...trial, more: 1 }];
    for (const data of [...strange, { ...trial, evaluation: { ...trial.evaluation, episodes: 1e9 } }])
      expect(() => parseTrial(id, data)).toThrow(/is damaged/);
    expect(() => parseTrial(id, { ...trial, title: "x".repeat(2 ** 20) })).toThrow(/too large/);
  });
});

describe("a module", () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };

  test("has the content of its files and of its lock file, wherever they lie", () => {
    const env = 'import { a } from "./lib/a.js";\nexport default () => a;';
    const [one, two] = ["one", "two/deep"].map((place) => {
      write(`${place}/lib/a.js`, "export const a = 1;");
      write(`${place}/package-lock.json`, "{}");
      return write(`${place}/env.js`, env);
    });
    const hash = contentHash(one);
    expect(contentHash(two)).toBe(hash);
    write("two/deep/lib/a.js", "export const a = 2;");
    expect(contentHash(two)).not.toBe(hash);
    write("two/deep/lib/a.js", "export const a = 1;");
    write("two/deep/package-lock.json", '{"x":1}');
    expect(contentHash(two)).not.toBe(hash);
    expect(() => contentHash(write("three.js", 'import "./gone.js";'))).toThrow(
      /imports .*gone\.js, which is not there/,
    );
    expect(allowedModules(["one"], folder).map(({ path }) => path)).toEqual([one, join(folder, "one/lib/a.js")]);
    expect(() => allowedModules(["none"], folder)).toThrow("--allow-module none: there is no such file or folder");
  });

  test("is run where a person allowed one of its content, and refused elsewhere", () => {
    const path = write("env.js", "export default 1;");
    const named = trialOf(task({ env: { module: moduleUrl(path), options: { size: 2 } } }), "all", contentHash(path));
    expect(named.env).toEqual({ module: contentHash(path), file: "env.js", options: { size: 2 } });
    const allowed = allowedModules(["env.js"], folder);
    expect(taskOf("x", named, folder, allowed).options.env).toEqual({ module: moduleUrl(path), options: { size: 2 } });
    expect(() => taskOf("x", named, folder, [])).toThrow(
      /its environment env\.js has the content .* --allow-module env\.js$/,
    );
  });
});

describe("a run's folder", () => {
  /** What Redis has of parcels. */
  function store() {
    const state: Record<string, Uint8Array> = {};
    const logs: Uint8Array[] = [];
    const put = ({ files, logs: more, sent }: Parcel): void => {
      for (const [name, bytes] of files) state[name] = Buffer.from(bytes);
      logs.push(...more);
      sent();
    };
    return { state, logs, put, received: () => unpack(state, logs, "x") };
  }

  test("goes on elsewhere, and is taken over at the end, with the weights of one machine", async () => {
    const whole = await trainToRun("ppo", task().options, {
      runDir: folder,
      name: "whole",
      onWarning: () => undefined,
    });
    const first = { ...task(), run: join(folder, "first"), report: false };
    const stop = new AbortController();
    const onProgress = ({ step }: { step: number }) => step >= 128 && stop.abort();
    expect(await carryOutTraining(first, { signal: stop.signal, onProgress })).toBe("interrupted");
    const redis = store();
    redis.put(parcels(first.run, "all").pack(false));

    const second = { ...task(), run: join(folder, "second"), report: false };
    const begin = openFolder(second, redis.received());
    expect(begin.updates).toBeGreaterThan(0);
    const end = store(); // an attempt sends all that there is
    const parcel = parcels(second.run, "all");
    end.put(parcel.pack(false));
    expect(parcel.pack(false)).toMatchObject({ files: new Map(), logs: [] });
    expect(await carryOutTraining(second)).toBe("finished");
    end.put(parcel.pack(true));

    await takeOver(task(), end.received());
    const read = (name: string) => readFileSync(join(folder, name));
    expect(read("run/metrics.jsonl")).toEqual(read("whole/metrics.jsonl"));
    const summary = JSON.parse(String(read("run/summary.json"))) as Record<string, unknown>;
    expect(summary).toMatchObject({ weightsSha256: whole.summary.weightsSha256, run: join(folder, "run") });
    expect(read("run/policy.safetensors")).toEqual(read("whole/policy.safetensors"));
    expect(String(read("run/report.html"))).toContain("Trained to the end");
    expect(JSON.parse(String(read("run/config.json")))).toMatchObject({
      command: "polgrad sweep",
      resumed: [{ fromStep: begin.step }],
    });

    // Another's, or altered: it is refused, and what is there stays.
    const others: [string, (state: Record<string, Uint8Array>) => void][] = [
      ["its training has not ended", (state) => delete state["file:summary.json"]],
      ["it has no evaluation of its policy as asked for", (state) => delete state["file:evaluation.json"]],
      ["there is no such file", (state) => delete state["file:policy.safetensors"]],
      ["is damaged", (state) => (state["file:checkpoints/last.safetensors"] = flipped(state["file:checkpoints/last.safetensors"]))], // prettier-ignore
      ["its policy has other weights than it says", (state) => (state["file:policy.safetensors"] = flipped(state["file:policy.safetensors"]))], // prettier-ignore
    ];
    for (const [problem, alter] of others) {
      const altered = { ...end.state };
      alter(altered);
      await expect(takeOver(task(), unpack(altered, end.logs, "x")), problem).rejects.toThrow(problem);
    }
    await expect(takeOver(task({ seed: 4 }), end.received())).rejects.toThrow("it is of another training");
    expect(read("run/policy.safetensors")).toEqual(read("whole/policy.safetensors"));
    expect(existsSync(join(folder, ".run.received"))).toBe(false);
    const hostile = { ...redis.state, "file:checkpoints/last.safetensors": flipped(redis.state["file:checkpoints/last.safetensors"]) }; // prettier-ignore
    expect(openFolder(second, unpack(hostile, redis.logs, "x"))).toEqual({ updates: 0, step: 0 });
  });

  const flipped = (bytes: Uint8Array): Uint8Array => bytes.with(bytes.length - 2, bytes.at(-2)! ^ 1);

  test("names no other files, and no more than there is room for", () => {
    const run = join(folder, "run");
    mkdirSync(run);
    appendFileSync(join(run, "metrics.jsonl"), "a\nb\nhalf");
    appendFileSync(join(run, "secret.txt"), "x\n");
    const { logs } = parcels(run, "all").pack(false);
    expect(unpack({}, logs, "x").logs).toEqual(new Map([["metrics.jsonl", Buffer.from("a\nb\n")]]));
    const head = (text: string) => Buffer.from(`${text}\n`);
    for (const bad of [
      '{"file":"../../x","offset":0,"length":1}',
      '{"file":"metrics.jsonl","offset":7,"length":0}',
      '{"file":"metrics.jsonl","offset":0,"length":1e99}',
      '{"file":"metrics.jsonl","offset":0,"length":3}',
      "x",
      "",
    ])
      expect(() => unpack({}, [head(bad)], "a trial"), bad).toThrow(InputError);
  });
});

describe("an address", () => {
  test.each([
    ["redis://host", "redis://host"],
    ["rediss://me:pa%2Fss@host:6380/2", "rediss://host:6380/2"],
    ["redis://host?password=x", "redis://host"],
  ])("%s is shown as %s", (url, shown) => expect(redisAddress(url, {}).shown).toBe(shown));

  test("comes from the environment where none is typed, and is told without what is secret where it is wrong", () => {
    expect(redisAddress(null, { POLGRAD_REDIS: "redis://a" }).shown).toBe("redis://a");
    expect(() => redisAddress(null, {})).toThrow(/^which Redis\? Name its URL as --redis redis:\/\/host:6379/);
    for (const wrong of ["me:secret@host", "http://me:secret@host", "rediss://", "secret", "://secret"])
      expect(() => redisAddress(wrong, {})).toThrow(/^(?!.*secret)--redis (is not|must be) the URL of a Redis/);
  });

  test("loses its password in whatever text", () => {
    const line = 'polgrad sweep a.json --redis "rediss://me:p@s s/w@host:1/0?tls=1" --jobs 2';
    expect(withoutPasswords(line)).toBe('polgrad sweep a.json --redis "rediss://host:1/0" --jobs 2');
    expect(withoutPasswords("redis://host:6379 is redis://host")).toBe("redis://host:6379 is redis://host");
  });
});
