import { containersOf, nameOf, observe } from '../../compose/plan/observe.ts';
import { bool, text } from '../flags.ts';
import { momentOf } from '../format/time.ts';
import { defineComposeCommand } from './globals.ts';
import { LogPrinter, shortName } from './log-printer.ts';

export const command = defineComposeCommand({
  summary: 'View output from containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    follow: bool('Follow log output', 'f'),
    index: { ...text('index of the container if service has multiple replicas'), hidden: true },
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
  async run(base, flags, services) {
    const context = { ...base, colors: base.colors && !flags['no-color'] };
    const { name: project } = context.load(services);
    const containers = containersOf(await observe(context.client, project), services);
    const printer = new LogPrinter(
      context,
      containers.map((container) => shortName(project, nameOf(container))),
      !flags['no-log-prefix'],
    );
    await Promise.all(
      containers.map(async (container) => {
        const name = shortName(project, nameOf(container));
        const frames = await context.client.containers.logs(container.Id, {
          follow: flags.follow ?? false,
          timestamps: flags.timestamps ?? false,
          ...(flags.since !== undefined && { since: momentOf('since', flags.since) }),
          ...(flags.until !== undefined && { until: momentOf('until', flags.until) }),
          ...(flags.tail !== undefined && { tail: flags.tail }),
        });
        for await (const { stream, data } of frames) printer.write(name, data, stream);
        printer.flush(name);
      }),
    );
  },
});
