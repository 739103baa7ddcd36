import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openBuildContext } from '../../client/build-context.ts';
import { parseBytes } from '../../lib/bytes.ts';
import type { ProgressLine } from '../../wire/image.ts';
import { defineCommand } from '../command.ts';
import { keyValues } from '../container/key-values.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, list, text } from '../flags.ts';
import { allAuth } from '../registry-auth.ts';

export const command = defineCommand({
  summary: 'Build an image from a Dockerfile',
  usage: '[OPTIONS] PATH | -',
  flags: {
    'add-host': list('Add a custom host-to-IP mapping ("host:ip")', undefined, 'strings'),
    'build-arg': list('Set build-time variables', undefined, 'stringArray'),
    'cache-from': list('Images to consider as cache sources', undefined, 'strings'),
    file: text('Name of the Dockerfile (default "PATH/Dockerfile")', 'f'),
    'force-rm': bool('Always remove intermediate containers'),
    iidfile: text('Write the image ID to a file'),
    label: list('Set metadata for an image', undefined, 'stringArray'),
    load: { ...bool('Images are always in the store'), hidden: true },
    network: text('Set the networking mode for the RUN instructions during build (default "default")'),
    'no-cache': bool('Do not use cache when building the image'),
    platform: text('Set target platform for build'),
    progress: { ...text('Set type of progress output'), hidden: true },
    pull: bool('Always attempt to pull all referenced images'),
    quiet: bool('Suppress the build output and print image ID on success', 'q'),
    rm: bool('Remove intermediate containers after a successful build (default true)'),
    'shm-size': text('Shared memory size for build containers', undefined, 'bytes'),
    tag: list('Name and optionally a tag (format: "name:tag")', 't', 'stringArray'),
    target: text('Set the target build stage to build'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [path = '']) {
    const { dockerfile, tar } = await contextOf(context, path, flags.file);
    const lines = await context.client.images.build(
      tar,
      {
        dockerfile,
        t: flags.tag,
        target: flags.target,
        buildargs: JSON.stringify(buildArgs(flags['build-arg'], context.env)),
        labels: JSON.stringify(keyValues(flags.label)),
        nocache: flags['no-cache'],
        pull: flags.pull,
        networkmode: flags.network,
        platform: flags.platform,
        shmsize: flags['shm-size'] === undefined ? undefined : parseBytes(flags['shm-size']),
        extrahosts: flags['add-host'].join(',') || undefined,
        cachefrom: flags['cache-from'].length > 0 ? JSON.stringify(flags['cache-from']) : undefined,
        rm: flags.rm ?? true,
        forcerm: flags['force-rm'],
      },
      { registryAuth: await allAuth(context), signal: context.signal },
    );
    const id = await showBuild(context, lines, flags.quiet ?? false);
    if (flags.iidfile !== undefined) writeFileSync(flags.iidfile, id);
    if (flags.quiet) context.out.write(`${id}\n`);
  },
});

async function contextOf(
  context: Context,
  path: string,
  file: string | undefined,
): Promise<{ dockerfile: string; tar: AsyncIterable<Uint8Array> }> {
  if (path !== '-')
    return openBuildContext(resolve(context.cwd, path), file === undefined ? {} : { dockerfile: file });
  const input = await peek(context.in as AsyncIterable<Buffer>);
  if (isArchive(input.head)) return { dockerfile: file ?? 'Dockerfile', tar: input.all };
  const chunks: Buffer[] = [];
  for await (const chunk of input.all) chunks.push(chunk);
  return inlineContext(Buffer.concat(chunks).toString());
}

/** `docker build -` with a Dockerfile on standard input: a context that holds nothing else. */
async function inlineContext(text: string): Promise<{ dockerfile: string; tar: AsyncIterable<Uint8Array> }> {
  const { makeEntry } = await import('../../lib/tar/entry.ts');
  const { writeTar } = await import('../../lib/tar/write.ts');
  const body = Buffer.from(text);
  return {
    dockerfile: 'Dockerfile',
    tar: writeTar([
      { entry: makeEntry({ name: 'Dockerfile', type: 'file', size: body.length, mode: 0o644 }), body },
    ]),
  };
}

async function peek(source: AsyncIterable<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  const head = first.done ? Buffer.alloc(0) : first.value;
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head, all: all() };
}

const isArchive = (head: Buffer): boolean =>
  head.subarray(257, 262).toString('latin1') === 'ustar' ||
  /^(1f8b|28b52ffd|fd377a|425a68)/.test(head.subarray(0, 4).toString('hex'));

function buildArgs(values: readonly string[], env: NodeJS.ProcessEnv): Record<string, string | null> {
  return Object.fromEntries(
    values.map((value) =>
      value.includes('=')
        ? (value.split(/=(.*)/s).slice(0, 2) as [string, string])
        : [value, env[value] ?? null],
    ),
  );
}

async function showBuild(
  context: Context,
  lines: AsyncIterable<ProgressLine>,
  quiet: boolean,
): Promise<string> {
  let id = '';
  for await (const line of lines) {
    if (line.error !== undefined)
      throw new ExitError(line.errorDetail?.code || 1, line.errorDetail?.message ?? line.error);
    if (line.aux?.ID !== undefined) id = line.aux.ID;
    if (quiet) continue;
    if (line.stream !== undefined) context.out.write(line.stream);
    else if (line.status !== undefined && line.progressDetail?.current === undefined)
      context.out.write(`${line.id === undefined ? '' : `${line.id}: `}${line.status}\n`);
  }
  return id;
}
