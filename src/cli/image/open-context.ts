import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compose } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type BuildContext, openBuildContext } from '../../client/build-context.ts';
import { exec } from '../../lib/exec.ts';
import { makeEntry } from '../../lib/tar/entry.ts';
import { writeTar } from '../../lib/tar/write.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';

/** What a build starts from, and what has to be removed after it. */
export interface OpenedContext extends BuildContext, Disposable {}

interface ContextFlags {
  readonly file: string | undefined;
  readonly compress: boolean;
}

/** Opens the context of `build`: a directory, `-` (an archive or a Dockerfile on standard input), or a URL of one or of a git repository. */
export async function openContext(
  context: Context,
  place: string,
  flags: ContextFlags,
): Promise<OpenedContext> {
  const opened = await open(context, place, flags.file);
  return flags.compress ? { ...opened, tar: gzip(opened.tar) } : opened;
}

function open(context: Context, place: string, file: string | undefined): Promise<OpenedContext> {
  if (place === '-') return fromStream(context.in as AsyncIterable<Buffer>, file);
  if (isGitUrl(place)) return fromGit(context, place, file);
  if (/^https?:\/\//.test(place)) return fromUrl(context, place, file);
  return Promise.resolve(fromDirectory(resolve(context.cwd, place), file));
}

const fromDirectory = (
  directory: string,
  file: string | undefined,
  done = (): void => {},
): OpenedContext => ({
  ...openBuildContext(directory, file === undefined ? {} : { dockerfile: file }),
  [Symbol.dispose]: done,
});

const isGitUrl = (place: string): boolean =>
  /^(git:\/\/|git@|ssh:\/\/|github\.com\/)/.test(place) || /^https?:\/\/[^#]*\.git(#.*)?$/.test(place);

/** Clones `url#ref:directory` as little as goes. */
async function fromGit(context: Context, place: string, file: string | undefined): Promise<OpenedContext> {
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
    return fromDirectory(root, file === undefined ? undefined : resolve(root, file), remove);
  } catch (error) {
    remove();
    throw error;
  }
}

async function fromUrl(context: Context, url: string, file: string | undefined): Promise<OpenedContext> {
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
async function fromStream(source: AsyncIterable<Buffer>, file: string | undefined): Promise<OpenedContext> {
  const input = await peek(source);
  const nothing = { [Symbol.dispose]() {} };
  if (isArchive(input.head)) return { dockerfile: file ?? 'Dockerfile', tar: input.all, ...nothing };
  if (file !== undefined)
    throw new ExitError(1, 'ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles');
  const chunks: Buffer[] = [];
  for await (const chunk of input.all) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const entry = makeEntry({ name: 'Dockerfile', type: 'file', size: body.length, mode: 0o644 });
  return { dockerfile: 'Dockerfile', tar: writeTar([{ entry, body }]), ...nothing };
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
