import { createHash } from 'node:crypto';
import type { StatusResponse, Timestamp, Vertex, VertexStatus } from '../message-types.ts';
import type { ClientRecord } from './client-records.ts';

const INTERNAL = 1;
const [UNSET, ERROR] = [0, 1] as const;

interface Interval {
  readonly started: bigint;
  readonly ended: bigint;
}

interface Span extends Interval {
  /** What tells it from the others of its build. */
  readonly key: string;
  /** Key of the span that it is a part of. */
  readonly parent: string | undefined;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | boolean>>;
  readonly error?: string | undefined;
}

/**
 * Where the time of a build went, from what its client was told: a span for the build, for each step and other piece of work, and for the parts
 * of these. One JSON document after the other, as BuildKit has it (`application/vnd.buildkit.otlp.json.v0`). Undefined for a build
 * that was over before anything was done.
 */
export function traceOf(
  id: string,
  { attributes, error }: ClientRecord,
  told: readonly Partial<StatusResponse>[],
): Buffer | undefined {
  const steps = vertexSpans(told);
  const parts = statusSpans(told, new Set(steps.map(({ key }) => key)));
  const all = [...steps, ...parts];
  if (all.length === 0) return undefined;
  const { filename = 'Dockerfile', target } = attributes;
  const build: Span = {
    key: '',
    parent: undefined,
    name: 'build',
    started: all.reduce((first, { started }) => (started < first ? started : first), all[0]!.started),
    ended: all.reduce((last, { ended }) => (ended > last ? ended : last), all[0]!.ended),
    attributes: { ref: id, dockerfile: filename, ...(target && { target }) },
    error: error?.message,
  };
  const lines = [build, ...all].map((span) => `${JSON.stringify(toDocument(id, span))}\n`);
  return Buffer.from(lines.join(''));
}

/** A vertex is told of anew as it goes on: what was said last of each member counts. */
function vertexSpans(told: readonly Partial<StatusResponse>[]): Span[] {
  const vertexes = new Map<string, Partial<Vertex>>();
  for (const { vertexes: parts = [] } of told)
    for (const part of parts) {
      const digest = part.digest ?? '';
      vertexes.set(digest, { ...vertexes.get(digest), ...part });
    }
  return [...vertexes].flatMap(([digest, { name = '', cached = false, error, ...times }]) => {
    const interval = intervalOf(times);
    const title = cached ? `load cache: ${name}` : name;
    const attributes = { vertex: digest, cached };
    return interval
      ? [{ ...interval, key: digest, parent: '', name: title, attributes, error: error || undefined }]
      : [];
  });
}

function statusSpans(told: readonly Partial<StatusResponse>[], known: ReadonlySet<string>): Span[] {
  const spans = new Map<string, Span>();
  for (const { statuses = [] } of told)
    for (const { ID = '', vertex = '', ...times } of statuses) {
      const interval = intervalOf(times);
      const key = `${vertex}\n${ID}`;
      if (interval && known.has(vertex))
        spans.set(key, { ...interval, key, parent: vertex, name: ID, attributes: {} });
    }
  return [...spans.values()];
}

function intervalOf({
  started,
  completed,
}: Partial<Pick<VertexStatus, 'started' | 'completed'>>): Interval | undefined {
  return started && completed ? { started: nanoseconds(started), ended: nanoseconds(completed) } : undefined;
}

const nanoseconds = ({ seconds, nanos }: Timestamp): bigint =>
  BigInt(Number(seconds)) * 1_000_000_000n + BigInt(nanos);

function toDocument(build: string, { key, parent, name, started, ended, attributes, error }: Span): object {
  const trace = idOf(build, 32);
  const context = (part: string | undefined) => ({
    TraceID: part === undefined ? '0'.repeat(32) : trace,
    SpanID: part === undefined ? '0'.repeat(16) : idOf(`${build}\n${part}`, 16),
    TraceFlags: '01',
    TraceState: '',
    Remote: false,
  });
  return {
    Name: name,
    SpanContext: context(key),
    Parent: context(parent),
    SpanKind: INTERNAL,
    StartTime: timeOf(started),
    EndTime: timeOf(ended),
    Attributes: pairsOf(attributes),
    Events: null,
    Links: null,
    Status: { Code: error === undefined ? UNSET : ERROR, Description: error ?? '' },
    DroppedAttributes: 0,
    DroppedEvents: 0,
    DroppedLinks: 0,
    ChildSpanCount: 0,
    Resource: pairsOf({ 'service.name': 'lading' }),
    InstrumentationLibrary: { Name: 'lading', Version: '', SchemaURL: '' },
  };
}

const idOf = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** RFC 3339 with nanoseconds. */
const timeOf = (time: bigint): string =>
  `${new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, -5)}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;

const pairsOf = (values: Readonly<Record<string, string | boolean>>): object[] =>
  Object.entries(values).map(([Key, Value]) => ({
    Key,
    Value: { Type: typeof Value === 'boolean' ? 'BOOL' : 'STRING', Value },
  }));
