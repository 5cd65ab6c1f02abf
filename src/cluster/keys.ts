// The names of what lies in Redis: the queue of each fingerprint, and what belongs to a trial beside its job.

import { createHash } from "node:crypto";
import { version } from "../version.ts";

/** What all names begin with. */
export const prefix = "polgrad";

/**
 * The queue of the trials that come to the same bits wherever they are taken from it.
 *
 * @param bits "strict", or what the probe of a machine came to
 * @param module the content hash of the environment's module, where it has one
 */
export const queueName = (bits: string, module?: string): string =>
  [version, bits, ...(module === undefined ? [] : [module.slice(0, 16)])].join("-");

/** The keys of one trial. @param id of its job */
export const trialKeys = (id: string) => ({
  /** A hash: who has it, how far it is, its files. */
  state: `${prefix}:trial:${id}`,
  /** A list: what its logs grew by. */
  logs: `${prefix}:trial:${id}:logs`,
  /** A set of the sweep's: the trials that something was written of. */
  changed: `${prefix}:changed:${id.split("-", 1)[0]}`,
});

/** The keys that BullMQ has for a job and its lock. */
export const jobKeys = (queue: string, id: string) => ({
  job: `${prefix}:${queue}:${id}`,
  lock: `${prefix}:${queue}:${id}:lock`,
});

/** The lists that BullMQ has of a queue's jobs. */
export const queueKeys = (queue: string) => ({
  waiting: `${prefix}:${queue}:wait`,
  active: `${prefix}:${queue}:active`,
});

/** The set of machines that are at work, and what each says of itself, which expires. */
export const machineKeys = {
  all: `${prefix}:machines`,
  of: (machine: string) => `${prefix}:machine:${machine}`,
};

/** SHA-256 in hexadecimal. */
export const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};
