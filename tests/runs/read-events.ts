// Reads TensorBoard event files for the tests, independently of the writer: bigint varints, a bitwise CRC, every field.

export interface ReadEvent {
  wallTime?: number;
  step?: bigint;
  fileVersion?: string;
  scalars: [tag: string, value: number][];
}

/** All events of a file. Throws where a length, a CRC or a field is not as the format says. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: ReadEvent[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = Number(view.getBigUint64(offset, true));
    check(view.getUint32(offset + 8, true) === mask(crc(bytes.subarray(offset, offset + 8))), "CRC of the length");
    const data = bytes.subarray(offset + 12, offset + 12 + length);
    check(data.length === length, "a record is cut short");
    check(view.getUint32(offset + 12 + length, true) === mask(crc(data)), "CRC of the data");
    events.push(readEvent(data));
    offset += length + 16;
  }
  return events;
}

function readEvent(bytes: Uint8Array): ReadEvent {
  const event: ReadEvent = { scalars: [] };
  for (const [field, value] of fields(bytes)) {
    if (field === 1) event.wallTime = new DataView(Uint8Array.from(value as Uint8Array).buffer).getFloat64(0, true);
    else if (field === 2) event.step = value as bigint;
    else if (field === 3) event.fileVersion = Buffer.from(value as Uint8Array).toString();
    else if (field === 5) {
      for (const [summaryField, summaryValue] of fields(value as Uint8Array)) {
        check(summaryField === 1, `field ${summaryField} in a Summary`);
        const scalar = new Map(fields(summaryValue as Uint8Array));
        check([...scalar.keys()].join() === "1,2", "a Summary.Value of other fields than tag and simple_value");
        const bits = Uint8Array.from(scalar.get(2) as Uint8Array).buffer;
        const tag = Buffer.from(scalar.get(1) as Uint8Array).toString();
        event.scalars.push([tag, new DataView(bits).getFloat32(0, true)]);
      }
    } else check(false, `field ${field} in an Event`);
  }
  return event;
}

function fields(bytes: Uint8Array): [number, bigint | Uint8Array][] {
  const found: [number, bigint | Uint8Array][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      check(at < bytes.length, "a varint is cut short");
      const byte = BigInt(bytes[at++] as number);
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

function crc(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (0x82f63b78 & -(remainder & 1));
  }
  return ~remainder >>> 0;
}

function mask(value: number): number {
  return ((value >>> 15) + ((value << 17) >>> 0) + 0xa282ead8) >>> 0;
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(`not an event file: ${message}`);
}
