// A worker: takes trials from Redis, several at a time, carries out each in a process of its own, and sends what it comes
// to. It may be killed at any moment: another goes on from the last checkpoint that it sent.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { extname, join } from "node:path";
import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { InputError, RunError } from "../errors.ts";
import { startJobProcess, type JobProcess } from "../jobs/fork-job.ts";
import type { JobOutcome } from "../jobs/run-jobs.ts";
import type { TrainingProgress, TrainingTask } from "../suites/training-task.ts";
import { messageOf } from "../text/values.ts";
import { version } from "../version.ts";
import { machineBits, strictBits } from "./fingerprint.ts";
import { openFolder, updatesIn } from "./folder.ts";
import { parseTrial, taskOf, type Trial } from "./job.ts";
import { jobKeys, prefix, queueKeys, queueName, trialKeys } from "./keys.ts";
import { aliveMilliseconds, forgetMachine, tellMachine } from "./machines.ts";
import { allowedModules, contentHash } from "./modules.ts";
import { checkpointField, parcels, unpack, type Received } from "./parcel.ts";
import { connect, isForNow, isOfConnection, redisLibraries, withoutPasswords, type RedisAddress } from "./redis.ts";
import { scriptsOn, type Hold, type Scripts } from "./scripts.ts";

/** What a worker tells of. */
export interface WorkerEvents {
  /** It is ready. @param queues the names of the queues that it takes trials from */
  onReady?: (machine: string, queues: readonly string[]) => void;
  /** A trial has begun, from a step on. */
  onStart?: (title: string, step: number) => void;
  /** A trial is no longer its own: done, failed, handed back, lost to another worker, or refused. */
  onEnd?: (title: string, how: "finished" | "failed" | "handed back" | "lost" | "refused", words?: string) => void;
  /** Something is wrong with Redis, or null: no longer. */
  onTrouble?: (problem: string | null) => void;
}

/** Settings of {@link runWorker}. */
export interface WorkerSettings extends WorkerEvents {
  readonly address: RedisAddress;
  /** Trainings at the same time. */
  readonly jobs: number;
  /** Files of environments, or folders with all that is below them, that trials may name. */
  readonly allowModules?: readonly string[];
  /** Seconds without a word after which a training is given to another worker. Default 30. */
  readonly lockSeconds?: number;
  /** Where its runs lie while they are trained. Default: the system's folder for temporary files. */
  readonly workDir?: string;
  /** Once aborted, trainings save, are handed back, and it ends. */
  readonly signal: AbortSignal;
}

/** Milliseconds between writes of a training in progress, at most, and between looks for a trial where there was none. */
const writeMilliseconds = 1000;
const lookMilliseconds = 150;
/** Times that the process of a trial may die at the same checkpoint, before the trial is what is wrong. */
const mostCrashes = 5;
/** Milliseconds after which a write is tried again that Redis could not take. */
const retryMilliseconds = 1000;
/** Milliseconds that a worker that is to end waits for a Redis that does not answer. */
const lastMilliseconds = 8000;

const trainingModule = new URL(`./training-task${extname(import.meta.url)}`, import.meta.url).href;

/**
 * Works until the signal is aborted.
 *
 * @throws InputError for a wrong address or module; RunError where this machine fails, as with a full disk: its trials
 *   are handed back
 */
