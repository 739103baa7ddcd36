import { Transform, type TransformCallback } from 'node:stream';
import { invalid } from './errors.ts';

const DEFAULT_KEYS = 'ctrl-p,ctrl-q';

/** Parses `ctrl-p,ctrl-q` or `a,ctrl-x` to the bytes that are typed. '' = the default. */
export function parseDetachKeys(text: string): Buffer {
  const bytes = (text || DEFAULT_KEYS).split(',').map((key) => {
    if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
    if (key === 'DEL') return 0x7f;
    const control = /^ctrl-([a-z@[\]\\^_])$/.exec(key)?.[1];
    if (control === undefined) throw invalid(`Invalid detach keys (${text}) provided`);
    return control.toUpperCase().charCodeAt(0) & 0x1f;
  });
  return Buffer.from(bytes);
}

/**
 * Passes input on until the detach keys were typed; then calls `onDetach` and ends without them. Keys that only begin the
 * sequence are held back and passed on when it does not go on.
 */
export class DetachFilter extends Transform {
  private readonly keys: Buffer;
  private readonly onDetach: () => void;
  private matched = 0;
  private detached = false;

  constructor(keys: Buffer, onDetach: () => void) {
    super();
    this.keys = keys;
    this.onDetach = onDetach;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const out: number[] = [];
    for (const byte of this.detached ? [] : chunk) {
      if (this.matched > 0 && byte !== this.keys[this.matched]) {
        out.push(...this.keys.subarray(0, this.matched));
        this.matched = 0;
      }
      if (byte === this.keys[this.matched]) this.matched += 1;
      else out.push(byte);
      if (this.matched === this.keys.length) {
        this.detached = true;
        break;
      }
    }
    if (out.length > 0) this.push(Buffer.from(out));
    if (this.detached) {
      this.push(null);
      this.onDetach();
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    if (!this.detached && this.matched > 0) this.push(Buffer.from(this.keys.subarray(0, this.matched)));
    done();
  }
}
