// WebAssembly modules out of the text that the package carries them as: compressed, and in base64.

import { decodeBase64 } from "./base64.ts";
import { RunError } from "./errors.ts";

/** A module of eight bytes, which every WebAssembly compiles that is allowed to. */
const emptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/**
 * Compiles a module.
 *
 * @param text its bytes, as scripts/build-kernels.mjs writes them
 * @param shared whether it works on shared memory, rather than on memory of its own
 * @throws RunError where WebAssembly is missing or forbidden; a CompileError where it does not know an instruction
 */
export async function compileModule(text: string, shared = false): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined")
    throw new RunError("polgrad needs WebAssembly, which is missing or switched off here");
  try {
    const bytes = await inflate(decodeBase64(text));
    return await WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes);
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

/** How every module of ours imports its memory: the lengths and texts of its names, and that it is one. */
const memoryImport = "\x03env\x06memory\x02";
/** The flags behind it: bit 0 for a maximum, bit 1 for shared. */
const sharedFlags = 3;

/** The same module on shared memory: the code is the same, and one bit of the import says so. */
function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const start = String.fromCharCode(...bytes.subarray(0, 1024));
  const at = start.indexOf(memoryImport);
  if (at < 0) throw new RunError("a WebAssembly module imports no memory that could be shared");
  bytes[at + memoryImport.length] = sharedFlags;
  return bytes;
}

/** In Node by its own function, which takes a fraction of a millisecond where streams take several. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib) return new Uint8Array(zlib.inflateRawSync(bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
