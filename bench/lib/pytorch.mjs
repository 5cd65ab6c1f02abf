// Finds a Python with PyTorch, and the settings under which it is fastest on this processor.

import { spawnSync } from "node:child_process";
import { cpuFlags } from "./machine.mjs";
import { runJson } from "./children.mjs";

// One thread; OpenBLAS looks at the processor, whatever this machine's environment says of it; and glibc keeps freed memory, where by default a batch of 4096 sometimes pays for fresh pages at every update.
const baseline = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  OPENBLAS_CORETYPE: undefined,
  OPENBLAS_L2_SIZE: undefined,
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

/** The environment with which PyTorch has the whole machine. */
export const withThreads = (env, threads) => ({
  ...env,
  ...Object.fromEntries(["OMP", "OPENBLAS", "MKL"].map((library) => [`${library}_NUM_THREADS`, String(threads)])),
});

/**
 * Tries the settings that matter with a short run of the command and picks those of the fastest.
 * @param read takes the time from the program's result
 * @returns { env, text }
 */
export async function fastestSettings(command, { env, prefix, read, run = runJson }) {
  const settings = torchEnvironments().map(([name, own]) => ({ name, env: { ...env, ...own }, best: Infinity }));
  if (settings.length === 1) return { env: settings[0].env, text: "PyTorch's settings: as installed, one thread" };
  for (let round = 0; round < 2; round++)
    for (const setting of settings) {
      const result = await run(command, { env: setting.env, prefix });
      setting.best = Math.min(setting.best, result.failed ? Infinity : read(result));
    }
  const fastest = settings.reduce((a, b) => (b.best < a.best ? b : a));
  const tried = settings.map(({ name, best }) => `${name} ${best.toPrecision(3)}`).join("; ");
  return { env: fastest.env, text: `PyTorch's settings: ${fastest.name} (tried: ${tried})` };
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
