// The rules of eslint.config.js bite: each folder's code is refused what it must not do. And no import leads back to
// its file.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, test } from "vitest";
import { algorithms } from "../src/algorithms/index.ts";

const root = new URL("..", import.meta.url).pathname;
// Types are not needed here, and cost seconds.
const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });

/** The rules that a line of code breaks, as if it stood in this file. */
async function broken(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: `${root}${file}` });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

const imports = "@typescript-eslint/no-restricted-imports";
const syntax = "no-restricted-syntax";
const forNode = ["runs", "jobs", "suites", "cluster", "sweeps", "search", "comparison", "experiments", "cli"];
const folders = readdirSync(`${root}src`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const forBrowsers = folders.filter((name) => !forNode.includes(name));

describe("every folder that runs in a browser", () => {
  test.each(forBrowsers)("%s", async (folder) => {
    const file = `src/${folder}/some/thing.ts`;
    expect(await broken(file, "export const f = (x: number) => Math.tanh(x);")).toEqual([syntax]);
    expect(await broken(file, "export const f = (x: number) => x ** 2;")).toEqual([syntax]);
    expect(await broken(file, "export const { exp } = Math;")).toEqual([syntax]);
    expect(await broken(file, "export const f = (x: number) => Math.sqrt(x) * Math.PI;")).toEqual([]);
    expect(await broken(file, 'export { readFileSync } from "node:fs";')).toEqual([imports]);
    expect(await broken(file, 'export { readFileSync } from "fs";')).toEqual([imports]);
    expect(await broken(file, "export const { env } = process;")).toEqual(["no-restricted-globals"]);
    expect(await broken(file, 'export { runCli } from "../../cli/program.ts";')).toEqual([imports]);
    expect(await broken(file, 'export { trainPpo } from "../../index.ts";')).toEqual([imports]);
    expect(await broken(file, 'export { InputError } from "../../errors.ts";')).toEqual([]);
  });
});

test("so do the files beside the folders, but for node.ts", async () => {
  expect(await broken("src/index.ts", 'export { readFileSync } from "node:fs";')).toEqual([imports]);
  expect(await broken("src/errors.ts", "export const x = Math.exp(1);")).toEqual([syntax]);
  expect(await broken("src/node.ts", 'export { readFileSync } from "node:fs";')).toEqual([]);
});

describe("zod comes in its small form, as a namespace", () => {
  test.each(["src/training/thing.ts", "src/cli/thing.ts", "src/index.ts", "src/node.ts"])("in %s", async (file) => {
    const use = "export const schema = z.int();";
    expect(await broken(file, `import * as z from "zod/mini";\n${use}`)).toEqual([]);
    expect(await broken(file, 'import type * as z from "zod/mini";\nexport type T = z.ZodMiniObject;')).toEqual([]);
    for (const wrong of [
      'import { z } from "zod";',
      'import * as z from "zod";',
      'import z from "zod";',
      'import * as z from "zod/v4";',
      'import { z } from "zod/mini";',
    ])
      expect(await broken(file, `${wrong}\n${use}`), wrong).toEqual([syntax]);
    expect(await broken(file, 'export { z } from "zod/mini";')).toEqual([syntax]);
    expect(await broken(file, 'export const z = await import("zod");')).toEqual([syntax]);
  });
});

describe("the order of the folders", () => {
  const forbidden = [
    ["random", "../tensor/index.ts"],
    ["physics", "../math/index.ts"],
    ["tensor", "../optimizers/adam.ts"],
    ["envs", "../tensor/index.ts"],
    ["spaces", "../tensor/index.ts"],
    ["envs", "../policies/index.ts"],
    ["advantages", "../tensor/index.ts"],
    ["algorithms", "../training/train.ts"],
    ["algorithms", "../language/index.ts"],
    ["training", "../language/index.ts"],
    ["training", "../runs/files.ts"],
    ["runs", "../cli/values.ts"],
    ["jobs", "../cluster/cluster.ts"],
    ["cluster", "../sweeps/sweep.ts"],
  ];
  test.each(forbidden)("%s must not import %s", async (folder, source) => {
    expect(await broken(`src/${folder}/thing.ts`, `export { x } from "${source}";`)).toEqual([imports]);
  });

  test("a folder may import from those before it", async () => {
    expect(await broken("src/algorithms/thing.ts", 'export { x } from "../tensor/index.ts";')).toEqual([]);
    expect(await broken("src/runs/thing.ts", 'export { x } from "../training/index.ts";')).toEqual([]);
    expect(await broken("src/runs/thing.ts", 'export { readFileSync } from "node:fs";')).toEqual([]);
  });
});

describe("the site computes nothing of the lecture itself", () => {
  test.each([
    "export const f = (gamma: number, x: number) => gamma * x;",
    "export const f = (ratios: number[]) => ratios[0] - 1;",
    "export const f = (step: { advantage: number }) => 2 * step.advantage;",
    "export const f = (x: number) => Math.exp(x);",
  ])("%s", async (code) => {
    expect(await broken("site/scenes/thing/simulation.ts", code)).toEqual([syntax]);
    expect(await broken("site/page/thing.ts", code)).toEqual([syntax]);
  });

  test("geometry may be, and pages take types alone from the library: the worker has it", async () => {
    expect(await broken("site/page/thing.ts", "export const f = (x: number, width: number) => x / width;")).toEqual([]);
    expect(await broken("site/page/thing.ts", 'export { trainPpo } from "polgrad";')).toEqual([imports]);
    expect(await broken("site/scenes/thing/page.ts", 'export { create } from "./simulation.ts";')).toEqual([imports]);
    expect(await broken("site/scenes/thing/page.ts", 'export type { X } from "./simulation.ts";')).toEqual([]);
    expect(await broken("site/worker/thing.ts", 'export { trainPpo } from "polgrad";')).toEqual([]);
  });
});

test("elsewhere too: no any, no unused code, types imported as types", async () => {
  const any = "@typescript-eslint/no-explicit-any";
  expect(await broken("src/cli/thing.ts", "export const f = (x: any): unknown => x;")).toEqual([any]);
  expect(await broken("src/cli/thing.ts", "const unused = 1;")).toEqual(["@typescript-eslint/no-unused-vars"]);
  expect(await broken("src/cli/thing.ts", 'import { T } from "./t.ts";\nexport const f = (x: T) => x;')).toEqual([
    "@typescript-eslint/consistent-type-imports",
  ]);
});

test("no constant of a file is named in capitals, in whatever language of the project", async () => {
  expect(await broken("src/cli/thing.ts", "export const MAX_STEPS = 5;")).toEqual([syntax]);
  expect(await broken("src/envs/thing.ts", "export const MAX_STEPS = 5;")).toEqual([syntax]);
  expect(await broken("scripts/thing.mjs", "const ROOT = 5;\nprocess.chdir(ROOT);")).toEqual([syntax]);
  expect(await broken("src/cli/thing.ts", "export const maxSteps = 5;\nexport const Kind = maxSteps;")).toEqual([]);
  expect(await broken("src/cli/thing.ts", "export const f = () => {\n  const A = 1;\n  return A;\n};")).toEqual([]);
});

describe("circles of imports", () => {
  test("there are none in src/, imports of types and dynamic ones included", () => {
    expect(circles(importsOfSources())).toEqual([]);
  });

  test("they are found", () => {
    const imports = new Map([
      ["a", ["b", "d"]],
      ["b", ["c"]],
      ["c", ["a"]],
      ["d", ["d"]],
      ["e", ["a"]],
    ]);
    expect(circles(imports)).toEqual([["a", "b", "c"], ["d"]]);
  });
});

const importsIn = importsOfSources();

/** The file and all that it imports, directly or by others. */
function reached(file: string, found = new Set<string>()): Set<string> {
  if (!found.has(file)) for (const next of importsIn.get(found.add(file) && file) ?? []) reached(next, found);
  return found;
}

test("a worker does not import what starts it: a bundler would make it of itself, without end", () => {
  expect(reached("training/training.ts")).toContain("training/spawn-worker.ts");
  expect(reached("training/polgrad-worker.ts")).toContain("threads/serve.ts");
  expect(reached("training/polgrad-worker.ts")).not.toContain("training/spawn-worker.ts");
});

describe("an algorithm reads in one piece", () => {
  const fileOf = (name: string): string => `algorithms/${name}.ts`;
  const isTable = (file: string): boolean => /\.(presets|metrics)\.ts$/.test(file);

  test.each(Object.keys(algorithms))("%s", (name) => {
    const others = Object.keys(algorithms).filter((other) => other !== name);
    const shared = new Set(others.flatMap((other) => [...reached(fileOf(other))]));
    const own = [...reached(fileOf(name))].filter((file) => file === fileOf(name) || !shared.has(file));
    const lines = own
      .filter((file) => !isTable(file))
      .map((file) => readFileSync(`${root}src/${file}`, "utf8").trimEnd().split("\n").length);
    expect(lines.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(["trpo", "a3c"].includes(name) ? 250 : 150);
  });
});

/** What each file of src/ imports of the others: paths within src/. */
function importsOfSources(): Map<string, string[]> {
  const files = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const relative = /\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;
  return new Map(
    files.map((file) => {
      const text = readFileSync(`${root}src/${file}`, "utf8");
      return [file, Array.from(text.matchAll(relative), ([, path]) => normalize(join(dirname(file), path)))];
    }),
  );
}

/** The strongly connected parts of a graph that hold a circle: Tarjan (1972). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    order.set(node, order.size);
    let low = order.get(node)!;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (path.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next)!);
    }
    lowest.set(node, low);
    if (low === order.get(node)) {
      const part = path.splice(path.indexOf(node));
      if (part.length > 1 || graph.get(node)?.includes(node)) found.push(part.sort());
    }
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found.sort();
}
