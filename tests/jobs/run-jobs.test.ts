import { describe, expect, test } from "vitest";
import { isLeft, newJob, runJobs, type CarryOut, type Job } from "../../src/jobs/run-jobs.ts";

type NumberJob = Job<number, string, number>;

/** Jobs that square numbers, of which some are done. */
function board(tasks: readonly number[], done: ReadonlyMap<number, number> = new Map()) {
  return tasks.map((task): NumberJob => newJob(task, done.get(task) ?? null));
}

function squares(of: CarryOut<number, string> = async () => "finished") {
  const results = new Map<number, number>();
  const order: number[] = [];
  const carryOut: CarryOut<number, string> = async (task, controls) => {
    order.push(task);
    const outcome = await of(task, controls);
    if (outcome === "finished") results.set(task, task * task);
    return outcome;
  };
  return { results, order, carryOut, resultOf: (task: number) => results.get(task) ?? null };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("runJobs", () => {
  test("carries out what waits, in its order, and finds the results", async () => {
    const jobs = board([3, 1, 2], new Map([[1, 1]]));
    const { order, ...means } = squares();
    await runJobs(jobs, { atATime: 1, ...means });
    expect(order).toEqual([3, 2]);
    expect(jobs.map(({ task, status, result }) => [task, status, result])).toEqual([
      [3, "finished", 9],
      [1, "earlier", 1],
      [2, "finished", 4],
    ]);
    await runJobs(jobs, { atATime: 1, ...means });
    expect(order).toHaveLength(2);
  });

  test.each([1, 3, 10])("works on %i at a time, and on no more than there are", async (atATime) => {
    let [now, most] = [0, 0];
    const { order, ...means } = squares(async () => {
      most = Math.max(most, ++now);
      await pause(5);
      now--;
      return "finished";
    });
    await runJobs(board([1, 2, 3, 4, 5]), { atATime, ...means });
    expect(most).toBe(Math.min(atATime, 5));
    expect(order).toHaveLength(5);
  });

  test("tells of each change of status and progress", async () => {
    const seen: string[] = [];
    const { order: _, ...means } = squares(async (_task, { onProgress }) => {
      onProgress?.("half");
      return "finished";
    });
    const onChange = ({ task, status, progress }: NumberJob) => seen.push(`${task} ${status} ${progress}`);
    await runJobs(board([7]), { atATime: 2, onChange, ...means });
    expect(seen).toEqual(["7 running null", "7 running half", "7 finished half"]);
  });

  test("a job that fails leaves the others alone, whatever it throws", async () => {
    const { order: _, ...means } = squares((task) =>
      task === 1
        ? Promise.reject(new Error("it broke"))
        : task === 2
          ? Promise.reject("a text")
          : Promise.resolve("finished"),
    );
    const jobs = board([1, 2, 3]);
    await runJobs(jobs, { atATime: 2, ...means });
    expect(jobs.map(({ status, error }) => [status, error])).toEqual([
      ["failed", "it broke"],
      ["failed", "a text"],
      ["finished", null],
    ]);
    expect(jobs.some(isLeft)).toBe(false);
  });

  test("once aborted, no other job starts, and what was interrupted is left", async () => {
    const controller = new AbortController();
    const { order, ...means } = squares(async (task, { signal }) => {
      if (task === 2) controller.abort();
      return signal?.aborted ? "interrupted" : "finished";
    });
    const jobs = board([1, 2, 3]);
    await runJobs(jobs, { atATime: 1, signal: controller.signal, ...means });
    expect(order).toEqual([1, 2]);
    expect(jobs.map(({ status }) => status)).toEqual(["finished", "interrupted", "waiting"]);
    expect(jobs.filter(isLeft).map(({ task }) => task)).toEqual([2, 3]);
  });
});
