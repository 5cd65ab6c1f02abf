// Bytes that the package carries as text: WebAssembly modules, models.

/**
 * The bytes that base64 text stands for, in a buffer of their own. In Node by native code: V8 would optimize a loop over so
 * many while a training begins.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis;
  if (Buffer) return new Uint8Array(Buffer.from(text, "base64")); // a copy, which is not in Node's pool
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
