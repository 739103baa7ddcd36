import { dirname } from 'node:path';
import { exec, type ExecResult } from '../../src/lib/exec.ts';
import { findDocker, type TestEngine } from './harness.ts';

const anyStatus = Array.from({ length: 256 }, (_, status) => status);

/** Runs a line in a shell in which `docker` talks to the engine of a test. Any exit status is an answer. */
export function shell(engine: TestEngine, line: string, env: NodeJS.ProcessEnv = {}): Promise<ExecResult> {
  const docker = findDocker();
  const path = 'path' in docker ? `${dirname(docker.path)}:${process.env['PATH']}` : process.env['PATH'];
  return exec('sh', ['-c', line], { env: { ...engine.env, PATH: path, ...env }, okStatus: anyStatus });
}
