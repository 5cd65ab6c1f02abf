// The sweep's side of many machines: hands its trials to Redis, follows them, and takes over what they come to. Its folder
// is the truth: what Redis has forgotten is added again, and what is done there is not done twice.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Queue } from "bullmq";
import * as z from "zod/mini";
import { InputError, RunError } from "../errors.ts";
import type { CarryOut, JobControls, JobOutcome } from "../jobs/run-jobs.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { assertShape, readJson } from "../runs/json.ts";
import { makeFolders } from "../runs/run-folder.ts";
import type { TrainingProgress, TrainingTask } from "../suites/training-task.ts";
import { inOneLine } from "../text/printable.ts";
import { messageOf } from "../text/values.ts";
import { version } from "../version.ts";
import { machineBits } from "./fingerprint.ts";
import { openFolder, takeOver } from "./folder.ts";
import { jobId, queueOf, trialOf, type Keep, type Trial } from "./job.ts";
import { jobKeys, prefix, trialKeys } from "./keys.ts";
import { readMachines, type Machine } from "./machines.ts";
import { moduleHash } from "./modules.ts";
import { unpack } from "./parcel.ts";
import { connect, isOfConnection, redisLibraries, type RedisAddress } from "./redis.ts";
import { scriptsOn } from "./scripts.ts";

/** Settings of {@link openCluster}. */
export interface ClusterSettings {
  readonly address: RedisAddress;
  /** The folder of the sweep, which keeps by what name Redis knows it. */
  readonly folder: string;
  /** Which checkpoints of each run are kept. Default "all", as on one machine. */
  readonly keep?: Keep;
  /** Called when machines came or went, or have more or less to do. */
  readonly onMachines?: (machines: readonly Machine[]) => void;
  /** Something is wrong, or null: no longer with Redis. */
  readonly onTrouble?: (problem: string | null) => void;
}

/** Machines that carry out trainings. */
export interface Cluster {
  /** Carries out a training on one of them; its folder is then as if it had been trained here. */
  readonly carryOut: CarryOut<TrainingTask, TrainingProgress>;
  machines(): readonly Machine[];
  close(): Promise<void>;
}

/** Milliseconds between looks at what changed. */
const lookMilliseconds = 200;
/** Milliseconds between looks at all trials: of what was lost, nobody tells. It grows with their number. */
const allMilliseconds = 5000;
const machinesMilliseconds = 2000;
/** Looks at the machines after which it is told that none takes some of the trials. */
const patientRounds = 3;
/** Trials that are asked for, added or looked at in one go. */
const together = 200;
/** Times that a result is asked for again, where what came was damaged. */
const mostRefusals = 3;
/** Milliseconds for trainings at work to save and let go, once they are to stop. */
const stopMilliseconds = 60_000;

/** A training that was handed over. */
interface Entry {
  readonly id: string;
  readonly task: TrainingTask;
  readonly trial: Trial;
  readonly queue: string;
  readonly controls: JobControls<TrainingProgress>;
  /** What was last told of it. */
  told: string;
  refusals: number;
  /** Whether it is being taken over. */
  isTaken: boolean;
  resolve(outcome: JobOutcome): void;
  reject(error: Error): void;
}

const nameShape = z.strictObject({ id: z.string().check(z.regex(/^[0-9a-f]{16}$/)) });

/** The name by which Redis knows the sweep of a folder: two sweeps of one name have two. */
function nameOf(folder: string): string {
  const path = join(folder, ".redis.json");
  if (existsSync(path)) return assertShape<z.output<typeof nameShape>>(readJson(path), nameShape, path).id;
  const id = randomBytes(8).toString("hex");
  makeFolders(folder);
  writeFileAtomic(path, `${JSON.stringify({ id })}\n`, true);
  return id;
}

/**
 * Connects to a Redis whose workers carry out trainings.
 *
 * @throws InputError if the libraries are missing or the address is wrong; RunError if Redis cannot be reached
 */
