// esbuild: ES modules with split code, one script (IIFE), and CommonJS in Node; the workers' file is an entry of its own.
// Without that entry training goes on with one thread, and says why.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { html, mainOf, trainer, trainHere } from "../lib/app.mjs";
import { outcomeIn } from "../lib/browser.mjs";
import { exec, lastLine, project, trainingProgram, write } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["esbuild@^0.28"], {
    "trainer.js": trainer(),
    "page.js": mainOf("trainer.js", "module"),
    "classic.js": mainOf("trainer.js", "classic"),
    "here.js": trainHere,
    "node.js": `import { trainPpo } from "polgrad";\nvoid (async () => {${trainingProgram(2).replace(/^import.*\n/, "")}})();`,
  });
  const build = (...args) => exec(folder, "esbuild", [...args, "--bundle", "--minify", "--log-override:empty-import-meta=silent"]); // prettier-ignore
  const withWorker = "polgrad-worker=polgrad/worker";

  await build("page.js", "trainer.js", "here.js", withWorker, "--format=esm", "--splitting", "--outdir=esm");
  write(folder, { "esm/index.html": html("page.js"), "esm/here.html": html("here.js") });
  const esm = await outcomeIn(join(folder, "esm"));
  const here = await outcomeIn(join(folder, "esm"), { path: "here.html" });

  await build("classic.js", "trainer.js", "here.js", withWorker, "--format=iife", "--outdir=iife");
  write(folder, { "iife/index.html": html("classic.js", "text/javascript"), "iife/here.html": html("here.js", "text/javascript") }); // prettier-ignore
  const iife = await outcomeIn(join(folder, "iife"));
  const iifeHere = await outcomeIn(join(folder, "iife"), { path: "here.html" });

  await build("node.js", withWorker, "--format=cjs", "--platform=node", "--outdir=cjs", "--out-extension:.js=.cjs");
  const cjs = lastLine(await exec(folder, "node", ["cjs/node.cjs"]));

  rmSync(join(folder, "esm/polgrad-worker.js"));
  const without = await outcomeIn(join(folder, "esm"));
  return [
    ["ES modules", esm, 2],
    ["on the main thread", here, 1],
    ["a script", iife, 2],
    ["a script on the main thread", iifeHere, 1],
    ["CommonJS in Node", cjs, 2],
    ["without the workers' file", { ...without, complaints: [] }, 1],
    [
      "which it says",
      /polgrad-worker\.js of "polgrad\/worker"/.test(without.threadsNote) ? undefined : `"${without.threadsNote}"`,
    ],
  ];
}
