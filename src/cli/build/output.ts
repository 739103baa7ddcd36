import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid } from '../../lib/errors.ts';
import { TreeExtractor } from '../../lib/tar/extract.ts';
import type { Context } from '../context.ts';
import { readFields } from './client-flags.ts';

/** Where the result of a build goes. */
export type Output =
  | { readonly kind: 'image'; readonly name?: string; readonly push: boolean }
  | { readonly kind: 'cacheonly' }
  | { readonly kind: 'local'; readonly directory: string }
  /** `-` = standard output. */
  | { readonly kind: 'tar'; readonly file: string };

/** `DIR`, `-`, or `type=…,dest=…`. */
export function parseOutput(value: string): Output {
  if (!value.includes('='))
    return value === '-' ? { kind: 'tar', file: '-' } : { kind: 'local', directory: value };
  const fields = readFields(value);
  const type = fields.get('type') ?? '';
  const dest = fields.get('dest') ?? fields.get('destination');
  const push = fields.get('push') === 'true' || type === 'registry';
  switch (type) {
    case 'image':
    case 'docker':
    case 'registry': {
      if (dest !== undefined) break;
      const name = fields.get('name');
      return { kind: 'image', push, ...(name && { name }) };
    }
    case 'cacheonly':
      return { kind: 'cacheonly' };
    case 'local':
      if (!dest) throw invalid('dest is required for local output');
      return { kind: 'local', directory: dest };
    case 'tar':
      return { kind: 'tar', file: dest ?? '-' };
    case '':
      throw invalid('type is required for output');
    default:
  }
  throw invalid(`output ${value} is not supported by lade build: use docker buildx build`);
}

/** Takes the archive of the result's files, piece by piece. */
export interface ArchiveSink extends Disposable {
  write(chunk: Uint8Array): Promise<void> | void;
  /** The archive is complete. */
  end(): void;
}

/** Opens the place of an output that is made of files; undefined for the others. */
export function openSink(context: Context, output: Output): ArchiveSink | undefined {
  if (output.kind === 'local') return intoDirectory(resolve(context.cwd, output.directory));
  if (output.kind !== 'tar') return undefined;
  if (output.file !== '-') return intoFile(resolve(context.cwd, output.file));
  if (context.out.isTTY)
    throw invalid('dest file is required for tar exporter. refusing to write to console');
  return { write: (chunk) => writeOut(context, chunk), end() {}, [Symbol.dispose]() {} };
}

async function writeOut({ out }: Context, chunk: Uint8Array): Promise<void> {
  if (!out.write(chunk)) await once(out, 'drain');
}

/** The files belong to whoever runs this, as BuildKit has it. */
function intoDirectory(directory: string): ArchiveSink {
  mkdirSync(directory, { recursive: true });
  const extractor = new TreeExtractor(directory, { owner: 'self', allowDevices: false });
  return {
    write: (chunk) => extractor.push(chunk),
    end: () => extractor.end(),
    [Symbol.dispose]: () => extractor[Symbol.dispose](),
  };
}

function intoFile(path: string): ArchiveSink {
  const fd = openSync(path, 'w');
  return {
    write(chunk) {
      for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
    },
    end() {},
    [Symbol.dispose]: () => closeSync(fd),
  };
}
