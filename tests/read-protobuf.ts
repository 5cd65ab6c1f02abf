// Reads protobuf messages for the tests, independently of the writer: bigint varints, every wire type.

/** The fields of a message, in order, by their numbers: bigint for varints, the bytes of all others. */
export function readFields(bytes: Uint8Array): [number, bigint | Uint8Array][] {
  const found: [number, bigint | Uint8Array][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      check(at < bytes.length, "a varint is cut short");
      const byte = BigInt(bytes[at++]);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  const take = (length: number) => {
    check(at + length <= bytes.length, "a field is cut short");
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const key = varint();
    const field = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === 0) found.push([field, varint()]);
    else if (wire === 1) found.push([field, take(8)]);
    else if (wire === 2) found.push([field, take(Number(varint()))]);
    else if (wire === 5) found.push([field, take(4)]);
    else check(false, `wire type ${wire}`);
  }
  return found;
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(`not a protobuf message: ${message}`);
}
