import type { OfferedEntry, PackedFiles } from '../../build/context/receive-offered.ts';
import { bytesOfText, type ByteString, textOfBytes } from '../../lib/byte-string.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import type { GrpcStream } from '../../lib/grpc/client.ts';
import type { Packet } from '../message-types.ts';
import { codec } from '../messages.ts';
import type { FileSelection } from '../peer.ts';
import { kindOfMode, permissionsOf } from './file-mode.ts';
import { isStatPacket, readStatPacket, type ToldEntry } from './read-stat.ts';
import type { Session } from './session.ts';

const packets = codec<Packet>('fsutil.types.Packet');
const STAT = 0;
const REQ = 1;
const DATA = 2;
const FIN = 3;
const ERR = 4;

const MOST_ENTRIES = 4_000_000;
const LONGEST_NAME = 4096;
const TELL_EVERY_MS = 100;

const METHOD = '/moby.filesync.v1.FileSync/DiffCopy';

/** The files of a client's directory (moby.filesync.v1.FileSync): entries are told, contents come when asked for. */
export class ClientFiles implements PackedFiles, AsyncDisposable {
  private readonly stream: GrpcStream;
  private readonly arrived = new Channel<readonly Buffer[]>();
  private readonly contents = new Map<number, Channel<Buffer>>();
  private readonly ended: Promise<void>;

  private readonly onReceive: (bytes: number) => void;
  /** Bytes that came so far, names and all. */
  received = 0;
  private isFinished = false;
  /** Why nothing comes any more. */
  private failure: { readonly error: unknown } | undefined;
  private toldAt = 0;
  private told = 0;

  constructor(
    session: Session,
    selection: FileSelection,
    signal: AbortSignal,
    onReceive: (bytes: number) => void = () => {},
  ) {
    this.onReceive = onReceive;
    if (!session.supports(METHOD))
      throw invalid(
        'no local sources enabled: the client sends no files; with "-", its standard input was empty',
      );
    this.stream = session.open(METHOD, metadataOf(selection), signal);
    this.ended = this.readAll().catch((error: unknown) => {
      this.failure = { error };
      this.arrived.fail(error);
      for (const content of this.contents.values()) content.fail(error);
    });
  }

  /** All entries, parents before their members. To be read once; who stops before the end gets no contents any more. */
  get batches(): AsyncIterable<readonly Buffer[]> {
    return this.readEntries();
  }

  /** Throws `invalid` for what no client sends. */
  read(packet: Buffer, number: number): OfferedEntry | undefined {
    const told = (isStatPacket(packet) ? readStatPacket(packet) : undefined) ?? decodeStat(packet);
    checkName(told.path);
    checkName(told.linkname);
    return this.entryOf(told, number);
  }

  private async *readEntries(): AsyncGenerator<readonly Buffer[]> {
    try {
      yield* this.arrived;
    } finally {
      if (!this.arrived.isEnded) this.stream.cancel();
    }
  }

  /** Everything that was wanted has come. */
  async finish(): Promise<void> {
    this.isFinished = true;
    await this.stream.send(packets.encode({ type: FIN }));
    this.stream.end();
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stream.cancel();
    await this.ended;
  }

  private async readAll(): Promise<void> {
    for await (const batch of this.stream.batches) {
      let told: Buffer[] = [];
      for (const packet of batch) {
        this.count(packet.length);
        if (isStatPacket(packet)) {
          told.push(packet);
          continue;
        }
        this.accept(told);
        told = [];
        if (this.take(packet)) return;
      }
      this.accept(told);
    }
    throw new EngineError('cancelled', 'the client stopped sending files before the end');
  }

  /** Whether it is the last packet. */
  private take(packet: Buffer): boolean {
    const { type, stat, ID, data } = packets.decode(packet);
    if (type === ERR) throw invalid(`error from sender: ${Buffer.from(data).toString()}`);
    if (type === DATA) this.deliver(ID, Buffer.from(data));
    else if (type === STAT && stat) this.accept([packet]);
    else if (type === STAT) {
      this.checkList();
      this.arrived.end();
    }
    return type === FIN && this.isFinished;
  }

