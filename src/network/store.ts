import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { migrate } from '../lib/database.ts';
import type { DnsSpec, Endpoint, EndpointSpec, NetworkSpec, PortSpec, PublishedPort } from './types.ts';

/** A network as it is kept. */
export interface NetworkRow {
  readonly id: string;
  readonly createdAt: Date;
  readonly bridge: string;
  readonly spec: Required<NetworkSpec>;
  /** Its subnets were chosen by the engine, which may choose others while nobody uses them. */
  readonly chosen: boolean;
  /** The same of its IPv6 subnet. */
  readonly chosen6: boolean;
  /** Somebody else made the bridge. */
  readonly foreignBridge: boolean;
}

/** A container's sandbox as it is kept: enough to release it, or to take it over after a restart of the engine. */
export interface SandboxRow {
  readonly containerId: string;
  readonly containerName: string;
  readonly hostname: string;
  readonly dns: DnsSpec;
  readonly endpoints: readonly KeptEndpoint[];
  readonly ports: readonly PublishedPort[];
  readonly wantedPorts?: readonly PortSpec[];
  /** Interfaces that were being made or removed when this was written: none of them shall be there. */
  readonly stray?: readonly string[];
}

export interface KeptEndpoint {
  readonly endpoint: Endpoint;
  readonly spec: EndpointSpec;
}

const migrations = [
  `CREATE TABLE networks (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, bridge TEXT NOT NULL,
     chosen INTEGER NOT NULL, spec TEXT NOT NULL
   ) STRICT;
   CREATE TABLE sandboxes (container TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;`,
  'ALTER TABLE networks ADD COLUMN foreign_bridge INTEGER NOT NULL DEFAULT 0;',
  `ALTER TABLE networks ADD COLUMN chosen6 INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE networks ADD COLUMN made INTEGER NOT NULL DEFAULT 1;`,
];

/** Of networks that were kept by an engine that knew less. */
const usual = { enableIpv4: true, configOnly: false, configFrom: '', ipamDriver: 'default' } as const;

/** The records of networks and sandboxes. */
export class NetworkStore {
  private readonly statements: Record<
    'addNetwork' | 'removeNetwork' | 'putSandbox' | 'removeSandbox',
    StatementSync
  >;
  private readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    migrate(database, 'network', migrations);
    this.database = database;
    this.statements = {
      addNetwork: database.prepare('INSERT OR REPLACE INTO networks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      removeNetwork: database.prepare('DELETE FROM networks WHERE id = ?'),
      putSandbox: database.prepare('INSERT OR REPLACE INTO sandboxes VALUES (?, ?)'),
      removeSandbox: database.prepare('DELETE FROM sandboxes WHERE container = ?'),
    };
  }

  networks(): NetworkRow[] {
    return this.rows(true);
  }

  /** Networks that an engine before this one was making, or removing, when it was killed. */
  unfinished(): NetworkRow[] {
    return this.rows(false);
  }

  sandboxes(): SandboxRow[] {
    const rows = this.database.prepare('SELECT record FROM sandboxes').all();
    return rows.map((row) => JSON.parse(String(row['record'])) as SandboxRow);
  }

  /** `made`: false while it is being made or removed. */
  putNetwork(
    { id, createdAt, bridge, chosen, chosen6, foreignBridge, spec }: NetworkRow,
    { made }: { made: boolean } = { made: true },
  ): void {
    this.statements.addNetwork.run(
      id,
      spec.name,
      createdAt.getTime(),
      bridge,
      Number(chosen),
      JSON.stringify(spec),
      Number(foreignBridge),
      Number(chosen6),
      Number(made),
    );
  }

  removeNetwork(id: string): void {
    this.statements.removeNetwork.run(id);
  }

  putSandbox(row: SandboxRow): void {
    this.statements.putSandbox.run(row.containerId, JSON.stringify(row));
  }

  removeSandbox(containerId: string): void {
    this.statements.removeSandbox.run(containerId);
  }
  private rows(made: boolean): NetworkRow[] {
    const all = this.database.prepare('SELECT * FROM networks WHERE made = ? ORDER BY created, id');
    return all.all(Number(made)).map((row) => ({
      id: String(row['id']),
      createdAt: new Date(Number(row['created'])),
      bridge: String(row['bridge']),
      chosen: row['chosen'] === 1,
      chosen6: row['chosen6'] === 1,
      foreignBridge: row['foreign_bridge'] === 1,
      spec: { ...usual, ...(JSON.parse(String(row['spec'])) as Required<NetworkSpec>) },
    }));
  }
}
