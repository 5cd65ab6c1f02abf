// The WebAssembly modules, loaded, decoded and compiled once per process, however many engines there are.

import { compileFast, compileStrict } from "./compile-kernels.ts";

const fast = async (): Promise<string> => (await import("./kernels/fast.generated.ts")).fast;
const strict = async (): Promise<string> => (await import("./kernels/strict.generated.ts")).strict;

/** Fast or strict, for the memory of one thread or for shared memory. */
export type KernelBuild = "fast" | "strict" | "fastShared" | "strictShared";

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
  const shared = build === "fastShared" || build === "strictShared";
  if (build === "strict" || build === "strictShared") return compileStrict(strict, shared);
  return compileFast(fast, () => kernelModule(shared ? "strictShared" : "strict"), shared);
}
