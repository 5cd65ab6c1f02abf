// The machines that are at work: each says so in Redis every few seconds, and is forgotten soon after it no longer does.

import type { Redis } from "ioredis";
import * as z from "zod/mini";
import { inOneLine } from "../text/printable.ts";
import { machineKeys } from "./keys.ts";

/** Milliseconds between the words of a machine, and for which they hold. */
export const aliveMilliseconds = 2000;
const heldMilliseconds = 15_000;

const text = z.string().check(z.maxLength(300));
const machineShape = z.strictObject({
  /** Name and process: "node-3:4711". */
  machine: text,
  polgrad: text,
  /** Trainings at the same time, and now. */
  slots: z.int().check(z.minimum(0), z.maximum(4096)),
  busy: z.int().check(z.minimum(0), z.maximum(4096)),
  /** Its queues. */
  queues: z.array(text).check(z.maxLength(1000)),
  /** The modules that it may run: the names of their files, with their content hashes. */
  modules: z.array(z.strictObject({ file: text, hash: text })).check(z.maxLength(1000)),
});

/** A machine that is at work. */
export type Machine = z.output<typeof machineShape>;

/** Says that a machine is at work, for the next seconds. */
export async function tellMachine(redis: Redis, id: string, machine: Machine): Promise<void> {
  await redis
    .multi()
    .sadd(machineKeys.all, id)
    .set(machineKeys.of(id), JSON.stringify(machine), "PX", heldMilliseconds)
    .exec();
}

/** Says that it goes. */
export async function forgetMachine(redis: Redis, id: string): Promise<void> {
  await redis.multi().srem(machineKeys.all, id).del(machineKeys.of(id)).exec();
}

/** The machines that are at work; what is not a machine's word is left out. */
export async function readMachines(redis: Redis): Promise<Machine[]> {
  const ids = (await redis.smembers(machineKeys.all)).slice(0, 10_000).sort();
  if (ids.length === 0) return [];
  const words = await redis.mget(ids.map(machineKeys.of));
  const gone = ids.filter((_, i) => words[i] === null);
  if (gone.length > 0) await redis.srem(machineKeys.all, ...gone);
  return words.flatMap((word) => {
    const parsed = machineShape.safeParse(tryJson(word));
    return parsed.success ? [{ ...parsed.data, machine: inOneLine(parsed.data.machine) }] : [];
  });
}

function tryJson(word: string | null): unknown {
  try {
    return JSON.parse(word ?? "null");
  } catch {
    return null;
  }
}
