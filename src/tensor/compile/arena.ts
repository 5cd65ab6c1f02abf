// An allocator of offsets: best fit, with neighbouring free blocks merged. Of blocks that fit equally well, the one that
// has been free for longest is taken.

export interface Arena {
  /** The most bytes that were in use at a time, gaps included. */
  readonly size: number;
  /** The offset of a free block of this size, which is now in use. */
  take(bytes: number): number;
  release(offset: number, bytes: number): void;
}

/** A free block; `since` numbers the releases. */
interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly since: number;
}

/** Every call takes logarithmic time: programs have hundreds of thousands of values. */
export function createArena(): Arena {
  let size = 0;
  let releases = 0;
  const starts = new Map<number, Block>(); // free blocks by their first byte, and by the byte after their last
  const ends = new Map<number, Block>();
  const queues = new Map<number, Block[]>(); // by size: heaps, some of whose blocks have been taken or merged since
  const sizes: number[] = []; // of the queues, ascending

  const add = (block: Block): void => {
    if (block.bytes === 0) return;
    starts.set(block.offset, block);
    ends.set(block.offset + block.bytes, block);
    let queue = queues.get(block.bytes);
    if (!queue) {
      queues.set(block.bytes, (queue = []));
      sizes.splice(firstFrom(sizes, block.bytes), 0, block.bytes);
    }
    push(queue, block);
  };
  const remove = (block: Block): void => {
    starts.delete(block.offset);
    ends.delete(block.offset + block.bytes);
  };

  /** The smallest free block of at least this size, no longer in its queue; undefined if there is none. */
  const bestFit = (bytes: number): Block | undefined => {
    for (let i = firstFrom(sizes, bytes); i < sizes.length;) {
      const queue = queues.get(sizes[i])!;
      while (queue.length > 0) {
        const block = pop(queue);
        if (starts.get(block.offset) === block) return block;
      }
      queues.delete(sizes[i]);
      sizes.splice(i, 1);
    }
    return undefined;
  };

  return {
    get size() {
      return size;
    },
    take(bytes) {
      const best = bestFit(bytes);
      if (!best) {
        size += bytes;
        return size - bytes;
      }
      remove(best);
      add({ ...best, offset: best.offset + bytes, bytes: best.bytes - bytes });
      return best.offset;
    },
    release(offset, bytes) {
      const before = ends.get(offset);
      const after = starts.get(offset + bytes);
      if (before) remove(before);
      if (after) remove(after);
      const merged = (before?.bytes ?? 0) + bytes + (after?.bytes ?? 0);
      add({ offset: before?.offset ?? offset, bytes: merged, since: releases++ });
    },
  };
}

/** The index of the first of ascending numbers that is at least `least`. */
function firstFrom(ascending: readonly number[], least: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds to a binary heap whose first block has been free for longest. */
function push(heap: Block[], block: Block): void {
  let i = heap.length;
  for (let parent = (i - 1) >> 1; i > 0 && heap[parent].since > block.since; parent = (i - 1) >> 1) {
    heap[i] = heap[parent];
    i = parent;
  }
  heap[i] = block;
}

/** Takes the first block out of a heap that has one. */
function pop(heap: Block[]): Block {
  const first = heap[0];
  const last = heap.pop()!;
  const n = heap.length;
  if (n === 0) return first;
  let i = 0;
  for (let child = 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && heap[child + 1].since < heap[child].since) child++;
    if (heap[child].since >= last.since) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return first;
}
