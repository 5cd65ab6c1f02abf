// A Redis of a test's own, on a free port, in a folder of its own.

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A free port of this machine. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** A running Redis. */
export interface RealRedis {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again, with what it kept. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a Redis.
 *
 * @param more settings, as `["--requirepass", "x"]`
 * @throws Error where there is none on this machine: tests fail then, and are not skipped
 */
export async function startRedis(more: readonly string[] = []): Promise<RealRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "polgrad-redis-"));
  let child: ChildProcess | undefined;
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...more];
  const kill = async () => {
    const ended = child && new Promise((resolve) => child!.on("close", resolve));
    child?.kill("SIGKILL");
    await ended;
    child = undefined;
  };
  const start = async () => {
    child = spawn("redis-server", args, { stdio: "ignore" });
    let problem: Error | undefined;
    child.on("error", (error) => (problem = error));
    for (let tries = 0; !(await answers(port)); tries++) {
      if (problem) throw new Error(`these tests need redis-server, as of Debian's package: ${problem.message}`);
      if (tries > 200) throw new Error(`redis-server does not answer on port ${port}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    kill,
    start,
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const end = (answer: boolean) => (socket.destroy(), resolve(answer));
    socket.on("data", (data) => end(/^[+-](PONG|NOAUTH)/.test(data.toString())));
    socket.on("error", () => end(false));
  });
