// Where the peers are: a folder of programs and packages, and a Python that can import what they need.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The programs of bench/peers. */
export const ownPeer = (name) => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));

// LunarLander without pygame (lunar_lander.py), and nothing written beside what is imported.
const path = (folder) => [join(folder, "vendor"), ownPeer("")].join(process.platform === "win32" ? ";" : ":");

const importing = (python, modules, env) =>
  spawnSync(python, ["-c", `import ${modules.join(", ")}`], { encoding: "utf8", env: { ...process.env, ...env } });

/**
 * Opens the folder of peers, which need not be there.
 * @param candidates Pythons to try, the first that imports torch being taken; $PYTHON alone where it is set
 * @returns `python` (undefined where there is none); `env`, for its programs; `lacks(...modules)`, why they cannot be imported, or
 * undefined; `program(name)`, the folder's program of that name, or ours, or undefined
 */
export function openPeers(folder, candidates = [join(folder, "bin/python3"), "/usr/bin/python3", "python3"]) {
  const env = { PYTHONPATH: path(folder), PYTHONDONTWRITEBYTECODE: "1" };
  const tried = process.env.PYTHON ? [process.env.PYTHON] : candidates;
  const present = tried.filter((python) => importing(python, ["sys"], env).status === 0);
  const python = present.find((candidate) => importing(candidate, ["torch", "numpy"], env).status === 0) ?? present[0];
  const reasons = new Map();
  return {
    folder,
    python,
    env,
    lacks(...modules) {
      if (!python) return `no Python: tried ${tried.join(", ")}`;
      for (const module of modules) {
        if (!reasons.has(module)) {
          const { status, stderr } = importing(python, [module], env);
          const said = stderr?.trim().split("\n").at(-1);
          reasons.set(module, status === 0 ? undefined : `${python}: ${said || `cannot import ${module}`}`);
        }
        if (reasons.get(module)) return reasons.get(module);
      }
      return undefined;
    },
    program: (name) => [join(folder, name), ownPeer(name)].find((file) => existsSync(file)),
  };
}
