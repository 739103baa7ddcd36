import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { migrate } from '../../lib/database.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import type { ExecOp } from '../plan/types.ts';
import type { FailedStep } from './types.ts';

const migrations = [
  `CREATE TABLE build_failures (
    lineage TEXT PRIMARY KEY,
    build_id TEXT NOT NULL,
    layers TEXT NOT NULL,
    op TEXT NOT NULL,
    context_dir TEXT,
    step TEXT NOT NULL,
    stage TEXT NOT NULL,
    line INTEGER NOT NULL,
    exit_code INTEGER NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;`,
];

/** What failed steps left: records in the database that hold layers, the last one of each lineage. */
export class FailedSteps {
  private readonly database: DatabaseSync;
  private readonly lease: (layers: readonly Digest[]) => Disposable;
  private readonly leases = new Map<string, Disposable>();

  /** `lease` keeps layers for as long as a record has them. */
  constructor(database: DatabaseSync, lease: (layers: readonly Digest[]) => Disposable) {
    this.database = database;
    this.lease = lease;
    migrate(database, 'build-failures', migrations);
    for (const { lineage, layers } of this.list()) this.leases.set(lineage, lease(layers));
  }

  /** Newest first. */
  list(): FailedStep[] {
    return this.database.prepare('SELECT * FROM build_failures ORDER BY created_at DESC').all().map(toStep);
  }

  /** Of a build; undefined when that left nothing, or nothing any more. */
  find(buildId: string): FailedStep | undefined {
    return this.list().find((step) => step.buildId === buildId);
  }

  /** Takes the place of what the same lineage left before; says whether there was something. */
  put(step: FailedStep): boolean {
    const before = this.leases.get(step.lineage);
    this.leases.set(step.lineage, this.lease(step.layers));
    this.database
      .prepare('INSERT OR REPLACE INTO build_failures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        step.lineage,
        step.buildId,
        JSON.stringify(step.layers),
        JSON.stringify({ ...step.op, hiddenEnv: [] }), // proxies may have passwords in them
        step.contextDir ?? null,
        step.step,
        step.stage,
        step.line,
        step.exitCode,
        step.size,
        step.createdAt.getTime(),
      );
    before?.[Symbol.dispose]();
    return before !== undefined;
  }

  /** Forgets what a lineage left; says whether there was something. Its layers go at the next collection. */
  drop(lineage: string): boolean {
    const { changes } = this.database.prepare('DELETE FROM build_failures WHERE lineage = ?').run(lineage);
    this.leases.get(lineage)?.[Symbol.dispose]();
    this.leases.delete(lineage);
    return Number(changes) > 0;
  }
}

function toStep(row: Record<string, SQLOutputValue>): FailedStep {
  const contextDir = row['context_dir'];
  return {
    buildId: String(row['build_id']),
    lineage: String(row['lineage']),
    layers: (JSON.parse(String(row['layers'])) as string[]).map(parseDigest),
    op: JSON.parse(String(row['op'])) as ExecOp,
    ...(contextDir !== null && { contextDir: String(contextDir) }),
    step: String(row['step']),
    stage: String(row['stage']),
    line: Number(row['line']),
    exitCode: Number(row['exit_code']),
    size: Number(row['size']),
    createdAt: new Date(Number(row['created_at'])),
  };
}
