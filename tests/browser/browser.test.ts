// The installed package, bundled by Vite, in headless Chromium: it trains there, and strict gives the bits of Node.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type * as Polgrad from "../../src/index.ts";
import { writeAndTrain } from "./page/language.ts";
import { bundlePage, chromiumPath, noChromium, openPage, type Bundle, type OpenPage } from "./chromium.ts";

const project = inject("project");
const installed = pathToFileURL(join(project, "node_modules/polgrad/dist/index.js")).href;
const polgrad = (await import(installed)) as typeof Polgrad;

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundlePage(project);
});

describe("bundled by Vite", () => {
  test("without a warning, and without a module of Node", () => {
    expect(bundle.warnings).toEqual([]);
  });

  test("leaves out what only Node uses", () => {
    const forNode = /polgrad\/dist\/(runs|cli)\/|node_modules\/(commander|linkedom|@observablehq|d3)/;
    expect(bundle.modules).toContainEqual(expect.stringMatching(/polgrad\/dist\/algorithms\/ppo\.js$/));
    expect(bundle.modules.filter((id) => forNode.test(id))).toEqual([]);
    expect(bundle.size).toBeLessThan(640_000);
  });

  test("models that ship are files of their own, for page and worker, which nothing loads as it begins", () => {
    expect(bundle.models).toHaveLength(2);
    expect(bundle.modules).toContainEqual(
      expect.stringMatching(/polgrad\/dist\/language\/reviews\/shipped-models\.js$/),
    );
  });

  test("a page that trains loads little: of zod, the small form alone", () => {
    expect(bundle.modules).not.toContainEqual(expect.stringMatching(/node_modules\/zod\/.*\/classic\//));
    expect(bundle.gzippedToTrain).toBeLessThan(96_000); // without the kernels, which are 12 kB
  });
});

if (!chromiumPath) console.warn(`tests/browser: skipped, because ${noChromium}`);

describe.skipIf(!chromiumPath)(chromiumPath ? "in Chromium" : `in Chromium: ${noChromium}`, () => {
  const learning = { env: "CartPole-v1", seed: 1, totalSteps: 30_000 };
  const long = { env: "CartPole-v1", seed: 3, totalSteps: process.env.POLGRAD_FULL ? 204_800 : 51_200, strict: true };
  let page: OpenPage;

  beforeAll(async () => {
    page = await openPage(bundle);
  });
  afterAll(() => page?.close());

  test("learns on the page's main thread", async () => {
    const outcome = await page.call("trainHere", learning);
    expect(outcome.steps).toBeGreaterThanOrEqual(30_000);
    expect(outcome.meanReturn100).toBeGreaterThan(80);
    expect(outcome.policyBytes).toBeGreaterThan(10_000);
  });

  test("learns in a worker, with the bits of the main thread", async () => {
    const [here, there] = [await page.call("trainHere", learning), await page.call("trainInWorker", learning)];
    expect(there).toEqual(here);
  });

  test("strict: a long training ends with the same weights as in Node", async () => {
    const { summary } = await polgrad.trainPpo(long);
    const outcome = await page.call("trainInWorker", long);
    expect(outcome.steps).toBe(summary.steps);
    expect(outcome.meanReturn100).toBe(summary.meanReturn100);
    expect(outcome.weightsSha256).toBe(summary.weightsSha256);
  });

  describe("with the option workers", () => {
    const options = { ...learning, totalSteps: 10_000, envs: 5, strict: true };
    const outcomes = async (page: OpenPage) => [
      await page.call("trainHere", { ...options, workers: 3 }),
      await page.call("trainInWorker", { ...options, workers: 3 }),
    ];

    test("a page that is cross-origin isolated has threads within a worker; there are the same bits everywhere", async () => {
      const { summary } = await polgrad.trainPpo(options);
      const isolated = await openPage(bundle, { isolated: true });
      try {
        const [here, there] = await outcomes(isolated);
        expect([here.threads, there.threads]).toEqual([1, 3]);
        expect([here.weightsSha256, there.weightsSha256]).toEqual([summary.weightsSha256, summary.weightsSha256]);
        expect(isolated.complaints).toEqual([]);
      } finally {
        await isolated.close();
      }
    });

    test("elsewhere one thread does it all", async () => {
      for (const outcome of await outcomes(page)) {
        expect(outcome.threads).toBe(1);
        expect(outcome.steps).toBeGreaterThanOrEqual(10_000);
      }
    });
  });

  test("a policy saved in Node acts in the page as it does in Node", async () => {
    const { policy } = await polgrad.trainPpo({ ...learning, strict: true, totalSteps: 8192 });
    const bytes = polgrad.savePolicy(policy);
    const generator = polgrad.createGenerator(11);
    const observations = Array.from({ length: 200 }, () =>
      Array.from({ length: 4 }, () => generator.uniform(-0.2, 0.2)),
    );
    const loaded = await polgrad.loadPolicy(bytes);
    loaded.seed(7);
    const expected = observations.map((numbers) => {
      const observation = Float32Array.from(numbers);
      return {
        likeliest: loaded.act(observation, { deterministic: true }),
        drawn: loaded.act(observation),
        probabilities: [...loaded.probabilities(observation)],
        value: loaded.value(observation),
      };
    });
    expect(new Set(expected.map(({ likeliest }) => likeliest)).size).toBe(2);
    expect(await page.call("actWith", [...bytes], observations)).toEqual(expected);
  });

  test("RLHF of the built-in model: strict gives the bits of Node on the main thread, which has turns, and in a worker", async () => {
    const models = (): string[] => page.loaded.filter((name) => bundle.models.includes(name));
    expect(models()).toEqual([]); // nothing before has asked for them
    const there = await page.call("languageInWorker");
    expect(models()).toHaveLength(1);
    const { outcome: here, turns, milliseconds } = await page.call("languageHere");
    expect(models()).toHaveLength(2);
    const expected = await writeAndTrain(polgrad);
    expect(there).toEqual(expected);
    expect(here).toEqual(expected);
    expect(turns).toBeGreaterThan(milliseconds / 150);
    expect(expected.texts.map(({ told }) => told)).toEqual(expected.texts.map(({ text }) => text));
    expect(expected.logProbs.map(({ length }) => length > 100)).toEqual([true, true]);
  });

  test("nothing on the console, no failed request", () => {
    expect(page.complaints).toEqual([]);
  });
});
