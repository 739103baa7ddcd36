import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { compose } from 'node:stream';
import { createGzip } from 'node:zlib';
import { findDockerfile, openBuildContext } from '../../client/build-context.ts';
import { exec } from '../../lib/exec.ts';
import { readIgnoreFile } from '../../lib/ignore.ts';
import { makeEntry } from '../../lib/tar/entry.ts';
import { writeTar } from '../../lib/tar/write.ts';
import type { BuildCall } from '../../wire/build.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';

/** What a build starts from. */
export interface BuildPlace extends Disposable {
  /** The directory, for an engine on this machine; undefined when there is only an archive. */
  readonly directory?: string;
  /** The Dockerfile, for an engine that reads the directory. */
  readonly dockerfile: BuildCall['dockerfile'];
  /** The context as an archive, with the name of the Dockerfile in it. To be called once. */
  pack(): { readonly dockerfile: string; readonly tar: AsyncIterable<Uint8Array> };
}

/** Opens the context of `build`: a directory, `-` (an archive or a Dockerfile on standard input), or a URL of one or of a git repository. */
export async function openPlace(
  context: Context,
  place: string,
  { file, compress }: { readonly file: string | undefined; readonly compress: boolean },
): Promise<BuildPlace> {
  const opened = await open(context, place, file);
  if (!compress) return opened;
  return {
    ...opened,
    pack() {
      const { dockerfile, tar } = opened.pack();
      return { dockerfile, tar: gzip(tar) };
    },
  };
}

