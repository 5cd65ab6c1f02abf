// The WebAssembly modules, loaded, decoded and compiled once per process, however many engines there are.

import { compileFast, compileStrict } from "./compile-kernels.ts";

const builds = {
  fast: async () => (await import("./kernels/fast.generated.ts")).fast,
  strict: async () => (await import("./kernels/strict.generated.ts")).strict,
  fastShared: async () => (await import("./kernels/fastShared.generated.ts")).fastShared,
  strictShared: async () => (await import("./kernels/strictShared.generated.ts")).strictShared,
};

export type KernelBuild = keyof typeof builds;

export interface KernelExports {
  run(segments: number, count: number, rows: number, block: number, maxSlots: number, table: number): void;
  runOnce(code: number, end: number, rows: number, slots: number): void;
  runStrand(
    table: number,
    strand: number,
    rows: number,
    block: number,
    slots: number,
    blocks: number,
    thread: number,
  ): void;
  runPiece(pieces: number, piece: number, rows: number, slots: number): void;
  runBlocks(
    code: number,
    end: number,
    rows: number,
    block: number,
    slots: number,
    slot: number,
    from: number,
    to: number,
    table: number,
    thread: number,
  ): void;
  tryTiles(at: number, wide: boolean): void;
}

const compiled = new Map<KernelBuild, Promise<WebAssembly.Module>>();

/** The compiled module; without relaxed SIMD, a fast build falls back to the strict one. */
export function kernelModule(build: KernelBuild): Promise<WebAssembly.Module> {
  let module = compiled.get(build);
  if (!module) compiled.set(build, (module = compile(build)));
  return module;
}

function compile(build: KernelBuild): Promise<WebAssembly.Module> {
  if (build === "fast") return compileFast(builds.fast, () => kernelModule("strict"));
  if (build === "fastShared") return compileFast(builds.fastShared, () => kernelModule("strictShared"));
  return compileStrict(builds[build]);
}
