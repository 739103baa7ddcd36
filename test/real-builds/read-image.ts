import { createReadStream, readFileSync } from 'node:fs';
import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { decompress } from '../../src/lib/compression.ts';
import { exec } from '../../src/lib/exec.ts';
import type { TarEntry } from '../../src/lib/tar/entry.ts';
import { TarParser } from '../../src/lib/tar/parser.ts';

/** Path (bytes, one per character): what is there, as one line. */
export type Layer = Readonly<Record<string, string>>;

export interface RealImage {
  /** All of the config but times, ids and layers. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly string[];
  readonly layers: readonly { readonly diffId: string; readonly file: string }[];
}

/** Which times are told. */
export interface DescribedTimes {
  /** Seconds since 1970; younger files came with a build. */
  readonly before: number;
  readonly ofDirectories: boolean;
}

interface ImageDocument extends Record<string, unknown> {
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly {
    readonly created_by?: string;
    readonly empty_layer?: boolean;
    readonly comment?: string;
    readonly author?: string;
  }[];
}

/** Takes an archive of `docker save` apart, in a directory. By id. */
export async function readImages(archive: string, directory: string): Promise<Map<string, RealImage>> {
  await exec('tar', ['-xf', archive, '-C', directory]);
  const manifests = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
    Config: string;
    Layers: string[];
  }[];
  return new Map(
    manifests.map(({ Config, Layers }) => {
      const text = readFileSync(join(directory, Config));
      const id = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      return [
        id,
        readImage(
          JSON.parse(text.toString()) as ImageDocument,
          Layers.map((file) => join(directory, file)),
        ),
      ];
    }),
  );
}

function readImage({ history, rootfs, ...rest }: ImageDocument, files: readonly string[]): RealImage {
  const config = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'created'));
  return {
    config,
    history: history.map(
      (one) =>
        `${one.empty_layer ? '-' : '+'} ${[one.created_by, one.comment, one.author].filter(Boolean).join(' # ')}`,
    ),
    layers: rootfs.diff_ids.map((diffId, at) => ({ diffId, file: files[at] ?? '' })),
  };
}

/**
 * Says of each member of a layer what it is: kind, mode, owner, size, digest, target, device, attributes, and the time where it is
 * from before the build. Which of several names of a file the archive has as file and which as links is for its writer to choose:
 * here the first by name is the file.
 */
export async function describeLayer(file: string, times: DescribedTimes): Promise<Layer> {
  const members = new Map<string, string>();
  const links = new Map<string, string[]>();
  let current: { path: string; entry: TarEntry; hash: Hash } | undefined;
  const parser = new TarParser({
    entry: (entry) => {
      const path = entry.name.replace(/^\.?\/+/, '').replace(/\/$/, '');
      current = { path, entry, hash: createHash('sha256') };
    },
    data: (piece) => void current?.hash.update(piece),
    entryEnd() {
      const { path, entry, hash } = current as NonNullable<typeof current>;
      if (entry.type === 'hardlink') {
        const target = entry.linkName.replace(/^\.?\/+/, '');
        links.set(target, [...(links.get(target) ?? []), path]);
      } else if (/(?:^|\/)\.wh\.[^/]*$/.test(path)) members.set(path, 'whiteout');
      else if (path !== '') members.set(path, describe(entry, hash, times));
    },
  });
  for await (const chunk of decompress(createReadStream(file))) parser.push(chunk);
  parser.end();
  for (const [target, others] of links) {
    const names = [target, ...others].toSorted();
    const text = members.get(target) ?? `link to ${target} of a layer below`;
    for (const name of names)
      members.set(name, name === names[0] ? text : `other name of ${names[0]}: ${text}`);
  }
  return Object.fromEntries([...members].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function describe(entry: TarEntry, hash: Hash, times: DescribedTimes): string {
  const { type, mode, uid, gid, mtime, mtimeNanos, size, sparse, linkName, device, xattrs } = entry;
  return [
    type,
    ...(type === 'symlink' ? [] : [mode.toString(8)]),
    `${uid}:${gid}`,
    ...(type === 'file' ? [sparse?.realSize ?? size, hash.digest('hex').slice(0, 16)] : []),
    ...(type === 'symlink' ? [`-> ${linkName}`] : []),
    ...(device && type !== 'fifo' ? [`${device.major},${device.minor}`] : []),
    ...[...xattrs].map(([name, value]) => `${name}=${Buffer.from(value, 'latin1').toString('hex')}`),
    ...(isTold(entry, times) ? [`@${mtime}.${mtimeNanos}`] : []),
  ].join(' ');
}

/** Times of the future were given, too. */
function isTold({ type, mtime }: TarEntry, { before, ofDirectories }: DescribedTimes): boolean {
  const isGiven = mtime < before || mtime > Date.now() / 1000 + 86_400;
  return isGiven && (type !== 'directory' || ofDirectories);
}
