import { randomId } from '../../lib/id.ts';
import { up } from '../../compose/up.ts';
import { ensureImages } from '../../compose/images.ts';
import { ensureNetworks } from '../../compose/ensure-networks.ts';
import { ensureVolumes } from '../../compose/ensure-volumes.ts';
import type { Project, Service } from '../../compose/model/types.ts';
import { prerequisitesOf } from '../../compose/model/references.ts';
import { createBody } from '../../compose/plan/create-body.ts';
import { observe } from '../../compose/plan/observe.ts';
import { splitWords } from '../../compose/model/words.ts';
import { expandPort } from '../../compose/load/short-port.ts';
import { expandVolume } from '../../compose/load/short-volume.ts';
import { readPort, readVolume } from '../../compose/model/read-mounts.ts';
import { defineCommand } from '../command.ts';
import { readEnv, keyValues } from '../key-values.ts';
import { runAttached } from '../container/run.ts';
import { print } from '../context.ts';
import { ExitError } from '../exit-code.ts';
import { bool, list, text, type Values } from '../flags.ts';
import { authOptions } from '../registry-auth.ts';
import { buildLinePrinter } from './build-lines.ts';
import type { ComposeContext } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

const flags = {
  build: bool('Build image before starting container'),
  'cap-add': list('Add Linux capabilities'),
  'cap-drop': list('Drop Linux capabilities'),
  detach: bool('Run container in background and print container ID', 'd'),
  entrypoint: text('Override the entrypoint of the image'),
  env: list('Set environment variables', 'e', 'stringArray'),
  interactive: bool('Keep STDIN open even if not attached (default true)', 'i'),
  label: list('Add or override a label', 'l', 'stringArray'),
  name: text('Assign a name to the container'),
  'no-deps': bool("Don't start linked services"),
  'no-TTY': bool('Disable pseudo-TTY allocation (default: auto-detected)', 'T'),
  publish: list("Publish a container's port(s) to the host", 'p', 'stringArray'),
  pull: text('Pull image before running ("always"|"missing"|"never")'),
  quiet: bool("Don't print anything to STDOUT", 'q'),
  'quiet-pull': bool('Pull without printing progress information'),
  'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
  rm: bool('Automatically remove the container when it exits'),
  'service-ports': bool("Run command with all service's ports enabled and mapped to the host", 'P'),
  'use-aliases': bool("Use the service's network useAliases in the network(s) the container connects to"),
  user: text('Run as specified username or uid', 'u'),
  volume: list('Bind mount a volume', 'v', 'stringArray'),
  workdir: text('Working directory inside the container', 'w'),
} as const;
type Flags = Values<typeof flags>;

export const command = defineCommand({
  summary: 'Run a one-off command on a service',
  usage: '[OPTIONS] SERVICE [COMMAND] [ARGS...]',
  flags,
  args: { min: 1 },
  interspersed: false,
  async run(base, values, [name = '', ...cmd]) {
    const context = base as ComposeContext;
    const project = context.load([name]);
    const service = project.services.get(name);
    if (!service) throw new ExitError(1, `no such service: ${name}`);
    const report = progressPrinter(context);
    await startDependencies(context, project, service, values, report);
    const detach = values.detach ?? false;
    const stdin = (values.interactive ?? true) && !detach;
    const tty = !values['no-TTY'] && !detach && context.in.isTTY === true && context.out.isTTY === true;
    const one = override(context, service, values, cmd, { tty, stdin });
    const imageIds = await ensureImages(context.client, project, [one], report, {
      build: values.build ?? false,
      pull: values.pull,
      ...authOptions(context),
      onBuildLine: buildLinePrinter(context),
      signal: context.signal,
    });
    await ensureNetworks(context.client, project, [one], report);
    await ensureVolumes(context.client, project, [one], report);
    report.end();
    const id = await create(context, project, one, values, imageIds.get(name) ?? '', stdin);
    if (detach) {
      await context.client.containers.start(id);
      print(context, values.name ?? id);
      return 0;
    }
    return runAttached(context, id, {
      tty,
      stdin,
      stdout: true,
      stderr: true,
      remove: values.rm ?? false,
      signals: true,
    });
  },
});

async function startDependencies(
  context: ComposeContext,
  project: Project,
  service: Service,
  values: Flags,
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
function override(
  context: ComposeContext,
  service: Service,
  values: Flags,
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

async function create(
  context: ComposeContext,
  project: Project,
  service: Service,
  values: Flags,
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
