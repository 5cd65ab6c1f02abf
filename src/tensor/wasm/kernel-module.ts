// The WebAssembly modules, loaded, decoded and compiled once per process, however many engines there are.

import { RunError } from "../../errors.ts";
import { compileModule } from "../../webassembly.ts";

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

async function compile(build: KernelBuild): Promise<WebAssembly.Module> {
  const relaxed = build === "fast" || build === "fastShared";
  if (relaxed) allowRelaxedSimd();
  const text = await builds[build]();
  try {
    return await compileModule(text);
  } catch (error) {
    if (error instanceof RunError) throw error; // it is not for an instruction
    if (build === "fast") return kernelModule("strict");
    if (build === "fastShared") return kernelModule("strictShared");
    throw new Error("polgrad needs WebAssembly with SIMD: Node 20, or a browser of 2023 or newer", { cause: error });
  }
}

/** In Node 20 relaxed SIMD needs a flag, set before the module is compiled; newer versions have it enabled. */
function allowRelaxedSimd(): void {
  const node = globalThis.process;
  if (!node?.versions?.node || Number.parseInt(node.versions.node) >= 22) return;
  node.getBuiltinModule?.("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
}
