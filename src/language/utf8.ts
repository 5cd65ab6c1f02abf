// Bytes of files as text.

import { bytesOf, type Bytes } from "../bytes.ts";
import { InputError } from "../errors.ts";
import { TextDecoder } from "../globals.ts";

/** JavaScript's strings end at half a billion characters or so, whatever the engine; a byte is a character at most. */
const mostBytes = 500_000_000;

/**
 * The text of a file in UTF-8, without a byte order mark.
 *
 * @param name what the file is called in messages
 * @throws InputError if the bytes are not UTF-8, naming the first byte and line that are not; or if they are more than
 *   500 MB, which no JavaScript engine is sure to hold in a string
 */
export function decodeUtf8(data: Bytes, name: string): string {
  const bytes = bytesOf(data, name);
  if (bytes.length > mostBytes)
    throw new InputError(
      `${name} has ${Math.ceil(bytes.length / 1e6)} MB of text, and no more than ${mostBytes / 1e6} MB can be read at once: split it`,
    );
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const { offset, line } = firstInvalid(bytes);
    throw new InputError(`${name} is not text in UTF-8: byte ${offset}, in line ${line}, is not${hintOf(bytes)}`);
  }
}

/** Where, from 0, the first sequence begins that is not UTF-8, and in which line, from 1. */
function firstInvalid(bytes: Uint8Array): { offset: number; line: number } {
  let offset = 0;
  let line = 1;
  for (const character of new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)) {
    const code = character.codePointAt(0)!;
    // The replacement character may also have been written as itself.
    const isWritten = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (code === 0xfffd && !isWritten) break;
    if (code === 0x0a) line++;
    offset += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return { offset, line };
}

/** What else the bytes may be, where their beginning tells. */
function hintOf([first, second]: Uint8Array): string {
  if (first === 0x1f && second === 0x8b) return " (it looks like a gzip file, which must be unpacked first)";
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isUtf16 ? " (it looks like UTF-16, which must be converted first)" : "";
}
