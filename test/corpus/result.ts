import { createHash } from 'node:crypto';
import { textOfBytes } from '../../src/lib/byte-string.ts';
import { decompress } from '../../src/lib/compression.ts';
import type { TarEntry } from '../../src/lib/tar/entry.ts';
import { TarParser } from '../../src/lib/tar/parser.ts';

/** What came of a build: an image, file by file and line by line, or an error. */
export type CorpusResult =
  | {
      readonly config: Readonly<Record<string, unknown>>;
      readonly history: readonly string[];
      /** Path: kind, mode, owner, content; those of the base image are left out. */
      readonly files: Readonly<Record<string, string>>;
    }
  | { readonly error: string };

interface ImageDocument {
  readonly config?: object;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly history?: readonly { created_by?: string; empty_layer?: boolean; comment?: string }[];
}

/** Older times were given; younger ones say when the build was. */
const GIVEN_BEFORE = 1_700_000_001;

/** Reads a `docker save` archive. */
export async function readImage(
  archive: Buffer,
  base: Readonly<Record<string, string>> = {},
): Promise<Exclude<CorpusResult, { error: string }>> {
  const members = new Map<string, Buffer>();
  for (const { entry, content } of readArchive(archive)) members.set(textOfBytes(entry.name), content);
  const [manifest] = JSON.parse(String(members.get('manifest.json'))) as {
    Config: string;
    Layers: string[];
  }[];
  const document = JSON.parse(String(members.get(manifest?.Config ?? ''))) as ImageDocument;
  const files: Record<string, string> = {};
  for (const layer of manifest?.Layers ?? [])
    applyLayer(files, Buffer.concat(await Array.fromAsync(decompress(chunks(members.get(layer))))));
  for (const [path, text] of Object.entries(base)) if (files[path] === text) delete files[path];
  const { config = {}, author, architecture, os, history = [] } = document;
  return {
    config: { ...config, ...(author && { author }), platform: `${os}/${architecture}` },
    history: history.map((item) => `${item.empty_layer ? '-' : '+'} ${item.created_by ?? ''}`),
    files: Object.fromEntries(Object.entries(files).toSorted(([left], [right]) => (left < right ? -1 : 1))),
  };
}

async function* chunks(content: Buffer | undefined): AsyncGenerator<Uint8Array> {
  if (content) yield content;
}

function readArchive(archive: Buffer): { entry: TarEntry; content: Buffer }[] {
  const found: { entry: TarEntry; pieces: Buffer[] }[] = [];
  const parser = new TarParser({
    entry: (entry) => void found.push({ entry, pieces: [] }),
    data: (piece) => void found.at(-1)?.pieces.push(Buffer.from(piece)),
    entryEnd() {},
  });
  parser.push(archive);
  if (archive.length > 0) parser.end();
  return found.map(({ entry, pieces }) => ({ entry, content: Buffer.concat(pieces) }));
}

function applyLayer(files: Record<string, string>, layer: Buffer): void {
  const remove = (path: string): void => {
    for (const known of Object.keys(files))
      if (known === path || known.startsWith(`${path}/`)) delete files[known];
  };
  const members = readArchive(layer).map(({ entry, content }) => ({
    entry,
    content,
    path: textOfBytes(entry.name)
      .replace(/^\.?\/+/, '')
      .replace(/\/$/, ''),
  }));
  for (const { path } of members) {
    const [, directory = '', name = ''] = /^(?:(.*)\/)?\.wh\.(.*)$/s.exec(path) ?? [];
    if (name === '.wh..opq')
      for (const known of Object.keys(files)) if (known.startsWith(`${directory}/`)) delete files[known];
    if (name !== '' && !name.startsWith('.wh.')) remove(directory === '' ? name : `${directory}/${name}`);
  }
  for (const { entry, content, path } of members) {
    if (path === '' || /(?:^|\/)\.wh\./.test(path)) continue;
    if (entry.type !== 'directory') remove(path);
    files[path] = describe(entry, content, files);
  }
}

function describe(entry: TarEntry, content: Buffer, files: Readonly<Record<string, string>>): string {
  const { type, mode, uid, gid, mtime, linkName, xattrs } = entry;
  const target = textOfBytes(linkName);
  if (type === 'hardlink') return files[target.replace(/^\.?\/+/, '')] ?? `hardlink ${target}`;
  const more = [
    ...(type === 'symlink' ? [`-> ${target}`] : []),
    ...(type === 'file' ? [contentOf(content)] : []),
    ...(type === 'character' ? [JSON.stringify(entry.device)] : []),
    ...(mtime < GIVEN_BEFORE && type !== 'directory' ? [`@${mtime}`] : []),
    ...[...xattrs].map(([name, value]) => `${name}=${Buffer.from(value, 'latin1').toString('hex')}`),
  ];
  const bits = type === 'symlink' ? '' : ` ${mode.toString(8)}`;
  return `${type}${bits} ${uid}:${gid} ${more.join(' ')}`.trim();
}

function contentOf(content: Buffer): string {
  const text = content.toString();
  const isPlain = content.length <= 200 && /^[\x20-\x7e\n\t]*$/.test(text);
  return isPlain
    ? JSON.stringify(text)
    : `sha256:${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
}
