import { join } from 'node:path';
import { shortId } from '../lib/id.ts';

/*
 * <containers>/<id>/
 *   output.log           the log of record, written by the monitor (logs/)
 *   output.log.<n>       its older segments; a higher n is newer
 *   <id>-json.log        the log in Docker's format, for those who ask for `json-file`; .1, .2 are older (logs/sinks/)
 *   sink.place           how far a log driver got
 *   hosts, hostname, resolv.conf
 *   volumes              names of the anonymous volumes that were made for it, until it is on record
 *   checkpoints/<name>/  what CRIU wrote
 *   shm/                 a tmpfs, while a container runs whose IPC others may join
 * <bundles>/<short id>/  runtime/'s; gone with a reboot
 */
export interface ContainerPaths {
  readonly dir: string;
  readonly log: string;
  readonly jsonLog: string;
  readonly sinkPlace: string;
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
  readonly volumes: string;
  readonly sharedMemory: string;
  readonly bundle: string;
}

export function containerPaths(roots: { containers: string; bundles: string }, id: string): ContainerPaths {
  const dir = join(roots.containers, id);
  return {
    dir,
    log: join(dir, 'output.log'),
    jsonLog: join(dir, `${id}-json.log`),
    sinkPlace: join(dir, 'sink.place'),
    hosts: join(dir, 'hosts'),
    hostname: join(dir, 'hostname'),
    resolvConf: join(dir, 'resolv.conf'),
    volumes: join(dir, 'volumes'),
    sharedMemory: join(dir, 'shm'),
    bundle: join(roots.bundles, shortId(id)),
  };
}
