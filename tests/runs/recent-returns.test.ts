import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readClock, secondsAt } from "../../src/runs/progress-csv.ts";
import { recentReturns, windowOf } from "../../src/runs/recent-returns.ts";

/** Episodes of so many steps each, one after the other, with these returns. */
const episodes = (length: number, returns: readonly number[]) =>
  returns.map((total, i) => ({ step: length * (i + 1), return: total }));

describe("the mean return over a window of steps, by hand", () => {
  test("of all episodes while there are fewer than ten, then of those of the last 2 % of steps, and at least ten", () => {
    // 2 % of 5,000 are 100 steps: 20 episodes of 5 steps each.
    const { windowSteps, means } = recentReturns(
      episodes(
        5,
        Array.from({ length: 30 }, (_, i) => i),
      ),
      5000,
      null,
    );
    expect(windowSteps).toBe(100);
    expect(means[0]).toEqual({ step: 5, mean: 0 });
    expect(means[19]).toEqual({ step: 100, mean: 19 / 2 });
    expect(means[29]).toEqual({ step: 150, mean: (10 + 29) / 2 }); // those that ended after step 50
    // Episodes of 500 steps: ten of them count, though 100 steps hold none.
    const long = recentReturns(
      episodes(
        500,
        Array.from({ length: 12 }, (_, i) => i),
      ),
      5000,
      null,
    ).means;
    expect(long.map(({ mean }) => mean)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5.5, 6.5]);
  });

  test("a threshold takes ten episodes, and is told much earlier than over 100", () => {
    // Perfect from the 31st episode on: ten perfect ones have ended with the 40th; of 100, 95 % with the 125th.
    const returns = Array.from({ length: 200 }, (_, i) => (i < 30 ? 0 : 500));
    expect(recentReturns(episodes(500, returns), 100_000, 475).reachedAtStep).toBe(500 * 40);
    expect(recentReturns(episodes(500, returns.slice(30, 39)), 100_000, 475).reachedAtStep).toBeNull();
    expect(recentReturns(episodes(500, returns), 100_000, null).reachedAtStep).toBeNull();
    expect(recentReturns(episodes(500, returns), 100_000, 501).reachedAtStep).toBeNull();
  });

  test("what is not finite does not count; no episode gives nothing", () => {
    const { means } = recentReturns(episodes(1, [1, NaN, null as never, 3]), 1000, null);
    expect(means).toEqual([
      { step: 1, mean: 1 },
      { step: 4, mean: 2 },
    ]);
    expect(recentReturns([], 0, 5)).toEqual({ windowSteps: 1, means: [], reachedAtStep: null });
    expect(windowOf(100_352)).toBe(2007);
  });
});

describe("the clock of a run", () => {
  const folder = mkdtempSync(join(tmpdir(), "polgrad-clock-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const clockOf = (text: string) => {
    const path = join(folder, "progress.csv");
    writeFileSync(path, text);
    return readClock(path);
  };

  test("tells the seconds at a step, between two updates in proportion", () => {
    const clock = clockOf("step,update,wallSeconds\n100,1,2.000\n300,2,3.000\n");
    expect(clock).toEqual([
      { step: 100, seconds: 2 },
      { step: 300, seconds: 3 },
    ]);
    const at = secondsAt(clock);
    expect([50, 100, 200, 300, 400].map(at)).toEqual([1, 2, 2.5, 3, 3]);
  });

  test("is nothing where there is no file, and ends where the file was edited", () => {
    expect(readClock(join(folder, "nowhere.csv"))).toEqual([]);
    expect(clockOf("step,wallSeconds\n5,1\nx,2\n9,3\n")).toEqual([{ step: 5, seconds: 1 }]);
    expect(clockOf("step,wallSeconds\n5,4\n9,3\n")).toEqual([{ step: 5, seconds: 4 }]);
  });
});
