// Compiles kernels/ into the four WebAssembly modules and writes them as base64 into src/tensor/kernels.generated.ts.
// With --check it writes nothing and exits 1 if that file is not what the source gives.

import asc from "assemblyscript/asc";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "src/tensor/kernels.generated.ts");

/** fast: relaxed SIMD (fused multiply-add); strict: the same bits everywhere. Shared modules take shared memory only. */
const builds = {
  fast: ["--enable", "simd,relaxed-simd"],
  strict: ["--enable", "simd"],
  fastShared: ["--enable", "simd,relaxed-simd,threads", "--sharedMemory"],
  strictShared: ["--enable", "simd,threads", "--sharedMemory"],
};

async function compile(flags) {
  const memory = ["--importMemory", "--initialMemory", "1", "--maximumMemory", "65536"];
  const common = ["kernels/index.ts", "-O3", "--noAssert", "--runtime", "stub", "--use", "abort=", "--outFile", "out"];
  let binary;
  const { error, stderr } = await asc.main([...common, ...memory, ...flags, "--baseDir", root], {
    writeFile: (name, contents) => (binary = name === "out" ? contents : binary),
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return Buffer.from(binary).toString("base64");
}

const modules = [];
for (const [name, flags] of Object.entries(builds))
  modules.push(`export const ${name} =\n  "${await compile(flags)}";\n`);
const text = `// Made by scripts/build-kernels.mjs from kernels/: WebAssembly modules in base64.\n\n${modules.join("\n")}`;

if (process.argv.includes("--check")) {
  let present = "";
  try {
    present = readFileSync(target, "utf8");
  } catch {
    // A missing file is as wrong as a stale one.
  }
  if (present !== text) {
    console.error("src/tensor/kernels.generated.ts is not what kernels/ gives: run `npm run build:kernels`");
    process.exit(1);
  }
} else writeFileSync(target, text);
