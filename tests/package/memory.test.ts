// Many trainings in one process: each gives back what it took. `npm run bench:memory` has the long runs.

import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, inject, test } from "vitest";

const program = "many-trainings.mjs";
const project = inject("project");

/** Resident MB, at the least, during trainings 11 to 20 and 51 to 60. */
async function trainings(...options: string[]): Promise<[number, number]> {
  const command = ["--expose-gc", program, ...options];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: project });
  const { resident } = JSON.parse(stdout) as { resident: number[] };
  return [Math.min(...resident.slice(10, 20)), Math.min(...resident.slice(50, 60))];
}

beforeAll(() => copyFileSync(fileURLToPath(new URL(`fixtures/${program}`, import.meta.url)), join(project, program)));

// Engines take 1.5 MB each here, and the compilers of JavaScript go on taking some 20 MB for their own.
const bound = 40;

test("40 more trainings take hardly more memory, and all stay under 200 MB", async () => {
  const [early, late] = await trainings();
  expect(late - early).toBeLessThan(bound);
  expect(late).toBeLessThan(200);
});

test.runIf(process.env.POLGRAD_FULL)("this would show a leak: policies that are kept take more", async () => {
  const [early, late] = await trainings("--keep");
  expect(late - early).toBeGreaterThan(bound);
});
