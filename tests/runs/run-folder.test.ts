// Where a run's folder is made: below the folder that was asked for, and nowhere else.

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { checkPlace, createRunFolder } from "../../src/runs/run-folder.ts";
import { trainToRun } from "../../src/runs/train-run.ts";
import { parseSuite } from "../../src/suites/suite.ts";
import { type createFakeTraining } from "./fake-training.ts";

const numRuns = Number(process.env.POLGRAD_CASES ?? 20);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-place-"));
  mkdirSync(join(folder, "runs"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const name = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "../x",
    "a/b",
    "a\\b",
    "/abs",
    "con",
    "NUL.txt",
    "a\0b",
    "dots. .",
    "C:x",
    "x".repeat(300),
  ),
  fc.string({ unit: fc.constantFrom(".", "..", "/", "\\", " ", "a", "-", "\0", "\n", "con"), maxLength: 8 }),
  fc.string({ unit: "binary" }),
);
const base = { algorithm: "ppo", env: "CartPole-v1", seed: 1, options: {}, command: "", startedAt: new Date(0) };

test("a name is that of one folder, or refused in words", () => {
  fc.assert(
    fc.property(name, (given) => {
      const isPath = /[/\\\p{Cc}]/u.test(given) || /^[.\s]*$/.test(given) || given.length > 180;
      if (isPath)
        expect(() => checkPlace({ name: given })).toThrow(/^option "name" is ".*must be the name of one folder/);
      else checkPlace({ name: given });
      if (isPath) return;
      const run = createRunFolder(join(folder, "runs"), { ...base, name: given });
      expect(dirname(run)).toBe(join(folder, "runs"));
      expect(basename(run)).toMatch(/^[\w.+-]*[\w+-]$/);
    }),
    { numRuns },
  );
  expect(readdirSync(folder)).toEqual(["runs"]);
});

test("names of environments and algorithms, whatever they are, lead nowhere else either", () => {
  fc.assert(
    fc.property(name, name, (env, algorithm) => {
      const run = createRunFolder(join(folder, "runs"), { ...base, env, algorithm });
      expect(dirname(run)).toBe(join(folder, "runs"));
      expect(basename(run)).toMatch(/^[\w.+-]+-1-\d{8}-\d{6}(-\d+)?$/);
    }),
    { numRuns },
  );
  expect(readdirSync(folder)).toEqual(["runs"]);
});

test.each<[object, RegExp]>([
  [{ name: ".." }, /option "name" is "\.\.", but must be the name of one folder, such as "first-try"/],
  [{ name: 5 }, /option "name" is 5/],
  [{ runDir: "a\0b" }, /option "runDir" is "a\\u0000b", but must be the path of a folder/],
  [{ runDir: 5 }, /option "runDir" is 5/],
])("trainToRun refuses %j before it sets anything up", async (settings, message) => {
  const create: typeof createFakeTraining = () => Promise.reject(new Error("set up"));
  const started = trainToRun("ppo", { env: "CartPole-v1" }, settings, create);
  await expect(started).rejects.toThrow(InputError);
  await expect(started).rejects.toThrow(message);
});

test("a suite's name is that of one folder", () => {
  const jobs = [{ algorithm: "ppo", env: "CartPole-v1" }];
  for (const wrong of ["..", ".", "", "a/b", "con", "x.", "a b", "x".repeat(300)])
    expect(() => parseSuite({ name: wrong, jobs }, "it")).toThrow(/it is not a suite: "name": may have letters/);
  expect(parseSuite({ name: "quick-x0.5", jobs }, "it").name).toBe("quick-x0.5");
});
