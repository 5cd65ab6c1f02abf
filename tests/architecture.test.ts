// The rules of eslint.config.js bite: each folder's code is refused what it must not do.

import { readdirSync } from "node:fs";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, test } from "vitest";

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
const forNode = ["runs", "jobs", "suites", "cli"];
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
    ["training", "../runs/files.ts"],
    ["runs", "../cli/values.ts"],
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

test("elsewhere too: no any, no unused code, types imported as types", async () => {
  const any = "@typescript-eslint/no-explicit-any";
  expect(await broken("src/cli/thing.ts", "export const f = (x: any): unknown => x;")).toEqual([any]);
  expect(await broken("src/cli/thing.ts", "const unused = 1;")).toEqual(["@typescript-eslint/no-unused-vars"]);
  expect(await broken("src/cli/thing.ts", 'import { T } from "./t.ts";\nexport const f = (x: T) => x;')).toEqual([
    "@typescript-eslint/consistent-type-imports",
  ]);
});
