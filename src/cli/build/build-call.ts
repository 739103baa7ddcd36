import { parseBytes } from '../../lib/bytes.ts';
import type { BuildCall } from '../../wire/build.ts';
import { parseUlimit } from '../container/limits.ts';
import { parseHostEntry } from '../container/networking.ts';
import type { Context } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { given, parsed } from '../flags.ts';
import { buildArgs, keyValues } from '../key-values.ts';
import { allAuth } from '../registry-auth.ts';
import type { BuildFlags } from './build-flags.ts';
import { readAgents, readNamed, readSecrets } from './client-flags.ts';
import type { Output } from './output.ts';

/** What the flags say, for our own engine; all but the context. What it needs until the build has ended goes with `held`. */
export async function buildCall(
  context: Context,
  flags: BuildFlags,
  output: Output,
  held: DisposableStack,
): Promise<Omit<BuildCall, 'context' | 'dockerfile'>> {
  checkLocal(context, flags);
  refuseUnsupported(flags);
  return {
    tags: tagsOf(flags, output),
    buildArgs: definedArgs(flags['build-arg'], context.env),
    labels: keyValues(flags.label),
    noCache: flags['no-cache'] ?? false,
    noCacheFilter: flags['no-cache-filter'].flatMap((value) => value.split(',')),
    pull: flags.pull ?? false,
    extraHosts: flags['add-host'].map(parseHostEntry),
    ulimits: flags.ulimit.map((value) => {
      const { Name: type = '', Soft: soft = 0, Hard: hard = 0 } = parseUlimit(value);
      return { type, soft, hard };
    }),
    cacheFrom: flags['cache-from'],
    contexts: await readNamed(context, flags['build-context'], held),
    secrets: readSecrets(context, flags.secret),
    agents: readAgents(context, flags.ssh),
    credentials: await allAuth(context),
    output: isCheck(flags)
      ? 'check'
      : output.kind === 'image' || output.kind === 'cacheonly'
        ? output.kind
        : 'tar',
    ...given('target', flags.target),
    ...given('network', flags.network),
    ...given('platform', flags.platform),
    ...given('cgroupParent', flags['cgroup-parent']),
    ...given('shmSize', parsed(flags['shm-size'], parseBytes)),
  };
}

const isCheck = ({ check, call }: BuildFlags): boolean => check || call === 'check';

export const tagsOf = (flags: BuildFlags, output: Output): string[] =>
  output.kind === 'image' && output.name !== undefined ? [...flags.tag, output.name] : [...flags.tag];

/** A bare NAME takes the value of our own environment, or is left out. */
function definedArgs(values: readonly string[], env: NodeJS.ProcessEnv): Record<string, string> {
  const all = Object.entries(buildArgs(values, env));
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

const needLocal = ['build-context', 'ssh'] as const;

/** Whether paths of this machine mean something to the engine. */
export const isLocal = ({ client }: Context): boolean => client.transport.host.kind === 'unix';

function checkLocal(context: Context, flags: BuildFlags): void {
  if (isLocal(context)) return;
  const alien = needLocal.filter((name) =>
    flags[name].some((value) => name === 'ssh' || !/=docker-image:/.test(value)),
  );
  if (alien.length > 0)
    throw new ExitError(
      1,
      `--${alien.join(', --')}: only with an engine on this machine: use docker buildx build`,
    );
}

function refuseUnsupported(flags: BuildFlags): void {
  const lists = (['annotation', 'attest', 'cache-to'] as const).filter((name) => flags[name].length > 0);
  const wanted = (['provenance', 'sbom'] as const).filter(
    (name) => !/^(?:false|0)?$/i.test(flags[name] ?? ''),
  );
  const [only] = [...lists, ...wanted];
  if (only !== undefined)
    throw new ExitError(1, `--${only} is not supported by lade build: use docker buildx build`);
  if (flags.platform?.includes(','))
    throw new ExitError(1, 'lade build builds for one platform at a time: use docker buildx build');
  if (flags.squash) throw new ExitError(1, 'squash is only supported with experimental mode');
  if (flags.isolation !== undefined && flags.isolation !== 'default')
    throw new ExitError(1, `unsupported isolation: ${JSON.stringify(flags.isolation)}`);
}
