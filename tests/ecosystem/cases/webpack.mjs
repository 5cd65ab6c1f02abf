// webpack 5 finds the trainer, and the workers' file, by itself.

import { join } from "node:path";
import { html, main, trainer, trainHere } from "../lib/app.mjs";
import { outcomeIn } from "../lib/browser.mjs";
import { exec, project } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["webpack@^5", "webpack-cli@^7"], {
    "trainer.js": trainer(),
    "main.js": main,
    "here.js": trainHere,
    "webpack.config.js": `export default {
  mode: "production",
  entry: { main: "./main.js", here: "./here.js" },
  performance: { hints: false },
  output: { path: import.meta.dirname + "/dist", publicPath: "auto" },
};\n`,
    "dist/index.html": html("main.js"),
    "dist/here.html": html("here.js"),
  });
  const { stdout } = await exec(folder, "webpack", []);
  const warned = /WARNING|ERROR/.test(stdout) ? stdout : undefined;
  return [
    ["no warning", warned],
    ["in a worker", await outcomeIn(join(folder, "dist")), 2],
    ["on the main thread", await outcomeIn(join(folder, "dist"), { path: "here.html" }), 1],
  ];
}
