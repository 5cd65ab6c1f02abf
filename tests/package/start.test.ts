// What commands load, counted: each file that Node resolves, reads and compiles takes a short one's time.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, inject, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "polgrad-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundle = join(inject("project"), "node_modules/polgrad/dist/bundle");
const log = join(folder, "loaded.txt");
writeFileSync(
  join(folder, "watch.mjs"),
  `import { appendFileSync } from "node:fs";
  export async function load(url, context, next) {
    if (url.startsWith("file:")) appendFileSync(${JSON.stringify(log)}, url + "\\n");
    return next(url, context);
  }`,
);
const watch = pathToFileURL(join(folder, "watch.mjs")).href;
const register = `data:text/javascript,import{register}from"node:module";register(${JSON.stringify(watch)})`;

/** The files that a command loads, after the folder of the package. */
function loadedBy(...argv: string[]): string[] {
  writeFileSync(log, "");
  execFileSync(process.execPath, ["--import", register, join(bundle, "main.js"), ...argv], { cwd: folder });
  return readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((url) => url.replace(/^.*\/dist\//, ""));
}

test("the version and the help are told without the library", () => {
  for (const flag of ["--version", "--help"]) {
    const files = loadedBy(flag);
    expect(files.length, files.join()).toBeLessThanOrEqual(5);
    expect(files.filter((file) => /training|figures|model/.test(file))).toEqual([]);
  }
});

test("the help of an algorithm loads neither figures nor kernels", () => {
  const files = loadedBy("train", "ppo", "--help");
  expect(files.length, files.join()).toBeLessThanOrEqual(8);
  expect(files.filter((file) => /figures|kernels/.test(file))).toEqual([]);
});

test("a training with its report loads few files, each once, and nothing of language models or of other packages", () => {
  const files = loadedBy("train", "ppo", "CartPole-v1", "--steps", "512", "--quiet");
  expect(files.length, files.join()).toBeLessThanOrEqual(20);
  expect(new Set(files).size).toBe(files.length);
  expect(files.filter((file) => /node_modules|shipped-models/.test(file))).toEqual([]);
  expect(files.filter((file) => file.includes("kernels/"))).toEqual(["tensor/wasm/kernels/fast.generated.js"]);
  expect(files.filter((file) => file.includes("figures."))).toEqual(["bundle/chunk-figures.js"]);
});

test("no bundle holds a second document, and each is plain ASCII, which V8 reads fastest", () => {
  for (const file of readdirSync(bundle).filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(join(bundle, file), "latin1");
    expect(text, file).not.toMatch(/linkedom|htmlparser2|[\x80-\xff]/);
  }
});
