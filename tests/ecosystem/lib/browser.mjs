// Pages in headless Chromium: a server of files with headers, and what a page comes to.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
};

/** With these headers a page is cross-origin isolated, and has shared memory. */
export const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** A server of the files of a folder, on a free port of this machine. */
export async function serve(folder, headers = isolation) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", ...headers });
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** What a page sets as `globalThis.outcome`, with what it complained of and what it loaded: bytes, each file gzipped. */
export async function outcomeOf(url, { seconds = 120 } = {}) {
  if (!executablePath)
    throw new Error("there is no Chromium: install Debian's `chromium`, or set CHROMIUM to its path");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  const browser = await chromium.launch({ executablePath, args, headless: true });
  try {
    const context = await browser.newContext();
    const complaints = [];
    const loading = [];
    const sizes = new Map();
    context.on("response", (response) => {
      if (/\.m?js(\?|$)/.test(response.url()))
        loading.push(response.body().then((body) => sizes.set(response.url(), gzipSync(body).length), () => undefined)); // prettier-ignore
    });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.location().url.endsWith("/favicon.ico")) return; // browsers ask for one, and no app here has any
      if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
    await page.goto(url);
    // Not by waitForFunction, which is eval within the page.
    let outcome;
    const end = performance.now() + seconds * 1000;
    while (!(outcome = await page.evaluate("globalThis.outcome")) && performance.now() < end) await sleep(100);
    if (!outcome) throw new Error(`the page came to nothing in ${seconds} s: ${complaints.join("\n")}`);
    await Promise.all(loading);
    return { ...outcome, complaints, sizes };
  } finally {
    await browser.close();
  }
}

/** The same of the files of a folder. */
export async function outcomeIn(folder, { headers = isolation, path = "", ...options } = {}) {
  const server = await serve(folder, headers);
  try {
    return await outcomeOf(server.url + path, options);
  } finally {
    server.close();
  }
}
