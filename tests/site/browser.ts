// Chromium on the built site, which a plain host serves under a sub-path.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { chromiumPath, noChromium } from "../browser/chromium-path.ts";
import { serve, type Host } from "./serve.ts";

const folder = fileURLToPath(new URL("../../site/dist", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What a page is opened with. */
export interface Opening {
  readonly dark?: boolean;
  readonly width?: number;
  /** Asks for reduced motion: nothing plays by itself. */
  readonly still?: boolean;
  /** Lets the site keep itself for when there is no network. */
  readonly keeps?: boolean;
  /** Lets no module of the library through. */
  readonly blocksLibrary?: boolean;
  /** A context to go on in, with what it has in its cache. */
  readonly context?: BrowserContext;
}

/** A page, and what it had to complain of. */
export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings on the console, uncaught errors, failed requests. */
  readonly complaints: string[];
}

export interface Site {
  readonly host: Host;
  open(path: string, opening?: Opening): Promise<Opened>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    /** Durations of tasks over 50 ms, and layout shifts without a cause by the reader. */
    longTasks: number[];
    shifts: number;
    axe: {
      run(
        options: unknown,
      ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
    };
  }
}

function watch(): void {
  window.longTasks = [];
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: "longtask" });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
      if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}

export async function openSite(): Promise<Site> {
  if (!chromiumPath) throw new Error(noChromium);
  const host = await serve(folder);
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  return {
    host,
    async open(path, { dark, width = 1280, still, keeps, blocksLibrary, context: given } = {}) {
      const options: BrowserContextOptions = {
        colorScheme: dark ? "dark" : "light",
        viewport: { width, height: 900 },
        reducedMotion: still ? "reduce" : "no-preference",
        serviceWorkers: keeps ? "allow" : "block",
      };
      const context = given ?? (await browser.newContext(options));
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        const text = message.text();
        if (["error", "warning"].includes(message.type()) && !text.includes("blocked by Playwright"))
          complaints.push(`${message.type()}: ${text}`);
      });
      page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
      page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
      if (blocksLibrary) await context.route(/\/assets\/polgrad-[^/]*\.js$/, (route) => route.abort());
      await page.addInitScript(watch);
      await page.goto(host.url + path);
      return { page, context, complaints };
    },
    async close() {
      await browser.close();
      await host.close();
    },
  };
}

/**
 * The longest task of the page's main thread over some time, in milliseconds of its processor: what the thread had to do,
 * however busy the machine is with other things. And the long tasks that the page itself observed, in words.
 */
export async function watchTasks(page: Page, milliseconds: number): Promise<{ longest: number; observed: string }> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  interface Event { name: string; pid: number; tid: number; tdur?: number } // prettier-ignore
  const events: Event[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as Event[])));
  await page.evaluate(() => void (window.longTasks = []));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing"], recordMode: "recordUntilFull" },
  });
  await page.evaluate(() => void performance.mark("polgrad"));
  await page.waitForTimeout(milliseconds);
  const observed = await page.evaluate(() => window.longTasks.map(Math.round).join(", "));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  // The browser has pages of its own: this one's thread is where its mark was set.
  const { pid, tid } = events.find(({ name }) => name === "polgrad")!;
  const tasks = events.filter((event) => event.name.endsWith("RunTask") && event.tdur !== undefined && event.pid === pid && event.tid === tid); // prettier-ignore
  if (tasks.length === 0) throw new Error("the trace has no task of the main thread");
  const longest = Math.max(...tasks.map(({ tdur }) => tdur! / 1000));
  return {
    longest: Math.round(10 * longest) / 10,
    observed: observed ? `observed as long: ${observed}` : "none observed as long",
  };
}

/** By how much other work on this machine slows down what runs now: wall time over processor time of a busy loop. */
export function contention(): number {
  const [began, before] = [performance.now(), process.cpuUsage()];
  while (process.cpuUsage(before).user < 200_000);
  return Math.max(1, (performance.now() - began) / 200);
}

/** What axe finds wrong, in words. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({
      resultTypes: ["violations"],
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)}: ${failureSummary}`),
  );
}

/** Waits until the run is in one of these states. */
export const state = (page: Page, ...states: string[]) =>
  page.waitForFunction((states) => states.includes(document.body.dataset.state ?? ""), states, { polling: 20 });

/** The text of an element with data-live. */
export const live = (page: Page, name: string): Promise<string> =>
  page.locator(`[data-live="${name}"]`).first().innerText();

/** The text of a number as the site writes it. */
export const numberOf = (text: string): number =>
  Number(text.replace("−", "-").replaceAll(",", "").replace(/\s*%$/, ""));
