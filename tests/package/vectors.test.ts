// Vectors of 256 bits in the versions of Node that have them: V8 joins every kernel that is meant to be joined, and the bits
// of kernels and trainings stay, with one thread and with two.

import { execFile } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { vectorSupport } from "../../src/tensor/index.ts";
import { nodeProgram } from "./node-versions.ts";

const run = promisify(execFile);
const project = inject("project");
const flag = "--experimental-wasm-revectorize";
/** Everything is optimized from its first call on, and each function by itself. */
const optimized = [flag, "--no-liftoff", "--no-wasm-tier-up", "--no-wasm-inlining"];
const isX64 = process.arch === "x64";
/** V8 joins where the processor has AVX2, and only Linux tells. */
const joins = isX64 && process.platform === "linux" && readFileSync("/proc/cpuinfo", "utf8").includes(" avx2 ");

interface Results {
  node: string;
  support?: { bits: number; reason: string };
  kernels: Record<string, Record<string, { sha256: string; index: number }>>;
  trainings: Record<string, string>;
}

async function start(node: string, flags: readonly string[], mode: "narrow" | "wide" | "fast" | "strict") {
  const { stdout, stderr } = await run(node, [...flags, "vectors.mjs", mode], { cwd: project, maxBuffer: 1 << 28 });
  return { trace: stdout, results: JSON.parse(stderr) as Results };
}

let here: Results;

beforeAll(async () => {
  copyFileSync(fileURLToPath(new URL("fixtures/vectors.mjs", import.meta.url)), join(project, "vectors.mjs"));
  here = (await start(process.execPath, [], "narrow")).results;
});

test("two threads come to the bits of one, and fused multiply-adds to others than strict builds", () => {
  const { trainings } = here;
  expect(trainings["strict, 2"]).toBe(trainings["strict, 1"]);
  expect(trainings["fast, 2"]).toBe(trainings["fast, 1"]);
  expect(trainings["fast, 1"]).not.toBe(trainings["strict, 1"]);
});

test("the Node at hand has them or says why not", () => {
  const { bits, reason } = vectorSupport();
  const tested = ["24", "26"].includes(process.versions.node.split(".")[0]) && isX64;
  expect(bits).toBe(tested ? 256 : 128);
  expect(reason).toMatch(/^(where the processor has them|Node 24 and 26 have 256|processors of the kind .+)$/);
});

describe.each(["24", "26"])("Node %s", (version) => {
  const found = nodeProgram(version).catch((error: Error) => error);

  test.for([
    ["joined from the first call on", optimized],
    ["joined when V8 optimizes them", []],
  ] as const)("kernels that are %s come to the same bits", async ([, flags], { skip }) => {
    const node = await found;
    if (node instanceof Error) return skip(`npm could not bring Node ${version}: ${node.message.trim()}`);
    const { results } = await start(node, flags, "wide");
    expect(results.node).toMatch(new RegExp(`^${version}\\.`));
    expect(results.support?.bits).toBe(isX64 ? 256 : 128);
    expect(results.kernels).toEqual(here.kernels);
    expect(results.trainings).toEqual(here.trainings);
  });

  test.runIf(joins).for(["fast", "strict"] as const)("joins every kernel of the %s build", async (build, { skip }) => {
    const node = await found;
    if (node instanceof Error) return skip(`npm could not bring Node ${version}: ${node.message.trim()}`);
    const { trace, results } = await start(node, [...optimized, "--trace-wasm-revectorize"], build);
    const kernels = Object.entries(results.kernels[build]);
    expect(kernels).toHaveLength(17);
    for (const [name, { index }] of kernels) {
      const begin = trace.indexOf(`Begin revec function wasm-function#${index}\n`);
      const told = trace.slice(begin, trace.indexOf("Finished revec function", begin));
      const [, saved, cost] = /Save: (\d+), cost: (\d+)/.exec(told) ?? [];
      expect(Number(saved), name).toBeGreaterThan(Number(cost));
      // Both forms of the tile have 6 rows of two pairs of products each, and 4 of the last rows of a matrix.
      const products = told.match(build === "fast" ? /PackNode.*F32x4Qfma/g : /PackNode.*F32x4Mul/g);
      if (name === "wideTiles") expect(products).toHaveLength(40);
    }
  });
});
