// A strict TypeScript project type-checks against the package, however it resolves modules, and wrong programs do not. An
// editor that opens it completes names, and tells of each option what it means, its range and its default.

import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, inject, test } from "vitest";
import { envIds, envSpec } from "../../src/envs/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = ["program.ts", "wrong.ts"];

/** A project of these files. */
function makeProject(name: string): string {
  const folder = join(inject("project"), name);
  mkdirSync(folder);
  for (const file of files) copyFileSync(new URL(`fixtures/${file}`, import.meta.url), join(folder, file));
  return folder;
}

test("right programs type-check, wrong ones do not: for a bundler and the browser, without the types of Node", async () => {
  const folder = makeProject("types-bundler");
  const compilerOptions = {
    target: "ES2023",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    module: "ESNext",
    moduleResolution: "bundler",
    lib: ["ES2023", "DOM"],
    types: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, "node_modules/typescript-7/bin/tsc");
  const said = new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", folder], (error, stdout) => resolve(stdout + (error?.message ?? "")));
  });
  expect(await said).toBe("");
});

describe("for Node, by TypeScript 6, without the types of a browser", () => {
  const folder = makeProject("types-node");
  const program = join(folder, "program.ts");
  const service = languageService(folder, {
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  });
  /** The place of a piece of the program's text. */
  const placeOf = (text: string): number => readFileSync(program, "utf8").indexOf(text);

  test("right programs type-check, wrong ones do not", () => {
    const complaints = ts.getPreEmitDiagnostics(service.getProgram()!);
    expect(complaints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  test.each([
    [
      "envs: 4",
      "envs?: number",
      /^Environments that are stepped together\.\s+A whole number of at least 1\. Default 8\. Presets: .*Pendulum-v1 4/,
    ],
    [
      "learningRate: 0.003",
      "learningRate?: number",
      /^Adam's step size at the start\.\s+A number above 0\. Default 0\.001\. Presets: Acrobot-v1 0\.0003/,
    ],
    ["memory: ", 'memory?: "none" | "gru"', /^A recurrent policy: a gated recurrent unit after .*\s+Default "none"\.$/],
    ["env: () =>", "() => Corridor", /^The environment: the id of a built-in one/],
  ])("an editor tells of `%s`", (text, declaration, documentation) => {
    const info = service.getQuickInfoAtPosition(program, placeOf(text))!;
    const told = ts.displayPartsToString(info.displayParts).replace(/ \| undefined$/, "");
    expect(told).toContain(declaration);
    expect(ts.displayPartsToString(info.documentation)).toMatch(documentation);
  });

  test.each(["makeEnv(", "trainPpo({ env: "])('it completes the ids of environments in `%s"`', (text) => {
    const inside = placeOf(`${text}"`) + text.length + 1;
    const { entries } = service.getCompletionsAtPosition(program, inside, {})!;
    const listed = envIds().filter((id) => !envSpec(id).forTests);
    expect(entries.map(({ name }) => name).sort()).toEqual(listed.sort());
  });
});

/** What an editor asks. */
function languageService(folder: string, options: ts.CompilerOptions): ts.LanguageService {
  const { readFile, fileExists, readDirectory, directoryExists, getDirectories } = ts.sys;
  return ts.createLanguageService({
    getScriptFileNames: () => files.map((file) => join(folder, file)),
    getScriptVersion: () => "1",
    getScriptSnapshot(file) {
      const text = readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    readFile,
    fileExists,
    readDirectory,
    directoryExists,
    getDirectories,
  });
}
