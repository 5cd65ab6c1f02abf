// The lab: other algorithms, environments and options; what is wrong with them is told in the library's words.

import { afterAll, beforeAll, expect, test } from "vitest";
import { createTraining } from "../../src/index.ts";
import { openSite, state, violations, type Opened, type Site } from "./browser.ts";
import { movesFrom, setControl } from "./scene-checks.ts";

let site: Site;
let opened: Opened;
beforeAll(async () => {
  site = await openSite();
  opened = await site.open("lab/", { still: true });
  await state(opened.page, "ready");
});
afterAll(() => site?.close());

const shows = (sha: string) =>
  opened.page.waitForFunction((sha) => document.querySelector('[data-live="sha"]')!.textContent === sha, sha);

test("an algorithm, an environment and options of the reader's own, with the weights of Node", async () => {
  const { page } = opened;
  await setControl(page, "algorithm", "a2c");
  await setControl(page, "env", "Pendulum-v1");
  await setControl(page, "seed", "5");
  await setControl(page, "learningRate", "0.002");
  await setControl(page, "totalSteps", "20000");
  expect(await page.locator("#cli").textContent()).toBe(
    "npx polgrad train a2c Pendulum-v1 --seed 5 --steps 20000 --learning-rate 0.002 --strict",
  );
  const options = { env: "Pendulum-v1", seed: 5, totalSteps: 20_000, learningRate: 0.002, strict: true };
  const training = await createTraining("a2c", options);
  await shows(training.weightsSha256());
  while (training.step < 256) training.update();
  await page.click('[data-command="step"]');
  await shows(training.weightsSha256());
  training.close();

  const hash = await page.evaluate(() => location.hash);
  const copy = await site.open(`lab/${hash}`, { still: true });
  expect(await copy.page.inputValue('[name="env"]')).toBe("Pendulum-v1");
  expect(await copy.page.inputValue('[name="gamma"]')).toBe("");
  await copy.context.close();
});

test.each(["reinforce", "actor-critic", "a3c", "trpo", "ppo"])("%s takes a step", async (algorithm) => {
  const { page } = opened;
  await page.evaluate((algorithm) => void (location.hash = `#env=CartPole-v1&algorithm=${algorithm}`), algorithm);
  await page.waitForFunction(
    (name) => document.querySelector("#cli")!.textContent!.includes(`${name} CartPole-v1`),
    algorithm,
  );
  await page.waitForFunction(() => document.querySelector("[data-progress]")!.textContent!.includes("update 0"));
  const before = await page.locator("[data-progress]").textContent();
  await page.click('[data-command="step"]');
  await movesFrom(page, before);
  expect(await page.locator("[data-problem]").isHidden()).toBe(true);
});

test("an option that an algorithm does not have is told", async () => {
  const { page } = opened;
  await page.evaluate(() => void (location.hash = "#algorithm=reinforce&lambda=0.9"));
  await page.waitForSelector("[data-problem]:not([hidden])");
  expect(await page.locator("[data-problem]").textContent()).toContain('"lambda"');
});

test("axe finds nothing, light, dark and narrow, where nothing sticks out", async () => {
  const { page } = opened;
  await page.evaluate(() => void (location.hash = "#"));
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 375, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  expect(opened.complaints).toEqual([]);
});

test("without the library nothing is trained, and the page says so", async () => {
  const { page, context } = await site.open("lab/", { blocksLibrary: true });
  await state(page, "failed");
  expect(await page.locator("[data-problem]").textContent()).toContain("could not be loaded");
  await context.close();
});