export async function runWorker(settings: WorkerSettings): Promise<void> {
  const { address, jobs, allowModules = [], lockSeconds = 30, workDir = tmpdir(), signal, onTrouble } = settings;
  const libraries = await redisLibraries();
  const allowed = allowedModules(allowModules, process.cwd());
  const bits = [strictBits, await machineBits()];
  const queues = [undefined, ...new Set(allowed.map(({ hash }) => hash))].flatMap((module) =>
    bits.map((one) => queueName(one, module)),
  );
  const redis = await connect(libraries, address, { patience: signal, onTrouble });
  const scripts = scriptsOn(redis);
  const folder = mkdtempSync(join(workDir, "polgrad-worker-"));
  const id = randomBytes(8).toString("hex");
  const machine = `${hostname()}:${process.pid}`;
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort());
  if (signal.aborted) stop.abort();
  let busy = 0;
  let failure: Error | undefined;

  const workers = new Map<string, Worker>();
  const openQueue = (queue: string): Worker => {
    const known = workers.get(queue);
    if (known) return known;
    const worker = new libraries.bullmq.Worker(queue, null, {
      connection: redis,
      prefix,
      lockDuration: 1000 * lockSeconds,
      stalledInterval: 500 * lockSeconds,
      maxStalledCount: Number.MAX_SAFE_INTEGER, // crashes are counted by trial and checkpoint, see mostCrashes
      autorun: false,
    });
    worker.on("error", () => undefined); // the connection's own are told of; others come again as a lost lock
    workers.set(queue, worker);
    void worker.startStalledCheckTimer();
    return worker;
  };

  /** The next trial of any queue, and the queue. One slot looks at a time. */
  let looking: Promise<unknown> = Promise.resolve();
  const nextJob = (): Promise<Taken | null> => {
    const found = looking.then(look, look);
    looking = found.catch(() => undefined);
    return found;
  };
  async function look(): Promise<Taken | null> {
    if (stop.signal.aborted) return null;
    const pipeline = redis.pipeline();
    for (const queue of queues) pipeline.llen(queueKeys(queue).waiting).llen(queueKeys(queue).active);
    const lengths = ((await pipeline.exec()) ?? []).map(([, length]) => Number(length));
    for (const [i, queue] of queues.entries()) {
      const [waiting, active] = [lengths[2 * i], lengths[2 * i + 1]];
      if (waiting + active > 0) openQueue(queue); // which also looks for those that a dead worker has
      if (waiting === 0) continue;
      const token = randomBytes(16).toString("hex");
      try {
        const job = (await openQueue(queue).getNextJob(token, { block: false })) as Job | undefined;
        if (job?.id) return { queue, id: job.id, token, attempt: job.attemptsStarted, data: job.data, job };
      } catch (error) {
        const found = await lockedBy(redis, queue, token); // its data is not even JSON
        if (found) return { queue, token, ...found, data: undefined, problem: messageOf(error) };
      }
    }
    return null;
  }

  const processes = Array.from({ length: jobs }, () => keptProcess());
  const work = async (slot: number): Promise<void> => {
    while (!stop.signal.aborted) {
      const taken = await nextJob().catch(() => null);
      if (taken === null) {
        await pause(lookMilliseconds * (0.75 + Math.random() / 2), stop.signal);
        continue;
      }
      busy++;
      try {
        const place = { run: join(folder, `${slot}`, "run"), process: processes[slot] };
        await serve(taken, place, { ...settings, redis, scripts, allowed, lockSeconds, machine, signal: stop.signal });
      } catch (error) {
        failure ??= error as Error;
        stop.abort();
      } finally {
        busy--;
      }
    }
  };

  const tell = () =>
    tellMachine(redis, id, {
      machine,
      polgrad: version,
      slots: jobs,
      busy,
      queues,
      modules: allowed.map(({ path, hash }) => ({ file: path.split(/[\\/]/).at(-1)!.slice(0, 300), hash })),
    }).catch(() => undefined);
  const telling = setInterval(() => void tell(), aliveMilliseconds);
  try {
    await tell();
    settings.onReady?.(machine, queues);
    const over = Promise.all(processes.map((_, slot) => work(slot)));
    await Promise.race([over, whenOverdue(stop.signal)]);
  } finally {
    clearInterval(telling);
    await Promise.race([
      Promise.all([forgetMachine(redis, id), ...[...workers.values()].map((worker) => worker.close(true))]),
      pause(1000),
    ]).catch(() => undefined);
    redis.disconnect();
    await Promise.all(processes.map((one) => one.end()));
    rmSync(folder, { recursive: true, force: true });
  }
  if (failure) throw failure;
}

/** Throws some time after the abort: Redis may not answer, and the trials are then taken from this worker anyway. */
async function whenOverdue(signal: AbortSignal): Promise<never> {
  await new Promise((resolve) =>
    signal.aborted ? resolve(undefined) : signal.addEventListener("abort", () => resolve(undefined)),
  );
  await pause(lastMilliseconds);
  throw new RunError("Redis did not answer in time: its trainings go on elsewhere from their last checkpoints");
}

const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    timer.unref();
    signal?.addEventListener("abort", end);
  });

/** A process that is started when it is needed, and anew where it has died. */
function keptProcess() {
  let current: JobProcess<TrainingTask, TrainingProgress> | null = null;
  return {
    get: () => (current ??= startJobProcess<TrainingTask, TrainingProgress>(trainingModule)),
    async end(): Promise<void> {
      const ended = current;
      current = null;
      await ended?.end();
    },
  };
}

type KeptProcess = ReturnType<typeof keptProcess>;

/** A job that this worker has the lock of. */
interface Taken extends Hold {
  readonly data: unknown;
  readonly job?: Job;
  readonly problem?: string;
}

/** The job that a token has locked; null if there is none. */
async function lockedBy(redis: Redis, queue: string, token: string): Promise<{ id: string; attempt: number } | null> {
  const ids = await redis.lrange(queueKeys(queue).active, 0, -1);
  if (ids.length === 0) return null;
  const tokens = await redis.mget(ids.map((id) => jobKeys(queue, id).lock));
  const id = ids[tokens.indexOf(token)];
  return id === undefined ? null : { id, attempt: Number(await redis.hget(jobKeys(queue, id).job, "ats")) };
}

