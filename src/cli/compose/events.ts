import { label } from '../../compose/plan/labels.ts';
import type { EventMessage } from '../../wire/system.ts';
import { print } from '../context.ts';
import { bool, text } from '../flags.ts';
import { parseMoment } from '../format/time.ts';
import { defineComposeCommand } from './globals.ts';
import { projectOrName } from './target.ts';

export const command = defineComposeCommand({
  summary: 'Receive real time events from containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    json: bool('Output events as a stream of json objects'),
    since: text('Show all events created since timestamp'),
    until: text('Stream events until this timestamp'),
  },
  args: { min: 0 },
  async run(context, flags, services) {
    const { name } = projectOrName(context, services);
    const events = await context.client.system.events({
      filters: { type: ['container'], label: [`${label.project}=${name}`] },
      ...(flags.since !== undefined && { since: parseMoment(flags.since) }),
      ...(flags.until !== undefined && { until: parseMoment(flags.until) }),
      signal: context.signal,
    });
    for await (const event of events) {
      const { Attributes } = event.Actor;
      const service = Attributes[label.service] ?? '';
      if (Attributes[label.oneOff] === 'True') continue;
      if (services.length > 0 && !services.includes(service)) continue;
      print(context, flags.json ? eventJson(event, service) : eventText(event));
    }
  },
});

/** The attributes without Compose's own. */
const attributesOf = ({ Actor }: EventMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(Actor.Attributes)
      .filter(([name]) => !name.startsWith('com.docker.compose.'))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

const eventJson = (event: EventMessage, service: string): string =>
  JSON.stringify({
    action: event.Action,
    attributes: attributesOf(event),
    id: event.Actor.ID,
    service,
    time: `${timeOf(event, 9)
      .replace(' ', 'T')
      .replace(/\.?0+$/, '')}Z`,
    type: 'container',
  });

function eventText(event: EventMessage): string {
  const attributes = Object.entries(attributesOf(event)).map(([name, value]) => `${name}=${value}`);
  return `${timeOf(event, 6)} container ${event.Action} ${event.Actor.ID} (${attributes.join(', ')})\n`;
}

/** `2026-01-02 03:04:05.` and so many digits of the fraction, in UTC. */
function timeOf({ time, timeNano }: EventMessage, digits: number): string {
  const fraction = String(timeNano).slice(-9).padStart(9, '0').slice(0, digits);
  return `${new Date(time * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${fraction}`;
}
