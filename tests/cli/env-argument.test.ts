import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEnv } from "../../src/cli/env-argument.ts";
import { InputError } from "../../src/errors.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad env-"));
  mkdirSync(join(folder, "sub.js"));
  writeFileSync(join(folder, "my env.js"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

test("an id stays one", () => expect(parseEnv("CartPole-v1", folder)).toBe("CartPole-v1"));

test("a file becomes a module by its absolute URL, however it is named", () => {
  const path = join(folder, "my env.js");
  const expected = { module: pathToFileURL(path).href };
  expect(expected.module).toContain("my%20env.js");
  for (const text of ["./my env.js", "my env.js", path, expected.module, "./sub.js/../my env.js"]) {
    expect(parseEnv(text, folder)).toEqual(expected);
  }
});

test.each([
  ["./nope.js", /^there is no environment file \.\/nope\.js \(looked for .*nope\.js\)$/],
  ["nope.mjs", /there is no environment file nope\.mjs/],
  ["/nowhere/nope", /there is no environment file \/nowhere\/nope$/],
  ["./sub.js", /is a folder, not a file/],
  ["file://host/x.js", /is not the URL of a file/],
])("%s: says what is wrong", (text, message) => {
  expect(() => parseEnv(text, folder)).toThrow(InputError);
  expect(() => parseEnv(text, folder)).toThrow(message);
});
