// Finds a Python with PyTorch, and the settings under which it is fastest on this processor.

import { spawnSync } from "node:child_process";
import { cpuFlags } from "./machine.mjs";
import { runJson } from "./children.mjs";

// One thread; and glibc keeps freed memory, where by default a batch of 4096 sometimes pays for fresh pages at every update.
const baseline = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  MALLOC_MMAP_THRESHOLD_: "1073741824",
  MALLOC_TRIM_THRESHOLD_: "1073741824",
  MALLOC_TOP_PAD_: "67108864",
};

/** The interpreter that can import torch: $PYTHON, Debian's (whose package is python3-torch) or the first on the path; else undefined. */
export function findPython() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : ["/usr/bin/python3", "python3"];
  return candidates.find((python) => spawnSync(python, ["-c", "import torch, numpy"]).status === 0);
}

/**
 * The settings that matter, each [name, environment]. OpenBLAS before 0.3.22 or so does not know newer processors' AVX-512
 * and must be told; PyTorch keeps to AVX2 unless told otherwise.
 */
export function torchEnvironments() {
  const settings = [["as installed", baseline]];
  const coreType = { OPENBLAS_CORETYPE: "SkylakeX" };
  if (cpuFlags().has("avx512f"))
    settings.push(
      ["SkylakeX", { ...baseline, ...coreType }],
      ["SkylakeX, avx512", { ...baseline, ...coreType, ATEN_CPU_CAPABILITY: "avx512" }],
    );
  return settings;
}

/**
 * Tries the settings that matter and returns the environment of the fastest.
 * @param measure (env) => milliseconds, for one short run
 */
async function fastestEnvironment(measure) {
  const candidates = torchEnvironments().map(([, env]) => env);
  const best = candidates.map(() => Infinity);
  for (let round = 0; round < 2; round++)
    for (const [i, env] of candidates.entries()) best[i] = Math.min(best[i], await measure(env));
  const chosen = candidates[best.indexOf(Math.min(...best))];
  const set = (env) =>
    Object.entries(env)
      .filter(([name]) => !(name in baseline))
      .map(([name, value]) => `${name}=${value}`)
      .join(" ") || "as installed";
  const tried = candidates.map((env, i) => `${set(env)} ${best[i].toPrecision(3)} ms`).join("; ");
  return { env: chosen, description: set(chosen), tried };
}

/** @returns { env, description, tried } for the update program: tried at 256 rows. */
export function tuneUpdate(python, program, data, prefix) {
  const command = [python, program, "--data", data, "--batch", "256", "--seconds", "0.3", "--variant", "flat"];
  return fastestEnvironment(async (env) => (await runJson(command, { env, prefix })).best ?? Infinity);
}

/** @returns { env, description, tried } for the training program: tried on 8,192 steps. */
export function tuneTraining(python, program, prefix) {
  const command = [python, program, "--steps", "8192"];
  return fastestEnvironment(async (env) => {
    const { wall_s } = await runJson(command, { env, prefix });
    return wall_s === undefined ? Infinity : wall_s * 1000;
  });
}

/** Version and BLAS that torch loads; the reference BLAS is said out loud, because it would flatter everyone else. */
export function describeTorch(python) {
  const code = `
import os, torch
names = {os.path.basename(os.path.realpath(l.split()[-1])) for l in open("/proc/self/maps") if "/" in l} if os.path.exists("/proc/self/maps") else set()
print(torch.__version__, next((n for n in sorted(names) if n.startswith(("libopenblas", "libmkl", "libblis"))), "reference" if any(n.startswith("libblas") for n in names) else "own"))`;
  const { stdout, status } = spawnSync(python, ["-c", code], { encoding: "utf8" });
  if (status !== 0) return { text: "PyTorch: unknown version", referenceBlas: false };
  const [version, blas] = stdout.trim().split(" ");
  const referenceBlas = blas === "reference";
  const text =
    `PyTorch ${version} with ` +
    (referenceBlas
      ? "the reference BLAS, many times slower than OpenBLAS: install libopenblas0-pthread for a fair comparison"
      : blas === "own"
        ? "its own BLAS"
        : blas);
  return { text, referenceBlas };
}
