import type { ByteString } from '../byte-string.ts';
import { TarFault } from './fields.ts';

/** The records of an extended header (POSIX pax, "pax Extended Header") in their order; keys may repeat. */
export function parsePax(body: Buffer): [key: string, value: ByteString][] {
  const records: [string, ByteString][] = [];
  for (let at = 0; at < body.length;) {
    const blank = body.indexOf(0x20, at);
    if (blank < 0 || blank - at > 10) {
      if (body.subarray(at).every((byte) => byte === 0)) break;
      throw new TarFault('malformed extended header');
    }
    const digits = body.toString('latin1', at, blank);
    const end = at + Number(digits);
    if (!/^[0-9]+$/.test(digits) || end <= blank || end > body.length || body[end - 1] !== 0x0a)
      throw new TarFault('extended header record of a wrong length');
    const equals = body.indexOf(0x3d, blank + 1);
    if (equals < 0 || equals >= end) throw new TarFault('extended header record without "="');
    records.push([body.toString('latin1', blank + 1, equals), body.toString('latin1', equals + 1, end - 1)]);
    at = end;
  }
  return records;
}

/** One record; its length counts its own digits. */
export function paxRecord(key: string, value: ByteString): ByteString {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** `123.25`, also negative, as whole seconds rounded down and nanoseconds. */
export function parsePaxTime(text: string): { seconds: number; nanos: number } {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) throw new TarFault('malformed time in extended header');
  const seconds = Number(match[2]);
  const nanos = Number(`${match[3] ?? ''}000000000`.slice(0, 9));
  if (!Number.isSafeInteger(seconds)) throw new TarFault('time out of range');
  if (match[1] === '') return { seconds, nanos };
  return nanos === 0 ? { seconds: -seconds, nanos } : { seconds: -seconds - 1, nanos: 1e9 - nanos };
}

export function formatPaxTime(seconds: number, nanos: number): string {
  if (nanos === 0) return String(seconds);
  const [whole, part] = seconds < 0 ? [-seconds - 1, 1e9 - nanos] : [seconds, nanos];
  return `${seconds < 0 ? '-' : ''}${whole}.${String(part).padStart(9, '0').replace(/0+$/, '')}`;
}
