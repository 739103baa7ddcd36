import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuildHistory } from '../../build/history/build-history.ts';
import { openDatabase } from '../../lib/database.ts';
import type { StatusResponse } from '../message-types.ts';
import { type ClientRecord, ClientRecords } from './client-records.ts';

const record: ClientRecord = {
  frontend: 'dockerfile.v0',
  attributes: { filename: 'Own', target: 'app' },
  exporters: [],
  response: {},
  warnings: 0,
  error: { code: 2, message: 'exit code: 3' },
};
const at = (seconds: number, nanos = 0) => ({ seconds: 1_700_000_000 + seconds, nanos });
const run = { digest: 'sha256:run', name: 'RUN make', started: at(2) };
const told: Partial<StatusResponse>[] = [
  {
    vertexes: [{ digest: 'sha256:from', name: 'FROM base', cached: true, started: at(1), completed: at(1) }],
  },
  { vertexes: [run] },
  { logs: [{ vertex: 'sha256:run', msg: Buffer.from('x'), stream: 1 }] },
  { vertexes: [{ ...run, completed: at(5, 5_000_000), error: 'exit code: 3' }] },
  { vertexes: [{ digest: 'sha256:never', name: 'COPY . .', started: at(3) }] },
  { vertexes: [{ digest: 'sha256:out', name: 'exporting', started: at(6), completed: at(8) }] },
  { statuses: [{ ID: 'layers', vertex: 'sha256:out', started: at(6), completed: null }] },
  { statuses: [{ ID: 'layers', vertex: 'sha256:out', started: at(6), completed: at(7) }] },
];

interface Context {
  readonly TraceID: string;
  readonly SpanID: string;
}

interface Span {
  readonly Name: string;
  readonly SpanContext: Context;
  readonly Parent: Context;
  readonly StartTime: string;
  readonly EndTime: string;
  readonly Attributes: readonly { readonly Key: string; readonly Value: { readonly Value: unknown } }[];
  readonly Status: { readonly Code: number; readonly Description: string };
}

function spansOf(document: Buffer | undefined): Span[] {
  const lines = (document?.toString() ?? '').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Span);
}

test('a trace is made when it is wanted: the build, its steps and the parts of these, with times and errors', () => {
  using database = openDatabase(':memory:');
  void new BuildHistory(database);
  const records = new ClientRecords(database);
  records.put('a', record, told);
  assert.equal(records.get('a')?.trace, undefined);
  records.makeTrace('a');
  const { digest = '', size } = records.get('a')?.trace ?? {};
  const document = records.content(digest);
  assert.equal(document?.length, size);
  const spans = spansOf(document);
  const names = new Map(spans.map(({ Name, SpanContext }) => [SpanContext.SpanID, Name]));
  assert.deepEqual(
    spans.map(({ Name, Parent, StartTime, EndTime, Status }) => [
      names.get(Parent.SpanID),
      Name,
      StartTime.slice(17),
      EndTime.slice(17),
      Status.Code,
    ]),
    [
      [undefined, 'build', '21.000000000Z', '28.000000000Z', 1],
      ['build', 'load cache: FROM base', '21.000000000Z', '21.000000000Z', 0],
      ['build', 'RUN make', '22.000000000Z', '25.005000000Z', 1],
      ['build', 'exporting', '26.000000000Z', '28.000000000Z', 0],
      ['exporting', 'layers', '26.000000000Z', '27.000000000Z', 0],
    ],
  );
  assert.equal(new Set(spans.map(({ SpanContext }) => SpanContext.TraceID)).size, 1);
  assert.equal(spans[2]?.Status.Description, 'exit code: 3');
  assert.deepEqual(
    spans[1]?.Attributes.map(({ Key, Value }) => [Key, Value.Value]),
    [
      ['vertex', 'sha256:from'],
      ['cached', true],
    ],
  );
  records.makeTrace('a');
  assert.equal(records.get('a')?.trace?.digest, digest);
});

test('a build that was over before anything was done has no trace', () => {
  using database = openDatabase(':memory:');
  void new BuildHistory(database);
  const records = new ClientRecords(database);
  records.put('a', record, []);
  records.makeTrace('a');
  records.makeTrace('unknown');
  assert.equal(records.get('a')?.trace, undefined);
});
