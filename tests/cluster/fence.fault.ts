// Who may write of a trial, on a real Redis: whoever has its lock, in its attempt. And jobs that somebody has altered.

import { Queue, Worker } from "bullmq";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jobId, trialOf } from "../../src/cluster/job.ts";
import { jobKeys, prefix, trialKeys } from "../../src/cluster/keys.ts";
import { scriptsOn, type Hold } from "../../src/cluster/scripts.ts";
import { algorithmNamed, resolveOptions } from "../../src/training/index.ts";
import { version } from "../../src/version.ts";
import { openSite, type Site } from "./machines.ts";

let site: Site;
let redis: Redis;
beforeAll(async () => {
  site = await openSite();
  redis = new Redis(site.redis.url, { maxRetriesPerRequest: null });
});
afterAll(async () => {
  redis.disconnect();
  await site.end();
});

const queue = "fence";
const id = "0123456789abcdef-0";

test("a worker that lost its lock writes nothing more; a write that comes twice is one", async () => {
  const scripts = scriptsOn(redis);
  const adding = new Queue(queue, { connection: redis, prefix });
  await adding.add("trial", {}, { jobId: id });
  const worker = new Worker(queue, null, { connection: redis, prefix, lockDuration: 60_000, autorun: false });
  const take = async (token: string): Promise<Hold> => {
    const job = await worker.getNextJob(token, { block: false });
    return { queue, id, token, attempt: job.attemptsStarted };
  };
  const { state, logs } = trialKeys(id);
  const { lock } = jobKeys(queue, id);
  const fields = (text: string) => new Map([["progress", text]]);

  const first = await take("first");
  expect(await scripts.take(first, "a")).toBe(0);
  expect(await scripts.take(first, "a")).toBe(0); // twice: no crash
  expect(await scripts.write(first, 1, fields("one"), [Buffer.from("x")])).toBe("written");
  expect(await scripts.write(first, 1, fields("again"), [Buffer.from("y")])).toBe("written");
  expect(await redis.hget(state, "progress")).toBe("one");
  expect(await redis.lrange(logs, 0, -1)).toEqual(["x"]);

  // It sleeps past its lock: the job waits again, and another takes it.
  await redis.del(lock);
  await redis.multi().lrem(`${prefix}:${queue}:active`, 0, id).rpush(`${prefix}:${queue}:wait`, id).exec();
  const second = await take("second");
  expect(second.attempt).toBe(2);
  expect(await scripts.write(first, 2, fields("late"), [])).toBe("lost");
  expect(await scripts.take(second, "b")).toBe(1); // the first neither ended nor handed back
  for (const forged of [
    { ...second, attempt: 1 },
    { ...first, attempt: 2 },
    { ...second, token: "third" },
  ])
    expect(await scripts.write(forged, 9, fields("forged"), [])).toBe("lost");
  expect(await redis.hget(state, "progress")).toBe("one");
  expect(await scripts.write(second, 1, fields("two"), [Buffer.from("z")])).toBe("written");
  expect(await redis.lrange(logs, 0, -1)).toEqual(["z"]); // all of the logs, by the attempt that has it
  await scripts.stop(id);
  expect(await scripts.write(second, 2, fields("three"), [])).toBe("stop");

  await scripts.collect(id);
  expect(await scripts.write(second, 3, fields("late"), [])).toBe("lost");
  expect(await scripts.take(second, "b")).toBe("over");
  expect(await redis.hgetall(state)).toEqual({ status: "collected" });
  await worker.close(true);
  await adding.close();
});

test("jobs that were altered are refused in words, and the worker goes on", async () => {
  const strict = `${version}-strict`;
  const options = { env: "IdentityBox-v0", totalSteps: 64, rollout: 64, hidden: [2], strict: true };
  const trials = Array.from({ length: 200 }, (_, seed) =>
    trialOf(
      {
        ...{ id: "", title: `seed ${seed}`, run: "", algorithm: "ppo", command: "" },
        options: resolveOptions(algorithmNamed("ppo"), { ...options, seed }),
        evaluation: { episodes: 1, seed: 1, deterministic: true },
      },
      "all",
    ),
  );
  const adding = new Queue(strict, { connection: redis, prefix });
  const ids = trials.map((trial) => jobId("0123456789abcdef", trial));
  await adding.addBulk(
    trials.map((data, i) => ({ name: "trial", data, opts: { jobId: ids[i], removeOnComplete: true } })),
  );
  const places = fc.sample(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.string({ minLength: 1, maxLength: 9 })), { numRuns: trials.length - 1, seed: 1 }); // prettier-ignore
  for (const [i, [share, text]] of places.entries()) {
    const { job } = jobKeys(strict, ids[i]);
    const data = (await redis.hget(job, "data"))!;
    const at = Math.floor(share * data.length);
    await redis.hset(job, "data", i % 50 === 0 ? "" : data.slice(0, at) + text + data.slice(at + 1));
  }
  const worker = site.worker();
  await worker.until(/seed 199: finished/);
  const states = await Promise.all(ids.map((one) => redis.hmget(trialKeys(one).state, "status", "error")));
  const refused = states.filter(([status, error]) => status === "refused" && /is damaged/.test(error ?? ""));
  const whole = states.filter(([status]) => status === "finished"); // by chance the same, and that which nobody altered
  expect(whole.length).toBeGreaterThan(0);
  expect(whole.length).toBeLessThan(5);
  expect(refused.length + whole.length).toBe(trials.length);
  expect(await redis.llen(`${prefix}:${strict}:active`)).toBe(0);
  await adding.close();
});
