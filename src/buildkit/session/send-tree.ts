import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { invalid } from '../../lib/errors.ts';
import type { GrpcStream } from '../../lib/grpc/client.ts';
import type { FileStat, Packet } from '../message-types.ts';
import { codec } from '../messages.ts';
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
  root: string,
  output: number,
  signal: AbortSignal,
): Promise<void> {
  const stream = session.open(METHOD, { 'buildkit-attachable-exporter-id': String(output) }, signal);
  const sender = new TreeSender(stream, root);
  try {
    await Promise.all([sender.tell(), sender.answer()]);
  } catch (error) {
    stream.cancel();
    throw error;
  }
}

class TreeSender {
  private readonly stream: GrpcStream;
  private readonly root: string;
  /** Paths of the files that may be asked for, by number. */
  private readonly files = new Map<number, string>();
  private readonly links = new Map<string, string>();
  private told = 0;

  constructor(stream: GrpcStream, root: string) {
    this.stream = stream;
    this.root = root;
  }

  /** Tells all there is, directories before what is in them. */
  async tell(): Promise<void> {
    await this.directory('');
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

  private async directory(path: string): Promise<void> {
    for (const name of readdirSync(`${this.root}/${path}`).toSorted(byBytes)) {
      const member = path === '' ? name : `${path}/${name}`;
      const stats = lstatSync(`${this.root}/${member}`);
      const kind = kindOf(stats);
      if (!kind) continue; // a socket or device means nothing on another machine
      await this.entry(member, kind, stats);
      if (kind === 'directory') await this.directory(member);
    }
  }

  private async entry(path: string, kind: FileKind, stats: Stats): Promise<void> {
    const linkname = this.linkOf(path, kind, stats);
    const stat: Partial<FileStat> = {
      path,
      mode: goMode(kind, stats.mode & 0o7777),
      uid: stats.uid,
      gid: stats.gid,
      size: kind === 'file' ? stats.size : 0,
      modTime: Math.round(stats.mtimeMs * 1e6),
      linkname,
    };
    if (kind === 'file' && linkname === '') this.files.set(this.told, path);
    this.told += 1;
    await this.send({ type: STAT, stat });
  }

  private linkOf(path: string, kind: FileKind, { dev, ino, nlink }: Stats): string {
    if (kind === 'symlink') return readlinkSync(`${this.root}/${path}`);
    if (kind !== 'file' || nlink === 1) return '';
    const key = `${dev}:${ino}`;
    const first = this.links.get(key);
    if (first === undefined) this.links.set(key, path);
    return first ?? '';
  }

  private async content(number: number): Promise<void> {
    const path = this.files.get(number);
    if (path === undefined) throw invalid(`invalid file id ${number}`);
    this.files.delete(number);
    for await (const data of createReadStream(`${this.root}/${path}`, { highWaterMark: CHUNK }))
      await this.send({ type: DATA, ID: number, data: data as Buffer });
    await this.send({ type: DATA, ID: number });
  }

  private send(packet: Partial<Packet>): Promise<void> {
    return this.stream.send(packets.encode(packet));
  }
}

function kindOf(stats: Stats): FileKind | undefined {
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'symlink';
  return undefined;
}

const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));
