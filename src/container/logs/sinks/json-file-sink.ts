import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { LogEntry } from '../../types.ts';
import type { LogPlace } from '../log-cursor.ts';
import type { LogLimits } from '../log-config.ts';
import type { SinkPlace } from './sink-place.ts';
import { isBefore, type LogSink, type PlacedEntry } from './types.ts';

interface Options {
  readonly limits: LogLimits;
  readonly compress: boolean;
  /** Told in each record. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Docker's `json-file`, for those who ship logs from it. What is written follows from the log of record alone, so after the death of
 * the engine it is made again from the last place that was kept, and as much of it left out as the file has beyond its place.
 */
export class JsonFileSink implements LogSink {
  private readonly path: string;
  private readonly place: SinkPlace;
  private readonly options: Options;
  private readonly suffix: string;
  private fd: number;
  private size = 0;
  /** Bytes to come that the file has already. */
  private ahead = 0;
  private source: LogPlace | undefined;

  constructor(path: string, place: SinkPlace, options: Options) {
    this.path = path;
    this.place = place;
    this.options = options;
    this.suffix = recordSuffix(options.attributes);
    this.fd = openLog(path);
    this.restore();
  }

  async write(batch: readonly PlacedEntry[]): Promise<void> {
    try {
      await this.append(batch.filter(({ place }) => !isBefore(place, this.source)));
    } catch (error) {
      this.restore();
      throw error;
    }
  }

  close(): void {
    closeSync(this.fd);
    this.place.close();
  }

  /** Takes up what was kept last: the file may have more. */
  private restore(): void {
    const { size, ino } = fstatSync(this.fd);
    const progress = this.place.read();
    const target = progress?.target;
    this.source = progress?.source;
    const isSame = target?.inode === ino && target.offset <= size;
    // a new file after a rotation was still empty when its place was not kept yet
    this.size = isSame ? target.offset : progress ? size : 0;
    this.ahead = size - this.size;
  }

  private async append(batch: readonly PlacedEntry[]): Promise<void> {
    let pending: Buffer[] = [];
    const flush = (): void => {
      if (pending.length > 0) writeAll(this.fd, Buffer.concat(pending));
      pending = [];
      this.commit();
    };
    for (const { entry, place } of batch) {
      if (this.size >= this.options.limits.maxSize) {
        flush();
        await this.rotate();
      }
      const record = Buffer.from(encodeRecord(entry, this.suffix));
      const known = Math.min(this.ahead, record.length);
      this.ahead -= known;
      if (known < record.length) pending.push(record.subarray(known));
      this.size += record.length;
      this.source = place;
    }
    flush();
  }

  private commit(): void {
    const target = { inode: fstatSync(this.fd).ino, offset: this.size };
    this.place.commit({ source: this.source, target });
  }

  /** `.1` is the newest of the older files. */
  private async rotate(): Promise<void> {
    const { maxFile } = this.options.limits;
    for (const ending of ['', '.gz']) {
      rmSync(`${this.path}.${maxFile - 1}${ending}`, { force: true });
      for (let number = maxFile - 2; number >= 1; number -= 1)
        if (existsSync(`${this.path}.${number}${ending}`))
          renameSync(`${this.path}.${number}${ending}`, `${this.path}.${number + 1}${ending}`);
    }
    if (maxFile > 1) renameSync(this.path, `${this.path}.1`);
    else rmSync(this.path);
    closeSync(this.fd);
    this.fd = openLog(this.path);
    this.size = 0;
    this.commit();
    if (this.options.compress) await compress(`${this.path}.1`);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

const openLog = (path: string): number => openSync(path, 'a', 0o640);

async function compress(path: string): Promise<void> {
  const temporary = `${path}.gz.tmp`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(temporary, { mode: 0o640 }));
  renameSync(temporary, `${path}.gz`);
  rmSync(path, { force: true });
}

function recordSuffix(attributes: Readonly<Record<string, string>>): string {
  return Object.keys(attributes).length === 0 ? '' : `,"attrs":${encodeJson(attributes)}`;
}

function encodeRecord({ stream, time, data }: LogEntry, suffix: string): string {
  return `{"log":${encodeJson(data.toString('utf8'))},"stream":"${stream}"${suffix},"time":"${time}"}\n`;
}

/** As Go writes it: safe within HTML. */
const encodeJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
