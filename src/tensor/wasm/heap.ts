// The memory of an engine: addresses are handed out once and never returned; a view of all of it is always up to date.

const mebibyte = 1 << 20;
const pageBytes = 65536;
/** Addresses and sizes are multiples of a cache line. */
const lineBytes = 64;
export const maximumPages = 65536;

export interface Heap {
  /** Zeroed memory, aligned to a cache line. Addresses are unsigned: they may lie above 2 GiB. */
  allocate(bytes: number): number;
  /** The memory as float32, with at least everything that was allocated here; a new view after it has grown. */
  floats(): Float32Array;
}

/** Kernels may load up to a vector past the end. */
const linesOf = (bytes: number): number => Math.ceil(bytes / lineBytes) + 1;

/** What so many bytes take. */
export const bytesTaken = (bytes: number): number => lineBytes * linesOf(bytes);

/** The heap of a single thread. */
export function ownHeap(memory: WebAssembly.Memory): Heap {
  let lines = 0;
  let floats = new Float32Array(memory.buffer); // only here does the memory grow; to ask it for its buffer takes long
  return {
    allocate(bytes) {
      const address = lines * lineBytes;
      const next = lines + linesOf(bytes);
      const missing = Math.ceil((next * lineBytes - floats.byteLength) / pageBytes);
      if (missing > 0) {
        grow(memory, missing, bytes);
        floats = new Float32Array(memory.buffer);
      }
      lines = next;
      return address;
    },
    floats: () => floats,
  };
}

/** The 32-bit word that holds the first free line, for all threads. */
const topWord = 1;

/**
 * The heap of a memory that several threads share: all allocate from one counter, which lies in the memory itself.
 * Memory that another thread has grown may look shorter here until this thread asks for its size (`grow(0)`).
 */
export function sharedHeap(memory: WebAssembly.Memory): Heap {
  const words = new Int32Array(memory.buffer, 0, lineBytes / 4);
  let floats = new Float32Array(memory.buffer);
  return {
    allocate(bytes) {
      const lines = linesOf(bytes);
      const first = Atomics.add(words, topWord, lines);
      const end = (first + lines) * lineBytes;
      if (end > memory.buffer.byteLength) {
        try {
          const missing = Math.ceil(end / pageBytes) - memory.grow(0);
          if (missing > 0) grow(memory, missing, bytes);
        } catch (error) {
          Atomics.compareExchange(words, topWord, first + lines, first);
          throw error;
        }
      }
      return first * lineBytes;
    },
    floats() {
      if (floats.buffer !== memory.buffer) floats = new Float32Array(memory.buffer);
      return floats;
    },
  };
}

function grow(memory: WebAssembly.Memory, pages: number, bytes: number): void {
  try {
    memory.grow(pages);
  } catch {
    const used = Math.round(memory.buffer.byteLength / mebibyte);
    throw new RangeError(
      `the engine has ${used} MiB and cannot allocate ${Math.round(bytes / mebibyte)} MiB more: ` +
        `an engine holds at most 4 GiB, or less if the machine has less`,
    );
  }
}

export const isShared = (memory: WebAssembly.Memory): boolean =>
  typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
