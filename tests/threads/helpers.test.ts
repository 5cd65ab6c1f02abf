// Threads that join by themselves: when they are started, that they are timed, and that they leave.

import { afterEach, describe, expect, test } from "vitest";
import { nodeWorker, createHelpers, type Helpers } from "../../src/threads/index.ts";

const open: Helpers[] = [];
afterEach(() => open.splice(0).forEach((helpers) => helpers.close()));

let spawned = 0;
function helpersOf(threads = 2, entry = "duties.mjs"): Helpers {
  const spawn = () => {
    spawned++;
    return nodeWorker(new URL(`./workers/${entry}`, import.meta.url))!;
  };
  const helpers = createHelpers(spawn, () => ({}), threads)!;
  open.push(helpers);
  return helpers;
}

/** Repetitions of so many milliseconds each, with helpers at work and without, until nothing changes any more. */
async function repeat(helpers: Helpers, together: number, alone: number): Promise<number> {
  spawned = 0;
  let done = 0;
  const ran: boolean[] = [];
  let waited = false;
  for (let i = 0; i < 100; i++) {
    if (spawned > 0 && !waited) await started(helpers);
    waited = spawned > 0;
    ran.push(helpers.work.running);
    helpers.after(helpers.work.running ? together : alone, (done += 1e-4));
  }
  return ran.slice(-20).filter(Boolean).length;
}
const started = async (helpers: Helpers): Promise<void> => {
  for (let i = 0; i < 300 && !helpers.work.running; i++) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe("helpers", () => {
  test("stay where repetitions take less time with them", async () => {
    expect(await repeat(helpersOf(), 150, 200)).toBe(20);
    expect(spawned).toBe(1);
  });

  test("leave where they save nothing", async () => {
    expect(await repeat(helpersOf(), 200, 200)).toBe(0);
    expect(spawned).toBe(1);
  });

  test("are not started for what is over in a second, or will soon be", async () => {
    spawned = 0;
    const [short, late] = [helpersOf(), helpersOf()];
    for (let i = 0; i < 9; i++) short.after(100, i / 1000);
    for (let i = 0; i < 100; i++) late.after(100, i / 100 + 0.009); // 10 s in all
    expect(spawned).toBe(1); // at 1 s of 10
    late.close();
    spawned = 0;
    const ending = helpersOf();
    for (let i = 0; i < 20; i++) ending.after(100, 0.1 + i * 0.045);
    expect(spawned).toBe(0);
  });

  test("are one training's at a time", async () => {
    const [first, second] = [helpersOf(), helpersOf()];
    await repeat(first, 150, 200);
    expect(await repeat(second, 150, 200)).toBe(0);
    expect(spawned).toBe(0);
    first.close();
    expect(await repeat(helpersOf(), 150, 200)).toBe(20);
  });

  test("that cannot be started leave the rest alone", async () => {
    const helpers = helpersOf(2, "missing.mjs");
    expect(await repeat(helpers, 150, 200)).toBe(0);
    expect(spawned).toBe(1);
  }, 20_000);

  test("there are none on a single hardware thread", () => {
    expect(
      createHelpers(
        () => nodeWorker(new URL("file:///none.mjs"))!,
        () => ({}),
        1,
      ),
    ).toBeUndefined();
  });
});
