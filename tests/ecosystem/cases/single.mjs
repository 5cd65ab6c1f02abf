// A page without a bundler: `<script type="module">` and the single file, which is its workers' file too.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html, mainOf, trainer, trainHere } from "../lib/app.mjs";
import { outcomeIn } from "../lib/browser.mjs";
import { project, write } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball);
  const single = readFileSync(join(folder, "node_modules/polgrad/dist/polgrad.min.js"), "utf8");
  const plain = (code) => code.replace('"polgrad"', '"./polgrad.min.js"');
  write(folder, {
    "page/polgrad.min.js": process.env.BREAK_WORKER ? single.replaceAll("import.meta.url", '"./nowhere.js"') : single,
    "page/trainer.js": plain(trainer()),
    "page/main.js": mainOf("trainer.js", "module"),
    "page/here.js": plain(trainHere),
    "page/index.html": html("main.js"),
    "page/here.html": html("here.js"),
  });
  return [
    ["in a worker", await outcomeIn(join(folder, "page")), 2],
    ["on the main thread", await outcomeIn(join(folder, "page"), { path: "here.html" }), 1],
  ];
}
