import { expect, test } from "vitest";
import { shellQuoted } from "../../src/text/shell.ts";

test("a word for a shell is quoted only where it must be", () => {
  expect(shellQuoted("runs/CartPole-v1")).toBe("runs/CartPole-v1");
  expect(shellQuoted("my run")).toBe("'my run'");
  expect(shellQuoted("it's")).toBe(`'it'\\''s'`);
  expect(shellQuoted("")).toBe("''");
});
