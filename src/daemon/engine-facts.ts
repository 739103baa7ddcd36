import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { EngineFacts } from '../api/engine.ts';
import { writeFileAtomic } from '../lib/atomic-file.ts';
import { findProgram } from '../lib/compression.ts';
import { exec } from '../lib/exec.ts';
import { isLoopback } from '../lib/loopback.ts';
import type { Runtime } from '../runtime/types.ts';
import { parseAddress } from './address.ts';
import { packageVersion } from '../lib/package-version.ts';
import { contextsOf, type EnginePaths } from './paths.ts';
import type { LiveSettings } from './live-settings.ts';

interface Parts {
  readonly settings: LiveSettings;
  readonly paths: EnginePaths;
  readonly runtime: Runtime;
  readonly startedAt: Date;
}

export function engineFacts({ settings, paths, runtime, startedAt }: Parts): EngineFacts {
  const monitor = { version: '' };
  const { fixed } = settings;
  // asked beside the start, which does not wait for it
  void monitorVersion().then((version) => (monitor.version = version));
  return {
    version: packageVersion(),
    id: engineId(join(paths.dataRoot, 'engine-id')),
    name: hostname(),
    startedAt,
    dataRoot: paths.dataRoot,
    contextsDir: contextsOf(paths.build),
    get labels() {
      return settings.labels;
    },
    runtime: {
      name: runtime.name,
      version: runtime.version,
      path: fixed.runtimePath ?? findProgram(runtime.name) ?? runtime.name,
    },
    get monitorVersion() {
      return monitor.version;
    },
    cgroupVersion: runtime.cgroupVersion,
    get registryMirrors() {
      return settings.mirrors['docker.io'] ?? [];
    },
    get insecureRegistries() {
      return settings.insecureRegistries;
    },
    ...(fixed.log && { logDriver: fixed.log.driver }),
    ...(fixed.addressPools && { addressPools: fixed.addressPools }),
    get debug() {
      return settings.logLevel === 'debug';
    },
    get features() {
      return settings.features;
    },
    proxies: shownProxies(process.env),
    seccompProfile: seccompName(fixed.containerDefaults.seccompProfile),
    experimental: fixed.experimental,
    unguarded: fixed.hosts.filter((host) => isUnguarded(host, fixed)),
  };
}

function shownProxies(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map((name) => {
      const value = environment[name] || environment[name.toLowerCase()] || '';
      return [name, value.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1xxxxx:xxxxx@')];
    }),
  );
}

function seccompName(profile: string | undefined): 'builtin' | 'unconfined' | 'custom' {
  if (profile === undefined) return 'builtin';
  return profile === 'unconfined' ? profile : 'custom';
}

function engineId(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    const id = randomUUID();
    writeFileAtomic(path, id);
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

/** Reachable from other machines, without any check of who comes. */
function isUnguarded(host: string, settings: LiveSettings['fixed']): boolean {
  const address = parseAddress(host, settings);
  return address.scheme === 'tcp' && settings.tls?.verify !== true && !isLoopback(address.host);
}
