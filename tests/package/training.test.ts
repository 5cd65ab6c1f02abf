// The installed package trains, from a program and from the command line, on each version of Node that it is for.

import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { nodeProgram } from "./node-versions.ts";

const run = promisify(execFile);
const project = inject("project");
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
/** Programs, or why npm could not bring them: it begins to at once, and other tests run meanwhile. */
const nodes = ["20.19.0", "22", "24"].map((version) => ({
  version,
  found: nodeProgram(version).catch((error: Error) => error),
}));

interface StrictTraining {
  node: string;
  strict: string;
  fast: string;
  steps: number;
}

test("a program in TypeScript, compiled, checks its environment, trains on it, saves, loads and evaluates", async () => {
  const tsc = join(root, "node_modules/typescript-7/bin/tsc");
  const options = ["--module", "nodenext", "--target", "es2023", "--strict", "--skipLibCheck"];
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  copyFileSync(fixture("program.ts"), join(project, "program.ts"));
  await run(process.execPath, [tsc, ...options, ...types, "program.ts"], { cwd: project });
  const { stdout, stderr } = await run(process.execPath, ["program.js"], { cwd: project });
  expect(stderr).toBe("");
  const said = JSON.parse(stdout.trim().split("\n").at(-1)!);
  expect(said).toMatchObject({ updates: 16, action: 1, mean: 1 });
  // Gymnasium's with this seed.
  expect(said.observation).toEqual([0.001182, 0.045046, -0.035584, 0.044865]);
});

describe("the command line", () => {
  const polgrad = (...args: string[]) =>
    run(process.execPath, [join(project, "node_modules/polgrad/dist/bundle/main.js"), ...args], { cwd: project });

  test("tells its version, by npx", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const options = { cwd: project, shell: process.platform === "win32" };
    expect((await run("npx", ["--no-install", "polgrad", "--version"], options)).stdout.split("\n")[0]).toBe(version);
  });

  test("trains, and leaves a run with a report", async () => {
    const { stdout } = await polgrad("train", "ppo", "CartPole-v1", "--steps", "4096", "--json");
    const summary = JSON.parse(stdout.trim().split("\n").at(-1)!);
    expect(summary).toMatchObject({ algorithm: "ppo", env: "CartPole-v1", seed: 1, steps: 4096 });
    expect(summary.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(existsSync(join(project, summary.run, "report.html"))).toBe(true);
  });

  test("writes text, and trains what writes it by RLHF, one β a process", async () => {
    const write = ["generate", "reviews", "the service was", "--seed", "3", "--temperature", "0.8", "--top-p", "0.95"];
    const { stdout: text } = await polgrad(...write);
    expect(text).toMatch(/^the service was [a-z .]+\.\n$/);
    const { stdout, stderr } = await polgrad("rlhf", "--iterations", "2", "--kl-coefficient", "0,0.1", "--seed", "5", "--no-best-of-n", "--json"); // prettier-ignore
    const { runs, wallSeconds } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    expect(wallSeconds).toBeGreaterThan(0);
    expect(runs.map((run: { klCoefficient: number }) => run.klCoefficient)).toEqual([0, 0.1]);
    for (const { proxy, truth, truthPeak, wellFormed, distinct, kl, steps } of runs) {
      expect([proxy, truth, truthPeak, wellFormed, distinct, kl].every(Number.isFinite)).toBe(true);
      expect(truthPeak).toBeGreaterThanOrEqual(truth);
      expect(steps).toBe(2);
    }
    expect(stderr).toContain("β 0.1   iteration   2 of 2");
    expect(stderr).toMatch(/β {2}reward {3}truth/);
  });

  test("ends with 2 for what was typed wrongly", async () => {
    await expect(polgrad("train", "pop", "CartPole-v1")).rejects.toMatchObject({ code: 2 });
    writeFileSync(join(project, "typo.mjs"), "export default () => 1;\nconst x = ;\n");
    const stderr = expect.stringContaining("the reward file typo.mjs, line 2, cannot be loaded: Unexpected token ';'");
    await expect(polgrad("rlhf", "--reward", "typo.mjs")).rejects.toMatchObject({ code: 2, stderr });
  });
});

describe("each version of Node", () => {
  let here: StrictTraining;
  const train = async (node: string) => {
    const { stdout, stderr } = await run(node, ["strict-training.mjs"], { cwd: project });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as StrictTraining;
  };

  beforeAll(async () => {
    copyFileSync(fixture("strict-training.mjs"), join(project, "strict-training.mjs"));
    here = await train(process.execPath);
  });

  for (const { version, found } of nodes)
    test(`${version} trains, and strict gives the bits that it gives here`, { timeout: 120_000 }, async ({ skip }) => {
      const node = await found;
      if (node instanceof Error) {
        console.warn(`Node ${version}: skipped, because npm could not bring it: ${node.message.trim()}`);
        return skip(`npm could not bring Node ${version}`);
      }
      const there = await train(node);
      expect(there.node).toMatch(new RegExp(`^${version}(\\.|$)`));
      expect(there).toMatchObject({ strict: here.strict, steps: 8192 });
    });
});
