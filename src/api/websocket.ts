import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { invalid } from '../lib/errors.ts';
import type { Call } from './call.ts';

/** The server's side of the WebSocket protocol (RFC 6455), as far as a stream of bytes needs it: no extensions, no subprotocols. */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const FINAL = 0x80;
const MASKED = 0x80;
const MAX_CONTROL = 125;

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export const closeCodes = { normal: 1000, protocolError: 1002 } as const;

/** The value of `Sec-WebSocket-Accept`; refuses what is no handshake. */
export function acceptKey({ headers }: Pick<Call, 'headers'>): string {
  const key = headers['sec-websocket-key'] ?? '';
  const wants =
    headers.upgrade?.toLowerCase() === 'websocket' && /\bupgrade\b/i.test(headers.connection ?? '');
  if (!wants) throw invalid('not websocket protocol');
  if (headers['sec-websocket-version'] !== '13') throw invalid('missing or bad WebSocket Version');
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) throw invalid('missing or bad WebSocket key');
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}

/** One whole, unmasked frame. */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const extra = length <= MAX_CONTROL ? 0 : length < 1 << 16 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extra + length);
  frame[0] = FINAL | opcode;
  frame[1] = extra === 0 ? length : extra === 2 ? 126 : 127;
  if (extra === 2) frame.writeUInt16BE(length, 2);
  if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, 2 + extra);
  return frame;
}

export function closeFrame(code: number): Buffer {
  const payload = Buffer.allocUnsafe(2);
  payload.writeUInt16BE(code);
  return encodeFrame(opcodes.close, payload);
}

/** Bytes to frames of one kind. */
export class FrameWriter extends Transform {
  private readonly opcode: number;

  constructor(opcode: number) {
    super();
    this.opcode = opcode;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, encodeFrame(this.opcode, chunk));
  }

  override _flush(done: TransformCallback): void {
    done(null, closeFrame(closeCodes.normal));
  }
}

interface Frame {
  readonly opcode: number;
  readonly mask: Buffer;
  readonly length: number;
  read: number;
  /** What came of a control frame. */
  control: Buffer;
}

/**
 * Frames of a client to the bytes in them, piece by piece: a frame that claims to be huge is never held. Control frames are given
 * to `onControl`; a close frame ends the bytes. What breaks the protocol is an error of the stream.
 */
export class FrameReader extends Transform {
  private readonly onControl: (opcode: number, payload: Buffer) => void;
  private held = Buffer.alloc(0);
  private frame: Frame | undefined;
  private hasEnded = false;

  constructor(onControl: (opcode: number, payload: Buffer) => void) {
    super();
    this.onControl = onControl;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      let rest: Buffer | undefined = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
      this.held = Buffer.alloc(0);
      while (rest && !this.hasEnded)
        rest = this.frame ? this.readPayload(this.frame, rest) : this.readHead(rest);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** Returns what follows; undefined when the head is not complete yet. */
  private readHead(bytes: Buffer): Buffer | undefined {
    const head = parseHead(bytes);
    if (!head) {
      this.held = Buffer.from(bytes);
      return undefined;
    }
    this.frame = head.frame;
    return bytes.subarray(head.size);
  }

  private readPayload(frame: Frame, bytes: Buffer): Buffer | undefined {
    const piece = Buffer.from(bytes.subarray(0, frame.length - frame.read));
    for (let at = 0; at < piece.length; at += 1)
      piece[at] = (piece[at] ?? 0) ^ (frame.mask[(frame.read + at) % 4] ?? 0);
    frame.read += piece.length;
    if (frame.opcode < opcodes.close) {
      if (piece.length > 0) this.push(piece);
    } else frame.control = Buffer.concat([frame.control, piece]);
    if (frame.read < frame.length) return undefined;
    this.frame = undefined;
    if (frame.opcode >= opcodes.close) this.control(frame);
    return bytes.subarray(piece.length);
  }

  private control({ opcode, control }: Frame): void {
    this.onControl(opcode, control);
    if (opcode !== opcodes.close) return;
    this.hasEnded = true;
    this.push(null);
  }
}

function parseHead(bytes: Buffer): { frame: Frame; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const size = 2 + extra + 4;
  checkHead(first, second);
  if (bytes.length < size) return undefined;
  const length = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (!Number.isSafeInteger(length)) throw new Error('websocket: a frame is too long');
  const mask = Buffer.from(bytes.subarray(size - 4, size));
  return { frame: { opcode: first & 0xf, mask, length, read: 0, control: Buffer.alloc(0) }, size };
}

function checkHead(first: number, second: number): void {
  const opcode = first & 0xf;
  const known: readonly number[] = Object.values(opcodes);
  if ((first & 0x70) !== 0 || !known.includes(opcode)) throw new Error('websocket: unknown kind of frame');
  if ((second & MASKED) === 0) throw new Error('websocket: a frame of a client is not masked');
  const isControl = opcode >= opcodes.close;
  if (isControl && ((first & FINAL) === 0 || (second & 0x7f) > MAX_CONTROL))
    throw new Error('websocket: a control frame is too long or in pieces');
}
