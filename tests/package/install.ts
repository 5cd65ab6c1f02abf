// Packs polgrad as npm would publish it and installs it into an empty project, once for all tests of the package.

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import buildIfStale from "./build.ts";

/** What `npm pack --json` says of the package. */
export interface PackedPackage {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: { readonly path: string; readonly size: number }[];
}

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the project that the package is installed into. */
    project: string;
    packed: PackedPackage;
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const npm = (...args: string[]) => run("npm", args, { cwd: root, shell: process.platform === "win32" });

export default async function install({ provide }: TestProject): Promise<() => void> {
  await buildIfStale();
  const folder = mkdtempSync(join(tmpdir(), "polgrad-package-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const { stdout } = await npm("pack", "--ignore-scripts", "--json", "--pack-destination", folder);
    const [packed] = Object.values(JSON.parse(stdout) as (PackedPackage & { filename: string })[]);
    if (!packed) throw new Error(`npm pack told nothing of the package: ${stdout}`);
    const project = join(folder, "project");
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
    const quietly = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    await npm("install", "--prefix", project, ...quietly, join(folder, packed.filename));
    provide("project", project);
    provide("packed", packed);
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}
