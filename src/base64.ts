// Bytes that the package carries as text: WebAssembly modules, models.

/** `Uint8Array.fromBase64`, where the platform has it (ECMAScript 2026). */
const { fromBase64 } = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };

/**
 * The bytes that base64 text stands for, in a buffer of their own. By native code where there is some: V8 optimizes a loop
 * over so many while a training begins.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const { Buffer } = globalThis;
  if (Buffer) return new Uint8Array(Buffer.from(text, "base64")); // a copy, which is not in Node's pool
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
