// Reads an animated GIF (GIF89a, one global colour table, whole frames), to see what was written.

export interface ReadGif {
  width: number;
  height: number;
  /** What is seen, row by row, and for how many milliseconds. */
  frames: { delay: number; pixels: number[][] }[];
}

export function readGif(bytes: Uint8Array): ReadGif {
  const text = (from: number, length: number) => String.fromCharCode(...bytes.subarray(from, from + length));
  const u16 = (at: number) => bytes[at] | (bytes[at + 1] << 8);
  if (text(0, 6) !== "GIF89a") throw new Error("no GIF89a");
  const [width, height] = [u16(6), u16(8)];
  const tableSize = 2 << (bytes[10] & 7);
  let at = 13;
  const table = Array.from({ length: tableSize }, (_, i) => [...bytes.subarray(at + 3 * i, at + 3 * i + 3)]);
  at += 3 * tableSize;
  const subBlocks = (): number[] => {
    const data: number[] = [];
    while (bytes[at] > 0) {
      data.push(...bytes.subarray(at + 1, at + 1 + bytes[at]));
      at += 1 + bytes[at];
    }
    at++;
    return data;
  };
  const frames: ReadGif["frames"] = [];
  let [delay, transparent] = [0, -1];
  let seen: number[][] = [];
  for (;;) {
    const kind = bytes[at++];
    if (kind === 0x3b) return { width, height, frames };
    if (kind === 0x21) {
      const label = bytes[at++];
      if (label === 0xf9) {
        transparent = bytes[at + 1] & 1 ? bytes[at + 4] : -1;
        delay = 10 * u16(at + 2);
      }
      subBlocks();
    } else if (kind === 0x2c) {
      if (u16(at + 4) !== width || u16(at + 6) !== height) throw new Error("a frame of another size");
      if (bytes[at + 8] & 0x80) throw new Error("a colour table of its own");
      at += 9;
      const codeSize = bytes[at++];
      const indices = decompress(subBlocks(), codeSize);
      if (indices.length !== width * height) throw new Error(`${indices.length} pixels`);
      seen = indices.map((index, k) => (index === transparent ? seen[k] : table[index]));
      frames.push({ delay, pixels: seen });
    } else throw new Error(`a block of kind ${kind}`);
  }
}

/** Lempel, Ziv and Welch's, with codes that grow to 12 bits. */
function decompress(data: readonly number[], codeSize: number): number[] {
  const [clear, end] = [1 << codeSize, (1 << codeSize) + 1];
  const out: number[] = [];
  let words: number[][] = [];
  let previous: number[] | null = null;
  let [bits, buffer, size, position] = [0, 0, codeSize + 1, 0];
  for (;;) {
    while (bits < size) {
      buffer |= data[position++] << bits;
      bits += 8;
    }
    const code = buffer & ((1 << size) - 1);
    buffer >>= size;
    bits -= size;
    if (code === end) return out;
    if (code === clear) {
      words = Array.from({ length: clear + 2 }, (_, i) => [i]);
      size = codeSize + 1;
      previous = null;
      continue;
    }
    const word: number[] = words[code] ?? [...previous!, previous![0]];
    out.push(...word);
    if (previous && words.length < 4096) words.push([...previous, word[0]]);
    if (words.length === 1 << size && size < 12) size++;
    previous = word;
  }
}
