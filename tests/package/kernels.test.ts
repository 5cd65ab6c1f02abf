// The WebAssembly modules in the package are what kernels/ gives.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const installed = join(inject("project"), "node_modules/polgrad/dist/tensor/kernels.generated.js");

const modules = (path: string) =>
  [...readFileSync(path, "utf8").matchAll(/export const (\w+) =\s*"([A-Za-z0-9+/=]+)"/g)].map(
    ([, name, base64]) => [name, base64] as const,
  );

test("compiled again, they are the same", async () => {
  await promisify(execFile)(process.execPath, [join(root, "scripts/build-kernels.mjs"), "--check"]);
  expect(modules(installed)).toEqual(modules(join(root, "src/tensor/kernels.generated.ts")));
});

test("there are four, and those for everywhere use no relaxed SIMD", async () => {
  const compiled = new Map(modules(installed).map(([name, base64]) => [name, Buffer.from(base64!, "base64")]));
  expect([...compiled.keys()]).toEqual(["fast", "strict", "fastShared", "strictShared"]);
  // This process compiles them without relaxed SIMD, unless its Node has it on.
  for (const name of ["strict", "strictShared"]) expect(WebAssembly.validate(compiled.get(name)!)).toBe(true);
  expect(compiled.get("fast")!.equals(compiled.get("strict")!)).toBe(false);
});
