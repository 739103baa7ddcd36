import { invalid } from '../../lib/errors.ts';

/** Wishes of HostConfig that have no place in a spec and that the engine can't fulfil. */
const unsupported = [
  'BlkioWeightDevice',
  'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteIOps',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpuCount',
  'CpuPercent',
  'IOMaximumIOps',
  'IOMaximumBandwidth',
] as const;
const runtimes = ['', 'runc', 'crun', 'io.containerd.runc.v2', 'io.containerd.runtime.v1.linux'];

/** Refuses what a client asks for and would silently not get. */
export function checkEcho(echo: Readonly<Record<string, unknown>>): void {
  for (const name of unsupported)
    if (isSet(echo[name])) throw invalid(`HostConfig.${name} is not supported by this engine`);
  const runtime = textOf(echo['Runtime']);
  if (!runtimes.includes(runtime)) throw invalid(`unknown or invalid runtime name: ${runtime}`);
  const isolation = textOf(echo['Isolation']);
  if (!['', 'default'].includes(isolation))
    throw invalid(`invalid isolation (${isolation}): linux only supports 'default'`);
}

const isSet = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
