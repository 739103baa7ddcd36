import type { DatabaseSync } from 'node:sqlite';
import { migrate } from '../lib/database.ts';
import type { VolumeScope } from './types.ts';

/** What is kept of a volume. */
export interface VolumeRecord {
  readonly name: string;
  readonly driver: string;
  readonly scope: VolumeScope;
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
  `ALTER TABLE volumes ADD COLUMN driver TEXT NOT NULL DEFAULT 'local';
   ALTER TABLE volumes ADD COLUMN scope TEXT NOT NULL DEFAULT 'local';
   CREATE TABLE plugin_mounts (
     volume TEXT NOT NULL,
     driver TEXT NOT NULL,
     user TEXT NOT NULL,
     path TEXT NOT NULL,
     PRIMARY KEY (volume, user)
   ) STRICT;`,
];

/** A volume that a plugin was told to mount for a user. `path` is empty until it answered. */
export interface PluginMount {
  readonly volume: string;
  readonly driver: string;
  readonly user: string;
  readonly path: string;
}

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
        driver: row['driver'] as string,
        scope: row['scope'] as VolumeScope,
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
      .prepare(
        'INSERT INTO volumes (name, driver, scope, created, labels, options, anonymous) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        record.name,
        record.driver,
        record.scope,
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

  pluginMounts(): PluginMount[] {
    return this.database
      .prepare('SELECT volume, driver, user, path FROM plugin_mounts')
      .all()
      .map((row) => ({ ...row }) as unknown as PluginMount);
  }

  keepMount({ volume, driver, user, path }: PluginMount): void {
    this.database
      .prepare('INSERT OR REPLACE INTO plugin_mounts (volume, driver, user, path) VALUES (?, ?, ?, ?)')
      .run(volume, driver, user, path);
  }

  dropMount(volume: string, user: string): void {
    this.database.prepare('DELETE FROM plugin_mounts WHERE volume = ? AND user = ?').run(volume, user);
  }
}
