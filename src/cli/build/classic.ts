import { writeFileSync } from 'node:fs';
import { parseBytes } from '../../lib/bytes.ts';
import type { Query } from '../../client/transport.ts';
import type { ProgressLine } from '../../wire/image.ts';
import { parseSwap, parseUlimit } from '../container/limits.ts';
import { parseHostEntry } from '../container/networking.ts';
import { type ConfigFile, readConfig } from '../config-file.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { parsed } from '../flags.ts';
import { buildArgs, keyValues } from '../key-values.ts';
import { allAuth } from '../registry-auth.ts';
import type { BuildFlags } from './build-flags.ts';
import { proxyArgs } from '../proxies.ts';
import type { BuildPlace } from '../../client/build/place.ts';

const ours = [
  'allow',
  'annotation',
  'attest',
  'build-context',
  'cache-to',
  'no-cache-filter',
  'output',
  'secret',
  'ssh',
] as const;

/** Builds by Docker's classic call, which any engine knows. */
export async function buildClassically(
  context: Context,
  flags: BuildFlags,
  place: BuildPlace,
): Promise<void> {
  const alien = ours.filter((name) => flags[name].length > 0);
  if (alien.length > 0)
    throw new ExitError(
      1,
      `--${alien.join(', --')}: the engine is not lading: use docker buildx build for what Docker's classic builder lacks`,
    );
  const { dockerfile, tar } = place.pack?.() ?? { dockerfile: place.dockerfile.path, tar: nothing() };
  const config = readConfig(context);
  const lines = await context.client.images.build(
    tar,
    {
      dockerfile,
      remote: place.url,
      ...buildQuery(flags, argsOf(context, flags, config)),
      ...limitQuery(flags),
    },
    { registryAuth: await allAuth(context, config), signal: context.signal },
  );
  const id = await showBuild(context, lines, flags.quiet ?? false);
  if (flags.iidfile !== undefined) writeFileSync(flags.iidfile, id);
  if (flags.quiet) context.out.write(`${id}\n`);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function argsOf({ env, client }: Context, flags: BuildFlags, config: ConfigFile): object {
  const args = buildArgs(flags['build-arg'], env);
  return { ...proxyArgs(config, client.transport.host, args), ...args };
}

function buildQuery(flags: BuildFlags, args: object): Query {
  return {
    t: flags.tag,
    target: flags.target,
    buildargs: JSON.stringify(args),
    labels: JSON.stringify(keyValues(flags.label)),
    nocache: flags['no-cache'],
    pull: flags.pull,
    networkmode: flags.network,
    platform: flags.platform.join(',') || undefined,
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
