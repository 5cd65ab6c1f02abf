// A bad network between a machine and Redis: it drops connections in the midst of an answer, delays what it passes on, and
// sends commands twice.

import { connect, createServer, type Socket } from "node:net";

/** A proxy on a port of its own. */
export interface Proxy {
  readonly url: string;
  /** What it did. */
  readonly counts: { dropped: number; delayed: number; doubled: number };
  close(): void;
}

/**
 * Opens a proxy.
 *
 * @param random numbers from 0 to 1
 */
export async function openProxy(port: number, random: () => number): Promise<Proxy> {
  const counts = { dropped: 0, delayed: 0, doubled: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(port, "127.0.0.1");
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        (socket === client ? redis : client).destroy();
      });
    }
    /** For each command that was sent, whether its answer is passed on. */
    const answers: boolean[] = [];
    const commands = splitter((command) => {
      redis.write(command);
      answers.push(true);
      // Writes of trials and moves of jobs alike: all scripts.
      if (/\r\nevalsha\r\n/i.test(command.subarray(0, 40).toString("latin1")) && random() < 0.2) {
        counts.doubled++;
        redis.write(command);
        const isFirst = random() < 0.5; // which of both answers is heard
        answers.splice(answers.length - 1, 1, isFirst, !isFirst);
      }
    });
    client.on("data", commands);
    let sending = Promise.resolve();
    const replies = splitter((reply) => {
      if (!answers.shift()) return;
      const wait = random() < 0.1 ? 100 * random() : 0;
      if (wait > 0) counts.delayed++;
      sending = sending.then(async () => {
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        if (random() < 0.01) {
          counts.dropped++;
          client.write(reply.subarray(0, reply.length >> 1));
          client.destroy();
        } else client.write(reply);
      });
    });
    redis.on("data", replies);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as { port: number }).port}`,
    counts,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Cuts a stream of Redis' protocol (RESP 2 and 3) into its values. */
function splitter(each: (value: Buffer) => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    for (let end = endOf(rest, 0); end > 0; end = endOf(rest, 0)) {
      each(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}

/** Where the value ends that begins there; 0 where it is not whole. */
function endOf(bytes: Buffer, begin: number): number {
  const line = bytes.indexOf("\r\n", begin);
  if (line < 0) return 0;
  const size = Number(bytes.subarray(begin + 1, line).toString("latin1"));
  const kind = String.fromCharCode(bytes[begin]);
  if (kind === "$" || kind === "=") {
    const end = size < 0 ? line + 2 : line + 2 + size + 2;
    return end <= bytes.length ? end : 0;
  }
  if (!"*~>%".includes(kind)) return line + 2;
  let at = line + 2;
  for (let i = 0; i < (kind === "%" ? 2 * size : size); i++) {
    at = endOf(bytes, at);
    if (at === 0) return 0;
  }
  return at;
}
