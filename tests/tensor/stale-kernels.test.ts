// The generated WebAssembly modules are what the sources in kernels/ compile to. `npm test` compiles them where they are older
// than their sources; that the same comes out again takes half a minute, in `npm run test:full`.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

test.runIf(process.env.POLGRAD_FULL)(
  "the generated modules are what kernels/ compiles to",
  () => {
    const check = (): string =>
      execFileSync(process.execPath, ["scripts/build-kernels.mjs", "--check"], { cwd: root, stdio: "pipe" }).toString();
    expect(check).not.toThrow();
  },
  180_000,
);
