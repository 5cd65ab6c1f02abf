import fc from "fast-check";
import { expect, test } from "vitest";
import { decimal, fixed, short, twoDigits, whole } from "../../src/text/numbers.ts";

test("numbers for people: grouped, with a minus sign that is as wide as the digits", () => {
  expect(decimal(12345.678)).toBe("12,345.7");
  expect(decimal(-200)).toBe("−200");
  expect(decimal(500, 1, 1)).toBe("500.0");
  expect(whole(1234.5)).toBe("1,235");
  expect([decimal(-0.004, 2, 2), decimal(-0.04), whole(-0.4), decimal(-0, 2, 2)]).toEqual(["0.00", "0", "0", "0.00"]);
  expect([decimal(-0.005, 2, 2), decimal(-0.006, 2)]).toEqual(["−0.01", "−0.01"]);
  expect(short(-1234.56)).toBe("-1234.6");
  expect([fixed(-0.04, 1), fixed(-0, 2), fixed(-0.06, 1), fixed(3, 2)]).toEqual(["0.0", "0.00", "-0.1", "3.00"]);
  expect(twoDigits(7)).toBe("07");
  expect(twoDigits(12)).toBe("12");
});

test("decimal numbers are those of toLocaleString, of which it takes nothing", () => {
  const digits = fc.record({ most: fc.integer({ min: 0, max: 4 }), least: fc.integer({ min: 0, max: 2 }) });
  const value = fc.oneof(
    fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1.005, -0.04, 4e-7, 999.95, 9_999_999_999.95, 1e10, -1e21),
    fc.double({ min: -1e12, max: 1e12 }),
    fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -6, max: 9 })).map(([n, e]) => Number(`${n}e${e}`)),
  );
  fc.assert(
    fc.property(value, digits, (x, { most, least }) => {
      fc.pre(least <= most);
      const options = { maximumFractionDigits: most, minimumFractionDigits: least, signDisplay: "negative" } as const;
      expect(decimal(x, most, least)).toBe(x.toLocaleString("en-US", options).replace("-", "−"));
    }),
    { numRuns: 300 },
  );
});
