// Vectors of 256 bits. Those of WebAssembly have 128; V8 joins operations on two neighbours into one where an experimental
// flag says so. The flag concerns the whole process and every WebAssembly module in it, so nothing here sets it unasked,
// nor in versions of V8 whose joined kernels the tests have not compared with the others, bit for bit.

import { InputError } from "../../errors.ts";

/** Those of Node 24 and Node 26. */
const testedV8 = ["13.6", "14.6"];
const flag = "--experimental-wasm-revectorize";
/** Under this key, threads that are started later find that the flag is set. */
const allowedKey = "polgrad.wideVectors";

const builtin: NodeJS.Process["getBuiltinModule"] | undefined = globalThis.process?.getBuiltinModule;

/** Why vectors have as many bits as they have. */
export interface VectorSupport {
  /** 256 where the processor has them and they turn out faster, else 128. */
  readonly bits: 128 | 256;
  readonly reason: string;
}

/**
 * Lets V8 use vectors of 256 bits from now on, in this process and the threads that it starts: in Node 24 and 26, on processors
 * that have them. Results are the same to the bit. Products alone run up to twice as fast. Must come before the first engine
 * is created. The command does it by itself; a library should leave it to the program that uses it, since other modules of
 * WebAssembly in the process are compiled under the flag, too.
 *
 * @param environment of variables, of which POLGRAD_VECTORS=128 keeps vectors narrow; the command gives those of the process
 * @returns what becomes of it, and why
 * @throws InputError where POLGRAD_VECTORS is neither 128 nor 256
 */
export function allowWideVectors(environment: Readonly<Record<string, string | undefined>> = {}): VectorSupport {
  const support = vectorSupport(environment);
  if (support.bits === 256) {
    builtin!("node:v8").setFlagsFromString(flag);
    builtin!("node:worker_threads").setEnvironmentData(allowedKey, true);
  }
  return support;
}

/** What `allowWideVectors` does here. @throws InputError where POLGRAD_VECTORS is neither 128 nor 256 */
export function vectorSupport(environment: Readonly<Record<string, string | undefined>> = {}): VectorSupport {
  const wanted = environment["POLGRAD_VECTORS"] || "256";
  if (wanted !== "128" && wanted !== "256") throw new InputError(`POLGRAD_VECTORS: "${wanted}" is not 128 or 256`);
  if (wanted === "128") return { bits: 128, reason: "POLGRAD_VECTORS=128 says so" };
  const { versions, arch } = globalThis.process ?? {};
  if (!versions?.node || !builtin) return { bits: 128, reason: "only Node has wider ones" };
  if (!testedV8.includes(versions.v8.split(".", 2).join("."))) return { bits: 128, reason: "Node 24 and 26 have 256" };
  if (arch !== "x64") return { bits: 128, reason: `processors of the kind ${arch} have no wider ones` };
  return { bits: 256, reason: "where the processor has them" };
}

/** Whether they were allowed, in this thread or in the one that started it. */
export const wideVectorsAllowed = (): boolean =>
  builtin?.("node:worker_threads").getEnvironmentData(allowedKey) === true;
