import type { ByteString } from '../byte-string.ts';

/** What is wrong with an archive; the parser adds the place and makes an EngineError of it. */
export class TarFault extends Error {}

/** A numeric field: octal with blanks or NULs around it, or base-256 (GNU) when the first bit is set. */
export function readNumber(block: Buffer, at: number, length: number): number {
  if ((block[at] as number) & 0x80) return readBase256(block, at, length);
  let i = at;
  const end = at + length;
  while (i < end && (block[i] === 0x20 || block[i] === 0)) i += 1;
  let value = 0;
  for (; i < end; i++) {
    const digit = block[i] as number;
    if (digit === 0 || digit === 0x20) break;
    if (digit < 0x30 || digit > 0x37) throw new TarFault('malformed octal number');
    value = value * 8 + digit - 0x30;
  }
  if (!Number.isSafeInteger(value)) throw new TarFault('number out of range');
  return value;
}

function readBase256(block: Buffer, at: number, length: number): number {
  const first = block[at] as number;
  let value = first & 0x40 ? BigInt(first) - 256n : BigInt(first & 0x3f);
  for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(block[at + i] as number);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw new TarFault('number out of range');
  return Number(value);
}

/** A text field up to its first NUL. */
export function readText(block: Buffer, at: number, length: number): ByteString {
  let end = at;
  while (end < at + length && block[end] !== 0) end += 1;
  return block.toString('latin1', at, end);
}

/** Writes octal digits that fill the field but for its closing NUL. */
export function writeOctal(block: Buffer, at: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), at, length - 1, 'latin1');
}

const CHECKSUM_AT = 148;

/** Sum of all bytes with the checksum field read as blanks. */
function sumOf(block: Buffer, at: number): number {
  let sum = 8 * 0x20;
  for (let i = at; i < at + CHECKSUM_AT; i++) sum += block[i] as number;
  for (let i = at + CHECKSUM_AT + 8; i < at + 512; i++) sum += block[i] as number;
  return sum;
}

/** Old writers summed signed bytes: both are right. */
export function hasRightChecksum(block: Buffer, at: number): boolean {
  const digits = /^[ \0]*([0-7]+)/.exec(block.toString('latin1', at + CHECKSUM_AT, at + CHECKSUM_AT + 8));
  const stated = parseInt(digits?.[1] ?? '', 8);
  const sum = sumOf(block, at);
  if (sum === stated) return true;
  let high = 0;
  for (let i = 0; i < 512; i++)
    if ((i < CHECKSUM_AT || i >= CHECKSUM_AT + 8) && (block[at + i] as number) > 127) high += 1;
  return sum - 256 * high === stated;
}

export function writeChecksum(block: Buffer, at: number): void {
  const digits = sumOf(block, at).toString(8).padStart(6, '0');
  block.write(`${digits}\0 `, at + CHECKSUM_AT, 8, 'latin1');
}
