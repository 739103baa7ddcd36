import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { textOfBytes } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { TreeExtractor } from '../../lib/tar/extract.ts';
import type { BuildEventLine, BuildOption } from '../../wire/build.ts';
import { addToLayout } from './layout-index.ts';
import { isStream, type Output, takesDirectory } from './outputs.ts';

type Data = Extract<BuildEventLine, { type: 'data' }>;

/** Takes bytes, piece by piece; what is disposed of before its end leaves nothing half made under its name. */
interface Sink extends Disposable {
  write(chunk: Uint8Array): Promise<void> | void;
  end(): void;
}

export type WriteOut = (chunk: Uint8Array) => Promise<void>;

interface SinkCalls {
  /** Takes an output of `dest=-`. */
  readonly writeOut: WriteOut;
  readonly onWarning: (text: string) => void;
}

/** Puts what comes of a build where its outputs and caches say. */
export class BuildSinks implements Disposable {
  private readonly outputs: readonly Output[];
  private readonly caches: readonly BuildOption[];
  private readonly calls: SinkCalls;
  private readonly open = new Map<string, Sink>();

  /** @param caches those of `type=local`, their `dest` absolute */
  constructor(outputs: readonly Output[], caches: readonly BuildOption[], calls: SinkCalls) {
    this.outputs = outputs;
    this.caches = caches;
    this.calls = calls;
  }

  async take({ to, blob, data }: Data): Promise<void> {
    const key = `${to} ${blob ?? ''}`;
    const sink = this.open.get(key) ?? this.make(to, blob);
    this.open.set(key, sink);
    if (data !== undefined) return sink.write(Buffer.from(data, 'base64'));
    sink.end();
    sink[Symbol.dispose]();
    this.open.delete(key);
  }

  /** All has come: what was made of blobs gets its index. */
  end(response: Readonly<Record<string, string>>): void {
    const cache = response['cache.manifest'];
    for (const { attributes } of cache === undefined ? [] : this.caches)
      addToLayout(attributes['dest'] ?? '', JSON.parse(cache ?? '') as object, [
        { tag: attributes['tag'] ?? 'latest' },
      ]);
    const root = response['containerimage.descriptor'];
    for (const output of root === undefined ? [] : this.outputs)
      if (output.type !== 'local' && takesDirectory(output)) {
        const names = (output.attributes['name'] ?? '').split(',').filter(Boolean);
        const descriptor = JSON.parse(Buffer.from(root ?? '', 'base64').toString()) as object;
        const told = (response['image.name'] ?? '').split(',').filter(Boolean);
        const images = names.length > 0 ? told.map((image) => ({ image })) : [];
        addToLayout(output.dest ?? '', descriptor, images);
      }
  }

  [Symbol.dispose](): void {
    for (const sink of this.open.values()) sink[Symbol.dispose]();
    this.open.clear();
  }

  private make(to: string, blob: string | undefined): Sink {
    if (blob !== undefined) return intoBlob(this.layoutOf(to), blob);
    const output = this.outputs[Number(to)];
    if (!output?.dest) throw invalid(`the engine sent something for an output that there is not: ${to}`);
    if (isStream(output)) return { write: this.calls.writeOut, end() {}, [Symbol.dispose]() {} };
    return output.type === 'local' ? intoDirectory(output.dest, this.calls.onWarning) : intoFile(output.dest);
  }

  /** The directory of a store, if it is one that was asked for. */
  private layoutOf(store: string): string {
    const [, kind, name = ''] = /^(export|local):(.*)$/s.exec(store) ?? [];
    if (kind === 'local' && this.caches.some(({ attributes }) => attributes['dest'] === name)) return name;
    const output = kind === 'export' ? this.outputs[Number(name)] : undefined;
    if (output?.dest !== undefined && takesDirectory(output)) return output.dest;
    throw invalid(`the engine sent something for a store that there is not: ${store}`);
  }
}

/** The files belong to whoever runs this, as BuildKit has it. */
function intoDirectory(directory: string, onWarning: (text: string) => void): Sink {
  mkdirSync(directory, { recursive: true });
  const left: string[] = [];
  const extractor = new TreeExtractor(directory, {
    owner: 'self',
    allowDevices: false,
    onLeftOut: (name) => left.push(textOfBytes(name)),
  });
  return {
    write: (chunk) => extractor.push(chunk),
    end() {
      extractor.end();
      if (left.length > 0) onWarning(leftOut(directory, left));
    },
    [Symbol.dispose]: () => extractor[Symbol.dispose](),
  };
}

function leftOut(directory: string, names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const shown = `${names.slice(0, 5).join(', ')}${more}`;
  return `WARNING: left out of ${directory}: ${shown}: this command makes no FIFOs and devices, --output type=tar has them`;
}

/** A file appears when it is whole; what is no regular file, such as a pipe, is written as it comes. */
function intoFile(path: string): Sink {
  const { randomBytes } = process.getBuiltinModule('node:crypto'); // not loaded by builds of images
  const stats = statSync(path, { throwIfNoEntry: false });
  const isPlain = !stats || stats.isFile();
  const place = isPlain ? `${path}.${randomBytes(4).toString('hex')}.part` : path;
  const fd = openSync(place, isPlain ? 'wx' : 'w');
  let isOpen = true;
  let isWhole = !isPlain;
  return {
    write(chunk) {
      for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
    },
    end() {
      closeSync(fd);
      isOpen = false;
      if (isPlain) renameSync(place, path);
      isWhole = true;
    },
    [Symbol.dispose]() {
      if (isOpen) closeSync(fd);
      isOpen = false;
      if (!isWhole) rmSync(place, { force: true });
    },
  };
}

function intoBlob(directory: string, digest: string): Sink {
  if (!/^[a-z0-9]+:[0-9a-f]+$/.test(digest)) throw invalid(`the engine sent a blob of no digest: ${digest}`);
  const path = join(directory, 'blobs', digest.replace(':', '/'));
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path)) return intoFile(path);
  return { write() {}, end() {}, [Symbol.dispose]() {} }; // it is there already
}