/** What a trial is served with. */
interface Means extends Omit<WorkerSettings, "address" | "jobs"> {
  readonly redis: Redis;
  readonly scripts: Scripts;
  readonly allowed: ReturnType<typeof allowedModules>;
  readonly lockSeconds: number;
  readonly machine: string;
}

/** Carries out a trial to its end, or until it is lost, or to be handed back. @throws RunError where this machine fails */
async function serve(
  taken: Taken,
  { run, process }: { run: string; process: KeptProcess },
  means: Means,
): Promise<void> {
  const { redis, scripts, machine, signal, onStart, onEnd, lockSeconds } = means;
  const { state: stateKey, logs: logsKey } = trialKeys(taken.id);
  const crashes = await scripts.take(taken, machine);
  if (crashes === "lost") return;
  if (crashes === "over") return leave(taken, means, "done");

  const writer = createWriter(taken, scripts, means.onTrouble);
  let trial: Trial;
  let task: TrainingTask;
  try {
    if (taken.problem !== undefined) throw new InputError(`job ${taken.id} is damaged: ${taken.problem}`);
    trial = parseTrial(taken.id, taken.data);
    task = taskOf(taken.id, trial, run, means.allowed);
    assertUnchanged(trial, means);
  } catch (error) {
    // Whoever asked for it looks after it; here it would come again and again.
    await writer.write({ status: "refused", error: messageOf(error), opened: "" });
    await leave(taken, means, "done");
    return onEnd?.(taken.id, "refused", messageOf(error));
  }
  const { title } = trial;
  if (crashes >= mostCrashes) {
    const updates = Number((await redis.hget(stateKey, "updates")) ?? 0);
    const error = `its process was lost ${crashes} times in a row after update ${updates}, so it is not tried again: it may need more memory than there is, or its environment ends it`; // prettier-ignore
    await writer.write({ status: "failed", error, opened: "" });
    await leave(taken, means, "done");
    return onEnd?.(title, "failed", error);
  }

  let received: Received = { files: new Map(), logs: new Map() };
  try {
    const state = await redis.hgetallBuffer(stateKey);
    received = unpack(state, await redis.lrangeBuffer(logsKey, 0, -1), title);
  } catch (error) {
    if (!(error instanceof InputError)) throw error; // what is damaged is begun anew
  }
  const begin = openFolder(task, received);
  onStart?.(title, begin.step);

  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  let lost = false;
  let isWithdrawn = false;
  let lose: () => void = () => undefined;
  const whenLost = new Promise<"lost">((resolve) => (lose = () => resolve("lost")));
  const lostOn = (answer: string): void => {
    if (answer === "lost") {
      lost = true;
      lose();
    } else if (answer === "stop") {
      isWithdrawn = true;
      abort();
    }
  };
  let progress: TrainingProgress | null = null;
  const parcel = parcels(run, trial.keep);
  let writing: Promise<void> = Promise.resolve();
  const send = (fields: Record<string, string>, isOver: boolean): Promise<void> =>
    (writing = writing.then(async () => {
      if (lost) return;
      const { files, logs, sent } = parcel.pack(isOver);
      const more: Record<string, string> = { ...fields };
      if (progress) more.progress = JSON.stringify(progress);
      const checkpoint = files.get(checkpointField);
      if (checkpoint && checkpoint.length > 0) {
        const updates = updatesIn(checkpoint);
        more.updates = String(updates);
        if (updates > begin.updates) more.crashes = "0";
      }
      lostOn(await writer.write(more, files, logs));
      sent();
    }));
  /** Writes what the trial came to. What is too large to be sent has failed. */
  async function ending({
    done,
    error,
  }: Ending): Promise<{ how: "finished" | "failed" | "handed back"; error?: string }> {
    if (error) {
      const words = withoutPasswords(messageOf(error)).slice(0, 4000);
      lostOn(await writer.write({ status: "failed", error: words, opened: "" }));
      return { how: "failed", error: words };
    }
    const isOver = done === "finished";
    const fields = {
      opened: "",
      ...(isOver && { status: "finished" }),
      ...(!isOver && isWithdrawn && { status: "stopped" }),
    };
    try {
      await send(fields, isOver);
    } catch (problem) {
      if (!(problem instanceof RunError)) throw problem;
      return ending({ error: problem });
    }
    return { how: isOver ? "finished" : "handed back" };
  }
  let isWriting = false;
  const regularly = setInterval(
    () => {
      if (isWriting) return;
      isWriting = true;
      // What cannot be packed now, as a file that is just replaced, can be the next time; at the end it is told.
      void send({}, false).then(
        () => (isWriting = false),
        () => ((isWriting = false), (writing = Promise.resolve())),
      );
    },
    Math.min(writeMilliseconds, 100 * lockSeconds),
  );
  const renewing = setInterval(() => {
    void taken.job?.extendLock(taken.token, 1000 * lockSeconds).then(
      (answer) => answer === 0 && lostOn("lost"),
      () => undefined, // the connection: whether the lock outlived that shows once it is back
    );
  }, 250 * lockSeconds);
  try {
    const carrying = process.get().carryOut(task, { signal: stop.signal, onProgress: (now) => void (progress = now) });
    const outcome = await Promise.race([settled(carrying), whenLost]);
    clearInterval(regularly);
    if (outcome === "lost") {
      await process.end();
      return onEnd?.(title, "lost", "another worker has it, or Redis has forgotten it");
    }
    // An environment of a person's own may keep what it likes from one training to the next.
    if (typeof trial.env !== "string" || outcome.error) await process.end();
    await writing.catch(() => (writing = Promise.resolve()));
    if (outcome.error && (isOfMachine(outcome.error) || isDeath(outcome.error))) {
      if (!lost) await leave(taken, means, "again"); // and it counts as crashed here, since it was not handed back
      onEnd?.(title, "handed back", messageOf(outcome.error));
      if (isOfMachine(outcome.error)) throw outcome.error;
      return;
    }
    const end = await ending(outcome);
    if (lost) return onEnd?.(title, "lost", "another worker has it, or Redis has forgotten it");
    await leave(taken, means, end.how === "handed back" && !isWithdrawn ? "again" : "done");
    onEnd?.(title, end.how, end.error);
  } finally {
    clearInterval(regularly);
    clearInterval(renewing);
    signal.removeEventListener("abort", abort);
    rmSync(run, { recursive: true, force: true });
  }
}

