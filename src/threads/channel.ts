// Messages through shared memory, for threads that block: a sender puts a message into a box in pieces, each as soon as
// the receiver has taken the previous one.

/** Words of a box's head: whether a piece is inside, its bytes, and how many follow it. */
const enum Head {
  Full,
  Bytes,
  Left,
}
const headBytes = 16;
const pieceBytes = 1 << 16;

/** Shared memory for one direction of messages. */
export const createBox = (): SharedArrayBuffer => new SharedArrayBuffer(headBytes + pieceBytes);

/** Waits while `words[index]` is `value`; throws if that can no longer change. */
export type WaitWhile = (words: Int32Array<SharedArrayBuffer>, index: number, value: number) => void;

/** One end of a box. A message is anything that survives JSON. */
export interface Channel {
  /** Sends a message. `wake` is called once the first piece is in the box, to wake a receiver that waits for something else. */
  send(message: unknown, wake?: () => void): void;
  /** Whether a message has begun to arrive. */
  arrived(): boolean;
  /** Waits for a message, and returns it. */
  receive(): unknown;
}

/** Opens one end of a box. */
export function createChannel(box: SharedArrayBuffer, waitWhile: WaitWhile): Channel {
  const head = new Int32Array(box, 0, headBytes / 4);
  const piece = new Uint8Array(box, headBytes);
  const set = (full: 0 | 1): void => {
    Atomics.store(head, Head.Full, full);
    Atomics.notify(head, Head.Full);
  };
  return {
    send(message, wake) {
      const bytes = new TextEncoder().encode(JSON.stringify(message ?? null));
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        waitWhile(head, Head.Full, 1);
        const part = bytes.subarray(from, from + pieceBytes);
        piece.set(part);
        head[Head.Bytes] = part.length;
        head[Head.Left] = bytes.length - from - part.length;
        set(1);
        if (from === 0) wake?.();
      }
    },
    arrived: () => Atomics.load(head, Head.Full) === 1,
    receive() {
      let bytes: Uint8Array | undefined;
      for (let at = 0; ;) {
        waitWhile(head, Head.Full, 0);
        const [size, left] = [head[Head.Bytes], head[Head.Left]];
        bytes ??= new Uint8Array(size + left);
        bytes.set(piece.subarray(0, size), at);
        at += size;
        set(0);
        if (left === 0) return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
      }
    },
  };
}
