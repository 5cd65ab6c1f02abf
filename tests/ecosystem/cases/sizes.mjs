// What a page loads, each file gzipped, to train PPO on CartPole and to act, bundled by esbuild and by Vite: all scripts that
// Chromium fetches.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { html, trainHere } from "../lib/app.mjs";
import { outcomeIn } from "../lib/browser.mjs";
import { exec, project, write } from "../lib/package.mjs";

/** Bytes at most. */
const most = { train: 80_000, act: 30_000 };

const makePolicy = `import { savePolicy, trainPpo } from "polgrad";
import { writeFileSync } from "node:fs";
const { policy } = await trainPpo({ env: "CartPole-v1", totalSteps: 2048, strict: true });
writeFileSync("policy.json", JSON.stringify([...savePolicy(policy)]));
`;

const act = `import { loadPolicy } from "polgrad/policy";
import bytes from "./policy-bytes.js";
const policy = await loadPolicy(Uint8Array.from(bytes));
globalThis.outcome = { probabilities: [...policy.probabilities([0, 0, 0, 0])] };
`;

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["esbuild@^0.28", "vite@^8"], { "make-policy.js": makePolicy, "train.js": trainHere, "act.js": act }); // prettier-ignore
  await exec(folder, "node", ["make-policy.js"]);
  write(folder, { "policy-bytes.js": `export default await (await fetch("policy.json")).json();\n` });
  const results = [];
  for (const task of ["train", "act"]) {
    // Each is an app of its own, as what two of them share lies in files that either loads.
    const [byEsbuild, byVite] = ["esbuild", "vite"].map((bundler) => join(folder, `${bundler}-${task}`));
    await exec(folder, "esbuild", [`${task}.js`, "--bundle", "--minify", "--format=esm", "--splitting", `--outdir=${byEsbuild}`]); // prettier-ignore
    write(byEsbuild, { "index.html": html(`./${task}.js`) });
    write(folder, {
      "index.html": html(`./${task}.js`),
      "vite.config.js": `export default { build: { outDir: "vite-${task}", target: "esnext", chunkSizeWarningLimit: 1000 } };\n`,
    });
    await exec(folder, "vite", ["build", "--logLevel", "error"]);
    for (const [bundler, built] of Object.entries({ esbuild: byEsbuild, vite: byVite })) {
      copyFileSync(join(folder, "policy.json"), join(built, "policy.json"));
      const { sizes, error } = await outcomeIn(built);
      const bytes = [...sizes.values()].reduce((a, b) => a + b, 0);
      const told = `${bundler}, ${task}: ${(bytes / 1000).toFixed(1)} kB`;
      results.push([told, error ?? (bytes > most[task] ? `more than ${most[task] / 1000} kB` : undefined)]);
    }
  }
  return results;
}
