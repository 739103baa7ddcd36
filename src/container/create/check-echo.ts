import { invalid } from '../../lib/errors.ts';

const runtimes = ['', 'runc', 'crun', 'io.containerd.runc.v2', 'io.containerd.runtime.v1.linux'];

/** Checks the wishes of HostConfig that have no place in a spec. */
export function checkEcho(echo: Readonly<Record<string, unknown>>): void {
  const runtime = textOf(echo['Runtime']);
  if (!runtimes.includes(runtime)) throw invalid(`unknown or invalid runtime name: ${runtime}`);
  const isolation = textOf(echo['Isolation']);
  if (!['', 'default'].includes(isolation))
    throw invalid(`invalid isolation (${isolation}): linux only supports 'default'`);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
