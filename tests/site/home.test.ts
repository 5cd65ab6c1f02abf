// The home page: a policy trains at once, with the bits of Node, also without a network.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTraining } from "../../src/index.ts";
import { contention, live, openSite, state, violations, watchTasks, type Site } from "./browser.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

const trained = /update [1-9]/;
const untilTrained = (page: Awaited<ReturnType<Site["open"]>>["page"]) =>
  page.waitForFunction(() => /update [1-9]/.test(document.querySelector("[data-progress]")!.textContent!) && performance.now(), undefined, { polling: 10 }); // prettier-ignore

test("it trains by itself; the first load is small; nothing complains or shifts", { retry: 2 }, async () => {
  const before = site.host.sent.length;
  const { page, context, complaints } = await site.open("");
  await untilTrained(page);
  const first = site.host.sent.slice(before);
  const bytes = first.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`first load: ${(bytes / 1000).toFixed(1)} kB in ${first.length} files`);
  expect(bytes).toBeLessThanOrEqual(250_000);

  const { longest, observed } = await watchTasks(page, 1500);
  console.log(`while it trains: the longest task of the main thread takes ${longest} ms, ${observed}`);
  expect(longest).toBeLessThanOrEqual(50);
  expect(await page.evaluate(() => window.shifts)).toBe(0);
  expect(complaints).toEqual([]);
  expect(await page.locator("[data-progress]").innerText()).toMatch(trained);

  // From a warm cache, as fast as on a machine that does nothing else.
  await page.close();
  const busy = contention();
  const again = await site.open("", { context });
  const milliseconds = (await (await untilTrained(again.page)).jsonValue()) as number;
  console.log(`from a warm cache trained after ${Math.round(milliseconds)} ms, on a machine ${busy.toFixed(1)} times as slow as an idle one`); // prettier-ignore
  expect(milliseconds / busy).toBeLessThanOrEqual(1500);
  await context.close();
});

test("the same seed has the weights of Node, and rewinding keeps the initialization", async () => {
  const training = await createTraining("ppo", { env: "CartPole-v1", seed: 7, totalSteps: 100_000, strict: true });
  const expected = [training.weightsSha256()];
  for (let update = 1; update <= 3; update++) {
    training.update();
    expected.push(training.weightsSha256());
  }
  training.close();

  const { page, context } = await site.open("#seed=7", { still: true });
  const shows = async (sha: string): Promise<void> => {
    await page.waitForFunction((sha) => document.querySelector('[data-live="sha"]')!.textContent === sha, sha);
  };
  await shows(expected[0]);
  for (const sha of expected.slice(1)) {
    await page.click('[data-command="step"]');
    await shows(sha);
  }
  await page.click('[data-command="rewind"]');
  await shows(expected[0]);
  await page.click('[data-command="step"]');
  await shows(expected[1]);
  expect(new Set(expected).size).toBe(4);
  await context.close();
});

describe("the address", () => {
  test("holds what the controls say, and gives it back", async () => {
    const { page, context } = await site.open("", { still: true });
    await state(page, "ready");
    await page.fill('[name="seed"]', "11");
    await page.fill('[name="pace"]', "9");
    const hash = await page.evaluate(() => location.hash);
    expect(hash).toBe("#algorithm=ppo&env=CartPole-v1&seed=11&totalSteps=100000&pace=9");
    const copy = await site.open(hash, { still: true });
    expect(await copy.page.inputValue('[name="seed"]')).toBe("11");
    expect(await copy.page.inputValue('[name="pace"]')).toBe("9");
    expect(await copy.page.locator("#cli").innerText()).toBe(
      "npx polgrad train ppo CartPole-v1 --seed 11 --steps 100000 --strict",
    );
    expect(await copy.page.locator("[data-problem]").isHidden()).toBe(true);
    await copy.context.close();
    await context.close();
  });

  test("that is wrong is told in words, and defaults stand in", async () => {
    const { page, context } = await site.open("#seed=-1&pace=fast&colour=red&algorithm=dqn", { still: true });
    await state(page, "ready");
    const told = await page.locator("[data-problem]").innerText();
    expect(told).toContain("seed is -1, but must be at least 0");
    expect(told).toContain('pace is "fast", but must be a number');
    expect(told).toContain('there is no setting "colour"');
    expect(told).toContain('algorithm is "dqn", but must be one of ppo');
    expect(await page.inputValue('[name="seed"]')).toBe("1");
    await page.click('[data-command="step"]');
    await page.waitForFunction(() => /update 1/.test(document.querySelector("[data-progress]")!.textContent!));
    await context.close();
  });
});

test("without a network it goes on, once it has loaded: other pages too", async () => {
  const own = await openSite();
  const { page, context } = await own.open("", { keeps: true });
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  await own.host.close();
  await page.reload();
  await untilTrained(page);
  await page.click("nav a >> text=Scenes");
  await page.waitForSelector("h1 >> text=Scenes");
  await page.click("main a >> text=PPO");
  await page.waitForSelector("h1");
  await context.close();
  await own.close();
});

test("by keyboard alone", async () => {
  const { page, context } = await site.open("");
  await state(page, "playing");
  const reach = async (selector: string): Promise<void> => {
    for (let i = 0; i < 30; i++) {
      if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${selector} cannot be reached`);
  };
  await reach('[data-command="play"]');
  await page.keyboard.press("Space");
  await state(page, "ready");
  await page.keyboard.press("Enter");
  await state(page, "playing");
  await reach('[name="pace"]');
  await page.keyboard.press("ArrowRight");
  expect(await page.evaluate(() => location.hash)).toContain("pace=6");
  await context.close();
});

test("axe finds nothing, light, dark and narrow, where nothing sticks out", async () => {
  const { page, context } = await site.open("", { still: true });
  await state(page, "ready");
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 375, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  expect(await violations(page)).toEqual([]);
  await context.close();
});

test("without the library nothing is trained, and the page says so", async () => {
  const { page, context } = await site.open("", { blocksLibrary: true });
  await state(page, "failed");
  expect(await page.locator("[data-problem]").innerText()).toContain("could not be loaded");
  expect(await live(page, "sha")).toBe("–");
  await context.close();
});
