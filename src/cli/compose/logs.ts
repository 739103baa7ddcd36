import { containersOf, isUp, nameOf, observe } from '../../compose/plan/observe.ts';
import { label } from '../../compose/plan/labels.ts';
import { ExitError } from '../exit-code.ts';
import { bool, int, text } from '../flags.ts';
import { momentOf } from '../format/time.ts';
import { defineComposeCommand } from './globals.ts';
import { LogFollower } from './log-follower.ts';
import { LogPrinter, shortName } from './log-printer.ts';
import { projectOrName, serviceContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: 'View output from containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    follow: bool('Follow log output', 'f'),
    index: int('index of the container if service has multiple replicas'),
    'no-color': bool('Produce monochrome output'),
    'no-log-prefix': bool("Don't print prefix in logs"),
    since: text(
      'Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)',
    ),
    tail: text('Number of lines to show from the end of the logs for each container (default "all")', 'n'),
    timestamps: bool('Show timestamps', 't'),
    until: text(
      'Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)',
    ),
  },
  args: { min: 0 },
  async run(given, flags, services) {
    const context = flags['no-color'] ? { ...given, colors: false } : given;
    if (flags.index && services.length !== 1)
      throw new ExitError(1, '--index requires one service to be selected');
    const { project, name } = projectOrName(context, services);
    const attached = [...(project?.services.values() ?? [])].filter(({ attach }) => attach);
    const wanted = services.length > 0 || !project ? services : attached.map((service) => service.name);
    const { index } = flags;
    const containers = index
      ? [await serviceContainer(context, name, services[0] ?? '', { index, stopped: true })]
      : wanted.length > 0 || !project
        ? containersOf(await observe(context.client, name), wanted)
        : [];
    const printer = new LogPrinter(
      context,
      containers.map((container) => shortName(name, nameOf(container))),
      !flags['no-log-prefix'],
    );
    const follower = new LogFollower(
      context.client,
      name,
      printer,
      {
        timestamps: flags.timestamps ?? false,
        ...(flags.since !== undefined && { since: momentOf('since', flags.since) }),
        ...(flags.until !== undefined && { until: momentOf('until', flags.until) }),
        ...(flags.tail !== undefined && { tail: flags.tail }),
      },
      (line) => void context.err.write(`WARN ${line}\n`),
    );
    const named = containers.map((container) => ({
      id: container.Id,
      name: nameOf(container),
      up: isUp(container),
    }));
    if (!flags.follow) return follower.print(named);
    await follower.follow(named, (event) =>
      index
        ? containers.some(({ Id }) => Id === event.Actor.ID)
        : wanted.length === 0 || wanted.includes(event.Actor.Attributes[label.service] ?? ''),
    );
  },
});
