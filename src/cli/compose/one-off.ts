import { resolve } from 'node:path';
import { copyFiles } from '../../compose/copy-files.ts';
import { expandPort } from '../../compose/load/short-port.ts';
import { expandVolume } from '../../compose/load/short-volume.ts';
import { readPort, readVolume } from '../../compose/model/read-mounts.ts';
import { prerequisitesOf } from '../../compose/model/references.ts';
import type { Service, ServiceVolume } from '../../compose/model/types.ts';
import { splitWords } from '../../compose/model/words.ts';
import { createBody, platformOf } from '../../compose/plan/create-body.ts';
import { oneOffName } from '../../compose/plan/names.ts';
import { instanceOf, observe } from '../../compose/plan/observe.ts';
import { up, type UpOptions } from '../../compose/up.ts';
import type { Work } from '../../compose/work.ts';
import { randomId } from '../../lib/id.ts';
import { ExitError } from '../exit-code.ts';
import { readEnv } from '../key-values.ts';
import type { ComposeContext } from './globals.ts';
import type { RunFlags } from './run-flags.ts';

/** Brings up what a service needs, as `up` would. */
export async function startDependencies(
  { client, project, report }: Work,
  service: Service,
  options: UpOptions,
): Promise<void> {
  const needed = prerequisitesOf(service).filter((name) => project.services.has(name));
  if (needed.length === 0) return;
  await up(client, project, report, { ...options, services: needed, waitFor: service.dependsOn });
}

/** The service as this one run wants it. */
export function overrideService(
  context: ComposeContext,
  service: Service,
  flags: RunFlags,
  cmd: readonly string[],
  { tty, stdin }: { tty: boolean; stdin: boolean },
): Service {
  const place = { file: 'command line', line: 1, column: 1 };
  const { containerName: _name, command: declared, ...rest } = service;
  const entrypoint = flags.entrypoint === undefined ? undefined : splitWords(flags.entrypoint);
  const command = cmd.length > 0 ? cmd : entrypoint ? [] : declared;
  return {
    ...rest,
    tty,
    stdinOpen: stdin,
    ...(command && { command }),
    ...(entrypoint && { entrypoint }),
    ...(flags.user !== undefined && { user: flags.user }),
    ...(flags.workdir !== undefined && { workingDir: flags.workdir }),
    environment: { ...service.environment, ...readEnvironment(context, flags) },
    labels: { ...service.labels, ...readLabels([...flags.label, ...flags.labels]) },
    capAdd: merged(service.capAdd, flags['cap-add'], flags['cap-drop']),
    capDrop: merged(service.capDrop, flags['cap-drop'], flags['cap-add']),
    ports: [
      ...(flags['service-ports'] ? service.ports : []),
      ...flags.publish.flatMap((spec) => expandPort(spec, place).map(readPort)),
    ],
    volumes: [
      ...service.volumes,
      ...[...flags.volume, ...flags.volumes].map((spec) =>
        hostVolume(context, readVolume(expandVolume(spec, place))),
      ),
    ],
  };
}

/** Paths of the host are from where we are. */
const hostVolume = ({ cwd, env }: ComposeContext, volume: ServiceVolume): ServiceVolume =>
  volume.type === 'bind' && volume.source !== undefined
    ? { ...volume, source: resolve(cwd, volume.source.replace(/^~(?=\/|$)/, env['HOME'] ?? '~')) }
    : volume;

/** `-e` over `--env-from-file`. */
function readEnvironment(context: ComposeContext, flags: RunFlags): Record<string, string> {
  const pairs = readEnv(flags['env-from-file'], flags.env, context.env);
  return Object.fromEntries(pairs.map((item) => item.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

function readLabels(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      if (equals < 0) throw new ExitError(1, 'label must be set as KEY=VALUE');
      return [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}

/** What the command line adds and takes of a list. */
const merged = (own: readonly string[], more: readonly string[], less: readonly string[]): string[] => [
  ...own.filter((item) => !less.includes(item)),
  ...more,
];

/** Creates the container of a service that runs once. Where nothing is to be done, its name stands for its id. */
export async function createOneOff(
  work: Work,
  service: Service,
  flags: RunFlags,
  imageId: string,
  stdin: boolean,
): Promise<string> {
  const { client, project } = work;
  const { byService } = await observe(client, project.name);
  const slug = randomId();
  const name = flags.name ?? oneOffName(project, service, slug);
  const body = createBody(project, service, {
    oneOff: { name, slug, useAliases: flags['use-aliases'] ?? false },
    imageId,
    containersOf: (other) => (byService.get(other) ?? []).map(instanceOf),
  });
  const { Id } = await client.containers.create(
    {
      ...body,
      AttachStdin: stdin,
      StdinOnce: stdin,
      HostConfig: { ...body.HostConfig, AutoRemove: flags.rm ?? false },
    },
    { name, ...platformOf(project, service) },
  );
  await copyFiles(work, service, { id: Id });
  return work.dryRun ? name : Id;
}
