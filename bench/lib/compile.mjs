// Compiles the programs in C with gcc, for the processor at hand.

import { spawnSync } from "node:child_process";

/** @returns { program } or { missing: why }, in one line */
export function compile(source, program, flags = []) {
  const { error, status, stderr } = spawnSync("gcc", ["-O3", "-march=native", "-ffast-math", "-Wno-psabi", ...flags, source, "-o", program, "-lm"], { encoding: "utf8" }); // prettier-ignore
  if (error) return { missing: "no gcc" };
  if (status !== 0) return { missing: `gcc: ${stderr.split("\n").find((line) => /error/.test(line)) ?? `exit code ${status}`}` }; // prettier-ignore
  return { program };
}
