import type { EventMessage } from '../../wire/system.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { filterFlag, parseFilters } from '../filters.ts';
import { text } from '../flags.ts';
import { inspectTemplate } from '../format/inspect.ts';
import { parseMoment } from '../format/time.ts';

export const command = defineCommand({
  summary: 'Get real time events from the engine',
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag('Filter output based on conditions provided', 'f'),
    format: text('Format output using a custom template: json or TEMPLATE'),
    since: text('Show all events created since timestamp'),
    until: text('Stream events until this timestamp'),
  },
  async run(context, flags) {
    const events = await context.client.system.events({
      filters: parseFilters(flags.filter),
      ...(flags.since !== undefined && { since: parseMoment(flags.since) }),
      ...(flags.until !== undefined && { until: parseMoment(flags.until) }),
      signal: context.signal,
    });
    const show =
      flags.format === undefined
        ? eventText
        : flags.format === 'json'
          ? JSON.stringify
          : inspectTemplate(flags.format);
    for await (const event of events) print(context, show(event));
  },
});

function eventText({ time, timeNano, Type, Action, Actor }: EventMessage): string {
  const fraction = String(timeNano).slice(-9).padStart(9, '0');
  const attributes = Object.entries(Actor.Attributes ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  return `${new Date(time * 1000).toISOString().slice(0, 19)}.${fraction}Z ${Type} ${Action} ${Actor.ID}${attributes === '' ? '' : ` (${attributes})`}`;
}
