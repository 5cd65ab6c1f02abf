// What holds for every scene: it loads and moves, on narrow screens, by keyboard, for axe, and never without the library.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openSite, state, violations, watchTasks, type Site } from "./browser.ts";

export interface SceneChecks {
  /** Its page within the site. */
  readonly path: string;
  /** A control, a value for it that is another than its default, and what the address then holds. */
  readonly control: readonly [name: string, value: string, holds: string];
  /** An element with data-live that has a number as soon as there is one. */
  readonly number: string;
  /** Names of terms, each of which a formula, a line of the source and a mark of a figure must have. */
  readonly terms: readonly string[];
}

const text = (page: Page, name: string): Promise<string | null> =>
  page.locator(`[data-live="${name}"]`).first().textContent();
const progress = (page: Page): Promise<string | null> => page.locator("[data-progress]").textContent();

/** Waits until the run has moved on from what it said. */
export const movesFrom = (page: Page, before: string | null) =>
  page.waitForFunction((before) => document.querySelector("[data-progress]")!.textContent !== before, before);

/** Sets a control as a reader would. */
export async function setControl(page: Page, name: string, value: string): Promise<void> {
  const control = page.locator(`[name="${name}"]`).first();
  const kind = await control.evaluate((element) => (element instanceof HTMLInputElement ? element.type : "select"));
  if (kind === "select") await control.selectOption(value);
  else if (kind === "radio") await page.check(`[name="${name}"][value="${value}"]`);
  else if (kind === "checkbox") await control.setChecked(value === "true");
  else await control.fill(value);
}

/** The page on which most of it is tested: in step mode, and as a link without settings opens it. */
export interface Still {
  readonly site: Site;
  readonly page: Page;
  /** Waits until an element with data-live, or its part within a formula, has this text. */
  shows(name: string, text: string): Promise<unknown>;
  /** One step, until the page has moved on. */
  step(): Promise<void>;
}

function saying(): string {
  const elements = document.querySelectorAll("main p, main td, main output, main code, main [data-live]");
  return Array.from(elements, ({ textContent }) => textContent).join(" | ");
}

/** Declares the tests; `more` has those of the scene itself. */
export function checkScene(
  { path, control: [name, value, holds], number, terms }: SceneChecks,
  more: (still: () => Still) => void,
): void {
  let site: Site;
  let still: Still;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    site = await openSite();
    ({ page, complaints } = await site.open(path, { still: true }));
    await state(page, "ready");
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    still = {
      site,
      page,
      shows: (name, text) =>
        page.waitForFunction(
          ([name, text]) => document.querySelector(`[data-live="${name}"]`)!.textContent === text,
          [name, text],
        ),
      async step() {
        const before = await progress(page);
        await page.click('[data-command="step"]');
        await movesFrom(page, before);
      },
    };
  });
  afterAll(() => site?.close());
  /** The scene as a link without settings opens it. */
  beforeEach(async () => {
    await page.evaluate(() => void (location.hash = location.hash ? "#" : ""));
    await page.click('[data-command="rewind"]');
    await page.waitForTimeout(150);
  });
  /** What the page says: all but the marks of figures, whose order in the document means nothing. */
  const shown = (): Promise<string> => page.evaluate(saying);
  /** The same, once it stays as it is. */
  const settles = async (): Promise<string> => {
    for (let before = ""; ; await page.waitForTimeout(400)) {
      const now = await shown();
      if (now === before) return now;
      before = now;
    }
  };
  const settled = (text: string) => page.waitForFunction(`(${saying.toString()})() === ${JSON.stringify(text)}`);

  test("loads and plays, without a long task, a shift or a complaint", { retry: 2 }, async () => {
    const before = site.host.sent.length;
    const { page, context, complaints } = await site.open(path);
    await state(page, "ready", "playing", "done");
    const bytes = site.host.sent.slice(before).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(bytes).toBeLessThanOrEqual(250_000);
    expect(await page.evaluate(() => window.shifts)).toBe(0);
    const first = await progress(page);
    if ((await page.evaluate(() => document.body.dataset.state)) === "ready") await page.click('[data-command="play"]');
    await movesFrom(page, first);
    const { longest, observed } = await watchTasks(page, 1200);
    console.log(`${path}: ${(bytes / 1000).toFixed(1)} kB; while it plays: ${longest} ms, ${observed}`);
    expect(longest).toBeLessThanOrEqual(50);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("its address holds what its controls say, and gives it back", async () => {
    const begin = await settles();
    await setControl(page, name, value);
    const hash = await page.evaluate(() => location.hash);
    expect(hash).toContain(holds);
    const changed = await settles();
    expect(changed).not.toBe(begin);
    await page.evaluate(() => void (location.hash = "#"));
    await settled(begin);
    await page.evaluate((hash) => void (location.hash = hash), hash);
    await settled(changed);
    expect(await page.locator("[data-problem]").isHidden()).toBe(true);
    await page.evaluate(() => void (location.hash = "#seed=x"));
    await page.waitForSelector("[data-problem]:not([hidden])");
    expect(await page.locator("[data-problem]").textContent()).toContain('seed is "x", but must be');
  });

  test("rewinding begins the same run again", async () => {
    const begin = await settles();
    await still.step();
    const one = await settles();
    expect(one).not.toBe(begin);
    await page.click('[data-command="rewind"]');
    await settled(begin);
    await page.click('[data-command="step"]');
    await settled(one);
  });

  test("by keyboard alone: a guess, a term of the formula with its line and its mark, a step", async () => {
    const reach = async (selector: string): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`${selector} cannot be reached`);
    };
    await page.locator(".skip").focus();
    await reach(".predict input");
    await page.keyboard.press("Space");
    expect(await page.locator(".predict .answer").isVisible()).toBe(true);
    await page.mouse.move(0, 0); // what lies under the pointer is lit, too
    for (const term of terms) {
      await page.locator(`.terms [data-term="${term}"]`).focus();
      const lit = await page.evaluate((term) => {
        const has = (selector: string) => document.querySelector(`${selector}[data-term~="${term}"].lit`) !== null;
        return { formula: has(".formula "), source: has(".line"), figure: has("svg ") || has(".controls ") };
      }, term);
      expect({ term, ...lit }).toEqual({ term, formula: true, source: true, figure: true });
    }
    await page.locator(".skip").focus();
    await reach('[data-command="step"]');
    const before = await progress(page);
    await page.keyboard.press("Enter");
    await movesFrom(page, before);
  });

  test("step mode where motion is not wanted; axe finds nothing, light, dark and narrow, where nothing sticks out", async () => {
    expect(await page.locator('[data-command="play"]').isHidden()).toBe(true);
    await page.check("[data-numbers]");
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    await page.check(".predict input >> nth=0");
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 375, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test("without the library it shows no number, and says why", async () => {
    const { page, context } = await site.open(path, { blocksLibrary: true });
    await state(page, "failed");
    expect(await page.locator("[data-problem]").textContent()).toContain("could not be loaded");
    expect((await text(page, number))!.replace("–", "")).toBe("");
    await context.close();
  });

  describe("its numbers", () => more(() => still));

  test("nothing complained", () => {
    expect(complaints).toEqual([]);
  });
}
