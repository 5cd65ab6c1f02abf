// Compiles kernels/ into WebAssembly modules and writes them as base64: the tensor kernels in four builds into
// src/tensor/wasm/kernels.generated.ts, the rigid-body solver into src/physics/solver.generated.ts.
// With --check it writes nothing and exits 1 if those files are not what the source gives.

import asc from "assemblyscript/asc";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** fast: relaxed SIMD (fused multiply-add); strict: the same bits everywhere. Shared modules take shared memory only. */
const tensor = {
  fast: ["--enable", "simd,relaxed-simd"],
  strict: ["--enable", "simd"],
  fastShared: ["--enable", "simd,relaxed-simd,threads", "--sharedMemory"],
  strictShared: ["--enable", "simd,threads", "--sharedMemory"],
};

const targets = [
  { source: "kernels/index.ts", file: "src/tensor/wasm/kernels.generated.ts", builds: tensor },
  { source: "kernels/physics/index.ts", file: "src/physics/solver.generated.ts", builds: { solver: [] } },
];

async function compile(source, flags) {
  const memory = ["--importMemory", "--initialMemory", "1", "--maximumMemory", "65536"];
  const common = [source, "-O3", "--noAssert", "--runtime", "stub", "--use", "abort=", "--outFile", "out"];
  let binary;
  const { error, stderr } = await asc.main([...common, ...memory, ...flags, "--baseDir", root], {
    writeFile: (name, contents) => (binary = name === "out" ? contents : binary),
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return Buffer.from(binary).toString("base64");
}

const read = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // a missing file is as wrong as a stale one
  }
};

for (const { source, file, builds } of targets) {
  const folder = dirname(source);
  const modules = [];
  for (const [name, flags] of Object.entries(builds))
    modules.push(`export const ${name} =\n  "${await compile(source, flags)}";\n`);
  const text = `// Made by scripts/build-kernels.mjs from ${folder}/: WebAssembly modules in base64.\n\n${modules.join("\n")}`;
  if (!process.argv.includes("--check")) writeFileSync(join(root, file), text);
  else if (read(join(root, file)) !== text) {
    console.error(`${file} is not what ${folder}/ gives: run \`npm run build:kernels\``);
    process.exitCode = 1;
  }
}
