// The flag that names a Redis.

import type { Command } from "commander";
import { addressVariable, redisAddress, type RedisAddress } from "../cluster/redis.ts";

/** The flag of commands that work on many machines; true where the address stands in the environment. */
export interface RedisFlag {
  redis?: string | true;
}

/** Adds `--redis`. @param what it is for */
export const addRedisFlag = (command: Command, what: string): Command =>
  command.option(
    "--redis [url]",
    `${what}: redis://host, or rediss://user:password@host with TLS; without a URL that of ${addressVariable}`,
  );

/** The address that a flag names. @throws InputError if it is none */
export const addressOf = ({ redis }: RedisFlag): RedisAddress =>
  redisAddress(redis === true || redis === undefined ? null : redis, process.env);
