import { momentOf } from '../format/time.ts';
import { defineCommand } from '../command.ts';
import { bool, text } from '../flags.ts';

export const command = defineCommand({
  summary: 'Fetch the logs of a container',
  usage: '[OPTIONS] CONTAINER',
  flags: {
    details: bool('Show extra details provided to logs'),
    follow: bool('Follow log output', 'f'),
    since: text(
      'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    ),
    tail: text('Number of lines to show from the end of the logs (default "all")', 'n'),
    timestamps: bool('Show timestamps', 't'),
    until: text(
      'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    ),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    const frames = await context.client.containers.logs(name, {
      follow: flags.follow ?? false,
      timestamps: flags.timestamps ?? false,
      ...(flags.since !== undefined && { since: momentOf('since', flags.since) }),
      ...(flags.until !== undefined && { until: momentOf('until', flags.until) }),
      ...(flags.tail !== undefined && { tail: flags.tail }),
    });
    for await (const { stream, data } of frames) {
      const out = stream === 'stderr' ? context.err : context.out;
      if (!out.write(data)) await new Promise<void>((resolve) => out.once('drain', resolve));
    }
  },
});
