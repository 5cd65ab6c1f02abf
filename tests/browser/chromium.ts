// Chromium for the tests: where it is, how it is started, and the page bundled by Vite and served to it.

import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium, type Page as BrowserPage } from "playwright-core";
import { build, createLogger, preview } from "vite";
import { chromiumPath } from "./chromium-path.ts";
import type { Page } from "./page/main.ts";

export { chromiumPath, noChromium } from "./chromium-path.ts";

const switches = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Bundle {
  readonly folder: string;
  /** What Vite warned of. */
  readonly warnings: string[];
  /** The files that it is made of. */
  readonly modules: string[];
  /** Characters of JavaScript for the page's main thread, without the models that ship. */
  readonly size: number;
  /** Files with models that ship, the worker's own among them. */
  readonly models: string[];
  /** Bytes, each file gzipped, of what the main thread loads to train on CartPole. */
  readonly gzippedToTrain: number;
}

/** Bundles the page as a user would: in the project that has the package installed. */
export async function bundlePage(project: string): Promise<Bundle> {
  const root = join(project, "page");
  cpSync(fileURLToPath(new URL("page", import.meta.url)), root, { recursive: true });
  const warnings: string[] = [];
  const customLogger = createLogger("warn", { allowClearScreen: false });
  customLogger.warn = customLogger.warnOnce = (message) => {
    if (!message.includes("PLUGIN_TIMINGS")) warnings.push(message); // a slow machine is no fault of the page
  };
  const output = await build({
    root,
    configFile: false,
    customLogger,
    logLevel: "warn",
    worker: { format: "es" },
    build: { chunkSizeWarningLimit: 600 },
  }); // kB: the models that ship are 577
  const outputs = [output].flat() as Extract<typeof output, { output: unknown }>[];
  const models = readdirSync(join(root, "dist/assets")).filter((name) => name.startsWith("shipped-models"));
  const chunks = outputs.flatMap((each) => each.output).filter((file) => file.type === "chunk");
  const loaded = withImports(
    chunks,
    chunks.filter(
      ({ isEntry, moduleIds }) => isEntry || moduleIds.some((id) => id.endsWith("/classic-control/cartpole.js")),
    ),
  );
  return {
    folder: root,
    warnings,
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
    size: chunks
      .filter(({ fileName }) => !models.some((model) => fileName.endsWith(model)))
      .reduce((sum, { code }) => sum + code.length, 0),
    models,
    gzippedToTrain: loaded.reduce((sum, { code }) => sum + gzipSync(code).length, 0),
  };
}

/** Files, and all that they import as they load. */
function withImports<Chunk extends { fileName: string; imports: string[] }>(all: Chunk[], first: Chunk[]): Chunk[] {
  const found = new Set(first);
  for (const { imports } of found) for (const one of all) if (imports.includes(one.fileName)) found.add(one);
  return [...found];
}

export interface OpenPage {
  /** Calls a function of the page. */
  call<Name extends keyof Page>(name: Name, ...args: Parameters<Page[Name]>): Promise<Awaited<ReturnType<Page[Name]>>>;
  /** Errors and warnings on the console, uncaught errors, failed requests. */
  readonly complaints: string[];
  /** The files that it has loaded, its workers' among them, by name. */
  readonly loaded: string[];
  close(): Promise<void>;
}

/** With these headers a page is cross-origin isolated, and has shared memory. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Serves the bundle on a free port of this machine and opens it; `isolated`, so that there can be threads. */
export async function openPage({ folder }: Bundle, { isolated = false } = {}): Promise<OpenPage> {
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: "error",
    preview: { port: 0, host: "127.0.0.1", headers: isolated ? isolation : {} },
  });
  const profile = mkdtempSync(join(tmpdir(), "polgrad-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath!,
    args: switches,
    headless: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  listen(page, complaints);
  const loaded: string[] = [];
  context.on("request", (request) => loaded.push(basename(new URL(request.url()).pathname)));
  await page.goto(server.resolvedUrls!.local[0]);
  await page.waitForFunction("globalThis.page");
  return {
    complaints,
    loaded,
    call: (name, ...args) =>
      page.evaluate(
        ([name, args]) =>
          (globalThis as unknown as { page: Record<string, (...args: unknown[]) => unknown> }).page[name](...args),
        [name, args] as const,
      ) as never,
    async close() {
      await context.close();
      await server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

function listen(page: BrowserPage, complaints: string[]): void {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
}