export async function openCluster(settings: ClusterSettings): Promise<Cluster> {
  const { address, folder, keep = "all", onMachines, onTrouble } = settings;
  const libraries = await redisLibraries();
  const redis = await connect(libraries, address, { onTrouble });
  const scripts = scriptsOn(redis);
  let sweep: string | undefined;
  const entries = new Map<string, Entry>();
  const fresh = new Set<Entry>();
  const queues = new Map<string, Queue>();
  let machines: readonly Machine[] = [];
  let told = "";
  let isClosed = false;

  const queueNamed = (name: string): Queue => {
    const known = queues.get(name);
    if (known) return known;
    const queue = new libraries.bullmq.Queue(name, { connection: redis, prefix });
    queue.on("error", () => undefined); // of the connection, which tells of its own
    queues.set(name, queue);
    return queue;
  };

  const finish = (entry: Entry, outcome: JobOutcome | Error): void => {
    entries.delete(entry.id);
    fresh.delete(entry);
    if (outcome instanceof Error) entry.reject(outcome);
    else entry.resolve(outcome);
  };

  /** Adds trials that Redis does not know; those that it knows stay as they are. */
  async function add(missing: readonly Entry[]): Promise<void> {
    for (const [name, group] of byQueue(missing))
      await queueNamed(name).addBulk(
        group.map(({ id, trial }) => ({
          name: "trial",
          data: trial,
          opts: { jobId: id, removeOnComplete: true, removeOnFail: true },
        })),
      );
  }

  /** What Redis knows of trials; whatever that calls for is done. */
  async function look(some: readonly Entry[]): Promise<void> {
    const pipeline = redis.pipeline();
    for (const { id, queue } of some)
      pipeline.hmget(trialKeys(id).state, "status", "progress", "error").exists(jobKeys(queue, id).job);
    const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
      if (error) throw error;
      return answer;
    });
    const missing: Entry[] = [];
    for (const [i, entry] of some.entries()) {
      if (!entries.has(entry.id) || entry.isTaken) continue;
      const [status, progress, error] = answers[2 * i] as (string | null)[];
      const isThere = answers[2 * i + 1] === 1;
      if (status === "finished" || status === "stopped") await receive(entry, status);
      else if (status === "failed") {
        await scripts.collect(entry.id);
        finish(entry, new RunError(inOneLine(error ?? "it failed").slice(0, 4000)));
      } else if (status === "refused") await again(entry, inOneLine(error ?? "it was refused"));
      else if (!isThere) {
        if (status === "collected") await redis.del(trialKeys(entry.id).state);
        missing.push(entry);
      } else tell(entry, status, progress);
    }
    if (missing.length > 0) await add(missing);
  }

  /** Takes over what a trial came to. */
  async function receive(entry: Entry, status: "finished" | "stopped"): Promise<void> {
    entry.isTaken = true;
    const { id, task } = entry;
    try {
      const { state, logs } = trialKeys(id);
      const received = unpack(await redis.hgetallBuffer(state), await redis.lrangeBuffer(logs, 0, -1), task.title);
      if (status === "finished") await takeOver(task, received);
      else openFolder(task, received);
      await scripts.collect(id);
      finish(entry, status === "finished" ? "finished" : "interrupted");
    } catch (error) {
      if (!(error instanceof InputError)) finish(entry, error as Error);
      else await again(entry, error.message);
    } finally {
      entry.isTaken = false;
    }
  }

  /** Asks for a trial anew, of which something came that it cannot be. */
  async function again(entry: Entry, problem: string): Promise<void> {
    if (++entry.refusals > mostRefusals) {
      await scripts.collect(entry.id);
      return finish(entry, new RunError(problem));
    }
    onTrouble?.(problem);
    await queueNamed(entry.queue).remove(entry.id);
    const { state, logs } = trialKeys(entry.id);
    await redis.del(state, logs);
    await add([entry]);
  }

  function tell(entry: Entry, status: string | null, progress: string | null): void {
    const words = `${status} ${progress}`;
    if (words === entry.told) return;
    entry.told = words;
    entry.controls.onStatus?.(status === "running" ? "running" : "waiting");
    const found = progressOf(progress);
    if (found) entry.controls.onProgress?.(found);
  }

  let idleRounds = 0;
  async function lookAtMachines(): Promise<void> {
    machines = await readMachines(redis);
    const idle = [...entries.values()].find(({ queue }) => !machines.some(({ queues }) => queues.includes(queue)));
    idleRounds = idle ? idleRounds + 1 : 0;
    if (idle && idleRounds === patientRounds) onTrouble?.(whyIdle(idle.trial, machines));
    const words = JSON.stringify(machines);
    if (words !== told) onMachines?.(machines);
    told = words;
  }

  const due = { all: 0, machines: 0 };
  /** One round: what is new, what changed, and now and then everything. */
  async function round(): Promise<void> {
    const now = performance.now();
    if (now >= due.machines) {
      due.machines = now + machinesMilliseconds;
      await lookAtMachines();
    }
    const everything = now >= due.all;
    if (everything) due.all = now + Math.max(allMilliseconds, 2 * entries.size);
    const changed = everything || sweep === undefined ? [] : await redis.spop(trialKeys(`${sweep}-`).changed, 1000);
    const some = everything ? [...entries.values()] : [...fresh, ...changed.flatMap((id) => entries.get(id) ?? [])];
    fresh.clear();
    for (let i = 0; i < some.length; i += together) await look(some.slice(i, i + together));
  }

  const loop = (async () => {
    while (!isClosed) {
      try {
        await round();
      } catch (error) {
        if (isClosed) return;
        due.all = 0; // what was being done is looked at again
        if (!isOfConnection(error)) onTrouble?.(inOneLine(messageOf(error)));
        await pause(1000);
      }
      await pause(lookMilliseconds);
    }
  })();

  /** Takes a trial back: one that waits at once, one at work once its worker has saved it. */
  async function withdraw(entry: Entry): Promise<void> {
    if (!entries.has(entry.id)) return;
    const isRemoved = await queueNamed(entry.queue)
      .remove(entry.id)
      .catch(() => 0);
    if (isRemoved === 1) return finish(entry, "interrupted");
    await scripts.stop(entry.id);
    // What does not answer goes on there, and is found by the same command.
    setTimeout(() => entries.has(entry.id) && finish(entry, "interrupted"), stopMilliseconds).unref();
  }

  return {
    machines: () => machines,
    async carryOut(task, controls) {
      const { signal } = controls;
      if (signal?.aborted) return "interrupted";
      const module = moduleHash(task.options.env);
      const trial = trialOf(task, keep, module);
      const queue = queueOf(trial, trial.options.strict === true ? "" : await machineBits());
      const id = jobId((sweep ??= nameOf(folder)), trial);
      return new Promise<JobOutcome>((resolve, reject) => {
        const settle = () => signal?.removeEventListener("abort", stop);
        const entry: Entry = {
          ...{ id, task, trial, queue, controls, told: "", refusals: 0, isTaken: false },
          resolve: (outcome) => (settle(), resolve(outcome)),
          reject: (error) => (settle(), reject(error)),
        };
        const stop = () => void withdraw(entry).catch(() => finish(entry, "interrupted"));
        signal?.addEventListener("abort", stop);
        entries.set(id, entry);
        fresh.add(entry);
        controls.onStatus?.("waiting");
      });
    },
    async close() {
      isClosed = true;
      await Promise.race([loop, pause(1000)]);
      await Promise.race([Promise.all([...queues.values()].map((queue) => queue.close())), pause(1000)]).catch(() => undefined); // prettier-ignore
      redis.disconnect();
    },
  };
}

