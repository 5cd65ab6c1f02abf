import { expect, test } from "vitest";
import { messageOf, typeName, valueText } from "../../src/text/values.ts";

class Lake {}

test.each([
  [null, "null"],
  [undefined, "undefined"],
  ["x", "a string"],
  [3, "a number"],
  [[1], "an array"],
  [{}, "an object"],
  [Object.create(null), "an object"],
  [new Int32Array(1), "an Int32Array"],
  [new Uint8Array(1), "a Uint8Array"],
  [new Lake(), "a Lake"],
  [() => 1, "a function"],
])("%o is %s", (x, name) => {
  expect(typeName(x)).toBe(name);
});

test("a value in a message: an array is not taken for its only element", () => {
  expect(valueText(1)).toBe("1");
  expect(valueText([1])).toBe("[1]");
  expect(valueText(Float32Array.of(0.5, -2))).toBe("[0.5, -2]");
  expect(valueText(undefined)).toBe("undefined");
});

test("a value of any kind is quoted briefly, and nothing throws", () => {
  const deep: unknown = JSON.parse("[".repeat(1e5) + "]".repeat(1e5));
  const throws = (): never => {
    throw new TypeError("no");
  };
  const circular: Record<string, unknown> = { n: 1 };
  circular.self = circular;
  expect(valueText(deep)).toBe("[[[[[…]]]]]");
  expect(valueText(circular)).toBe('{"n":1,"self":{"n":1,"self":{"n":1,"self":{"n":1,"self":{…}}}}}');
  expect([10n, -0, Symbol("s"), throws, new Date(0), "a"].map(valueText)).toEqual(["10n", "-0", "Symbol(s)", "a function", "a Date", '"a"']); // prettier-ignore
  expect(valueText(10n ** 5000n)).toBe("a bigint");
  expect(valueText(new Array<number>(4e9)).length).toBeLessThan(130);
  expect(valueText("x".repeat(1e6)).length).toBeLessThan(130);
  for (const trap of [{ get: throws }, { ownKeys: throws }, { getPrototypeOf: throws }])
    expect(valueText(new Proxy({ x: 1 }, trap))).toMatch(/^an object$|^\{"x":1\}$/);
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  expect(valueText(proxy)).toBe("an object");
});

test("what was thrown, whatever it was", () => {
  expect(messageOf(new TypeError("no such thing"))).toBe("no such thing");
  expect(messageOf("a string")).toBe("a string");
});