interface Ending {
  readonly done?: JobOutcome;
  readonly error?: Error;
}

/** What a promise comes to. */
const settled = (promise: Promise<JobOutcome>): Promise<Ending> =>
  promise.then(
    (done) => ({ done }),
    (error: unknown) => ({ error: error as Error }),
  );

/** Whether a process ended before its task had. */
const isDeath = ({ message }: Error): boolean => /^its process (was ended by|ended with)/.test(message);

/** Whether the machine failed, and not the training. */
const isOfMachine = (error: Error): boolean =>
  /^cannot (write|make|clear|start a process)\b[^]*\((ENOSPC|EDQUOT|EIO|EROFS|EMFILE|ENFILE|ENOENT|EACCES)\)|^cannot start a process/.test(error.message); // prettier-ignore

/** Writes of one attempt, each with its number. What Redis cannot take now is written again, until the lock is lost. */
function createWriter(hold: Hold, scripts: Scripts, onTrouble: WorkerEvents["onTrouble"]) {
  let sequence = 0;
  return {
    async write(
      fields: Readonly<Record<string, string>>,
      files: ReadonlyMap<string, Uint8Array> = new Map(),
      logs: readonly Uint8Array[] = [],
    ): Promise<"lost" | "written" | "stop"> {
      const all = new Map<string, string | Uint8Array>([...Object.entries(fields), ...files]);
      const number = ++sequence;
      for (let isTold = false; ; isTold = true)
        try {
          return await scripts.write(hold, number, all, logs);
        } catch (error) {
          if (!isForNow(error)) throw error;
          if (!isTold && !isOfConnection(error)) onTrouble?.(messageOf(error));
          await pause(retryMilliseconds);
        }
    },
  };
}

/** Gives up the lock: the job is done with, or waits for another worker, before all others. */
async function leave({ queue, id, token, job }: Taken, { redis }: Means, how: "done" | "again"): Promise<void> {
  try {
    if (job === undefined)
      await redis.multi().lrem(queueKeys(queue).active, 1, id).del(...Object.values(jobKeys(queue, id))).exec(); // prettier-ignore
    else if (how === "done") await job.moveToCompleted("", token, false);
    else await job.moveToWait(token);
  } catch {
    // The lock was lost meanwhile, and with it the right to say: whoever has it finds what is written.
  }
}

/** @throws InputError if the environment's file is not what it was when the worker was started */
function assertUnchanged({ env }: Trial, { allowed }: Means): void {
  if (typeof env === "string") return;
  const { path } = allowed.find(({ hash }) => hash === env.module)!;
  if (contentHash(path) !== env.module)
    throw new InputError(`the environment ${path} has changed since this worker was started: start it again`);
}