/** Why no machine takes a trial, in words. */
function whyIdle({ title, env }: Trial, machines: readonly Machine[]): string {
  const file = typeof env === "string" ? undefined : env.file;
  const start = `polgrad worker${file === undefined ? "" : ` --allow-module ${file}`}`;
  const reasons = machines.slice(0, 5).map(({ machine, polgrad, modules }) => {
    if (polgrad !== version) return `${machine} has polgrad ${inOneLine(polgrad)}, and this is ${version}`;
    if (file === undefined) return `the arithmetic of ${machine} has other bits, which matter unless a run is strict`;
    if (!modules.some((one) => one.file === file)) return `${machine} was not started with --allow-module ${file}`;
    return `${file} on ${machine} has other content, or its lock file has`;
  });
  const why = reasons.length === 0 ? `start ${start} on one` : reasons.join("; ");
  return `no machine takes ${title} and others like it: ${why}`;
}

const progressShape = z.strictObject({
  phase: z.enum(["training", "evaluating"]),
  fraction: z.number().check(z.minimum(0), z.maximum(1)),
  step: z.number().check(z.minimum(0)),
  stepsPerSecond: z.nullable(z.number()),
  meanReturn: z.nullable(z.number()),
  seconds: z.number().check(z.minimum(0)),
});

/** A worker's word on how far a training is; undefined where it is none. */
function progressOf(text: string | null): TrainingProgress | undefined {
  if (text === null || text.length > 1000) return undefined;
  try {
    const parsed = progressShape.safeParse(JSON.parse(text));
    return parsed.success ? { ...parsed.data, stepsPerSecond: parsed.data.stepsPerSecond ?? 0 } : undefined;
  } catch {
    return undefined;
  }
}

function byQueue(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.queue, [...(groups.get(entry.queue) ?? []), entry]);
  return groups;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
