import { containersOf, isUp, nameOf, observe } from '../../compose/plan/observe.ts';
import { reported } from '../../compose/progress.ts';
import { startContainers } from '../../compose/start.ts';
import { stopContainers } from '../../compose/stop.ts';
import { chosenServices } from '../../compose/up.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { ExitError } from '../exit-code.ts';
import { bool, int, text } from '../flags.ts';
import type { ComposeContext } from './globals.ts';
import { progressPrinter } from './progress-printer.ts';

/*
 * Commands that do one thing to the containers that are there.
 */

const timeout = int('Specify a shutdown timeout in seconds', 't');

export const start = defineCommand({
  summary: 'Start services',
  usage: '[SERVICE...]',
  flags: {},
  args: { min: 0 },
  async run(base, _flags, services) {
    const context = base as ComposeContext;
    const project = context.load(services);
    const observed = await observe(context.client, project.name);
    const chosen = chosenServices(project, { services });
    const missing = chosen.find(({ name }) => !observed.byService.has(name));
    if (missing) throw new ExitError(1, `service ${JSON.stringify(missing.name)} has no container to start`);
    const all = containersOf(observed, []);
    const containers = new Map(
      [...observed.byService].map(([name, items]) => [name, items.map(({ Id }) => Id)]),
    );
    const names = new Map(all.map((container) => [container.Id, nameOf(container)]));
    await startContainers(context.client, chosen, containers, progressPrinter(context), {
      names,
      signal: context.signal,
    });
  },
});

export const stop = defineCommand({
  summary: 'Stop services',
  usage: '[OPTIONS] [SERVICE...]',
  flags: { timeout },
  args: { min: 0 },
  async run(base, flags, services) {
    const context = base as ComposeContext;
    await stopContainers(context.client, context.load(services), progressPrinter(context), {
      services,
      timeout: flags.timeout,
    });
  },
});

export const restart = defineCommand({
  summary: 'Restart service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: { 'no-deps': bool("Don't restart dependent services"), timeout },
  args: { min: 0 },
  run: (base, flags, services) =>
    forEach(
      base as ComposeContext,
      services,
      () => true,
      'Restarting',
      'Started',
      (context, { Id }) => context.client.containers.restart(Id, { timeout: flags.timeout }),
    ),
});

export const kill = defineCommand({
  summary: 'Force stop service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
    signal: text('SIGNAL to send to the container', 's'),
  },
  args: { min: 0 },
  run: (base, flags, services) =>
    forEach(base as ComposeContext, services, isUp, 'Killing', 'Killed', (context, { Id }) =>
      context.client.containers.kill(Id, flags.signal),
    ),
});

export const pause = defineCommand({
  summary: 'Pause services',
  usage: '[SERVICE...]',
  flags: {},
  args: { min: 0 },
  run: (base, _flags, services) =>
    forEach(base as ComposeContext, services, isUp, 'Pausing', 'Paused', (context, { Id }) =>
      context.client.containers.pause(Id),
    ),
});

export const unpause = defineCommand({
  summary: 'Unpause services',
  usage: '[SERVICE...]',
  flags: {},
  args: { min: 0 },
  run: (base, _flags, services) =>
    forEach(
      base as ComposeContext,
      services,
      ({ State }) => State === 'paused',
      'Unpausing',
      'Unpaused',
      (context, { Id }) => context.client.containers.unpause(Id),
    ),
});

export const rm = defineCommand({
  summary: 'Removes stopped service containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    force: bool("Don't ask to confirm removal", 'f'),
    stop: bool('Stop the containers, if required, before removing', 's'),
    volumes: bool('Remove any anonymous volumes attached to containers', 'v'),
  },
  args: { min: 0 },
  async run(base, flags, services) {
    const context = base as ComposeContext;
    if (flags.stop)
      await stopContainers(context.client, context.load(services), progressPrinter(context), { services });
    const observed = await observe(context.client, context.load(services).name);
    const stopped = containersOf(observed, services).filter((container) => !isUp(container));
    if (stopped.length === 0) {
      context.err.write('No stopped containers\n');
      return 0;
    }
    if (!flags.force) await confirm(context, `Going to remove ${stopped.map(nameOf).join(', ')}`);
    return forEach(
      context,
      services,
      (container) => !isUp(container),
      'Removing',
      'Removed',
      (_context, { Id }) => context.client.containers.remove(Id, { volumes: flags.volumes ?? false }),
    );
  },
});

async function forEach(
  context: ComposeContext,
  services: readonly string[],
  applies: (container: ContainerSummary) => boolean,
  doing: string,
  done: string,
  work: (context: ComposeContext, container: ContainerSummary) => Promise<void>,
): Promise<void> {
  const project = context.load(services);
  const containers = containersOf(await observe(context.client, project.name), services).filter(applies);
  const report = progressPrinter(context);
  await Promise.all(
    containers.map((container) =>
      reported(report, 'Container', nameOf(container), doing, done, () => work(context, container)),
    ),
  );
}
