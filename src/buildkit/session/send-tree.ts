import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { readKeptXattrs } from '../../kernel/kept-xattrs.ts';
import { splitDevice } from '../../kernel/mknod.ts';
import { bytesOfText, textOfBytes, type ByteString } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import type { GrpcStream } from '../../lib/grpc/client.ts';
import type { FileStat, Packet } from '../message-types.ts';
import { codec } from '../messages.ts';
import { linkBelow } from './link-below.ts';
import type { SentTree } from '../peer.ts';
import { type FileKind, goMode } from './file-mode.ts';
import type { Session } from './session.ts';

const packets = codec<Packet>('fsutil.types.Packet');
const STAT = 0;
const REQ = 1;
const DATA = 2;
const FIN = 3;
const ERR = 4;

const METHOD = '/moby.filesync.v1.FileSend/DiffCopy';
const CHUNK = 256 << 10;

/** Sends a tree of files into the directory that the client gave for its output number `output`. */
export async function sendTree(
  session: Session,
  tree: SentTree,
  output: number,
  signal: AbortSignal,
): Promise<void> {
  const stream = session.open(METHOD, { 'buildkit-attachable-exporter-id': String(output) }, signal);
  const sender = new TreeSender(stream, tree);
  try {
    await Promise.all([sender.tell(), sender.answer()]);
  } catch (error) {
    stream.cancel();
    throw error;
  }
}

class TreeSender {
  private readonly stream: GrpcStream;
  private readonly tree: SentTree;
  /** What may be asked for, by number: the path of a file, or a document. */
  private readonly files = new Map<number, string | Buffer>();
  private readonly links = new Map<string, string>();
  private told = 0;

  constructor(stream: GrpcStream, tree: SentTree) {
    this.stream = stream;
    this.tree = tree;
  }

  /** Tells all there is, directories before what is in them. */
  async tell(): Promise<void> {
    const { under, epoch, extra = [] } = this.tree;
    if (under !== undefined)
      await this.stat({ path: under, mode: goMode('directory', 0o755), modTime: (epoch ?? 0) * 1e9 });
    // what is told must be sorted: documents stand between the members of the root
    await this.directory('', new Map(extra.map(({ name, content }) => [name, content])));
    await this.send({ type: STAT });
  }

  /** Sends what the client asks for, until it has all. */
  async answer(): Promise<void> {
    for await (const bytes of this.stream.messages) {
      const { type, ID, data } = packets.decode(bytes);
      if (type === REQ) await this.content(ID);
      else if (type === ERR) throw invalid(`error from receiver: ${Buffer.from(data).toString()}`);
      else if (type === FIN) {
        await this.send({ type: FIN });
        this.stream.end();
      }
    }
  }

  private async directory(path: string, extra: ReadonlyMap<string, Buffer> = new Map()): Promise<void> {
    const { root } = this.tree;
    const listed = readdirSync(`${root}/${path}`, { encoding: 'latin1' }).map((name) => utf8Of(path, name));
    const names = new Set([...listed, ...extra.keys()]);
    for (const name of [...names].toSorted(byBytes)) {
      const document = extra.get(name);
      if (document) {
        await this.document(name, document);
        continue;
      }
      const member = path === '' ? name : `${path}/${name}`;
      const stats = lstatSync(`${root}/${member}`);
      const kind = kindOf(stats);
      if (!kind) continue; // a socket means nothing without who listens
      await this.entry(member, kind, stats);
      if (kind === 'directory') await this.directory(member);
    }
  }

  private async entry(path: string, kind: FileKind, stats: Stats): Promise<void> {
    const linkname = this.linkOf(path, kind, stats);
    const { under, epoch } = this.tree;
    const isFirst = kind === 'file' && linkname === '';
    const { major, minor } = splitDevice(stats.rdev);
    await this.stat(
      {
        path: this.placed(path),
        mode: goMode(kind, stats.mode & 0o7777),
        uid: stats.uid,
        gid: stats.gid,
        size: kind === 'file' ? stats.size : 0,
        modTime: epoch === undefined ? Math.round(stats.mtimeMs * 1e6) : epoch * 1e9,
        linkname:
          kind === 'file' && linkname !== '' && under !== undefined ? this.placed(linkname) : linkname,
        ...((kind === 'character' || kind === 'block') && { devmajor: major, devminor: minor }),
        ...((isFirst || kind === 'directory') && { xattrs: xattrsOf(`${this.tree.root}/${path}`) }),
      },
      isFirst ? path : undefined,
    );
  }

  private document(name: string, content: Buffer): Promise<void> {
    const { epoch } = this.tree;
    const modTime = epoch === undefined ? Date.now() * 1e6 : epoch * 1e9;
    return this.stat(
      { path: this.placed(name), mode: goMode('file', 0o600), size: content.length, modTime },
      content,
    );
  }

  private placed(path: string): string {
    const { under } = this.tree;
    return under === undefined ? path : `${under}/${path}`;
  }

  private async stat(stat: Partial<FileStat>, content?: string | Buffer): Promise<void> {
    if (content !== undefined) this.files.set(this.told, content);
    this.told += 1;
    await this.send({ type: STAT, stat });
  }

  private linkOf(path: string, kind: FileKind, { dev, ino, nlink }: Stats): string {
    if (kind === 'symlink') return linkBelow(this.tree.under, readlinkSync(`${this.tree.root}/${path}`));
    if (kind !== 'file' || nlink === 1) return '';
    const key = `${dev}:${ino}`;
    const first = this.links.get(key);
    if (first === undefined) this.links.set(key, path);
    return first ?? '';
  }

  private async content(number: number): Promise<void> {
    const file = this.files.get(number);
    if (file === undefined) throw invalid(`invalid file id ${number}`);
    this.files.delete(number);
    const source =
      typeof file === 'string'
        ? (createReadStream(`${this.tree.root}/${file}`, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>)
        : chunksOf(file);
    for await (const data of source) await this.send({ type: DATA, ID: number, data });
    await this.send({ type: DATA, ID: number });
  }

  private send(packet: Partial<Packet>): Promise<void> {
    return this.stream.send(packets.encode(packet));
  }
}

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += CHUNK) yield content.subarray(at, at + CHUNK);
}

/** The protocol has only UTF-8 in its names. */
function utf8Of(directory: string, name: ByteString): string {
  const text = textOfBytes(name);
  if (bytesOfText(text) === name) return text;
  const shown = name.replaceAll(
    /[^ -~]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  throw invalid(
    `cannot send the file "${shown}" of /${directory}: its name is not UTF-8; outputs of type=tar and images keep such names`,
  );
}

function xattrsOf(path: string): Record<string, Buffer> {
  const found = readKeptXattrs(bytesOfText(path)) ?? [];
  return Object.fromEntries([...found].map(([name, value]) => [name, Buffer.from(value, 'latin1')]));
}

function kindOf(stats: Stats): FileKind | undefined {
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character';
  return stats.isBlockDevice() ? 'block' : undefined;
}

const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));
