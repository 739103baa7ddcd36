/** Flags of a netlink message header (netlink.h). */
export const NLM_F = {
  REQUEST: 1,
  ACK: 4,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;
const align = (length: number): number => (length + 3) & ~3;

let lastSequence = 0;

/** A buffer of netlink messages under construction: each `begin` closes the one before it. Attributes are padded to four bytes. */
export class NetlinkMessages {
  /** Sequence numbers of the first message, and of the one that asks for an acknowledgement. */
  first = 0;
  acknowledged = 0;
  private buffer = Buffer.alloc(1024);
  private at = 0;
  private header = -1;
  private sequence = 0;

  begin(type: number, flags = 0): this {
    this.end();
    this.sequence = lastSequence = (lastSequence + 1) >>> 0 || 1;
    this.first ||= this.sequence;
    this.header = this.at;
    this.grow(16);
    this.buffer.writeUInt16LE(type, this.header + 4);
    this.buffer.writeUInt16LE(flags | NLM_F.REQUEST, this.header + 6);
    this.buffer.writeUInt32LE(this.sequence, this.header + 8);
    return this;
  }

  /** Asks for an acknowledgement of the message begun last; errors are told in any case. */
  acknowledge(): this {
    this.buffer.writeUInt16LE(this.buffer.readUInt16LE(this.header + 6) | NLM_F.ACK, this.header + 6);
    this.acknowledged = this.sequence;
    return this;
  }

  /** The finished bytes. */
  bytes(): Buffer {
    this.end();
    return this.buffer.subarray(0, this.at);
  }

  raw(...values: readonly number[]): this {
    const at = this.grow(values.length);
    values.forEach((value, index) => this.buffer.writeUInt8(value, at + index));
    return this;
  }

  u32(value: number): this {
    const at = this.grow(4);
    this.buffer.writeUInt32LE(value >>> 0, at);
    return this;
  }

  attr(type: number, value: Buffer): this {
    const at = this.grow(4 + align(value.length));
    this.buffer.writeUInt16LE(value.length + 4, at);
    this.buffer.writeUInt16LE(type, at + 2);
    value.copy(this.buffer, at + 4);
    return this;
  }

  attr8(type: number, value: number): this {
    return this.attr(type, Buffer.from([value]));
  }

  attr16(type: number, value: number): this {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return this.attr(type, bytes);
  }

  attr32(type: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    return this.attr(type, bytes);
  }

  /** Big endian, as nf_tables wants its numbers. */
  attr32be(type: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return this.attr(type, bytes);
  }

  attrString(type: number, value: string): this {
    return this.attr(type, Buffer.from(`${value}\0`));
  }

  nest(type: number, fill: () => void): this {
    const at = this.grow(4);
    this.buffer.writeUInt16LE(type | NLA_F_NESTED, at + 2);
    fill();
    this.buffer.writeUInt16LE(this.at - at, at);
    return this;
  }

  private end(): void {
    if (this.header < 0) return;
    this.buffer.writeUInt32LE(this.at - this.header, this.header);
    this.header = -1;
  }

  private grow(length: number): number {
    const at = this.at;
    this.at += align(length);
    if (this.at > this.buffer.length) {
      const larger = Buffer.alloc(Math.max(this.buffer.length * 2, this.at));
      this.buffer.copy(larger);
      this.buffer = larger;
    }
    return at;
  }
}

/** The attributes in `bytes` from `offset` on, by type. Of repeated ones the last. */
export function parseAttributes(bytes: Buffer, offset = 0): Map<number, Buffer> {
  return new Map(listAttributes(bytes, offset).map(({ type, value }) => [type, value]));
}

export function listAttributes(bytes: Buffer, offset = 0): { type: number; value: Buffer }[] {
  const found: { type: number; value: Buffer }[] = [];
  let at = offset;
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) break;
    found.push({
      type: bytes.readUInt16LE(at + 2) & NLA_TYPE_MASK,
      value: bytes.subarray(at + 4, at + length),
    });
    at += align(length);
  }
  return found;
}
