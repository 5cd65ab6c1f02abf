// Streams that are lost: nothing is thrown, the loss is told once, and what is written later is dropped.

import { EventEmitter } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasNoReader, lastingStream } from "../../src/cli/lasting-stream.ts";

const errors = fc.constantFrom("EPIPE", "EIO", "ENOSPC", "EBADF", "EDQUOT");
const failure = fc.record({ code: errors, at: fc.nat(5), atOnce: fc.boolean() });

/** A stream whose writes fail from one on: as a file's do, at once, or as a pipe's, by an event. */
function failingStream({ code, at, atOnce }: { code: string; at: number; atOnce: boolean }) {
  const written: string[] = [];
  let writes = 0;
  const stream = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns: 80,
    getColorDepth: () => 8,
    write(text: string) {
      if (writes++ < at) return written.push(text);
      const error = Object.assign(new Error(`${code}: write`), { code });
      if (atOnce) throw error;
      return stream.emit("error", error);
    },
  });
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

test("whatever fails, and when", () => {
  fc.assert(
    fc.property(failure, fc.array(fc.string(), { maxLength: 9 }), (how, texts) => {
      const { stream, written } = failingStream(how);
      const told: string[] = [];
      const output = lastingStream(stream, (error) => told.push(error.code!));
      for (const text of texts) output.write(text);
      expect(written).toEqual(texts.slice(0, how.at));
      expect(told).toEqual(texts.length > how.at ? [how.code] : []);
      expect(output.loss()?.code).toBe(told[0]);
      if (told.length > 0) expect(hasNoReader(output.loss()!)).toBe(["EPIPE", "EIO"].includes(how.code));
      expect(output).toMatchObject({ isTTY: true, columns: 80 });
      expect(output.getColorDepth!()).toBe(8);
    }),
    { numRuns: Number(process.env.POLGRAD_CASES ?? 200) },
  );
});
