// An allocator of offsets: best fit, with neighbouring free blocks merged.

export interface Arena {
  /** The most bytes that were in use at a time, gaps included. */
  readonly size: number;
  /** The offset of a free block of this size, which is now in use. */
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
