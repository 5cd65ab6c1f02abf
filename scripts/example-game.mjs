// Looks at examples/game in headless Chromium: it is bundled by Vite, trains in its worker and plays on its canvas, in
// light and in dark, wide and narrow. Pictures go to a folder.
//
//     node scripts/example-game.mjs [folder]

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const root = join(dirname(dirname(fileURLToPath(import.meta.url))), "examples/game");
const [folder = "/tmp/polgrad-game"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const outDir = mkdtempSync(join(tmpdir(), "polgrad-game-"));
await build({ root, logLevel: "error", build: { outDir, emptyOutDir: true } });
const server = await preview({ root, logLevel: "error", build: { outDir }, preview: { port: 0, host: "127.0.0.1" } });
const [address] = server.resolvedUrls.local;
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

const complaints = [];
const check = (holds, what) => holds || complaints.push(what);

/** Opens the page; as long as it trains where `toTheEnd`, else until it has a policy. */
async function look(name, options, toTheEnd = false) {
  const page = await browser.newPage(options);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${name}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
  const start = performance.now();
  await page.goto(address);
  await page.waitForSelector(`body[data-state=${toTheEnd ? "trained" : "training"}]`, { timeout: 600_000 });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  await page.waitForTimeout(3000);
  const seen = await page.evaluate(() => {
    const canvas = globalThis.document.querySelector("canvas");
    const { clientWidth, clientHeight, width } = canvas;
    const colours = new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, width).data.buffer));
    return {
      status: globalThis.document.querySelector("#status").textContent,
      score: globalThis.document.querySelector("#score").textContent,
      ratio: width / clientWidth,
      square: clientWidth === clientHeight,
      colours: colours.size,
      scrolls: globalThis.document.documentElement.scrollWidth > globalThis.innerWidth,
    };
  });
  await page.screenshot({ path: join(folder, `${name}.png`) });
  check(seen.ratio === (options.deviceScaleFactor ?? 1), `${name}: ${seen.ratio} pixels per CSS pixel`);
  check(seen.square && !seen.scrolls, `${name}: the canvas is not square, or the page scrolls to the side`);
  check(seen.colours > 4, `${name}: ${seen.colours} colours on the canvas`);
  console.log(`${name}: ${seconds} s; ${seen.status}; ${seen.score}`);
  await page.close();
  return seen;
}

try {
  const viewport = { width: 1280, height: 800 };
  const { status } = await look("trained", { viewport, colorScheme: "light" }, true);
  check(Number(/return (-?[\d.]+)/.exec(status)?.[1]) > 8, `it did not learn: ${status}`);
  await look("dark", { viewport, colorScheme: "dark", deviceScaleFactor: 2 });
  await look("narrow", { viewport: { width: 375, height: 700 }, colorScheme: "light", deviceScaleFactor: 3 });
} finally {
  await browser.close();
  await server.close();
  rmSync(outDir, { recursive: true, force: true });
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
