import { invalid } from '../lib/errors.ts';
import type { EngineEvent } from '../events/types.ts';
import type { EventMessage } from '../wire/system.ts';
import { type Answer, type Call, stream } from './call.ts';
import type { Engine } from './engine.ts';
import { type Filters, parseFilters } from './filters.ts';
import { queryText } from './query.ts';
import { parseTimestamp } from './timestamp.ts';

/** Actions that carry more after a colon (`exec_start: sh`), so that a filter names only their beginning. */
const prefixActions = ['exec_create', 'exec_start', 'exec_die', 'exec_detach', 'health_status'];

/** GET /events */
export function streamEvents(call: Call, engine: Engine): Answer {
  const time = (name: string): bigint | undefined => {
    const value = queryText(call.query, name);
    return value === undefined ? undefined : parseTimestamp(value);
  };
  const since = time('since');
  const until = time('until');
  if (since !== undefined && until !== undefined && until < since)
    throw invalid(
      `\`since\` time (${call.query.get('since')}) cannot be after \`until\` time (${call.query.get('until')})`,
    );
  const filters = parseFilters(call.query);
  const events = engine.events.read({
    signal: call.signal,
    // who asks up to a time alone asks for what has been
    ...((since ?? until) !== undefined && { since: since ?? 0n }),
    ...(until !== undefined && { until }),
  });
  const contentType = call.version < 52 ? 'application/json' : negotiate(call.headers.accept ?? '');
  const before = contentType === 'application/json-seq' ? '\x1e' : '';
  return stream(encodeEvents(events, filters, before), contentType);
}

/** The first that the client takes, the lines that all take where it takes none. */
function negotiate(accept: string): string {
  const wanted = accept.split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase());
  const types = ['application/jsonl', 'application/x-ndjson', 'application/json-seq'];
  return wanted.find((type) => type !== undefined && types.includes(type)) ?? 'application/jsonl';
}

async function* encodeEvents(
  events: AsyncIterable<EngineEvent>,
  filters: Filters,
  before: string,
): AsyncIterable<string> {
  for await (const event of events) {
    if (includes(filters, event)) yield `${before}${JSON.stringify(eventMessage(event))}\n`;
  }
}

export function eventMessage(event: EngineEvent): EventMessage {
  const { type, action, actorId, attributes, timeNano } = event;
  const old = type === 'container' || type === 'image' ? { status: action, id: actorId } : {};
  const from = type === 'container' ? { from: attributes['image'] ?? '' } : {};
  return {
    ...old,
    ...from,
    Type: type,
    Action: action,
    Actor: { ID: actorId, Attributes: { ...attributes } },
    scope: 'local',
    time: Number(timeNano / 1_000_000_000n),
    timeNano: bigNumber(timeNano),
  };
}

export function includes(filters: Filters, event: EngineEvent): boolean {
  const name = event.attributes['name'] ?? '';
  const isActor = (value: string): boolean => event.actorId.startsWith(value) || name.startsWith(value);
  return (
    filters.some('type', (value) => value === event.type) &&
    filters.some('event', (value) => matchesAction(event.action, value)) &&
    filters.some('scope', (value) => value === 'local') &&
    filters.some('image', (value) => matchesImage(event, value)) &&
    ['container', 'network', 'volume', 'daemon'].every((type) =>
      filters.some(type, (value) => event.type === type && isActor(value)),
    ) &&
    ['config', 'node', 'plugin', 'secret', 'service'].every((type) => !filters.has(type)) &&
    filters.labels(event.attributes)
  );
}

function matchesAction(action: string, wanted: string): boolean {
  return action === wanted || (prefixActions.includes(wanted) && action.startsWith(wanted));
}

function matchesImage(event: EngineEvent, wanted: string): boolean {
  const name = event.attributes[event.type === 'image' ? 'name' : 'image'] ?? '';
  return [event.actorId, name].some((value) => value === wanted || withoutTag(value) === wanted);
}

const withoutTag = (name: string): string => name.replace(/:[^:/]*$/, '');

/** A number for `JSON.stringify` that has more digits than a JavaScript number holds. */
function bigNumber(value: bigint): number {
  const json = JSON as unknown as { rawJSON(text: string): number };
  return json.rawJSON(value.toString());
}
