// The WebAssembly modules in the package: those that tests/tensor/stale-kernels.test.ts compares with kernels/.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const installed = join(inject("project"), "node_modules/polgrad/dist/tensor/wasm/kernels.generated.js");

const modules = (path: string) =>
  [...readFileSync(path, "utf8").matchAll(/export const (\w+) =\s*"([A-Za-z0-9+/=]+)"/g)].map(
    ([, name, base64]) => [name, base64] as const,
  );

test("are those of the source, all four", () => {
  expect(modules(installed).map(([name]) => name)).toEqual(["fast", "strict", "fastShared", "strictShared"]);
  expect(modules(installed)).toEqual(modules(join(root, "src/tensor/wasm/kernels.generated.ts")));
});
