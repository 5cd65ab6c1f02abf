import { expect, test } from "vitest";
import { crc32c, maskedCrc32c } from "../../src/math/crc32c.ts";

// The vectors of RFC 3720, appendix B.4, and the check value of the CRC catalogue.
test.each([
  ["123456789", Buffer.from("123456789"), 0xe3069283],
  ["32 bytes of 0", new Uint8Array(32), 0x8a9136aa],
  ["32 bytes of 255", new Uint8Array(32).fill(255), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ["nothing", new Uint8Array(0), 0],
])("the CRC-32C of %s", (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("the mask rotates by 15 bits and adds the format's constant", () => {
  const crc = BigInt(crc32c(Buffer.from("123456789")));
  const rotated = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn;
  expect(BigInt(maskedCrc32c(Buffer.from("123456789")))).toBe((rotated + 0xa282ead8n) & 0xffffffffn);
});
