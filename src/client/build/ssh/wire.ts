/** Values as SSH writes them (RFC 4251, 5): a string is its length and its bytes. */
export function sshString(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number that is not negative, from its bytes; a byte of zeros keeps a high first bit from being a sign. */
export function sshNumber(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(first));
  return sshString((digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits);
}

/** Reads one value after the other; throws RangeError at the end. */
export class SshReader {
  private rest: Buffer;

  constructor(bytes: Buffer) {
    this.rest = bytes;
  }

  take(count: number): Buffer {
    if (count > this.rest.length) throw new RangeError('more was announced than there is');
    const taken = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return taken;
  }

  number(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.number());
  }
}
