import type { Project } from '../../compose/model/types.ts';
import { selectServices } from '../../compose/plan/graph.ts';
import { stopContainers } from '../../compose/stop.ts';
import { up, type UpOptions } from '../../compose/up.ts';
import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { bool, int, list, text, type Values } from '../flags.ts';
import { authOptions } from '../registry-auth.ts';
import { AttachedProject, type Exit, type Watched } from './attached-project.ts';
import { buildLinePrinter } from './build-lines.ts';
import type { ComposeContext } from './globals.ts';
import { LogPrinter, shortName } from './log-printer.ts';
import { progressPrinter } from './progress-printer.ts';

const flags = {
  'abort-on-container-exit': bool('Stops all containers if any container was stopped. Incompatible with -d'),
  'abort-on-container-failure': bool(
    'Stops all containers if any container exited with failure. Incompatible with -d',
  ),
  'always-recreate-deps': bool('Recreate dependent containers. Incompatible with --no-recreate.'),
  attach: list('Restrict attaching to the specified services', undefined, 'stringArray'),
  'attach-dependencies': bool('Automatically attach to log output of dependent services'),
  build: bool('Build images before starting containers'),
  detach: bool('Detached mode: Run containers in the background', 'd'),
  'exit-code-from': text(
    'Return the exit code of the selected service container. Implies --abort-on-container-exit',
  ),
  'force-recreate': bool("Recreate containers even if their configuration and image haven't changed"),
  'no-attach': list('Do not attach (stream logs) to the specified services', undefined, 'stringArray'),
  'no-build': bool("Don't build an image, even if it's policy"),
  'no-color': bool('Produce monochrome output'),
  'no-deps': bool("Don't start linked services"),
  'no-log-prefix': bool("Don't print prefix in logs"),
  'no-recreate': bool(
    "If containers already exist, don't recreate them. Incompatible with --force-recreate.",
  ),
  'no-start': bool("Don't start the services after creating them"),
  pull: text('Pull image before running ("always"|"missing"|"never")'),
  'quiet-build': bool('Suppress the build output'),
  'quiet-pull': bool('Pull without printing progress information'),
  'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
  'renew-anon-volumes': bool(
    'Recreate anonymous volumes instead of retrieving data from the previous containers',
    'V',
  ),
  scale: list(
    'Scale SERVICE to NUM instances. Overrides the scale setting in the Compose file if present.',
    undefined,
    'scale',
  ),
  timeout: int(
    'Use this timeout in seconds for container shutdown when attached or when containers are already running',
    't',
  ),
  wait: bool('Wait for services to be running|healthy. Implies detached mode.'),
  yes: { ...bool('Assume "yes" as answer to all prompts', 'y'), hidden: true },
} as const;
type Flags = Values<typeof flags>;

export const command = defineCommand({
  summary: 'Create and start containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags,
  args: { min: 0 },
  async run(base, values, services) {
    const context = base as ComposeContext;
    const project = context.load(services);
    const report = progressPrinter(context);
    const options: UpOptions = {
      services,
      signal: context.signal,
      build: values.build ?? false,
      noBuild: values['no-build'] ?? false,
      noDeps: values['no-deps'] ?? false,
      noStart: values['no-start'] ?? false,
      forceRecreate: values['force-recreate'] ?? false,
      noRecreate: values['no-recreate'] ?? false,
      renewAnonVolumes: values['renew-anon-volumes'] ?? false,
      removeOrphans: values['remove-orphans'] ?? false,
      wait: values.wait ?? false,
      pull: values.pull,
      scale: parseScale(values.scale),
      ...(values.timeout !== undefined && { timeout: values.timeout }),
      ...authOptions(context),
      ...(!values['quiet-build'] && { onBuildLine: buildLinePrinter(context) }),
    };
    if (values.detach || values.wait || values['no-start']) {
      await up(context.client, project, report, options);
      report.end();
      return 0;
    }
    return foreground(context, project, options, values, services);
  },
});

function parseScale(specs: readonly string[]): Map<string, number> {
  return new Map(
    specs.map((spec) => {
      const match = /^([^=]+)=(\d+)$/.exec(spec);
      if (!match)
        throw new ExitError(1, `invalid --scale option ${JSON.stringify(spec)}. Should be SERVICE=NUM`);
      return [match[1] as string, Number(match[2])];
    }),
  );
}