async function open(context: Context, place: string, file: string | undefined): Promise<BuildPlace> {
  if (place === '-') {
    if (file === '-')
      throw new ExitError(1, "invalid argument: can't use stdin for both build context and dockerfile");
    return fromStream(context.in as AsyncIterable<Buffer>, file);
  }
  if (isGitUrl(place)) return fromGit(context, place, file);
  if (/^https?:\/\//.test(place)) return fromUrl(context, place, file);
  const directory = resolve(context.cwd, place);
  if (file !== '-') return fromDirectory(directory, file);
  const inline = await textOf(context.in as AsyncIterable<Buffer>);
  return fromDirectory(directory, undefined, { inline });
}

async function textOf(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function fromDirectory(
  directory: string,
  file: string | undefined,
  { inline, done = () => {} }: { readonly inline?: string; readonly done?: () => void } = {},
): BuildPlace {
  checkDirectory(directory);
  return {
    directory,
    dockerfile: inline === undefined ? locate(directory, file) : { text: inline },
    pack: () =>
      openBuildContext(directory, {
        ...(file !== undefined && { dockerfile: file }),
        ...(inline !== undefined && { inline }),
      }),
    [Symbol.dispose]: done,
  };
}

function checkDirectory(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  const why = stats ? 'is no directory' : 'not found';
  throw new ExitError(1, `unable to prepare context: path ${JSON.stringify(directory)} ${why}`);
}

/** One that lies outside of the context is read here, with the ignore file beside it. */
function locate(directory: string, file: string | undefined): BuildCall['dockerfile'] {
  const found = findDockerfile(directory, file);
  const inside = relative(directory, found);
  if (!inside.startsWith('..') && !isAbsolute(inside)) return { path: inside };
  return {
    text: readFileSync(found, 'utf8'),
    name: file ?? found,
    ...ignoreBeside(`${found}.dockerignore`),
  };
}

function ignoreBeside(path: string): { ignore?: readonly string[] } {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? { ignore: readIgnoreFile(readFileSync(path, 'utf8')) } : {};
}

export const isGitUrl = (place: string): boolean =>
  /^(git:\/\/|git@|ssh:\/\/|github\.com\/)/.test(place) || /^https?:\/\/[^#]*\.git(#.*)?$/.test(place);

/** Clones `url#ref:directory` as little as goes. */
async function fromGit(context: Context, place: string, file: string | undefined): Promise<BuildPlace> {
  const { root, remove } = await cloneGit(context, place);
  try {
    return fromDirectory(root, file === undefined ? undefined : resolve(root, file), { done: remove });
  } catch (error) {
    remove();
    throw error;
  }
}

/** The directory of `url#ref:directory` in a clone that `remove` removes. */
export async function cloneGit(
  context: Context,
  place: string,
): Promise<{ root: string; remove: () => void }> {
  const [address = '', fragment = ''] = place.split(/#(.*)/s);
  const [ref = '', directory = ''] = fragment.split(/:(.*)/s);
  const url = address.startsWith('github.com/') ? `https://${address}` : address;
  if (`${url} ${ref}`.split(' ').some((word) => word.startsWith('-')))
    throw new ExitError(1, `unable to prepare context: invalid git URL: ${place}`);
  const folder = mkdtempSync(join(tmpdir(), 'lade-git-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const git = (...args: readonly string[]) =>
    exec('git', ['-C', folder, ...args], {
      signal: context.signal,
      env: { ...context.env, GIT_TERMINAL_PROMPT: '0' },
    });
  try {
    await git('init', '--quiet');
    const fetchRef = (...how: readonly string[]) =>
      git('fetch', '--quiet', ...how, '--', url, ref === '' ? 'HEAD' : ref);
    await fetchRef('--depth=1').catch(() => fetchRef()); // a plain file server gives all or nothing
    await git('checkout', '--quiet', 'FETCH_HEAD');
    await git('submodule', 'update', '--quiet', '--init', '--recursive', '--depth=1');
    const root = resolve(folder, directory.replace(/^\/+/, ''));
    if (root !== folder && !root.startsWith(`${folder}/`))
      throw new ExitError(1, `unable to prepare context: ${directory} is outside of the repository`);
    rmSync(join(folder, '.git'), { recursive: true, force: true }); // as BuildKit has it
    return { root, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function fromUrl(context: Context, url: string, file: string | undefined): Promise<BuildPlace> {
  const response = await fetch(url, { signal: context.signal });
  if (!response.ok || !response.body)
    throw new ExitError(
      1,
      `unable to prepare context: unable to download remote context ${url}: failed to GET ${url} with status ${response.status} ${response.statusText}`,
    );
  context.err.write(`Downloading build context from remote url: ${url}\n`);
  return fromStream(asBuffers(response.body), file);
}

async function* asBuffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** A stream that is an archive is the context; any other is the text of a Dockerfile, with nothing beside it. */
async function fromStream(source: AsyncIterable<Buffer>, file: string | undefined): Promise<BuildPlace> {
  const input = await peek(source);
  const path = file ?? 'Dockerfile';
  const nothing = { [Symbol.dispose]() {} };
  if (isArchive(input.head))
    return { dockerfile: { path }, pack: () => ({ dockerfile: path, tar: input.all }), ...nothing };
  if (file !== undefined)
    throw new ExitError(1, 'ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles');
  const body = Buffer.from(await textOf(input.all));
  const entry = makeEntry({ name: 'Dockerfile', type: 'file', size: body.length, mode: 0o644 });
  const pack = () => ({ dockerfile: path, tar: writeTar([{ entry, body }]) });
  return { dockerfile: { path }, pack, ...nothing };
}

/** The first bytes of a stream, as many as tell what it is, and the whole of it. */
async function peek(source: AsyncIterable<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < ENOUGH) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, all: all() };
}

/** Where the magic of a tar ends. */
const ENOUGH = 262;

const isArchive = (head: Buffer): boolean =>
  head.subarray(257, 262).toString('latin1') === 'ustar' ||
  /^(1f8b|28b52ffd|fd377a|425a68)/.test(head.subarray(0, 4).toString('hex'));

function gzip(tar: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return compose(tar, createGzip()) as AsyncIterable<Uint8Array>;
}
