import { agentSources, parseAgent } from '../../client/build/agents.ts';
import { parseOutput } from '../../client/build/outputs.ts';
import type { BuildSpec } from '../../client/build/spec.ts';
import { shorthand } from '../../client/build/statements.ts';
import { parseBytes } from '../../lib/bytes.ts';
import { parseReference } from '../../oci/reference.ts';
import { parseHostEntry } from '../container/networking.ts';
import { parseSwap } from '../container/limits.ts';
import { readConfig } from '../config-file.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { parsed } from '../flags.ts';
import { buildArgs as readArgs, keyValues } from '../key-values.ts';
import { allAuth } from '../registry-auth.ts';
import { parseCall } from './answers.ts';
import type { BuildFlags } from './build-flags.ts';
import { parseNamed, readSecrets } from './client-flags.ts';
import { proxyArgs } from '../proxies.ts';

/** What the flags say is to be built. */
export async function buildSpec(context: Context, flags: BuildFlags): Promise<BuildSpec> {
  refuseUnsupported(flags);
  for (const value of [...flags.label, ...flags['build-arg']]) checkPair(value);
  for (const tag of flags.tag) parseReference(tag);
  const outputs = flags.output.filter(Boolean).map((value) => parseOutput(value, context.cwd));
  if (context.out.isTTY)
    for (const { type, dest } of outputs)
      if (dest === '-')
        throw new ExitError(1, `dest file is required for ${type} exporter. refusing to write to console`);
  const config = readConfig(context);
  const buildArgs = definedArgs(flags['build-arg'], context.env);
  return {
    tags: flags.tag,
    buildArgs: { ...proxyArgs(config, context.client.transport.host, buildArgs), ...buildArgs },
    labels: keyValues(flags.label),
    target: flags.target,
    platforms: (flags.platform.length > 0 ? flags.platform : [context.env['DOCKER_DEFAULT_PLATFORM'] ?? ''])
      .flatMap((value) => value.split(','))
      .filter(Boolean),
    noCache: flags['no-cache'] ?? false,
    noCacheFilter: flags['no-cache-filter'].flatMap((value) => value.split(',')),
    pull: flags.pull ?? false,
    network: flags.network,
    extraHosts: flags['add-host'].map(parseHostEntry),
    shmSize: parsed(flags['shm-size'], parseBytes),
    ulimits: flags.ulimit,
    cgroupParent: flags['cgroup-parent'],
    limits: {
      memory: parsed(flags.memory, parseBytes),
      memswap: parsed(flags['memory-swap'], parseSwap),
      cpushares: flags['cpu-shares'],
      cpuperiod: flags['cpu-period'],
      cpuquota: flags['cpu-quota'],
      cpusetcpus: flags['cpuset-cpus'],
      cpusetmems: flags['cpuset-mems'],
    },
    allow: flags.allow,
    attests: [
      ...flags.attest,
      ...shorthand('provenance', flags.provenance),
      ...shorthand('sbom', flags.sbom),
    ],
    annotations: flags.annotation,
    outputs,
    push: flags.push ?? false,
    load: flags.load,
    cacheFrom: flags['cache-from'],
    cacheTo: flags['cache-to'],
    contexts: Object.fromEntries(flags['build-context'].map(parseNamed)),
    secrets: readSecrets(context, flags.secret),
    agents: agentSources(flags.ssh.map(parseAgent), context),
    credentials: await allAuth(context, config),
    request: questionOf(flags)?.name,
  };
}

/** What is asked in the place of a build. */
export const questionOf = ({ check, call }: BuildFlags): ReturnType<typeof parseCall> =>
  parseCall(check ? 'check' : (call ?? 'build'));

/** A bare NAME takes the value of our own environment, or is left out. */
function definedArgs(values: readonly string[], env: NodeJS.ProcessEnv): Record<string, string> {
  const all = Object.entries(readArgs(values, env));
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

function checkPair(value: string): void {
  if (value.startsWith('='))
    throw new ExitError(1, `invalid key-value pair ${JSON.stringify(value)}: empty key`);
}

const entitlements = ['network.host', 'security.insecure', 'device'];

function refuseUnsupported(flags: BuildFlags): void {
  for (const value of flags.allow)
    if (!entitlements.includes(value.split('=')[0] ?? ''))
      throw new ExitError(1, `unknown entitlement ${value}`);
  if (flags.squash) throw new ExitError(1, 'squash is only supported with experimental mode');
  if (flags.isolation !== undefined && flags.isolation !== 'default')
    throw new ExitError(1, `unsupported isolation: ${JSON.stringify(flags.isolation)}`);
}
