// Pools for tests, over the worker of tests/threads/workers, closed after each test.

import { afterEach } from "vitest";
import { createPool, nodeWorker, type Pool } from "../../src/threads/index.ts";

const open: Pool[] = [];
afterEach(() => open.splice(0).forEach((pool) => pool.close()));

export function makePool(threads: number): Pool {
  const spawn = () => nodeWorker(new URL("./workers/duties.mjs", import.meta.url))!;
  const pool = createPool({ threads, spawn });
  open.push(pool);
  return pool;
}

export async function startPool(threads: number, setup?: unknown): Promise<Pool> {
  const pool = makePool(threads);
  await pool.start(setup);
  return pool;
}
