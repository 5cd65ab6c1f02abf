// A static host as plain as there is: a folder under a sub-path, gzipped, without headers of isolation.

import { readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

export interface Host {
  /** Where the site is, with a slash at its end. */
  readonly url: string;
  /** What it has sent so far, with its size on the way. */
  readonly sent: readonly { readonly path: string; readonly bytes: number }[];
  close(): Promise<void>;
}

/** Serves a folder under /some/path/ on a free port of this machine, or on the one asked for. */
export async function serve(folder: string, port = 0): Promise<Host> {
  const path = "/some/path/";
  const sent: { path: string; bytes: number }[] = [];
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://host");
    const within = normalize(decodeURIComponent(pathname.slice(path.length)));
    let file = join(folder, within);
    try {
      if (!pathname.startsWith(path) || within.startsWith("..")) throw new Error("elsewhere");
      if (statSync(file).isDirectory()) file = join(file, "index.html");
      const body = gzipSync(readFileSync(file), { level: 6 });
      const type = types[extname(file)] ?? "application/octet-stream";
      const lasting = pathname.includes("/assets/");
      response.writeHead(200, {
        "Content-Type": type,
        "Content-Encoding": "gzip",
        "Content-Length": body.length,
        "Cache-Control": lasting ? "max-age=31536000, immutable" : "no-cache",
      });
      response.end(body);
      sent.push({ path: within, bytes: body.length });
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" });
      response.end("There is no such file.");
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: given } = server.address() as AddressInfo;
  return {
    sent,
    url: `http://127.0.0.1:${given}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
