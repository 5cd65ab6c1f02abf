// jax-js and TensorFlow.js, which bench/package.json names: about 100 MB that the project itself does not need.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bench = fileURLToPath(new URL("../", import.meta.url));
const isThere = () => ["@jax-js/jax", "@tensorflow/tfjs-layers"].every((name) => existsSync(`${bench}node_modules/${name}`)); // prettier-ignore

/** Installs both where they are not; why they are missing, or undefined. */
export function installJavaScriptPeers() {
  if (isThere()) return undefined;
  console.error("Installing what the benchmark compares with (bench/package.json, about 100 MB) …");
  spawnSync("npm", ["ci", "--prefix", bench, "--no-audit", "--no-fund"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  return isThere() ? undefined : "npm could not install it";
}
