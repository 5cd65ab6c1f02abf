// CRC-32C (Castagnoli, RFC 3720 appendix B.4), which guards checkpoints and the records of TensorBoard's event files.

/** The table of the reflected polynomial 0x82f63b78: entry i is the remainder of the byte i. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  return remainder;
});

/** The CRC-32C of some bytes, as an unsigned 32-bit number. @param before the CRC of what stands before them */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The CRC as TFRecord stores it: rotated and offset, so that data that holds CRCs keeps its own CRC strong. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
