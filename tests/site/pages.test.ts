// The pages to be read: all exports can be found, results and guide are there, and axe finds nothing.

import { afterAll, beforeAll, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import * as node from "../../src/node.ts";
import * as policy from "../../src/policy.ts";
import { openSite, violations, type Opened, type Site } from "./browser.ts";

let site: Site;
let opened: Opened;
const open = async (path: string): Promise<void> => {
  await opened.page.goto(site.host.url + path);
};
beforeAll(async () => {
  site = await openSite();
  opened = await site.open("reference/", { still: true });
});
afterAll(() => site?.close());

/** Names of what is exported, those of namespaces with their prefix. */
const names = (module: object): string[] =>
  Object.entries(module).flatMap(([name, value]) =>
    Object.prototype.toString.call(value) === "[object Module]"
      ? Object.keys(value as object).map((member) => `${name}.${member}`)
      : [name],
  );

test("every export of the library is in the reference, and the search finds it", async () => {
  const { page } = opened;
  const exported = [...names(library), ...names(node), ...names(policy)];
  expect(exported.length).toBeGreaterThan(250);
  const ids = await page.locator("article.export").evaluateAll((articles) => articles.map(({ id }) => id));
  const known = new Set(ids.map((id) => id.slice(id.indexOf(":") + 1)));
  expect(exported.filter((name) => !known.has(name))).toEqual([]);

  const shown = () =>
    page.locator("article.export:not([hidden])").evaluateAll((articles) => articles.map(({ id }) => id));
  await page.fill("#search", "advantages.gae");
  expect(await shown()).toEqual(["polgrad:advantages.gae"]);
  expect(await page.locator("#found").textContent()).toBe("1 export");
  await page.fill("#search", "trainppo");
  expect(await shown()).toContain("polgrad:trainPpo");
  await page.fill("#search", "schulman"); // in no name, but in docstrings
  expect(await shown()).toContain("polgrad:advantages.gae");
  await page.fill("#search", "");
  expect(await shown()).toHaveLength(ids.length);
});

test("the guide has its headings and nothing that leads nowhere", async () => {
  const { page } = opened;
  await open("guide/");
  const broken = await page.locator("main a").evaluateAll((links) =>
    links.filter((link) => {
      const href = link.getAttribute("href")!;
      return href.startsWith("#") ? document.getElementById(href.slice(1)) === null : !href.startsWith("http");
    }).map((link) => link.getAttribute("href")),
  ); // prettier-ignore
  expect(broken).toEqual([]);
  expect(await page.locator("main h2").count()).toBeGreaterThan(15);
});

test("each experiment leads to its page", async () => {
  const { page } = opened;
  await open("experiments/");
  const links = await page.locator("main section h2 a").evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href)); // prettier-ignore
  expect(links.length).toBe(18);
  for (const link of links) expect((await page.request.get(link)).status(), link).toBe(200);
});

test.each(["scenes/", "experiments/", "guide/", "reference/"])("axe finds nothing on %s, and it is as wide as the screen", async (path) => {
  const { page, complaints } = opened;
  await open(path);
  if (path === "reference/") await page.fill("#search", "train"); // axe takes a minute for all
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 375, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  await page.setViewportSize({ width: 1280, height: 900 });
  expect(complaints).toEqual([]);
}); // prettier-ignore
