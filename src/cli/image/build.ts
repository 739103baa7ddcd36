import { writeFileSync } from 'node:fs';
import { parseBytes } from '../../lib/bytes.ts';
import type { Query } from '../../client/transport.ts';
import type { ProgressLine } from '../../wire/image.ts';
import { defineCommand } from '../command.ts';
import { buildArgs, keyValues } from '../key-values.ts';
import { parseSwap, parseUlimit } from '../container/limits.ts';
import { parseHostEntry } from '../container/networking.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, checked, int, list, parsed, text, type Values } from '../flags.ts';
import { allAuth } from '../registry-auth.ts';
import { openContext } from './open-context.ts';

const bytes = (help: string, short?: string) => checked(text(help, short, 'bytes'), parseBytes);

const buildFlags = {
  'add-host': checked(list('Add a custom host-to-IP mapping ("host:ip")', undefined, 'list'), parseHostEntry),
  'build-arg': list('Set build-time variables'),
  'cache-from': list('Images to consider as cache sources', undefined, 'strings'),
  'cgroup-parent': text('Set the parent cgroup for the "RUN" instructions during build'),
  compress: bool('Compress the build context using gzip'),
  'cpu-period': int('Limit the CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('Limit the CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-shares': int('CPU shares (relative weight)', 'c'),
  'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
  'disable-content-trust': bool('Skip image verification (default true)'),
  file: text('Name of the Dockerfile (default "PATH/Dockerfile")', 'f'),
  'force-rm': bool('Always remove intermediate containers'),
  iidfile: text('Write the image ID to the file'),
  isolation: text('Container isolation technology'),
  label: list('Set metadata for an image'),
  load: { ...bool('Images are always in the store'), hidden: true },
  memory: bytes('Memory limit', 'm'),
  'memory-swap': checked(
    text('Swap limit equal to memory plus swap: -1 to enable unlimited swap', undefined, 'bytes'),
    parseSwap,
  ),
  network: text('Set the networking mode for the RUN instructions during build (default "default")'),
  'no-cache': bool('Do not use cache when building the image'),
  platform: text('Set platform if server is multi-platform capable'),
  progress: { ...text('Set type of progress output'), hidden: true },
  pull: bool('Always attempt to pull a newer version of the image'),
  quiet: bool('Suppress the build output and print image ID on success', 'q'),
  rm: bool('Remove intermediate containers after a successful build (default true)'),
  'security-opt': list('Security options', undefined, 'strings'),
  'shm-size': bytes('Size of "/dev/shm"'),
  squash: bool('Squash newly built layers into a single new layer'),
  tag: list('Name and optionally a tag in the "name:tag" format', 't'),
  target: text('Set the target build stage to build.'),
  ulimit: checked(list('Ulimit options', undefined, 'ulimit'), parseUlimit),
} as const;
type BuildFlags = Values<typeof buildFlags>;

export const command = defineCommand({
  summary: 'Build an image from a Dockerfile',
  usage: '[OPTIONS] PATH | URL | -',
  flags: buildFlags,
  args: { min: 1, max: 1 },
  async run(context, flags, [place = '']) {
    using source = await openContext(context, place, { file: flags.file, compress: flags.compress ?? false });
    const lines = await context.client.images.build(
      source.tar,
      { dockerfile: source.dockerfile, ...buildQuery(flags, context.env), ...limitQuery(flags) },
      { registryAuth: await allAuth(context), signal: context.signal },
    );
    const id = await showBuild(context, lines, flags.quiet ?? false);
    if (flags.iidfile !== undefined) writeFileSync(flags.iidfile, id);
    if (flags.quiet) context.out.write(`${id}\n`);
  },
});

function buildQuery(flags: BuildFlags, env: NodeJS.ProcessEnv): Query {
  return {
    t: flags.tag,
    target: flags.target,
    buildargs: JSON.stringify(buildArgs(flags['build-arg'], env)),
    labels: JSON.stringify(keyValues(flags.label)),
    nocache: flags['no-cache'],
    pull: flags.pull,
    networkmode: flags.network,
    platform: flags.platform,
    extrahosts: flags['add-host'].map(parseHostEntry).join(',') || undefined,
    cachefrom: flags['cache-from'].length > 0 ? JSON.stringify(flags['cache-from']) : undefined,
    rm: flags.rm ?? true,
    forcerm: flags['force-rm'],
    squash: flags.squash,
    isolation: flags.isolation,
    securityopt: flags['security-opt'].length > 0 ? JSON.stringify(flags['security-opt']) : undefined,
  };
}

const limitQuery = (flags: BuildFlags): Query => ({
  cgroupparent: flags['cgroup-parent'],
  cpuperiod: flags['cpu-period'],
  cpuquota: flags['cpu-quota'],
  cpushares: flags['cpu-shares'],
  cpusetcpus: flags['cpuset-cpus'],
  cpusetmems: flags['cpuset-mems'],
  memory: parsed(flags.memory, parseBytes),
  memswap: parsed(flags['memory-swap'], parseSwap),
  shmsize: parsed(flags['shm-size'], parseBytes),
  ulimits: flags.ulimit.length > 0 ? JSON.stringify(flags.ulimit.map(parseUlimit)) : undefined,
});

/** Prints what the builder says; returns the id of the image. */
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
