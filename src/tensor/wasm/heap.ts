// Memory of an engine: addresses handed out once, never returned; and a view of it all that is never out of date.

const MiB = 1 << 20;
const pageBytes = 65536;
/** Addresses and sizes are multiples of this: a cache line. */
const lineBytes = 64;
export const maximumPages = 65536;
/** What lies below belongs to the heap itself; address 0 stays free: the kernels take it as "none". */
export const firstAddress = lineBytes;

export interface Heap {
  /** Zeroed memory, aligned to a cache line. Addresses are unsigned: they may lie above 2 GiB. */
  allocate(bytes: number): number;
  /** The memory as float32, as far as anything has been allocated here; made anew after it has grown. */
  floats(): Float32Array;
}

/** Kernels may load up to a vector past the end. */
const linesOf = (bytes: number): number => Math.ceil(bytes / lineBytes) + 1;

/** The heap of one thread alone. */
export function ownHeap(memory: WebAssembly.Memory): Heap {
  let lines = 0;
  return {
    allocate(bytes) {
      const address = lines * lineBytes;
      const next = lines + linesOf(bytes);
      const missing = Math.ceil((next * lineBytes - memory.buffer.byteLength) / pageBytes);
      if (missing > 0) grow(memory, missing, bytes);
      lines = next;
      return address;
    },
    floats: viewOf(memory),
  };
}

/** Where the first free line is counted, as 32 bits, by all threads. */
const topWord = 1;

/**
 * The heap of a memory that several threads share: all of them allocate from one counter that lies in the memory
 * itself. Memory that another thread has made grow may look shorter here until this one asks (`grow(0)`).
 */
export function sharedHeap(memory: WebAssembly.Memory): Heap {
  const words = new Int32Array(memory.buffer, 0, lineBytes / 4);
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
    floats: viewOf(memory),
  };
}

function viewOf(memory: WebAssembly.Memory): () => Float32Array {
  let floats = new Float32Array(memory.buffer);
  return () => {
    if (floats.buffer !== memory.buffer) floats = new Float32Array(memory.buffer);
    return floats;
  };
}

function grow(memory: WebAssembly.Memory, pages: number, bytes: number): void {
  try {
    memory.grow(pages);
  } catch {
    const used = Math.round(memory.buffer.byteLength / MiB);
    throw new RangeError(
      `the engine cannot allocate ${Math.round(bytes / MiB)} MiB more than its ${used} MiB: ` +
        `one engine holds at most 4 GiB, and less where the machine has less`,
    );
  }
}

export const isShared = (memory: WebAssembly.Memory): boolean =>
  typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
