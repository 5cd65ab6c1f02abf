// What starts threads and speaks with them: loaded where a training has several.

export { createRemotePlayers } from "../experience/remote-players.ts";
export { createHelpers } from "../threads/helpers.ts";
export { createPool } from "../threads/pool.ts";
export { noWorkers, spawnWorker } from "./spawn-worker.ts";
