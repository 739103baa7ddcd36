import type { OfferedEntry } from '../../build/context/receive-offered.ts';
import { bytesOfText, type ByteString } from '../../lib/byte-string.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import type { GrpcStream } from '../../lib/grpc/client.ts';
import type { FileStat, Packet } from '../message-types.ts';
import { codec } from '../messages.ts';
import { kindOfMode, permissionsOf } from './file-mode.ts';
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

/** What of a client's directory is wanted. */
export interface FileSelection {
  /** The name that the client gave the directory: `context`, `dockerfile`, or that of a named context. */
  readonly directory: string;
  /** Patterns as in .dockerignore. */
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  /** Paths that are wanted with whatever their symlinks lead to. */
  readonly follow?: readonly string[];
}

/** The files of a client's directory (moby.filesync.v1.FileSync): entries are told, contents come when asked for. */
export class ClientFiles implements AsyncDisposable {
  private readonly stream: GrpcStream;
  private readonly arrived = new Channel<OfferedEntry>();
  private readonly contents = new Map<number, Channel<Buffer>>();
  private readonly ended: Promise<void>;

  private readonly onReceive: (bytes: number) => void;
  /** Bytes that came so far, names and all. */
  received = 0;
  private isFinished = false;
  private toldAt = 0;

  constructor(
    session: Session,
    selection: FileSelection,
    signal: AbortSignal,
    onReceive: (bytes: number) => void = () => {},
  ) {
    this.onReceive = onReceive;
    this.stream = session.open('/moby.filesync.v1.FileSync/DiffCopy', metadataOf(selection), signal);
    this.ended = this.readAll().catch((error: unknown) => {
      this.arrived.fail(error);
      for (const content of this.contents.values()) content.fail(error);
    });
  }

  /** All entries, parents before their members. To be read once; who stops before the end gets no contents any more. */
  get entries(): AsyncIterable<OfferedEntry> {
    return this.readEntries();
  }

  private async *readEntries(): AsyncGenerator<OfferedEntry> {
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
    let number = 0;
    for await (const bytes of this.stream.messages) {
      this.count(bytes.length);
      const { type, stat, ID, data } = packets.decode(bytes);
      if (type === ERR) throw invalid(`error from sender: ${Buffer.from(data).toString()}`);
      else if (type === STAT) {
        if (this.arrived.isEnded) throw invalid('the client sent files after the end of their list');
        if (!stat) this.arrived.end();
        else this.accept(stat as FileStat, number++);
      } else if (type === DATA) this.deliver(ID, Buffer.from(data));
      else if (type === FIN && this.isFinished) return;
    }
    throw new EngineError('cancelled', 'the client stopped sending files before the end');
  }

  private count(bytes: number): void {
    this.received += bytes;
    const now = performance.now();
    if (now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    this.onReceive(this.received);
  }

  private accept(stat: FileStat, number: number): void {
    if (number >= MOST_ENTRIES) throw invalid(`the build context has more than ${MOST_ENTRIES} entries`);
    const entry = this.entryOf(stat, number);
    if (entry) this.arrived.push(entry);
  }

  private entryOf(stat: FileStat, number: number): OfferedEntry | undefined {
    const name = nameIn(stat.path);
    const meta = { mode: permissionsOf(stat.mode), mtime: stat.modTime / 1e9 };
    const kind = kindOfMode(stat.mode);
    if (kind === 'other') return undefined; // sockets and devices are no part of a context
    if (kind === 'symlink') return { kind, name, meta, target: nameIn(stat.linkname) };
    if (kind !== 'file') return { kind, name, meta };
    if (stat.linkname !== '') return { kind: 'hardlink', name, meta, target: nameIn(stat.linkname) };
    return { kind, name, meta, size: stat.size, content: () => this.fetch(number) };
  }

  private async *fetch(number: number): AsyncGenerator<Buffer> {
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

function nameIn(text: string): ByteString {
  const bytes = bytesOfText(text);
  const shown = JSON.stringify(text.slice(0, 100));
  if (bytes.length > LONGEST_NAME)
    throw invalid(`invalid build context: ${shown}… is too long a name (${bytes.length} bytes)`);
  if (bytes.includes('\0')) throw invalid(`invalid build context: ${shown} has a zero byte in its name`);
  return bytes;
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
      for (let at = 0; at < this.values.length; at += 1) yield this.values[at] as T;
      this.values.length = 0;
      if (this.state.ended) break;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.state.error !== undefined) throw this.state.error;
  }
}
