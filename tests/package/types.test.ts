// A strict TypeScript project type-checks against the package, however it resolves modules, and wrong programs do not.

import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = ["program.ts", "wrong.ts"];

/** The package `typescript` that is version 6, and the one that is 7, which is five times as fast. */
type Compiler = "typescript" | "typescript-7";

/** What a TypeScript compiler says to a project of these files; "" where it has no complaint. */
function typecheck(name: string, compiler: Compiler, options: Record<string, unknown>): Promise<string> {
  const folder = join(inject("project"), name);
  mkdirSync(folder);
  for (const file of files) copyFileSync(new URL(`fixtures/${file}`, import.meta.url), join(folder, file));
  const compilerOptions = { target: "ES2023", strict: true, noEmit: true, skipLibCheck: false, ...options };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, "node_modules", compiler, "bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", folder], (error, stdout) => resolve(stdout + (error?.message ?? "")));
  });
}

describe.concurrent("right programs type-check, wrong ones do not", () => {
  test("for a bundler and the browser, by TypeScript 7, without the types of Node", async () => {
    const options = { module: "ESNext", moduleResolution: "bundler", lib: ["ES2023", "DOM"], types: [] };
    expect(await typecheck("types-bundler", "typescript-7", options)).toBe("");
  });

  test("for Node, by TypeScript 6, without the types of a browser", async () => {
    const types = { types: ["node"], typeRoots: [join(root, "node_modules/@types")] };
    const options = { module: "NodeNext", moduleResolution: "NodeNext", lib: ["ES2023"], ...types };
    expect(await typecheck("types-node", "typescript", options)).toBe("");
  });
});
