import type { BuildRecord } from '../../build/history/types.ts';
import type { BuildKitContext } from '../context.ts';
import type { StatusResponse, Timestamp } from '../message-types.ts';
import { BuildStatus } from '../status/build-status.ts';
import { BuildTeller } from '../status/tell-build.ts';
import { timestamp } from '../status/timestamp.ts';
import type { BuildDocuments, DocumentInfos } from './build-documents.ts';

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
  CreatedAt: Timestamp;
  CompletedAt: Timestamp | null;
  error: { code: number; message: string } | null;
  ExporterResponse: Record<string, string>;
  numCachedSteps: number;
  numTotalSteps: number;
  numCompletedSteps: number;
}

export interface HistoryEvent {
  /** 0 = started, 1 = complete, 2 = deleted. */
  type: number;
  record: HistoryRecord;
}

/** Builds on record; those that begin later are told only to clients that wait for them, which none does here. */
export async function* listenHistory(
  { builder }: BuildKitContext,
  documents: BuildDocuments,
  { Ref, ActiveOnly, Limit }: HistoryRequest,
): AsyncGenerator<HistoryEvent> {
  const wanted = builder.history
    .list()
    .filter(({ id, endedAt }) => (Ref === '' ? !isFurther(id) : id === Ref) && (!ActiveOnly || !endedAt));
  for (const record of wanted.slice(0, Limit > 0 ? Limit : undefined))
    yield { type: record.endedAt ? 1 : 0, record: { ...toMessage(record), ...documents.of(record.id) } };
}

/** The builds for further platforms are on record beside the first, which stands for all to its client. */
const isFurther = (id: string): boolean => /\.\d+$/.test(id);

export function updateHistory(
  { builder }: BuildKitContext,
  { Ref, Delete }: { Ref: string; Delete: boolean },
): object {
  const { id } = builder.history.get(Ref);
  if (Delete) builder.history.remove(id);
  return {};
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

function toMessage({
  id,
  dockerfile,
  target,
  startedAt,
  endedAt,
  imageId,
  error,
  steps,
}: BuildRecord): HistoryRecord {
  const done = steps.filter(({ milliseconds }) => milliseconds !== undefined);
  return {
    Ref: id,
    Frontend: 'dockerfile.v0',
    FrontendAttrs: { filename: dockerfile, ...(target !== '' && { target }) },
    CreatedAt: timestamp(startedAt.getTime()),
    CompletedAt: endedAt ? timestamp(endedAt.getTime()) : null,
    error: error === undefined ? null : { code: 2, message: error },
    ExporterResponse: imageId ? { 'containerimage.config.digest': imageId } : {},
    numCachedSteps: done.filter(({ cache }) => cache?.hit).length,
    numTotalSteps: steps.length,
    numCompletedSteps: done.length,
  };
}
