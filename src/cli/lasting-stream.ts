// The streams that the command line writes to. What becomes of them costs no training: a reader that stops early, a
// terminal that is closed, a full disk.

import type { Stream } from "./context.ts";
import { terminalOf } from "./output.ts";

/** A stream that may be lost; from then on what is written to it is dropped. */
export interface LastingStream extends Stream {
  /** What made it impossible to write; undefined as long as it is possible. */
  loss(): NodeJS.ErrnoException | undefined;
}

/** @param onLoss called once, with what made it impossible to write */
export function lastingStream(
  stream: NodeJS.WriteStream,
  onLoss: (error: NodeJS.ErrnoException) => void = () => {},
): LastingStream {
  let loss: NodeJS.ErrnoException | undefined;
  const lose = (error: unknown): void => {
    if (loss) return;
    loss = error as NodeJS.ErrnoException;
    onLoss(loss);
  };
  stream.on("error", lose);
  return Object.assign(terminalOf(stream), {
    loss: () => loss,
    write(text: string) {
      if (loss) return;
      try {
        stream.write(text); // to a file it is written, or thrown, at once
      } catch (error) {
        lose(error);
      }
    },
  });
}

/** Whether nobody reads any more, as behind `head` or where a terminal was closed: that is no failure. */
export const hasNoReader = ({ code }: NodeJS.ErrnoException): boolean => code === "EPIPE" || code === "EIO";
