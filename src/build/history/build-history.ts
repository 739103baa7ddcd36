import { randomBytes } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { migrate } from '../../lib/database.ts';
import { invalid, messageOf, notFound } from '../../lib/errors.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import type { BuildEvent } from '../types.ts';
import type { BuildRecord, RecordedStep } from './types.ts';
import { wholeBuilds, withPlatforms } from './whole-builds.ts';

const migrations = [
  `CREATE TABLE builds (
    id TEXT PRIMARY KEY,
    lineage TEXT NOT NULL,
    dockerfile TEXT NOT NULL,
    target TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    image_id TEXT,
    error TEXT,
    steps TEXT NOT NULL
  ) STRICT;
  CREATE INDEX builds_started ON builds (started_at);`,
];

/** One build and its parts, whose ids are `ID.1` and so on: the index finds them ('/' comes after '.'). */
const NAMED = 'id = ? OR (id > ? AND id < ?)';
const named = (id: string): string[] => [id, `${id}.`, `${id}/`];

/** Builds that are remembered. */
const KEPT = 500;

/** What earlier builds did, and why. */
export class BuildHistory {
  private readonly database: DatabaseSync;
  private readonly running = new Map<string, BuildRecorder>();

  constructor(database: DatabaseSync) {
    this.database = database;
    migrate(database, 'build-history', migrations);
    this.database
      .prepare('UPDATE builds SET ended_at = ?, error = ? WHERE ended_at IS NULL')
      .run(Date.now(), 'the engine ended before the build');
  }

  begin(about: Pick<BuildRecord, 'lineage' | 'dockerfile' | 'target'>, id = newBuildId()): BuildRecorder {
    const recorder = new BuildRecorder({ ...about, id, startedAt: new Date() }, (record) => {
      this.running.delete(id);
      this.save(record);
    });
    this.running.set(id, recorder);
    this.save(recorder.record());
    return recorder;
  }

  /** Writes down a build that failed before there was anything to be done. */
  fail(about: Pick<BuildRecord, 'lineage' | 'dockerfile' | 'target'>, id: string, error: unknown): void {
    this.begin(about, id).end({ error });
  }

  /** Newest first, those under way included; builds of several platforms are one. */
  list(): BuildRecord[] {
    return wholeBuilds(this.all());
  }

  private all(): BuildRecord[] {
    const rows = this.database.prepare('SELECT * FROM builds ORDER BY started_at DESC, rowid DESC').all();
    return rows.map((row) => this.running.get(String(row['id']))?.record() ?? toRecord(row));
  }

  /** The one of exactly this id. */
  find(id: string): BuildRecord | undefined {
    const rows = this.database.prepare(`SELECT * FROM builds WHERE ${NAMED}`).all(...named(id));
    const found = rows.map((row) => this.running.get(String(row['id']))?.record() ?? toRecord(row));
    const first = found.find((record) => record.id === id);
    return (
      first &&
      withPlatforms(
        first,
        found.filter((record) => record !== first),
      )
    );
  }

  /** By the beginning of its id, or by what it built; without a name the newest one. */
  get(name?: string): BuildRecord {
    const all = this.list();
    if (name === undefined || name === '') {
      const newest = all[0];
      if (newest) return newest;
      throw notFound('no build is on record');
    }
    const named = all.find(({ id, imageId, lineage }) => [id, imageId, lineage].includes(name));
    if (named) return named;
    const found = all.filter(({ id }) => id.startsWith(name));
    if (found.length > 1) throw invalid(`several builds have an id that begins with ${name}`);
    if (!found[0]) throw notFound(`no such build: ${name}`);
    return found[0];
  }

  /** Forgets one build. */
  remove(id: string): void {
    this.database.prepare(`DELETE FROM builds WHERE ${NAMED}`).run(...named(id));
  }

  private save(record: BuildRecord): void {
    this.database
      .prepare('INSERT OR REPLACE INTO builds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        record.id,
        record.lineage,
        record.dockerfile,
        record.target,
        record.startedAt.getTime(),
        record.endedAt?.getTime() ?? null,
        record.imageId ?? null,
        record.error ?? null,
        JSON.stringify(record.steps),
      );
    this.database
      .prepare(
        `DELETE FROM builds WHERE started_at <
         (SELECT started_at FROM builds ORDER BY started_at DESC LIMIT 1 OFFSET ?)`,
      )
      .run(KEPT - 1);
  }
}

export const newBuildId = (): string => randomBytes(12).toString('hex');

/** Writes down one build while it runs. */
export class BuildRecorder {
  private readonly about: Omit<BuildRecord, 'steps'>;
  private readonly save: (record: BuildRecord) => void;
  private readonly steps = new Map<number, RecordedStep>();

  constructor(about: Omit<BuildRecord, 'steps'>, save: (record: BuildRecord) => void) {
    this.about = about;
    this.save = save;
  }

  readonly onEvent = (event: BuildEvent): void => {
    if (event.type === 'plan')
      for (const { index, name, stage, line } of event.steps)
        this.steps.set(index, { ...this.steps.get(index), index, name, stage, line });
    else if (event.type === 'step-started') this.change(event.index, { cache: event.cache });
    else if (event.type === 'step-ended')
      this.change(event.index, {
        milliseconds: Math.round(event.milliseconds),
        ...(event.error !== undefined && { error: event.error }),
      });
  };

  end(outcome: { readonly imageId: Digest } | { readonly error: unknown } | object): void {
    this.save({
      ...this.record(),
      endedAt: new Date(),
      ...('imageId' in outcome && { imageId: outcome.imageId }),
      ...('error' in outcome && { error: messageOf(outcome.error) }),
    });
  }

  record(): BuildRecord {
    return { ...this.about, steps: [...this.steps.values()] };
  }

  private change(index: number, change: Partial<RecordedStep>): void {
    const step = this.steps.get(index);
    if (step) this.steps.set(index, { ...step, ...change });
  }
}

function toRecord(row: Record<string, SQLOutputValue>): BuildRecord {
  const { ended_at: endedAt, image_id: imageId, error } = row;
  return {
    id: String(row['id']),
    lineage: String(row['lineage']),
    dockerfile: String(row['dockerfile']),
    target: String(row['target']),
    startedAt: new Date(Number(row['started_at'])),
    ...(endedAt !== null && { endedAt: new Date(Number(endedAt)) }),
    ...(imageId !== null && { imageId: parseDigest(String(imageId)) }),
    ...(error !== null && { error: String(error) }),
    steps: JSON.parse(String(row['steps'])) as RecordedStep[],
  };
}
