// TensorBoard event files: TFRecords that hold protobuf Event messages, here with scalars only. No npm package that is
// kept up writes them, and the few fields that scalars need make a short file.
// Formats: tensorflow/core/util/event.proto, core/framework/summary.proto, core/lib/io/record_writer.h.

import { bytesField, doubleField, floatField, message, stringField, varintField } from "../protobuf.ts";
import { fileNameOf } from "../text/names.ts";
import { maskedCrc32c } from "../math/crc32c.ts";

/** A record is its length (8 bytes), the length's CRC (4), the data, and the data's CRC (4). */
const headerBytes = 12;
const footerBytes = 4;

/** The name TensorBoard looks for; the time orders the files of one run. */
export function eventFileName(startedAt: Date, host: string): string {
  const seconds = String(Math.floor(startedAt.getTime() / 1000)).padStart(10, "0");
  return `events.out.tfevents.${seconds}.${fileNameOf(host || "host")}`;
}

/** The record that every event file starts with. @param wallTime Seconds since 1970. */
export function versionRecord(wallTime: number): Uint8Array {
  return record(message([doubleField(1, wallTime), stringField(3, "brain.Event:2")]));
}

/**
 * One record with the scalars of one step. Values that are not finite are kept: TensorBoard marks them.
 *
 * @param wallTime Seconds since 1970.
 */
export function scalarsRecord(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, message([stringField(1, tag), floatField(2, value)])),
  );
  return record(message([doubleField(1, wallTime), varintField(2, step), bytesField(5, message(values))]));
}

/**
 * Where an event file is to be cut so that it ends with the given step: the length of its whole records before the
 * first later one. Records were written in the order of their steps.
 */
export function lengthUpToStep(bytes: Uint8Array, step: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset + headerBytes <= bytes.length) {
    const length = Number(view.getBigUint64(offset, true));
    const end = offset + headerBytes + length + footerBytes;
    if (end > bytes.length || stepOf(bytes.subarray(offset + headerBytes, end - footerBytes)) > step) break;
    offset = end;
  }
  return offset;
}

function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + data.length + footerBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, headerBytes);
  view.setUint32(headerBytes + data.length, maskedCrc32c(bytes.subarray(headerBytes, -footerBytes)), true);
  return bytes;
}

/** The step of an Event: its field 2, and 0 if it is left out. Knows the wire types that these files hold. */
function stepOf(event: Uint8Array): number {
  let offset = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; offset < event.length; scale *= 128) {
      const byte = event[offset++];
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (offset < event.length) {
    const key = varint();
    const wireType = key & 7;
    if (wireType === 0) {
      const value = varint();
      if (key >>> 3 === 2) return value;
    } else if (wireType === 2) offset += varint();
    else offset += wireType === 1 ? 8 : 4;
  }
  return 0;
}
