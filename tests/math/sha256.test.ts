// SHA-256, against Node's.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createOwnSha256, createSha256 } from "../../src/math/sha256.ts";

const sha256 = (...parts: readonly Uint8Array[]): string => {
  const hash = createOwnSha256();
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const byNode = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

test("of nothing, and of abc (FIPS 180-4)", () => {
  expect(sha256()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256(new TextEncoder().encode("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // prettier-ignore
});

test("of all lengths about a block's end", () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 37) % 256);
  for (let length = 50; length <= 200; length++)
    expect(sha256(bytes.subarray(0, length)), `${length}`).toBe(byNode(bytes.subarray(0, length)));
});

test("of parts as of the whole", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 }), (parts) => {
      expect(sha256(...parts)).toBe(byNode(...parts));
    }),
    { numRuns: 50 },
  );
});

test("in Node it is Node's", () => {
  const hash = createSha256();
  hash.update(new Uint8Array([1, 2]));
  hash.update(new Uint8Array([3]));
  expect(hash.digest()).toBe(sha256(new Uint8Array([1, 2, 3])));
});