/** Shows the output of the services until they end, the user ends them, or one ends and `--abort-on-container-exit` stands. */
async function foreground(
  context: ComposeContext,
  project: Project,
  options: UpOptions,
  values: Flags,
  services: readonly string[],
): Promise<number> {
  const report = progressPrinter(context);
  const attach = attachedServices(project, values, services);
  const printer = new LogPrinter(context, [], !values['no-log-prefix']);
  const attached = new AttachedProject(context, project.name, printer);
  const stop = new AbortController();
  const ending = endings(attached, values, project);
  const interrupts = onInterrupt(() => {
    ending.interrupt();
    stop.abort();
  });
  try {
    await up(context.client, project, report, {
      ...options,
      signal: stop.signal,
      async onCreated({ containers }, names) {
        report.end();
        const watched = [...containers]
          .filter(([service]) => attach.has(service))
          .flatMap(([service, ids]) =>
            ids.map((id): Watched => ({ id, service, name: names.get(id) ?? id })),
          );
        for (const { name } of watched) printer.add(shortName(project.name, name));
        context.out.write(
          `Attaching to ${watched.map(({ name }) => shortName(project.name, name)).join(', ')}\n`,
        );
        await attached.attach(watched);
      },
    });
    ending.started(attached.ended());
    const { exit, interrupted } = await ending.done;
    if (exit === undefined && !interrupted) return 0;
    if (interrupted) context.err.write('Gracefully Stopping... press Ctrl+C again to force\n');
    else context.err.write('Aborting on container exit...\n');
    await stopContainers(context.client, project, report, {
      services,
      timeout: values.timeout,
      force: interrupts.second,
    });
    return interrupted ? 130 : exitStatus(values, exit);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    await stopContainers(context.client, project, report, {
      services,
      timeout: values.timeout,
      force: interrupts.second,
    });
    return 130;
  } finally {
    interrupts.end();
    attached.close();
  }
}

function attachedServices(project: Project, values: Flags, services: readonly string[]): Set<string> {
  const chosen =
    values.attach.length > 0
      ? values.attach
      : services.length > 0 && !values['attach-dependencies']
        ? services
        : selectServices(project, services).map(({ name }) => name);
  return new Set(
    chosen.filter(
      (name) => !values['no-attach'].includes(name) && project.services.get(name)?.attach !== false,
    ),
  );
}

interface Ending {
  readonly exit: Exit | undefined;
  readonly interrupted: boolean;
}

/** What makes a foreground `up` end: everything ended, the user, or an exit that counts. */
function endings(attached: AttachedProject, values: Flags, project: Project) {
  const { promise: done, resolve } = Promise.withResolvers<Ending>();
  const from = values['exit-code-from'];
  if (from !== undefined && !project.services.has(from)) throw new ExitError(1, `no such service: ${from}`);
  const onAnyExit = values['abort-on-container-exit'] || from !== undefined;
  let chosen: Exit | undefined;
  attached.onExit = (exit) => {
    if (exit.service === from) chosen = exit;
    if (onAnyExit || (values['abort-on-container-failure'] && exit.exitCode !== 0)) {
      resolve({
        exit: from === undefined || exit.service === from ? exit : (chosen ?? exit),
        interrupted: false,
      });
    }
  };
  return {
    done,
    interrupt: () => resolve({ exit: undefined, interrupted: true }),
    started: (ended: Promise<void>) =>
      void ended.then(() => setTimeout(() => resolve({ exit: chosen, interrupted: false }), 50)),
  };
}

const exitStatus = (values: Flags, exit: Exit | undefined): number =>
  values['exit-code-from'] !== undefined ||
  values['abort-on-container-exit'] ||
  values['abort-on-container-failure']
    ? (exit?.exitCode ?? 0)
    : 0;

/** The first SIGINT or SIGTERM asks for an orderly stop, the second one kills. */
function onInterrupt(first: () => void): { readonly second: AbortSignal; end(): void } {
  const second = new AbortController();
  let count = 0;
  const listener = (): void => {
    count += 1;
    if (count === 1) first();
    else second.abort();
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return { second: second.signal, end: () => void process.off('SIGINT', listener).off('SIGTERM', listener) };
}
