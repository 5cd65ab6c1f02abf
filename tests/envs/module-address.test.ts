import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { makeEnv } from "../../src/envs/index.ts";
import { moduleAddress } from "../../src/envs/module-address.ts";
import { InputError } from "../../src/errors.ts";

const numRuns = Number(process.env.POLGRAD_CASES ?? 40);
afterEach(() => vi.unstubAllGlobals());

test("files and packages stay what they are", () => {
  const file = pathToFileURL("/home/me/my env.js").href;
  expect(moduleAddress(file)).toBe(file);
  expect(moduleAddress(new URL(`${file}?v=2`))).toBe(`${file}?v=2`);
  expect(moduleAddress("/home/me/env.js")).toBe("file:///home/me/env.js");
  for (const name of ["envs", "@me/envs", "envs/maze.js"]) expect(moduleAddress(name)).toBe(name);
});

/** A URL as a parser still reads it: white space around it, line breaks within, letters of either case. */
const disguised = (text: string) =>
  fc
    .tuple(
      fc.array(fc.constantFrom("", "\t", "\n", "\r", "upper"), { minLength: text.length, maxLength: text.length }),
      fc.constantFrom("", " ", "\n", "\u0000"),
    )
    .map(([changes, before]) => {
      const letters = [...text].map((letter, i) =>
        changes[i] === "upper" ? letter.toUpperCase() : letter + changes[i],
      );
      return before + letters.join("");
    });

const scheme = fc.oneof(
  fc.constantFrom("data", "http", "https", "blob", "node", "ftp", "ws", "javascript", "vbscript", "c", "npm", "jsr"),
  fc.stringMatching(/^[a-z][a-z0-9+.-]{0,8}$/).filter((name) => name !== "file"),
);

describe("code that is fetched, or written into an address, is refused", () => {
  test("whatever the scheme, and however it is disguised", () => {
    const address = fc
      .tuple(scheme, fc.constantFrom("text/javascript,0", "//example.org/x.js", "fs", "/x.js", ""))
      .chain(([name, rest]) => disguised(`${name}:`).map((start) => start + rest));
    fc.assert(
      fc.property(address, (text) => {
        expect(() => moduleAddress(text)).toThrow(InputError);
        expect(() => moduleAddress(text)).toThrow(/is not a file of this machine: give a URL/);
      }),
      { numRuns },
    );
  });

  test.each([
    "//example.org/x.js",
    "\\\\example.org\\x.js",
    "/\\example.org/x.js",
    "file://example.org/x.js",
    "envs/../../../x.js",
    "envs/..",
    "@../x",
    "",
  ])("%j", (text) => expect(() => moduleAddress(text)).toThrow(InputError));

  test("before anything is loaded, with a message of one screen's length", async () => {
    const code = `data:text/javascript,globalThis.wasRun=true;${"x".repeat(5000)}`;
    await expect(makeEnv({ module: code })).rejects.toThrow(/^environment module "data:.{0,300}$/s);
    expect(globalThis).not.toHaveProperty("wasRun");
  });
});

test("a page takes modules of its own origin, and of no other", () => {
  vi.stubGlobal("location", { href: "https://me.org/app/index.html", origin: "https://me.org" });
  expect(moduleAddress("https://me.org/env.js")).toBe("https://me.org/env.js");
  expect(moduleAddress("/env.js")).toBe("https://me.org/env.js");
  for (const text of ["https://example.org/env.js", "blob:https://me.org/1", "data:text/javascript,0", "//x.org/e.js"])
    expect(() => moduleAddress(text)).toThrow("is not a file of this page's origin");
});
