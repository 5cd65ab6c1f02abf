// Rollup: the workers' file is an entry of its own.

import { join } from "node:path";
import { html, mainOf, trainer, trainHere } from "../lib/app.mjs";
import { outcomeIn } from "../lib/browser.mjs";
import { exec, project } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["rollup@^4", "@rollup/plugin-node-resolve@^16"], {
    "trainer.js": trainer(),
    "main.js": mainOf("trainer.js", "module"),
    "here.js": trainHere,
    "rollup.config.js": `import { nodeResolve } from "@rollup/plugin-node-resolve";
export default {
  input: { main: "main.js", here: "here.js", trainer: "trainer.js", "polgrad-worker": "polgrad/worker" },
  output: { dir: "dist", format: "es" },
  plugins: [nodeResolve({ browser: true })],
};\n`,
    "dist/index.html": html("main.js"),
    "dist/here.html": html("here.js"),
  });
  const { stderr } = await exec(folder, "rollup", ["--config", "--silent"]);
  return [
    ["no warning", stderr.trim() || undefined],
    ["in a worker", await outcomeIn(join(folder, "dist")), 2],
    ["on the main thread", await outcomeIn(join(folder, "dist"), { path: "here.html" }), 1],
  ];
}
