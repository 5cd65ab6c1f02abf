// Pages with a Content Security Policy. It must allow WebAssembly: without that, the error says so. With it nothing else is
// asked for, and nothing is reported.

import { join } from "node:path";
import { html, mainOf, trainer, trainHere } from "../lib/app.mjs";
import { isolation, outcomeIn } from "../lib/browser.mjs";
import { exec, project, write } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["esbuild@^0.28"], {
    "trainer.js": trainer(),
    "page.js": mainOf("trainer.js", "module"),
    "here.js": `addEventListener("securitypolicyviolation", ({ blockedURI }) => console.error("violation: " + blockedURI));\n${trainHere}`, // prettier-ignore
  });
  await exec(folder, "esbuild", ["page.js", "trainer.js", "here.js", "polgrad-worker=polgrad/worker", "--bundle", "--minify", "--format=esm", "--splitting", "--outdir=dist"]); // prettier-ignore
  write(folder, { "dist/index.html": html("page.js"), "dist/here.html": html("here.js") });

  const under = (policy, path = "") =>
    outcomeIn(join(folder, "dist"), { path, headers: { ...isolation, "Content-Security-Policy": policy } });
  const own = "default-src 'none'; connect-src 'self'; img-src data:; worker-src 'self'; script-src 'self'";
  const refused = await under(own, "here.html");
  return [
    ["allowed, on the main thread", await under(`${own} 'wasm-unsafe-eval'`, "here.html"), 1],
    ["allowed, in a worker", await under(`${own} 'wasm-unsafe-eval'`), 2],
    [
      "forbidden, which the error says",
      /add 'wasm-unsafe-eval' to its script-src/.test(refused.error) ? undefined : JSON.stringify(refused),
    ],
  ];
}
