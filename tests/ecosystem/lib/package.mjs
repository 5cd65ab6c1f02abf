// The package as npm would publish it, and projects that it is installed into.

import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

/** What is trained everywhere: strict, so that there are the same bits. */
export const options = { env: "CartPole-v1", seed: 3, totalSteps: 8192, envs: 4, strict: true };

/** Packs the built package; the path of the tarball. */
export function pack(folder) {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: root });
  return join(
    folder,
    readdirSync(folder).find((file) => file.endsWith(".tgz")),
  );
}

/** An empty project with polgrad and some tools installed; `files` are its own, by path. */
export async function project(folder, tarball, tools = [], files = {}) {
  mkdirSync(folder, { recursive: true });
  write(folder, { "package.json": JSON.stringify({ name: "app", private: true, type: "module" }), ...files });
  const quietly = ["--prefer-offline", "--no-audit", "--no-fund", "--silent"];
  await exec(folder, "npm", ["install", ...quietly, tarball, ...tools]);
  if (process.env.BREAK_WORKER)
    for (const file of ["bundle", "training"])
      rmSync(join(folder, `node_modules/polgrad/dist/${file}/polgrad-worker.js`));
  return folder;
}

export function write(folder, files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Runs a program in a folder, and gives its output; throws with all of that if it fails or takes too long. */
export async function exec(folder, program, args, { env = {}, minutes = 5 } = {}) {
  try {
    const path = `${join(folder, "node_modules/.bin")}:${process.env.PATH}`;
    const { stdout, stderr } = await run(program, args, {
      cwd: folder,
      timeout: minutes * 60_000,
      env: { ...process.env, NODE_OPTIONS: "", PATH: path, ...env },
      maxBuffer: 1e8,
    });
    return { stdout, stderr };
  } catch (error) {
    const { stdout = "", stderr = "", killed } = error;
    const why = killed ? `took more than ${minutes} minutes` : "failed";
    throw new Error(`${[program, ...args].join(" ")} ${why}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** A program that trains in Node, Deno or Bun, and writes what it came to as its last line. */
export const trainingProgram = (workers) => `import { trainPpo } from "polgrad";
const { summary } = await trainPpo(${JSON.stringify({ ...options, workers })});
console.log(JSON.stringify(summary));
`;

/** What a program's last line says. */
export const lastLine = ({ stdout }) => JSON.parse(stdout.trim().split("\n").at(-1));

/** SHA-256 of the weights that Node comes to. */
export async function expectedWeights(tarball, scratch) {
  const folder = await project(join(scratch, "node"), tarball, [], { "train.js": trainingProgram(1) });
  return lastLine(await exec(folder, "node", ["train.js"])).weightsSha256;
}
