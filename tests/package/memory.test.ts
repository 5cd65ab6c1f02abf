// Many trainings in one process: each gives back what it took. `npm run bench:memory` has the long runs.

import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, inject, test } from "vitest";

const program = "many-trainings.mjs";
const project = inject("project");

/** Resident MB after 40 and after 100 trainings. */
async function trainings(...options: string[]): Promise<[number, number]> {
  const command = ["--expose-gc", program, ...options];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: project });
  const { resident } = JSON.parse(stdout) as { resident: number[] };
  return [resident[39]!, resident[99]!];
}

beforeAll(() => copyFileSync(fileURLToPath(new URL(`fixtures/${program}`, import.meta.url)), join(project, program)));

test("60 more trainings take no more memory, and all stay under 200 MB", async () => {
  const [early, late] = await trainings();
  expect(late - early).toBeLessThan(15);
  expect(late).toBeLessThan(200);
});

test("this would show a leak: policies that are kept take more", async () => {
  const [early, late] = await trainings("--keep");
  expect(late - early).toBeGreaterThan(20);
});
