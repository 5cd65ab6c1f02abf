// The connection to Redis: its address, which may hold a password, and the libraries, which only those load who use it.

import type * as BullMq from "bullmq";
import type * as IoRedis from "ioredis";
import type { Redis } from "ioredis";
import { InputError, RunError } from "../errors.ts";
import { inOneLine } from "../text/printable.ts";
import { messageOf } from "../text/values.ts";

/** Where the address is looked for where none is typed: a password in it does not show in lists of processes. */
export const addressVariable = "POLGRAD_REDIS";

/** The address of a Redis. */
export interface RedisAddress {
  /** With the password: for the connection alone. */
  readonly url: string;
  /** Without it, for people. */
  readonly shown: string;
}

const example = "redis://host:6379, or rediss://user:password@host:6380 with TLS";

/**
 * The address of a Redis as it was typed, or as the environment has it.
 *
 * @param typed null where there is none
 * @throws InputError if there is none, or it is no such URL; the message holds no password
 */
export function redisAddress(
  typed: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): RedisAddress {
  const given = typed ?? environment[addressVariable];
  const where = typed === null ? addressVariable : "--redis";
  if (given === undefined || given === "")
    throw new InputError(`which Redis? Name its URL as --redis ${example}, or in the variable ${addressVariable}`);
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new InputError(`${where} is not the URL of a Redis, such as ${example}`);
  }
  if (!["redis:", "rediss:"].includes(url.protocol) || url.hostname === "")
    throw new InputError(`${where} must be the URL of a Redis, such as ${example}, not of the kind ${url.protocol}//`);
  return { url: url.href, shown: `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}` };
}

/** A text without the users' names, the passwords and the parameters of the addresses in it. */
export const withoutPasswords = (text: string): string =>
  text.replace(/\b(rediss?:\/\/)[^\n]*@/gi, "$1").replace(/\b(rediss?:\/\/[^\s?'"]*)\?[^\s'"]*/gi, "$1");

/** The libraries of the engine. */
export interface RedisLibraries {
  readonly bullmq: typeof BullMq;
  readonly ioredis: typeof IoRedis;
}

/** @throws InputError with the line that installs them, where they are missing */
export async function redisLibraries(): Promise<RedisLibraries> {
  try {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, ioredis };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new InputError("many machines need two packages that one does not: npm install bullmq@6 ioredis", {
      cause: error,
    });
  }
}

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** Waits for a Redis that is not there yet, until this is aborted. Default: that is an error. */
  readonly patience?: AbortSignal;
  /** Called with what is wrong with the connection, once for each time that it is lost, and with null once it is back. */
  readonly onTrouble?: (problem: string | null) => void;
}

/** Whether an error says that a connection was lost, which tells of that itself, and is made anew. */
export const isOfConnection = (error: unknown): boolean =>
  /connection (is closed|close)|ECONN|EPIPE|ETIMEDOUT/i.test(messageOf(error));

/** Whether Redis cannot take a write now, as where its memory is used up, and may later. */
export const isForNow = (error: unknown): boolean =>
  isOfConnection(error) || /^(OOM|MISCONF|READONLY|LOADING|MASTERDOWN|TRYAGAIN|BUSY)\b/.test(messageOf(error));

const leastVersion = 5;

/**
 * Connects to Redis. A connection that is lost later is made anew, and what was asked meanwhile is asked again.
 *
 * @throws InputError or RunError that tells what is wrong, without a password
 */
export async function connect(
  { ioredis }: RedisLibraries,
  { url, shown }: RedisAddress,
  { patience, onTrouble }: ConnectOptions = {},
): Promise<Redis> {
  let isOpen = false;
  let isTroubled = false;
  const redis = new ioredis.Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: 10_000,
    keepAlive: 10_000,
    retryStrategy: (times) => (isOpen ? Math.min(100 * times, 2000) : null),
  });
  const problem = (error: unknown) => `${shown}: ${inOneLine(withoutPasswords(problemOf(error)))}`;
  let latest: unknown; // what a connection failed of, which ends in "Connection is closed." alone
  redis.on("error", (error: unknown) => {
    latest = error;
    if (!isOpen || isTroubled) return;
    isTroubled = true;
    onTrouble?.(problem(error));
  });
  redis.on("ready", () => {
    if (isTroubled) onTrouble?.(null);
    isTroubled = false;
  });
  for (;;) {
    latest = undefined;
    try {
      await redis.connect();
      break;
    } catch (caught) {
      const error = latest ?? caught;
      if (isRefusal(error)) throw new InputError(problem(error));
      if (!patience) throw new RunError(`cannot reach ${problem(error)}`);
      if (patience.aborted) throw new RunError(`stopped while waiting for ${shown}`, { cause: error });
      if (!isTroubled) onTrouble?.(problem(error));
      isTroubled = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  isOpen = true;
  const version = /^redis_version:(\S+)/m.exec(await redis.info("server"))?.[1] ?? "0";
  if (Number.parseInt(version, 10) < leastVersion) {
    redis.disconnect();
    throw new InputError(`${shown} is Redis ${version}, and ${leastVersion}.0 or newer is needed`);
  }
  return redis;
}

/** Whether no time will help: a wrong password, a certificate that is not trusted. */
const isRefusal = (error: unknown): boolean =>
  /password|NOPERM|ERR AUTH|certificate|self.signed/i.test(problemOf(error));

function problemOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return problemOf(error.errors[0]);
  const text = messageOf(error);
  if (/NOAUTH/.test(text)) return "it asks for a password, which belongs into the URL";
  if (/WRONGPASS|invalid password/.test(text)) return "it does not take this password";
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "nothing listens there (ECONNREFUSED)";
  if (code === "ENOTFOUND") return "there is no such host (ENOTFOUND)";
  return text === "" ? (code ?? "no answer") : text;
}
