// Compiles kernels/ into WebAssembly modules and writes them compressed, as base64, each in a file, so that a page loads
// the one that it uses: the tensor kernels, whole and for dense networks, in two builds each into src/tensor/wasm/kernels/, those of policies that act into
// src/tensor/direct/, the rigid-body solver into src/physics/.
// With --check it writes nothing and exits 1 if those files are not what the source gives. With --if-stale it compiles
// only where one of them is missing or older than the source, the compiler or this script.

import asc from "assemblyscript/asc";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync, inflateRawSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** fast: relaxed SIMD (fused multiply-add); strict: the same bits everywhere. */
const tensor = {
  fast: ["--enable", "simd,relaxed-simd"],
  strict: ["--enable", "simd"],
};

const targets = [
  { source: "kernels/index.ts", folder: "src/tensor/wasm/kernels", builds: tensor },
  {
    source: "kernels/dense.ts",
    folder: "src/tensor/wasm/kernels",
    builds: { fastDense: [...tensor.fast, "--converge"], strictDense: [...tensor.strict, "--converge"] },
    without: ["hasLanguage", "hasWide"],
  },
  {
    source: "kernels/acting/index.ts",
    folder: "src/tensor/direct",
    builds: { fast: tensor.fast, strict: tensor.strict },
  },
  { source: "kernels/physics/index.ts", folder: "src/physics", builds: { solver: [] } },
];

/**
 * @param without constants of kernels/parts.ts that are false
 */
async function compile(source, flags, without = []) {
  // Constants lie behind the first cache line, which the heap keeps for itself (`constantsAddress` of instructions.ts).
  const memory = ["--importMemory", "--initialMemory", "1", "--maximumMemory", "65536", "--memoryBase", "64"];
  const common = [source, "-O3", "--noAssert", "--runtime", "stub", "--use", "abort=", "--outFile", "out"];
  let binary;
  const { error, stderr } = await asc.main([...common, ...memory, ...flags, "--baseDir", root], {
    writeFile: (name, contents) => (binary = name === "out" ? contents : binary),
    readFile(name, folder) {
      const path = resolve(folder, name);
      if (!existsSync(path)) return null;
      const text = readFileSync(path, "utf8");
      if (relative(root, path) !== join("kernels", "parts.ts")) return text;
      return without.reduce((code, part) => code.replace(`${part}: bool = true`, `${part}: bool = false`), text);
    },
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return Buffer.from(binary);
}

/** The module that a file holds; undefined for a missing file, which is as wrong as a stale one. */
const read = (file) => {
  try {
    const [, text] = /^ {2}"(.*)";$/m.exec(readFileSync(file, "utf8"));
    return inflateRawSync(Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
};

/** When a file was last written, in milliseconds; 0 where there is none. */
const timeOf = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function isStale() {
  const sources = readdirSync(join(root, "kernels"), { recursive: true }).map((file) => join("kernels", file));
  const tools = ["scripts/build-kernels.mjs", "node_modules/assemblyscript/package.json"];
  const built = targets.flatMap(({ folder, builds }) =>
    Object.keys(builds).map((name) => `${folder}/${name}.generated.ts`),
  );
  return Math.min(...built.map(timeOf)) <= Math.max(...[...sources, ...tools].map(timeOf));
}

const wanted = process.argv.includes("--if-stale") && !isStale() ? [] : targets;

for (const { source, folder, builds, without } of wanted)
  for (const [name, flags] of Object.entries(builds)) {
    const file = `${folder}/${name}.generated.ts`;
    const binary = await compile(source, flags, without);
    const text = `// Made by scripts/build-kernels.mjs from ${dirname(source)}/: a WebAssembly module, compressed, in base64.

export const ${name}: string =
  "${deflateRawSync(binary, { level: 9 }).toString("base64")}";
`;
    if (!process.argv.includes("--check")) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, file), text);
    } else if (!read(join(root, file))?.equals(binary)) {
      console.error(`${file} is not what ${dirname(source)}/ gives: run \`npm run build:kernels\``);
      process.exitCode = 1;
    }
  }
