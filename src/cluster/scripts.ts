// What is written of a trial goes through these scripts, each of which Redis carries out as a whole. BullMQ fences the
// return value of a job alone: whoever lost the lock, as a machine that slept, could still write beside it. So each write
// compares the lock's token and the attempt first, and one that comes twice is one.

import type { Redis } from "ioredis";
import { jobKeys, trialKeys } from "./keys.ts";

/** Seconds for which a trial that nobody fetches, and nobody works on, lies in Redis. */
const keptSeconds = 14 * 86_400;
/** Seconds for which it is known that a trial was fetched: a job of it that comes late has nothing to do. */
const knownSeconds = 86_400;

const fence = `
local lock, job, state, logs, changed = unpack(KEYS)
local token, attempt, id, seconds = unpack(ARGV)
if redis.call('GET', lock) ~= token or redis.call('HGET', job, 'ats') ~= attempt then return 'lost' end
`;

const touch = `
redis.call('EXPIRE', state, seconds)
redis.call('EXPIRE', logs, seconds)
redis.call('SADD', changed, id)
redis.call('EXPIRE', changed, seconds)
`;

/** Begins an attempt. One before that neither ended nor handed back has crashed, or lost Redis. */
const take = `${fence}
local status = redis.call('HGET', state, 'status')
if status == 'finished' or status == 'failed' or status == 'refused' or status == 'stopped' or status == 'collected' then return 'over' end
local opened = redis.call('HGET', state, 'opened')
if opened ~= token then
  if opened and opened ~= '' then redis.call('HINCRBY', state, 'crashes', 1) end
  redis.call('HSET', state, 'opened', token, 'sequence', 0, 'status', 'running', 'worker', ARGV[5])
end
${touch}
return redis.call('HGET', state, 'crashes') or '0'
`;

/** Writes fields and what logs grew by. The first write of an attempt has all of the logs. */
const write = `${fence}
if redis.call('HGET', state, 'opened') ~= token then return 'lost' end
local before = tonumber(redis.call('HGET', state, 'sequence'))
if tonumber(ARGV[5]) > before then
  if before == 0 then redis.call('DEL', logs) end
  local last = 6 + 2 * tonumber(ARGV[6])
  for i = 7, last, 2 do redis.call('HSET', state, ARGV[i], ARGV[i + 1]) end
  for i = last + 1, #ARGV do redis.call('RPUSH', logs, ARGV[i]) end
  redis.call('HSET', state, 'sequence', ARGV[5])
end
${touch}
return redis.call('HEXISTS', state, 'stop') == 1 and 'stop' or 'written'
`;

const collect = `
local state, logs = unpack(KEYS)
redis.call('DEL', state, logs)
redis.call('HSET', state, 'status', 'collected')
redis.call('EXPIRE', state, ARGV[1])
return 'collected'
`;

/** Asks whoever has a trial to save it and let go. */
const stop = `
if redis.call('HGET', KEYS[1], 'status') == 'running' then redis.call('HSET', KEYS[1], 'stop', 1) end
return 'asked'
`;

/** Who writes: the job that it holds, and by what. */
export interface Hold {
  readonly queue: string;
  readonly id: string;
  readonly token: string;
  readonly attempt: number;
}

type Argument = string | number | Uint8Array;
type Script = (...values: Argument[]) => Promise<string>;

/** The scripts of a connection. */
export function scriptsOn(redis: Redis) {
  const scripts = { take: [5, take], write: [5, write], collect: [2, collect], stop: [1, stop] } as const;
  const run = Object.fromEntries(
    Object.entries(scripts).map(([name, [numberOfKeys, lua]]) => {
      const command = `polgrad:${name}`;
      redis.defineCommand(command, { numberOfKeys, lua });
      const of = redis as unknown as Record<string, Script>;
      return [name, (...values: Argument[]) => of[command](...values.map(asBuffer))];
    }),
  ) as Record<keyof typeof scripts, Script>;
  const fenced = ({ queue, id, token, attempt }: Hold): Argument[] => {
    const { job, lock } = jobKeys(queue, id);
    const { state, logs, changed } = trialKeys(id);
    return [lock, job, state, logs, changed, token, attempt, id, keptSeconds];
  };
  return {
    /** Begins an attempt: "lost" where somebody else has it, "over" where it is done, else how often it crashed. */
    take: (hold: Hold, worker: string): Promise<"lost" | "over" | number> =>
      run.take(...fenced(hold), worker).then((answer) => (/^\d+$/.test(answer) ? Number(answer) : (answer as "lost"))),
    /**
     * Writes fields of the state and adds to the logs.
     *
     * @param sequence the number of this write within the attempt, from 1 on
     * @returns "stop" where the sweep wants it back
     */
    write: (
      hold: Hold,
      sequence: number,
      fields: ReadonlyMap<string, string | Uint8Array>,
      logs: readonly Uint8Array[],
    ): Promise<"lost" | "written" | "stop"> =>
      run.write(...fenced(hold), sequence, fields.size, ...[...fields].flat(), ...logs) as Promise<"lost">,
    /** Removes all of a trial that was fetched, but that it was. */
    collect: (id: string): Promise<unknown> => run.collect(trialKeys(id).state, trialKeys(id).logs, knownSeconds),
    /** Asks for a trial that is at work. */
    stop: (id: string): Promise<unknown> => run.stop(trialKeys(id).state),
  };
}

export type Scripts = ReturnType<typeof scriptsOn>;

const asBuffer = (value: Argument): string | number | Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
