// Jobs in processes of their own: these are files of the built package.

import { expect, test } from "vitest";
import type * as ForkJob from "../../../src/jobs/fork-job.ts";

const built = new URL("../../../dist/jobs/fork-job.js", import.meta.url).href;
const { inProcess } = (await import(built)) as typeof ForkJob;
const carryOut = inProcess<string, { step: number }>(new URL("./task.mjs", import.meta.url).href);

test("a task is carried out by the default export of a module, and reports its progress", async () => {
  const steps: number[] = [];
  expect(await carryOut("short", { onProgress: ({ step }) => steps.push(step) })).toBe("finished");
  expect(steps[0]).toBe(1);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
});

test("the latest progress arrives, however fast it comes", async () => {
  const controller = new AbortController();
  const steps: number[] = [];
  const onProgress = ({ step }: { step: number }) => void (steps.push(step), step > 30 && controller.abort());
  expect(await carryOut("long", { signal: controller.signal, onProgress })).toBe("interrupted");
  expect(steps.length).toBeLessThan(steps.at(-1)!);
});

test("what it throws, and how its process died, is told", async () => {
  await expect(carryOut("fail", {})).rejects.toThrow(/^it broke$/);
  await expect(carryOut("die", {})).rejects.toThrow(/^its process was ended by SIGKILL/);
  await expect(carryOut("leave", {})).rejects.toThrow(/^its process ended with exit code 3/);
  const missing = inProcess(new URL("./missing.js", import.meta.url).href);
  await expect(missing("short", {})).rejects.toThrow(/Cannot find module/);
});

test("a job that is aborted before it starts is interrupted", async () => {
  expect(await carryOut("long", { signal: AbortSignal.abort() })).toBe("interrupted");
});