  private checkList(): void {
    if (this.arrived.isEnded) throw invalid('the client sent files after the end of their list');
  }

  private count(bytes: number): void {
    this.received += bytes;
    const now = performance.now();
    if (now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    this.onReceive(this.received);
  }

  private accept(entries: readonly Buffer[]): void {
    if (entries.length === 0) return;
    this.checkList();
    this.told += entries.length;
    if (this.told > MOST_ENTRIES) throw invalid(`the build context has more than ${MOST_ENTRIES} entries`);
    this.arrived.push(entries);
  }

  private entryOf(
    { path: name, mode, size, modTime, linkname: target }: ToldEntry,
    number: number,
  ): OfferedEntry | undefined {
    const meta = { mode: permissionsOf(mode), mtime: modTime / 1e9 };
    const kind = kindOfMode(mode);
    if (kind === 'other' || kind === 'character' || kind === 'block') return undefined; // no part of a context
    if (kind === 'symlink') return { kind, name, meta, target };
    if (kind !== 'file') return { kind, name, meta };
    if (target !== '') return { kind: 'hardlink', name, meta, target };
    return { kind, name, meta, size, content: () => this.fetch(number) };
  }

  private async *fetch(number: number): AsyncGenerator<Buffer> {
    if (this.failure) throw this.failure.error;
    const content = new Channel<Buffer>();
    this.contents.set(number, content);
    await this.stream.send(packets.encode({ type: REQ, ID: number }));
    yield* content;
  }

  private deliver(number: number, data: Buffer): void {
    const content = this.contents.get(number);
    if (!content) throw invalid(`invalid file request ${number}`);
    if (data.length > 0) return content.push(data);
    this.contents.delete(number);
    content.end();
  }
}

function metadataOf({
  directory,
  include,
  exclude,
  follow,
}: FileSelection): Record<string, string | string[]> {
  return {
    'dir-name': directory,
    ...encoded('include-patterns', include),
    ...encoded('exclude-patterns', exclude),
    ...encoded('followpaths', follow),
  };
}

function decodeStat(packet: Buffer): ToldEntry {
  const { stat } = packets.decode(packet);
  if (!stat) throw invalid('the client told a file without a name');
  const { path = '', mode = 0, size = 0, modTime = 0, linkname = '' } = stat;
  return { path: bytesOfText(path), mode, size, modTime, linkname: bytesOfText(linkname) };
}

function checkName(name: ByteString): void {
  const shown = (): string => JSON.stringify(textOfBytes(name).slice(0, 100));
  if (name.length > LONGEST_NAME)
    throw invalid(`invalid build context: ${shown()}… is too long a name (${name.length} bytes)`);
  if (name.includes('\0')) throw invalid(`invalid build context: ${shown()} has a zero byte in its name`);
}

/** Header values are ASCII: others are sent as in a URL's query, and marked. */
function encoded(name: string, values: readonly string[] | undefined): Record<string, string | string[]> {
  if (!values || values.length === 0) return {};
  if (values.every((value) => /^[\x20-\x7e]*$/.test(value))) return { [name]: [...values] };
  return {
    [name]: values.map((value) => new URLSearchParams({ '': value }).toString().slice(1)),
    [`${name}-encoded`]: '1',
  };
}

/** Values from one side to the other, in order. */
class Channel<T> implements AsyncIterable<T> {
  private readonly values: T[] = [];
  private state: { readonly ended: boolean; readonly error?: unknown } = { ended: false };
  private wake: () => void = () => {};

  get isEnded(): boolean {
    return this.state.ended;
  }

  push(value: T): void {
    this.values.push(value);
    this.wake();
  }

  end(): void {
    if (!this.state.ended) this.state = { ended: true };
    this.wake();
  }

  fail(error: unknown): void {
    if (!this.state.ended) this.state = { ended: true, error };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const values: (T | undefined)[] = this.values.splice(0);
      for (const [index, value] of values.entries()) {
        values[index] = undefined; // many more may wait behind it
        yield value as T;
      }
      if (this.values.length > 0) continue;
      if (this.state.ended) break;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.state.error !== undefined) throw this.state.error;
  }
}
