// Threads over shared memory: a pool of workers that share slots of work and answer messages, while any thread may
// block; and when work on a thread pauses for others.

export { answerCalls, remoteCalls, type RemoteCalls } from "./calls.ts";
export { createHelpers, declineHelpers, type Helpers, type SharedWork } from "./helpers.ts";
export { createPauseCheck, pauseIsDue } from "./pause.ts";
export { createPool, type Pool, type PoolOptions } from "./pool.ts";
export { serve, type WorkerDuties } from "./serve.ts";
export { browserWorker, nodeWorker, type Spawn, type SpawnedWorker } from "./spawned-worker.ts";
export { whyNoThreads } from "./support.ts";
