// The instructions of a segment as they are written, one after another, and where a run may pause between them.

/** Some instructions of a segment. */
export interface Part {
  /** The addresses of the first word and just past the last. */
  readonly code: number;
  readonly end: number;
  /** In multiply-adds: of a row, or of all in a static segment. */
  readonly work: number;
}

/** Instructions that come one after another. */
export interface Code {
  /** Adds the words of some instructions that belong together, and their work. */
  add(words: readonly number[], work: number): void;
  /** What is added from now on belongs to another part. */
  cut(): void;
  words(): Uint32Array;
  /** The parts of the code once it lies at an address. */
  partsAt(address: number): Part[];
}

/** @param most the work of a part; instructions that belong together may be more */
export function createCode(most: number): Code {
  let buffer = new Uint32Array(256);
  let length = 0;
  const parts: { from: number; to: number; work: number }[] = []; // in words
  let isCut = true;
  return {
    add(words, work) {
      if (words.length === 0) return;
      const to = length + words.length;
      if (to > buffer.length) {
        const larger = new Uint32Array(2 * to);
        larger.set(buffer);
        buffer = larger;
      }
      buffer.set(words, length);
      const last = parts.at(-1);
      if (!last || isCut || last.work + work > most) parts.push({ from: length, to, work });
      else {
        last.to = to;
        last.work += work;
      }
      length = to;
      isCut = false;
    },
    cut: () => void (isCut = true),
    words: () => buffer.subarray(0, length),
    partsAt: (address) =>
      parts.map(({ from, to, work }) => ({ code: address + 4 * from, end: address + 4 * to, work })),
  };
}
