import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { migrate } from '../lib/database.ts';
import { invalid, notFound } from '../lib/errors.ts';
import { type ContainerMount, type ContainerRecord, type Life, makeRecord } from './container-record.ts';
import { decodeLife, encodeLife } from './life-codec.ts';
import { linksOf } from './names/links.ts';
import type { ContainerSpec } from './types.ts';

const migrations = [
  `CREATE TABLE containers (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     created INTEGER NOT NULL,
     spec TEXT NOT NULL,
     mounts TEXT NOT NULL,
     life TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * All containers: in memory for reading, in the database for the next engine. A change is written in one short transaction
 * before anybody is told of it.
 */
export class ContainerStore {
  private readonly records = new Map<string, ContainerRecord>();
  private readonly names = new Map<string, string>();
  private readonly insert: StatementSync;
  private readonly updateLife: StatementSync;
  private readonly updateAll: StatementSync;
  private readonly erase: StatementSync;

  constructor(database: DatabaseSync) {
    migrate(database, 'containers', migrations);
    this.insert = database.prepare(
      'INSERT INTO containers (id, name, created, spec, mounts, life) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.updateLife = database.prepare('UPDATE containers SET life = ? WHERE id = ?');
    this.updateAll = database.prepare(
      'UPDATE containers SET name = ?, spec = ?, mounts = ?, life = ? WHERE id = ?',
    );
    this.erase = database.prepare('DELETE FROM containers WHERE id = ?');
    for (const row of database.prepare('SELECT * FROM containers ORDER BY created').all())
      this.index(readRow(row));
  }

  all(): ContainerRecord[] {
    return [...this.records.values()];
  }

  /** By full id, name (also with its slash, also that of a link) or unique beginning of an id, in this order. */
  find(nameOrId: string): ContainerRecord | undefined {
    const name = nameOrId.replace(/^\//, '');
    if (name.includes('/')) return this.findLinked(name);
    const exact = this.records.get(nameOrId) ?? this.records.get(this.idOf(name) ?? '');
    if (exact || !/^[a-f0-9]+$/.test(name)) return exact;
    const matches = this.all().filter(({ id }) => id.startsWith(name));
    if (matches.length > 1) throw invalid(`multiple IDs found with provided prefix: ${nameOrId}`);
    return matches[0];
  }

  private findLinked(name: string): ContainerRecord | undefined {
    const [holder = '', alias] = name.split(/\/(.*)/);
    const record = this.records.get(this.idOf(holder) ?? '');
    const link = record && linksOf(record.spec).find((candidate) => candidate.alias === alias);
    return link && this.find(link.target);
  }

  get(nameOrId: string): ContainerRecord {
    const record = this.find(nameOrId);
    if (!record) throw notFound(`No such container: ${nameOrId}`);
    return record;
  }

  /** Whether it has not been removed meanwhile. */
  has(record: ContainerRecord): boolean {
    return this.records.get(record.id) === record;
  }

  /** Whose name it is, or for whom it is reserved. */
  idOf(name: string): string | undefined {
    return this.names.get(name);
  }

  /** Keeps a name for a container that is being made or renamed. */
  reserveName(name: string, id: string): void {
    this.names.set(name, id);
  }

  releaseName(name: string): void {
    this.names.delete(name);
  }

  add(record: ContainerRecord): void {
    this.insert.run(
      record.id,
      record.name,
      record.createdAt.getTime(),
      JSON.stringify(record.spec),
      JSON.stringify(record.mounts),
      encodeLife(record),
    );
    this.index(record);
  }

  /** Keeps what a run changes. */
  save(record: ContainerRecord): void {
    this.updateLife.run(encodeLife(record), record.id);
  }

  /** Keeps everything, also name and spec. */
  saveAll(record: ContainerRecord): void {
    this.updateAll.run(
      record.name,
      JSON.stringify(record.spec),
      JSON.stringify(record.mounts),
      encodeLife(record),
      record.id,
    );
  }

  delete(record: ContainerRecord): void {
    this.erase.run(record.id);
    this.records.delete(record.id);
    this.names.delete(record.name);
  }

  private index(record: ContainerRecord): void {
    this.records.set(record.id, record);
    this.names.set(record.name, record.id);
  }
}

function readRow(row: Readonly<Record<string, unknown>>): ContainerRecord {
  const life: Life = decodeLife(row['life'] as string);
  return makeRecord(
    {
      id: row['id'] as string,
      name: row['name'] as string,
      createdAt: new Date(Number(row['created'])),
      spec: JSON.parse(row['spec'] as string) as ContainerSpec,
      mounts: JSON.parse(row['mounts'] as string) as ContainerMount[],
    },
    life,
  );
}
