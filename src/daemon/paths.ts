import { join } from 'node:path';

/*
 * <data root>, default /var/lib/lading: survives a reboot
 *   engine.lock          held by the engine that uses this root; its process id
 *   engine-id            the same for the life of the root
 *   state.db             records of all kinds (lib/database.ts)
 *   content/             blobs (content/)
 *   layers/, snapshots/  extracted layers, writable file systems (snapshot/)
 *   containers/<id>/     log of record, hosts, hostname, resolv.conf (container/)
 *   volumes/<name>/_data (volume/)
 *   build/               the builder's (build/ops/services.ts)
 *   build/contexts/      contexts in use (api/build.ts)
 * <run root>, default /run/lading: gone with a reboot
 *   engine.sock          where clients connect (listen.ts)
 *   r/                   the OCI runtime's state
 *   c/<short id>/        bundles and conmon's files (runtime/); short: unix socket paths end at 107 bytes
 *   subpaths/            parts of volumes, mounted while a container is made (container/start/subpath.ts)
 *   exits/               exit codes as conmon writes them
 */
export interface EnginePaths {
  readonly dataRoot: string;
  readonly runRoot: string;
  readonly lock: string;
  readonly database: string;
  readonly content: string;
  readonly layers: string;
  readonly snapshots: string;
  readonly containers: string;
  readonly volumes: string;
  readonly build: string;
  readonly runtimeState: string;
  readonly bundles: string;
  readonly exits: string;
}

export function enginePaths(dataRoot: string, runRoot: string): EnginePaths {
  return {
    dataRoot,
    runRoot,
    lock: join(dataRoot, 'engine.lock'),
    database: join(dataRoot, 'state.db'),
    content: join(dataRoot, 'content'),
    layers: join(dataRoot, 'layers'),
    snapshots: join(dataRoot, 'snapshots'),
    containers: join(dataRoot, 'containers'),
    volumes: join(dataRoot, 'volumes'),
    build: join(dataRoot, 'build'),
    runtimeState: join(runRoot, 'r'),
    bundles: join(runRoot, 'c'),
    exits: join(runRoot, 'exits'),
  };
}

/** Where the API unpacks what clients send to build; gone after the next start. */
export const contextsOf = (build: string): string => join(build, 'contexts');
