// The WebAssembly modules in the package: those that tests/tensor/stale-kernels.test.ts compares with kernels/.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const installed = join(inject("project"), "node_modules/polgrad/dist/tensor/wasm/kernels");

const base64 = (path: string) =>
  /export const \w+(?:: string)? =\s*"([A-Za-z0-9+/=]+)"/.exec(readFileSync(path, "utf8"))![1];

test.each(["fast", "strict"])("%s is that of the source", (name) => {
  const built = base64(join(root, `src/tensor/wasm/kernels/${name}.generated.ts`));
  expect(built.length).toBeGreaterThan(10_000);
  expect(base64(join(installed, `${name}.generated.js`)) === built).toBe(true);
});
