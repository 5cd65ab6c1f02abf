// The pool alone: slots are done once each, messages of any size arrive, and a worker that fails or dies is named,
// whether this thread takes turns or blocks.

import { describe, expect, test } from "vitest";
import { RunError } from "../../src/errors.ts";
import { whyNoThreads } from "../../src/threads/index.ts";
import { makePool, startPool } from "./pools.ts";

const finish = <T>(slices: Generator<void, T>): T => {
  for (;;) {
    const slice = slices.next();
    if (slice.done) return slice.value;
  }
};

/** Runs slices with a turn of the event loop after each. */
async function inTurns<T>(slices: Generator<void, T>): Promise<T> {
  for (;;) {
    const slice = slices.next();
    if (slice.done) return slice.value;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("Node has threads", () => expect(whyNoThreads()).toBeUndefined());

describe("jobs", () => {
  test.each([1, 2, 3, 5])("%i threads do every slot of 2,000 jobs once", async (threads) => {
    const counts = new Int32Array(new SharedArrayBuffer(4 * 255));
    const pool = await startPool(threads, { counts });
    const expected = new Array<number>(255).fill(0);
    for (let job = 0; job < 2000; job++) {
      const slots = [1, 2, 3, 16, 255][job % 5];
      const before = Atomics.load(counts, 0);
      pool.share([job], slots, (slot) => void Atomics.add(counts, slot, 1));
      expect(Atomics.load(counts, 0)).toBe(before + 1);
      for (let slot = 0; slot < slots; slot++) expected[slot]++;
    }
    expect([...counts]).toEqual(expected);
  });

  test("before the start and after the end this thread does them alone", async () => {
    const pool = makePool(2);
    const done: number[] = [];
    pool.share([0], 3, (slot) => done.push(slot));
    await pool.start({ counts: new Int32Array(new SharedArrayBuffer(64)) });
    expect(pool.running).toBe(true);
    pool.close();
    pool.share([0], 2, (slot) => done.push(slot));
    expect(done).toEqual([0, 1, 2, 0, 1]);
    expect(() => pool.send(1, "too late")).toThrow("closed");
  });
});

describe("messages", () => {
  test("of any size, to all at once", async () => {
    const pool = await startPool(3);
    for (const size of [0, 1, 65_530, 65_536, 1_000_000]) {
      const message = { text: "ä".repeat(size), numbers: [0.1, -0, NaN, 1e300, null] };
      for (const thread of [1, 2]) pool.send(thread, message);
      expect(finish(pool.receive(2))).toEqual({ thread: 2, message });
      expect(pool.receiveNow(1)).toEqual({ thread: 1, message });
    }
  });

  test("whoever waits yields every few milliseconds", async () => {
    const pool = await startPool(2);
    pool.send(1, { do: "sleep", milliseconds: 200 });
    let yields = 0;
    for (const slices = pool.receive(1); !slices.next().done;) yields++;
    expect(yields).toBeGreaterThan(10);
  });
});

describe("a worker that", () => {
  const failures: [string, object, RegExp][] = [
    ["throws", { do: "throw", text: "out of cheese" }, /^worker 2 failed: out of cheese$/],
    ["exits", { do: "exit" }, /^worker 2 died: it (has ended|exited with code 3)$/],
  ];
  test.each(failures)(
    "%s is told while this thread takes turns, while it blocks, and ever after",
    async (_, message, told) => {
      for (const wait of [inTurns, async (slices: Generator<void, unknown>) => finish(slices)]) {
        const pool = await startPool(3);
        pool.send(2, message);
        const failure: unknown = await wait(pool.receive(2)).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(RunError);
        expect((failure as RunError).message).toMatch(told);
        expect(pool.running).toBe(false);
        expect(() => pool.share([0], 2, () => {})).toThrow(told);
        expect(() => pool.send(1, "hello")).toThrow(told);
      }
    },
  );

  test("fails or dies in a job is told too", async () => {
    for (const [word, told] of [
      [-1, /^worker \d failed: slot \d+ is cursed$/],
      [-2, /^worker \d died: it has ended$/],
    ] as const) {
      const pool = await startPool(3, {});
      // This thread leaves the workers time to take slots.
      const slowly = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      expect(() => pool.share([word], 20, slowly)).toThrow(told);
      expect(pool.running).toBe(false);
    }
  });

  test("fails while this thread has nothing left to do wakes it", async () => {
    const pool = await startPool(2, {});
    const slowly = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    expect(() => pool.share([-3], 20, slowly)).toThrow("worker 1 failed: it took a while");
  });

  test("cannot be prepared fails the start", async () => {
    await expect(startPool(3, { refuse: 2 })).rejects.toThrow("worker 2 failed: thread 2 refuses");
  });
});
