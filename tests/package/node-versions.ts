// Other versions of Node, from npm's packages of them, kept between runs.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const cache = fileURLToPath(new URL("../../node_modules/.cache/polgrad-node", import.meta.url));
const run = promisify(execFile);

/** The program `node` of a version such as "22" (its newest) or "20.19.0"; throws where npm cannot bring it. */
export async function nodeProgram(version: string): Promise<string> {
  const system = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${system}-${process.arch}`;
  const folder = join(cache, version);
  const program = join(folder, "node_modules", name, system === "win" ? "bin/node.exe" : "bin/node");
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const quietly = ["--ignore-scripts", "--no-save", "--prefer-offline", "--no-audit", "--no-fund"];
    const options = { shell: system === "win", timeout: 90_000 };
    await run("npm", ["install", "--prefix", folder, ...quietly, `${name}@${version}`], options);
  }
  await run(program, ["--version"]);
  return program;
}
