// The generated WebAssembly modules are what the sources in kernels/ compile to.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("src/tensor/wasm/kernels/ and src/physics/solver.generated.ts are what kernels/ compiles to", () => {
  const check = (): string =>
    execFileSync(process.execPath, ["scripts/build-kernels.mjs", "--check"], { cwd: root, stdio: "pipe" }).toString();
  expect(check).not.toThrow();
}, 180_000);
