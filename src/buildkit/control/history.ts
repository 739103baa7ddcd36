import type { BuildRecord } from '../../build/history/types.ts';
import { EngineError, kindOf, notFound } from '../../lib/errors.ts';
import { GrpcStatus } from '../../lib/grpc/status.ts';
import type { BuildKitContext } from '../context.ts';
import type { OptionsEntry, StatusResponse, Timestamp } from '../message-types.ts';
import type { ClientRecord } from '../record/client-records.ts';
import { readStatus, type StatusMessage } from '../status-message.ts';
import { BuildStatus } from '../status/build-status.ts';
import { BuildTeller } from '../status/tell-build.ts';
import { timestamp } from '../status/timestamp.ts';
import type { BuildDocuments, DocumentInfos } from './build-documents.ts';

const [STARTED, COMPLETE, DELETED] = [0, 1, 2] as const;

export interface HistoryRequest {
  ActiveOnly: boolean;
  Ref: string;
  EarlyExit: boolean;
  Limit: number;
}

interface HistoryRecord extends DocumentInfos {
  Ref: string;
  Frontend: string;
  FrontendAttrs: Record<string, string>;
  Exporters: OptionsEntry[];
  CreatedAt: Timestamp;
  CompletedAt: Timestamp | null;
  error: StatusMessage | null;
  ExporterResponse: Record<string, string>;
  numCachedSteps: number;
  numTotalSteps: number;
  numCompletedSteps: number;
  numWarnings: number;
  externalError: Described | null;
  logs: Described | null;
  trace: Described | null;
}

interface Described {
  readonly media_type: string;
  readonly digest: string;
  readonly size: number;
}

export interface HistoryEvent {
  /** 0 = started, 1 = complete, 2 = deleted. */
  type: number;
  record: HistoryRecord;
}

/** Builds on record, and without `EarlyExit` what becomes of builds from then on. */
export async function* listenHistory(
  { builder, records, changes }: BuildKitContext,
  documents: BuildDocuments,
  { Ref, ActiveOnly, Limit, EarlyExit }: HistoryRequest,
  signal: AbortSignal,
): AsyncGenerator<HistoryEvent> {
  const later = EarlyExit ? undefined : changes.listen(signal);
  const all = Ref === '' ? builder.history.list() : [builder.history.find(Ref)].filter((each) => !!each);
  const wanted = all.filter(({ endedAt }) => !ActiveOnly || !endedAt);
  for (const record of wanted.slice(0, Limit > 0 ? Limit : undefined))
    yield historyEvent(record, records.get(record.id), documents.of(record.id));
  for await (const event of later ?? []) if (Ref === '' || event.record.Ref === Ref) yield event;
}

export interface HistoryUpdate {
  Ref: string;
  Delete: boolean;
  Pinned: boolean;
  /** All documents about the build are wanted now. */
  Finalize: boolean;
}

export function updateHistory(
  { builder, records, changes }: BuildKitContext,
  { Ref, Delete, Pinned, Finalize }: HistoryUpdate,
): object {
  const record = named(builder.history, Ref);
  if (!record && Delete) return {}; // as BuildKit
  if (!record) throw notFound(`no such build: ${Ref}`);
  if (Pinned) throw new EngineError('not-implemented', 'this engine does not pin builds on record');
  if (Finalize) records.makeTrace(record.id);
  if (!Delete) return {};
  builder.history.remove(record.id);
  records.remove(record.id);
  changes.tell({ type: DELETED, record: toMessage(record, undefined) });
  return {};
}

function named(history: BuildKitContext['builder']['history'], ref: string): BuildRecord | undefined {
  try {
    return history.get(ref);
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined;
    throw error;
  }
}

/** What was told of a build that is over, as far as it is on record: its steps, without their output. */
export async function* replay(record: BuildRecord): AsyncGenerator<Partial<StatusResponse>> {
  const status = new BuildStatus();
  const { onEvent } = new BuildTeller(status, record.id).build();
  onEvent({ type: 'plan', steps: record.steps.map((step) => ({ ...step, file: record.dockerfile })) });
  for (const { index, name, cache, milliseconds, error } of record.steps) {
    if (!cache) continue;
    onEvent({ type: 'step-started', index, name, cache });
    if (milliseconds !== undefined)
      onEvent({ type: 'step-ended', index, milliseconds, ...(error !== undefined && { error }) });
  }
  status.end();
  yield* status.follow(AbortSignal.abort());
}

type Known = Pick<BuildRecord, 'id' | 'startedAt' | 'steps'> & Partial<BuildRecord>;

/** A build as it is on record, with what its client saw of it where that is known. */
export function historyEvent(
  record: Known,
  client: ClientRecord | undefined,
  documents: DocumentInfos,
): HistoryEvent {
  return {
    type: record.endedAt ? COMPLETE : STARTED,
    record: { ...toMessage(record, client), ...documents },
  };
}

function toMessage(record: Known, client: ClientRecord | undefined): HistoryRecord {
  const { id, dockerfile = '', target = '', startedAt, endedAt, imageId, steps } = record;
  const done = steps.filter(({ milliseconds }) => milliseconds !== undefined);
  const known = { filename: dockerfile, ...(target !== '' && { target }) };
  return {
    Ref: id,
    Frontend: client?.frontend ?? 'dockerfile.v0',
    FrontendAttrs: { ...known, ...client?.attributes },
    Exporters: [...(client?.exporters ?? [])],
    CreatedAt: timestamp(startedAt.getTime()),
    CompletedAt: endedAt ? timestamp(endedAt.getTime()) : null,
    error: errorOf(record, client),
    ExporterResponse: {
      ...(imageId && { 'containerimage.config.digest': imageId }),
      ...client?.response,
    },
    numCachedSteps: client?.steps?.cached ?? done.filter(({ cache }) => cache?.hit).length,
    numTotalSteps: client?.steps?.total ?? steps.length,
    numCompletedSteps: client?.steps?.completed ?? done.length,
    numWarnings: client?.warnings ?? 0,
    externalError: describeError(client),
    logs: client?.logs ? { media_type: 'application/vnd.buildkit.status.v0', ...client.logs } : null,
    trace: client?.trace ? { media_type: 'application/vnd.buildkit.otlp.json.v0', ...client.trace } : null,
  };
}

function errorOf({ error }: Known, client: ClientRecord | undefined): HistoryRecord['error'] {
  const told = client?.error;
  if (told?.status !== undefined) return readStatus(Buffer.from(told.status, 'base64'));
  const message = told?.message ?? error;
  return message === undefined ? null : { code: told?.code ?? GrpcStatus.unknown, message, details: [] };
}

/** Clients read the place of an error as a document of its own. */
function describeError(client: ClientRecord | undefined): Described | null {
  const { status, digest } = client?.error ?? {};
  if (status === undefined || digest === undefined) return null;
  return {
    media_type: 'application/vnd.googeapis.google.rpc.status+proto',
    digest,
    size: Buffer.byteLength(status, 'base64'),
  };
}
