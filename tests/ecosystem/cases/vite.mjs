// Vite finds the trainer, and the workers' file, by itself: in what it builds, and as it serves while one develops.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { html, main, trainer, trainHere } from "../lib/app.mjs";
import { isolation, outcomeIn, outcomeOf } from "../lib/browser.mjs";
import { exec, project } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["vite@^8"], {
    "trainer.js": trainer(),
    "main.js": main,
    "here.js": trainHere,
    "index.html": html("./main.js"),
    "here.html": html("./here.js"),
    "vite.config.js": `const headers = ${JSON.stringify(isolation)};
export default {
  server: { headers, host: "127.0.0.1" },
  worker: { format: "es" },
  build: { rolldownOptions: { input: ["index.html", "here.html"] }, chunkSizeWarningLimit: 1000 },
};\n`,
  });
  const { stderr } = await exec(folder, "vite", ["build", "--logLevel", "warn"]);
  const built = await outcomeIn(join(folder, "dist"));
  const here = await outcomeIn(join(folder, "dist"), { path: "here.html" });
  return [
    ["no warning", stderr.trim() || undefined],
    ["in a worker", built, 2],
    ["on the main thread", here, 1],
    ["served", await whileServing(folder, outcomeOf), 2],
  ];
}

/** What `use` makes of the address of the server for developers. */
async function whileServing(folder, use) {
  const server = spawn("node", ["node_modules/vite/bin/vite.js", "--port", "0"], { cwd: folder, env: { ...process.env, NO_COLOR: "1" } }); // prettier-ignore
  try {
    const url = await new Promise((resolve, reject) => {
      let text = "";
      server.stdout.on("data", (part) => {
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec((text += part));
        if (found) resolve(found[0]);
      });
      server.on("exit", () => reject(new Error(`vite did not serve: ${text}`)));
    });
    return await use(url);
  } finally {
    server.kill();
  }
}
