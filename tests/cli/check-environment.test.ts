import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkEnvironment } from "../../src/cli/check-environment.ts";
import type { Env } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { box, discrete } from "../../src/spaces/index.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-check-"))));
afterAll(() => rmSync(folder, { recursive: true }));

let calls = 0;
const busy = (milliseconds: number) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

/** A sound environment whose steps take a while, unless something is put in its place. */
function environment(changes: Partial<Env> = {}, slow = 0): () => Env {
  let t = 0;
  return function mine() {
    return {
      observationSpace: box(-1, 1, [1]),
      actionSpace: discrete(2),
      reset: () => ({ observation: [(t = 0)], info: {} }),
      step() {
        calls++;
        busy(slow);
        return { observation: [0], reward: 1, terminated: false, truncated: ++t >= 50, info: {} };
      },
      ...changes,
    };
  };
}

async function refused(source: Parameters<typeof checkEnvironment>[0], moment?: number): Promise<string> {
  const error: unknown = await checkEnvironment(source, {}, moment).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
}

describe("a broken environment is refused before training, with all that is wrong", () => {
  test.each<[string, Partial<Env>, string[]]>([
    [
      "first observation",
      { reset: () => ({ observation: [3], info: {} }) },
      ["the environment mine breaks the contract:\n", "- reset(0) went wrong: observation[0] is 3, outside the bounds"],
    ],
    [
      "several at once",
      { step: () => ({ observation: [9], reward: NaN, terminated: 0, truncated: false, info: {} }) as never },
      ["observation[0] is 9", "\n- step(", "the reward is NaN", "terminated is 0"],
    ],
    ["spaces", { actionSpace: {} as never, step: 3 as never }, ["actionSpace", "step is a number"]],
    [
      "an exception",
      {
        reset: () => {
          throw new TypeError("oh no");
        },
      },
      ["reset(0) threw TypeError: oh no"],
    ],
    [
      "chance without a seed",
      { reset: () => ({ observation: [Math.random()], info: {} }) },
      ["reset(seed) with the same seed, then the same actions, leads to a different observation"],
    ],
  ])("%s", async (_, changes, parts) => {
    const message = await refused(environment(changes));
    for (const part of parts) expect(message).toContain(part);
  });

  test("a slow one too, by its first observation", async () => {
    const reset = () => {
      busy(30);
      return { observation: [3], info: {} };
    };
    expect(await refused(environment({ reset }), 10)).toContain("observation[0] is 3");
  });

  test("steps in place, and keeps what it is handed", async () => {
    let last: Float32Array | undefined;
    const step = (action: Float32Array) => {
      const reward = action[0] - (last?.[0] ?? 0);
      last = action;
      return { observation: [0], reward, terminated: false, truncated: false, info: {} };
    };
    const reset = () => {
      last = undefined;
      return { observation: [0], info: {} };
    };
    const changes = { actionSpace: box(-1, 1, [1]), reset, step } as unknown as Partial<Env>;
    await checkEnvironment(environment(changes));
    expect(await refused(environment({ ...changes, stepsInPlace: true }))).toContain("stepsInPlace is true, but one");
  });

  test("a module that does not load, or that finds no polgrad", async () => {
    const module = (text: string) => {
      const path = join(folder, `${Math.random()}.mjs`);
      writeFileSync(path, text);
      return { module: pathToFileURL(path).href };
    };
    expect(await refused(module("export const x = 1"))).toContain("has no default export; it exports: x");
    expect(await refused(module("import 'nopackage-of-this-name'"))).not.toContain("npm install polgrad");
  });
});

test("a sound one passes, and is checked for no longer than a moment", async () => {
  await checkEnvironment(environment());
  calls = 0;
  await checkEnvironment(environment({}, 5), {}, 50);
  expect(calls).toBeGreaterThan(1);
  expect(calls).toBeLessThanOrEqual(11);
});

test("one with a name is not even made", () => checkEnvironment("Nope-v0"));
