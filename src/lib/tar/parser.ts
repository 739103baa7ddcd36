import { invalid } from '../errors.ts';
import { BLOCK, paddingOf, type TarEntry } from './entry.ts';
import { ExtendedHeaders, type ResolvedHeader } from './extended.ts';
import { TarFault } from './fields.ts';
import { readHeader, type RawHeader } from './header.ts';
import { OldSparseReader, SparseMapReader, storedSizeOf } from './sparse.ts';
import { textOfBytes } from '../byte-string.ts';

/** What is told of an archive, in its order. An entry's data comes in any number of pieces between `entry` and `entryEnd`. */
export interface TarVisitor {
  entry(entry: TarEntry): void;
  /** A piece of the body; valid only during the call. */
  data(piece: Buffer): void;
  entryEnd(): void;
}

const MAX_EXTENDED = 1 << 20;
const zeros = Buffer.alloc(BLOCK);

/** How the next whole block is read. */
type BlockReader = (block: Buffer, at: number) => void;

/**
 * A push parser: archives of any dialect go in as chunks of any size, entries come out by the visitor, synchronously. Throws
 * EngineError `invalid` with the byte offset. Bytes after the end marker are ignored.
 */
export class TarParser {
  private readonly visitor: TarVisitor;
  private readonly extended = new ExtendedHeaders();
  private readonly held = Buffer.alloc(BLOCK);
  private heldLength = 0;
  private readonly readHeaderBlock: BlockReader = (block, at) => this.onHeader(block, at);
  private readBlock = this.readHeaderBlock;
  /** Bytes of the current body still to come, then of its padding. */
  private body = 0;
  private padding = 0;
  private tellsBody = false;
  private meta:
    | { readonly flag: string; readonly bytes: Buffer; readonly size: number; filled: number }
    | undefined;
  private sawZeroBlock = false;
  private offset = 0;
  /** Where the block begins that is being read. */
  private blockOffset = 0;
  private lastName = '';
  /** The end marker was read. */
  ended = false;

