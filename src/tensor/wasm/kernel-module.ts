// The WebAssembly modules, loaded, decoded and compiled once per process, however many engines there are.

import { compileFast, compileStrict } from "./compile-kernels.ts";

const fast = async (): Promise<string> => (await import("./kernels/fast.generated.ts")).fast;
const strict = async (): Promise<string> => (await import("./kernels/strict.generated.ts")).strict;
const fastDense = async (): Promise<string> => (await import("./kernels/fastDense.generated.ts")).fastDense;
const strictDense = async (): Promise<string> => (await import("./kernels/strictDense.generated.ts")).strictDense;

/** Which module it is. */
export interface KernelBuild {
  readonly strict: boolean;
  /** For networks of dense layers alone, without wide tiles. */
  readonly dense: boolean;
  /** For shared memory. */
  readonly shared: boolean;
}

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

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** The compiled module; without relaxed SIMD, a fast build falls back to the strict one. */
export function kernelModule(build: KernelBuild): Promise<WebAssembly.Module> {
  const name = JSON.stringify(build);
  let module = compiled.get(name);
  if (!module) compiled.set(name, (module = compile(build)));
  return module;
}

function compile({ strict: isStrict, dense, shared }: KernelBuild): Promise<WebAssembly.Module> {
  if (isStrict) return compileStrict(dense ? strictDense : strict, shared);
  return compileFast(dense ? fastDense : fast, () => kernelModule({ strict: true, dense, shared }), shared);
}
