import { type Answer, type Call, json, text } from './call.ts';
import type { Engine } from './engine.ts';
import { engineInfo } from './info.ts';
import type { VersionAnswer } from '../wire/system.ts';
import { API_VERSION, MIN_API_VERSION } from '../wire/system.ts';
import { hostPlatform } from '../oci/platform.ts';
import { release } from 'node:os';

/** GET and HEAD /_ping. `Builder-Version: 2` = clients build by BuildKit's protocol unless told otherwise. */
export function ping({ method }: Call, { facts }: Engine): Answer {
  return text(method === 'HEAD' ? '' : 'OK', 200, {
    'Builder-Version': facts.features['buildkit'] === false ? '1' : '2',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    Pragma: 'no-cache',
    Swarm: 'inactive',
  });
}

/** GET /version */
export function version(_call: Call, engine: Engine): Answer {
  const { facts } = engine;
  const { os, architecture } = hostPlatform();
  const details = {
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    Os: os,
    Arch: architecture,
    GitCommit: '',
    GoVersion: '',
    KernelVersion: release(),
    BuildTime: '',
    Experimental: String(facts.experimental),
  };
  const answer: VersionAnswer = {
    Platform: { Name: 'lading' },
    Components: [
      { Name: 'Engine', Version: facts.version, Details: details },
      { Name: facts.runtime.name, Version: facts.runtime.version, Details: { Path: facts.runtime.path } },
      { Name: 'conmon', Version: facts.monitorVersion },
      { Name: 'node', Version: process.versions.node },
    ],
    Version: facts.version,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: '',
    GoVersion: '',
    Os: os,
    Arch: architecture,
    KernelVersion: release(),
    BuildTime: '',
    ...(facts.experimental && { Experimental: true }),
  };
  return json(answer);
}

/** GET /info */
export function info(call: Call, engine: Engine): Answer {
  return json(engineInfo(engine, call.version));
}
