// Compiles builds of kernels, whose instructions may be newer than the machine's WebAssembly.

import { RunError } from "../../errors.ts";
import { compileModule } from "../../webassembly.ts";

/** Loads the text of a build. */
type Load = () => Promise<string>;

/** Compiles a fast build or, without relaxed SIMD, what there is instead; for shared memory or not. */
export async function compileFast(
  load: Load,
  instead: () => Promise<WebAssembly.Module>,
  shared = false,
): Promise<WebAssembly.Module> {
  allowRelaxedSimd();
  const text = await load();
  try {
    return await compileModule(text, shared);
  } catch (error) {
    if (error instanceof RunError) throw error; // it is not for an instruction
    return instead();
  }
}

/** Compiles a strict build. @throws Error without SIMD; RunError without WebAssembly */
export async function compileStrict(load: Load, shared = false): Promise<WebAssembly.Module> {
  const text = await load();
  try {
    return await compileModule(text, shared);
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new Error("polgrad needs WebAssembly with SIMD: Node 20, or a browser of 2023 or newer", { cause: error });
  }
}

/** In Node 20 relaxed SIMD needs a flag, set before the module is compiled; newer versions have it enabled. */
function allowRelaxedSimd(): void {
  const node = globalThis.process;
  if (!node?.versions?.node || Number.parseInt(node.versions.node) >= 22) return;
  node.getBuiltinModule?.("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
}
