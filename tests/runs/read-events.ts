// Reads TensorBoard event files for the tests, independently of the writer: a bitwise CRC, every field.

import { readFields } from "../read-protobuf.ts";

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
  for (const [field, value] of readFields(bytes)) {
    if (field === 1) event.wallTime = new DataView(Uint8Array.from(value as Uint8Array).buffer).getFloat64(0, true);
    else if (field === 2) event.step = value as bigint;
    else if (field === 3) event.fileVersion = Buffer.from(value as Uint8Array).toString();
    else if (field === 5) {
      for (const [summaryField, summaryValue] of readFields(value as Uint8Array)) {
        check(summaryField === 1, `field ${summaryField} in a Summary`);
        const scalar = new Map(readFields(summaryValue as Uint8Array));
        check([...scalar.keys()].join() === "1,2", "a Summary.Value of other fields than tag and simple_value");
        const bits = Uint8Array.from(scalar.get(2) as Uint8Array).buffer;
        const tag = Buffer.from(scalar.get(1) as Uint8Array).toString();
        event.scalars.push([tag, new DataView(bits).getFloat32(0, true)]);
      }
    } else check(false, `field ${field} in an Event`);
  }
  return event;
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
