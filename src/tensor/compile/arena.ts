// Offsets of blocks that are taken and released: best fit, neighbours merged.

export interface Arena {
  /** Bytes that were in use at most. */
  readonly size: number;
  /** The offset of a block of so many bytes. */
  take(bytes: number): number;
  release(offset: number, bytes: number): void;
}

interface Block {
  offset: number;
  bytes: number;
}

export function createArena(): Arena {
  let size = 0;
  let free: Block[] = [];
  return {
    get size() {
      return size;
    },
    take(bytes) {
      const fits = free.filter((block) => block.bytes >= bytes);
      if (fits.length === 0) {
        size += bytes;
        return size - bytes;
      }
      const best = fits.reduce((p, q) => (q.bytes < p.bytes ? q : p));
      const offset = best.offset;
      best.offset += bytes;
      best.bytes -= bytes;
      if (best.bytes === 0) free = free.filter((block) => block !== best);
      return offset;
    },
    release(offset, bytes) {
      const before = free.find((block) => block.offset + block.bytes === offset);
      const after = free.find((block) => block.offset === offset + bytes);
      const merged = before ?? { offset, bytes: 0 };
      merged.bytes += bytes + (after?.bytes ?? 0);
      free = free.filter((block) => block !== after && block !== before).concat(merged);
    },
  };
}
