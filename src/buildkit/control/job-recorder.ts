import { statusOf } from '../../lib/grpc/status.ts';
import { digestOf } from '../../oci/digest.ts';
import type { BuildKitContext } from '../context.ts';
import { exportersOf } from '../export/asked-exporters.ts';
import { shownAttributes } from '../frontend/shown-url.ts';
import type { OptionsEntry, SolveRequest, StatusResponse, Vertex } from '../message-types.ts';
import type { ClientRecord } from '../record/client-records.ts';
import type { BuildDocuments } from './build-documents.ts';
import { historyEvent } from './history.ts';
import type { Job } from './job.ts';

/** Writes down what a client asked for and was told, and tells those who wait for builds. */
export class JobRecorder {
  response: Readonly<Record<string, string>> = {};
  error: unknown;
  private readonly context: BuildKitContext;
  private readonly documents: BuildDocuments;
  private readonly job: Job;
  private readonly exporters: readonly OptionsEntry[];
  private readonly frontend: string;
  private readonly startedAt = new Date();

  constructor(context: BuildKitContext, documents: BuildDocuments, job: Job, request: SolveRequest) {
    this.context = context;
    this.documents = documents;
    this.job = job;
    this.exporters = exportersOf(request);
    this.frontend = request.Frontend || 'dockerfile.v0';
    this.tell(this.record());
  }

  end(): void {
    const { records, logger } = this.context;
    const { ref, status } = this.job;
    let record = this.record();
    try {
      record = records.put(ref, record, status.all);
    } catch (error) {
      logger.warn('a build was not put on record', { ref, error });
    }
    this.tell(record, new Date());
  }

  private record(): ClientRecord {
    const { asked, status } = this.job;
    const warnings = status.all.reduce((sum, part) => sum + (part.warnings?.length ?? 0), 0);
    return {
      frontend: this.frontend,
      attributes: shownAttributes(asked),
      exporters: this.exporters,
      response: this.response,
      ...(this.error !== undefined && { error: describe(this.error) }),
      warnings,
      steps: countSteps(status.all),
    };
  }

  private tell(client: ClientRecord, endedAt?: Date): void {
    const { builder, changes } = this.context;
    const { ref } = this.job;
    const known = builder.history.find(ref);
    const record = known ?? { id: ref, startedAt: this.startedAt, steps: [] };
    changes.tell(historyEvent({ ...record, ...(endedAt && { endedAt }) }, client, this.documents.of(ref)));
  }
}

function countSteps(told: readonly Partial<StatusResponse>[]): ClientRecord['steps'] & object {
  const last = new Map<string, Partial<Vertex>>();
  for (const { vertexes = [] } of told) for (const vertex of vertexes) last.set(vertex.digest ?? '', vertex);
  const all = [...last.values()];
  return {
    total: all.length,
    completed: all.filter(({ completed }) => completed).length,
    cached: all.filter(({ cached }) => cached).length,
  };
}

function describe(error: unknown): ClientRecord['error'] & object {
  const { code, message, details } = statusOf(error);
  return {
    code,
    message,
    ...(details && { status: Buffer.from(details).toString('base64'), digest: digestOf(details) }),
  };
}
