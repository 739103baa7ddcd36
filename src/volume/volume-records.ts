import type { DatabaseSync } from 'node:sqlite';
import { migrate } from '../lib/database.ts';

/** What is kept of a volume; the rest follows from its name. */
export interface VolumeRecord {
  readonly name: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly anonymous: boolean;
}

const migrations = [
  `CREATE TABLE volumes (
     name TEXT PRIMARY KEY,
     created INTEGER NOT NULL,
     labels TEXT NOT NULL,
     options TEXT NOT NULL,
     anonymous INTEGER NOT NULL
   ) STRICT;`,
];

/** The table of volumes, with all of it in memory: what is there is read from the map, changes go to the database first. */
export class VolumeRecords {
  private readonly database: DatabaseSync;
  private readonly records = new Map<string, VolumeRecord>();

  constructor(database: DatabaseSync) {
    migrate(database, 'volumes', migrations);
    this.database = database;
    for (const row of database.prepare('SELECT * FROM volumes ORDER BY name').all()) {
      const name = row['name'] as string;
      this.records.set(name, {
        name,
        createdAt: new Date(Number(row['created'])),
        labels: JSON.parse(row['labels'] as string) as Record<string, string>,
        options: JSON.parse(row['options'] as string) as Record<string, string>,
        anonymous: row['anonymous'] === 1,
      });
    }
  }

  all(): VolumeRecord[] {
    return [...this.records.values()];
  }

  get(name: string): VolumeRecord | undefined {
    return this.records.get(name);
  }

  add(record: VolumeRecord): void {
    this.database
      .prepare('INSERT INTO volumes (name, created, labels, options, anonymous) VALUES (?, ?, ?, ?, ?)')
      .run(
        record.name,
        record.createdAt.getTime(),
        JSON.stringify(record.labels),
        JSON.stringify(record.options),
        record.anonymous ? 1 : 0,
      );
    this.records.set(record.name, record);
  }

  delete(name: string): void {
    this.database.prepare('DELETE FROM volumes WHERE name = ?').run(name);
    this.records.delete(name);
  }
}
