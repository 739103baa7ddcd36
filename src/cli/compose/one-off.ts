import { expandPort } from '../../compose/load/short-port.ts';
import { expandVolume } from '../../compose/load/short-volume.ts';
import { readPort, readVolume } from '../../compose/model/read-mounts.ts';
import { prerequisitesOf } from '../../compose/model/references.ts';
import type { Project, Service } from '../../compose/model/types.ts';
import { splitWords } from '../../compose/model/words.ts';
import { createBody } from '../../compose/plan/create-body.ts';
import { observe } from '../../compose/plan/observe.ts';
import { up } from '../../compose/up.ts';
import { randomId } from '../../lib/id.ts';
import { keyValues, readEnv } from '../key-values.ts';
import { authOptions } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import type { ComposeContext } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';
import type { RunFlags } from './run-flags.ts';

/** Brings up what a service needs, as `up` would. */
export async function startDependencies(
  context: ComposeContext,
  project: Project,
  service: Service,
  values: RunFlags,
  report: ReturnType<typeof progressPrinter>,
): Promise<void> {
  const needed = prerequisitesOf(service).filter((name) => project.services.has(name));
  if (values['no-deps'] || needed.length === 0) return;
  await up(context.client, project, report, {
    services: needed,
    noRecreate: true,
    removeOrphans: values['remove-orphans'] ?? false,
    waitFor: service.dependsOn,
    ...authOptions(context),
    onBuildLine: buildLinePrinter(context),
    signal: context.signal,
  });
}

/** The service as this one run wants it. */
export function overrideService(
  context: ComposeContext,
  service: Service,
  values: RunFlags,
  cmd: readonly string[],
  { tty, stdin }: { tty: boolean; stdin: boolean },
): Service {
  const place = { file: 'command line', line: 1, column: 1 };
  const env = readEnv([], values.env, context.env).map(
    (item) => item.split(/=(.*)/s).slice(0, 2) as [string, string],
  );
  const { containerName: _name, ...rest } = service;
  return {
    ...rest,
    tty,
    stdinOpen: stdin,
    ...(cmd.length > 0 && { command: cmd }),
    ...(values.entrypoint !== undefined && { entrypoint: splitWords(values.entrypoint) }),
    ...(values.user !== undefined && { user: values.user }),
    ...(values.workdir !== undefined && { workingDir: values.workdir }),
    environment: { ...service.environment, ...Object.fromEntries(env) },
    labels: { ...service.labels, ...keyValues(values.label) },
    capAdd: [...service.capAdd, ...values['cap-add']],
    capDrop: [...service.capDrop, ...values['cap-drop']],
    ports: [
      ...(values['service-ports'] ? service.ports : []),
      ...values.publish.flatMap((spec) => expandPort(spec, place).map(readPort)),
    ],
    volumes: [
      ...service.volumes,
      ...values.volume.map((spec) => readVolume(expandVolume(spec, place, context.cwd))),
    ],
  };
}

/** Creates the container of a service that runs once; returns its id. */
export async function createOneOff(
  context: ComposeContext,
  project: Project,
  service: Service,
  values: RunFlags,
  imageId: string,
  stdin: boolean,
): Promise<string> {
  const { byService } = await observe(context.client, project.name);
  const body = createBody(project, service, {
    number: 1,
    oneOff: !values['use-aliases'],
    imageId,
    containerOf: (name) => byService.get(name)?.[0]?.Id ?? `${project.name}-${name}-1`,
  });
  const name = values.name ?? `${project.name}-${service.name}-run-${randomId().slice(0, 12)}`;
  const { Id } = await context.client.containers.create(
    {
      ...body,
      AttachStdin: stdin,
      StdinOnce: stdin,
      HostConfig: { ...body.HostConfig, AutoRemove: values.rm ?? false },
    },
    { name },
  );
  return Id;
}
