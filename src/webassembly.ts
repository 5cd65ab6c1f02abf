// WebAssembly modules out of the text that the package carries them as: compressed, and in base64.

import { decodeBase64 } from "./base64.ts";
import { RunError } from "./errors.ts";

/** A module of eight bytes, which every WebAssembly compiles that is allowed to. */
const emptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/**
 * Compiles a module.
 *
 * @param text its bytes, as scripts/build-kernels.mjs writes them
 * @throws RunError where WebAssembly is missing or forbidden; a CompileError where it does not know an instruction
 */
export async function compileModule(text: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined")
    throw new RunError("polgrad needs WebAssembly, which is missing or switched off here");
  try {
    return await WebAssembly.compile(await inflate(decodeBase64(text)));
  } catch (error) {
    if (await isForbidden())
      throw new RunError(
        "the page's Content Security Policy forbids WebAssembly, which polgrad needs: " +
          "add 'wasm-unsafe-eval' to its script-src",
        { cause: error },
      );
    throw error;
  }
}

async function isForbidden(): Promise<boolean> {
  try {
    await WebAssembly.compile(emptyModule);
    return false;
  } catch {
    return true;
  }
}

/** In Node by its own function, which takes a fraction of a millisecond where streams take several. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib) return new Uint8Array(zlib.inflateRawSync(bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