  constructor(visitor: TarVisitor) {
    this.visitor = visitor;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length && !this.ended;) {
      const taken = this.take(bytes, at);
      at += taken;
      this.offset += taken;
    }
  }

  /**
   * The input ended. An archive without end marker is accepted when it ends after a member, as by Docker: its own client leaves out
   * marker and last padding when it adds a Dockerfile to a context.
   */
  end(): void {
    if (this.ended) return;
    const isWithin = this.body > 0 || this.heldLength > 0 || this.meta !== undefined;
    if (isWithin || this.extended.pending || this.readBlock !== this.readHeaderBlock)
      this.fail('unexpected end', this.offset);
    this.ended = true;
  }

  private take(bytes: Buffer, at: number): number {
    if (this.body > 0) return this.takeBody(bytes, at);
    if (this.padding > 0) return this.takePadding(bytes, at);
    if (this.meta) return this.takeMeta(bytes, at);
    return this.takeBlock(bytes, at);
  }

  private takeBody(bytes: Buffer, at: number): number {
    const count = Math.min(this.body, bytes.length - at);
    this.body -= count;
    if (this.tellsBody) this.visitor.data(bytes.subarray(at, at + count));
    if (this.body === 0 && this.tellsBody) this.visitor.entryEnd();
    return count;
  }

  private takePadding(bytes: Buffer, at: number): number {
    const count = Math.min(this.padding, bytes.length - at);
    this.padding -= count;
    return count;
  }

  private takeMeta(bytes: Buffer, at: number): number {
    const meta = this.meta as NonNullable<typeof this.meta>;
    const count = bytes.copy(meta.bytes, meta.filled, at);
    meta.filled += count;
    if (meta.filled === meta.bytes.length) this.endMeta(meta.flag, meta.bytes.subarray(0, meta.size));
    return count;
  }

  private takeBlock(bytes: Buffer, at: number): number {
    this.blockOffset = this.offset - this.heldLength;
    if (this.heldLength === 0 && bytes.length - at >= BLOCK) {
      this.guard(() => this.readBlock(bytes, at));
      return BLOCK;
    }
    const count = bytes.copy(this.held, this.heldLength, at);
    this.heldLength += count;
    if (this.heldLength === BLOCK) {
      this.heldLength = 0;
      this.guard(() => this.readBlock(this.held, 0));
    }
    return count;
  }

  private onHeader(block: Buffer, at: number): void {
    if (block[at] === 0 && zeros.compare(block, at, at + BLOCK) === 0) return this.onZeroBlock();
    if (this.sawZeroBlock) throw new TarFault('a lone block of zeros');
    const raw = readHeader(block, at);
    if (raw.flag === 'x' || raw.flag === 'g' || raw.flag === 'L' || raw.flag === 'K')
      return this.startMeta(raw);
    if (raw.flag === 'S') return this.startOldSparse(raw, block, at);
    this.start(this.extended.resolve(raw));
  }

  private onZeroBlock(): void {
    if (this.extended.pending) throw new TarFault('extended header without a member');
    if (this.sawZeroBlock) this.ended = true;
    this.sawZeroBlock = true;
  }

  private startMeta({ flag, size }: RawHeader): void {
    if (size < 0 || size > MAX_EXTENDED) throw new TarFault('extended header too large');
    if (size === 0) return this.endMeta(flag, zeros.subarray(0, 0));
    this.meta = { flag, size, bytes: Buffer.alloc(size + paddingOf(size)), filled: 0 };
  }

  private endMeta(flag: string, body: Buffer): void {
    this.meta = undefined;
    this.guard(() => this.extended.add(flag, body));
  }

  private startOldSparse(raw: RawHeader, block: Buffer, at: number): void {
    const reader = new OldSparseReader(block, at);
    const done = (): void => {
      this.readBlock = this.readHeaderBlock;
      this.start(this.extended.resolve(raw, reader.map()));
    };
    if (!OldSparseReader.isExtended(block, at)) return done();
    this.readBlock = (more, from) => {
      if (!reader.add(more, from)) done();
    };
  }

  private start(resolved: ResolvedHeader): void {
    this.lastName = resolved.entry?.name ?? '';
    if (resolved.entry && resolved.mapOfSize !== undefined)
      return this.startMap(resolved.entry, resolved.bodySize, resolved.mapOfSize);
    if (resolved.entry) this.tell(resolved.entry, resolved.bodySize);
    else this.skip(resolved.bodySize);
  }

  private startMap(entry: TarEntry, bodySize: number, realSize: number): void {
    const reader = new SparseMapReader(realSize);
    this.readBlock = (block, at) => {
      const sparse = reader.add(block, at);
      if (reader.consumed > bodySize + paddingOf(bodySize))
        throw new TarFault('sparse map longer than its body');
      if (!sparse) return;
      this.readBlock = this.readHeaderBlock;
      const size = bodySize - reader.consumed;
      this.tell({ ...entry, size, sparse }, size);
    };
  }

  private tell(entry: TarEntry, size: number): void {
    if (entry.sparse && storedSizeOf(entry.sparse) !== size) throw new TarFault('sparse map of a wrong size');
    this.tellsBody = true;
    this.body = size;
    this.padding = paddingOf(size);
    this.visitor.entry(entry);
    if (size === 0) this.visitor.entryEnd();
  }

  private skip(size: number): void {
    this.tellsBody = false;
    this.body = size;
    this.padding = paddingOf(size);
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof TarFault) this.fail(error.message, this.blockOffset, error);
      throw error;
    }
  }

  private fail(what: string, offset: number, cause?: unknown): never {
    const after =
      this.lastName === '' ? '' : ` (after ${JSON.stringify(textOfBytes(this.lastName).slice(0, 200))})`;
    throw invalid(`invalid tar archive: ${what} at byte ${offset}${after}`, cause);
  }
}
