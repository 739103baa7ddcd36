import { containersOf, isUp, nameOf, observe, serviceOf } from '../../compose/plan/observe.ts';
import { label } from '../../compose/plan/labels.ts';
import { shortId } from '../../lib/id.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { summaryColumns } from '../container/summary-columns.ts';
import { ExitError } from '../exit-code.ts';
import { bool, list, text } from '../flags.ts';
import { type Columns, formatList } from '../format/table.ts';
import { defineComposeCommand } from './globals.ts';
import { projectOrName } from './target.ts';

export const command = defineComposeCommand({
  summary: 'List containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    all: bool('Show all stopped containers (including those created by the run command)', 'a'),
    filter: text('Filter services by a property (supported filters: status)'),
    format: text("Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"),
    'no-trunc': bool("Don't truncate output"),
    orphans: bool('Include orphaned services (not declared by project) (default true)'),
    quiet: bool('Only display IDs', 'q'),
    services: bool('Display services'),
    status: list(
      'Filter services by status. Values: [paused | restarting | removing | running | dead | created | exited]',
      undefined,
      'stringArray',
    ),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const statuses = [...flags.status, ...statusFilter(flags.filter)];
    const { project, name } = projectOrName(context, services);
    const observed = await observe(context.client, name);
    const wanted =
      project && services.length === 0 && flags.orphans === false ? [...project.services.keys()] : services;
    const found = [
      ...containersOf(observed, wanted),
      ...(flags.all
        ? observed.oneOffs.filter((item) => wanted.length === 0 || wanted.includes(serviceOf(item)))
        : []),
    ];
    const items = found
      .filter((item) => (statuses.length > 0 ? statuses.includes(item.State) : flags.all || isUp(item)))
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    if (flags.services) {
      const names = [...new Set(items.map(serviceOf))];
      return void context.out.write(`${names.join('\n')}\n`);
    }
    const whole = flags['no-trunc'] ?? false;
    const columns = columnsOf(whole || (flags.quiet ?? false), whole);
    const shown = ['Name', 'Image', 'Command', 'Service', 'RunningFor', 'Status', 'Ports'];
    context.out.write(
      await formatList({
        items,
        columns,
        shown,
        format: flags.quiet ? undefined : flags.format,
        quiet: flags.quiet && 'ID',
        labels: ({ Labels }) => Labels,
      }),
    );
  },
});

function statusFilter(filter: string | undefined): readonly string[] {
  if (filter === undefined) return [];
  const [key, value] = filter.split(/=(.*)/s);
  if (value === undefined) throw new ExitError(1, 'arguments to --filter should be in form KEY=VAL');
  if (key === 'status') return [value];
  throw new ExitError(1, key === 'source' ? 'not implemented' : `unknown filter ${key}`);
}

const columnsOf = (wholeIds: boolean, whole: boolean): Columns<ContainerSummary> => ({
  ...summaryColumns(whole),
  ExitCode: ['EXIT CODE', ({ Status }) => Number(/^Exited \((\d+)\)/.exec(Status)?.[1] ?? 0)],
  Health: ['HEALTH', ({ Status }) => /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(Status)?.[1] ?? ''],
  ID: ['CONTAINER ID', ({ Id }) => (wholeIds ? Id : shortId(Id))],
  Name: ['NAME', nameOf],
  Project: ['PROJECT', ({ Labels }) => Labels[label.project] ?? ''],
  Publishers: [
    'PUBLISHERS',
    ({ Ports }) =>
      Ports.toSorted((a, b) => a.PrivatePort - b.PrivatePort).map(
        ({ IP, PrivatePort, PublicPort, Type }) => ({
          URL: IP ?? '',
          TargetPort: PrivatePort,
          PublishedPort: PublicPort ?? 0,
          Protocol: Type,
        }),
      ),
  ],
  Service: ['SERVICE', serviceOf],
});
