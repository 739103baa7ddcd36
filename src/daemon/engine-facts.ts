import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { EngineFacts } from '../api/engine.ts';
import { writeFileAtomic } from '../lib/atomic-file.ts';
import { findProgram } from '../lib/compression.ts';
import { exec } from '../lib/exec.ts';
import type { Runtime } from '../runtime/types.ts';
import { contextsOf, type EnginePaths } from './paths.ts';
import type { Settings } from './settings.ts';

interface Parts {
  readonly settings: Settings;
  readonly paths: EnginePaths;
  readonly runtime: Runtime;
  readonly startedAt: Date;
}

export function engineFacts({ settings, paths, runtime, startedAt }: Parts): EngineFacts {
  const monitor = { version: '' };
  // asked beside the start, which does not wait for it
  void monitorVersion().then((version) => (monitor.version = version));
  return {
    version: packageVersion(),
    id: engineId(join(paths.dataRoot, 'engine-id')),
    name: hostname(),
    startedAt,
    dataRoot: paths.dataRoot,
    contextsDir: contextsOf(paths.build),
    labels: settings.labels,
    runtime: {
      name: runtime.name,
      version: runtime.version,
      path: settings.runtimePath ?? findProgram(runtime.name) ?? runtime.name,
    },
    get monitorVersion() {
      return monitor.version;
    },
    cgroupVersion: runtime.cgroupVersion,
    registryMirrors: settings.mirrors['docker.io'] ?? [],
    insecureRegistries: settings.insecureRegistries,
    ...(settings.log && { logDriver: settings.log.driver }),
    ...(settings.addressPools && { addressPools: settings.addressPools }),
    debug: settings.logLevel === 'debug',
  };
}

export function packageVersion(): string {
  const path = join(import.meta.dirname, '../../package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function engineId(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    const id = randomUUID();
    writeFileAtomic(path, `${id}\n`);
    return id;
  }
}

async function monitorVersion(): Promise<string> {
  try {
    const { stdout } = await exec('conmon', ['--version']);
    return /version (\S+)/.exec(stdout)?.[1] ?? '';
  } catch {
    return '';
  }
}
