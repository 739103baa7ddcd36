import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import type { DeviceMapping, DeviceRequest, ResourcesConfig, ThrottleDevice } from '../../wire/container.ts';
import { checked, list, type Values } from '../flags.ts';
import { splitCsv } from '../../lib/csv.ts';

/** Flags that give a container devices or limit what it does to them. */
export const deviceFlags = {
  'blkio-weight-device': checked(list('Block IO weight (relative device weight)'), parseWeight),
  device: list('Add a host device to the container'),
  'device-cgroup-rule': checked(list('Add a rule to the cgroup allowed devices list'), checkRule),
  'device-read-bps': checked(list('Limit read rate (bytes per second) from a device'), parseByteRate),
  'device-read-iops': checked(list('Limit read rate (IO per second) from a device'), parseRate),
  'device-write-bps': checked(list('Limit write rate (bytes per second) to a device'), parseByteRate),
  'device-write-iops': checked(list('Limit write rate (IO per second) to a device'), parseRate),
  gpus: checked(
    list("GPU devices to add to the container ('all' to pass all GPUs)", undefined, 'gpu-request'),
    parseGpus,
  ),
} as const;

export function deviceConfig(flags: Values<typeof deviceFlags>): ResourcesConfig {
  return {
    BlkioWeightDevice: flags['blkio-weight-device'].map(parseWeight),
    BlkioDeviceReadBps: flags['device-read-bps'].map(parseByteRate),
    BlkioDeviceReadIOps: flags['device-read-iops'].map(parseRate),
    BlkioDeviceWriteBps: flags['device-write-bps'].map(parseByteRate),
    BlkioDeviceWriteIOps: flags['device-write-iops'].map(parseRate),
    Devices: flags.device.map(parseDevice),
    DeviceCgroupRules: [...flags['device-cgroup-rule']],
    ...(flags.gpus.length > 0 && { DeviceRequests: flags.gpus.map(parseGpus) }),
  };
}

const isMode = (part: string): boolean => /^[rwm]{1,3}$/.test(part);

/** `/dev/host`, `/dev/host:/dev/inside`, `/dev/host:rw`, `/dev/host:/dev/inside:rwm`. */
function parseDevice(spec: string): DeviceMapping {
  const [host = '', ...rest] = spec.split(':');
  if (host === '' || rest.length > 2) throw invalid(`invalid device specification: ${spec}`);
  const [inside = host, mode = 'rwm'] = rest.length === 1 && isMode(rest[0] ?? '') ? [host, ...rest] : rest;
  if (!isMode(mode)) throw invalid(`bad mode specified: ${mode}`);
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: mode };
}

function checkRule(rule: string): void {
  if (!/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(rule))
    throw invalid(`invalid device cgroup format '${rule}'`);
}

function splitDevice(spec: string): [path: string, value: string] {
  const [path = '', value = '', ...rest] = spec.split(':');
  if (path === '' || value === '' || rest.length > 0) throw invalid(`bad format: ${spec}`);
  if (!path.startsWith('/dev/')) throw invalid(`bad format for device path: ${spec}`);
  return [path, value];
}

function parseWeight(spec: string): { Path: string; Weight: number } {
  const [Path, value] = splitDevice(spec);
  const weight = Number(value);
  if (!/^\d+$/.test(value) || (weight !== 0 && (weight < 10 || weight > 1000)))
    throw invalid(`invalid weight for device: ${spec}`);
  return { Path, Weight: weight };
}

function parseByteRate(spec: string): ThrottleDevice {
  const [Path, value] = splitDevice(spec);
  try {
    return { Path, Rate: parseBytes(value) };
  } catch (error) {
    throw invalid(
      `invalid rate for device: ${spec}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
      error,
    );
  }
}

function parseRate(spec: string): ThrottleDevice {
  const [Path, value] = splitDevice(spec);
  if (!/^\d+$/.test(value))
    throw invalid(
      `invalid rate for device: ${spec}. The correct format is <device-path>:<number>. Number must be a positive integer`,
    );
  return { Path, Rate: Number(value) };
}

/** `all`, a count, or `driver=…,count=…,device=…,capabilities=…,options=…`. */
function parseGpus(spec: string): DeviceRequest {
  const request = { Driver: '', Count: 0, DeviceIDs: [] as string[], Capabilities: [['gpu']], Options: {} };
  for (const field of splitCsv(spec)) {
    const [key = '', value] = field.split(/=(.*)/s);
    if (value === undefined) request.Count = parseCount(key);
    else if (key === 'count') request.Count = parseCount(value);
    else if (key === 'driver') request.Driver = value;
    else if (key === 'device') request.DeviceIDs = value.split(',');
    else if (key === 'capabilities') request.Capabilities = [[...value.split(','), 'gpu']];
    else if (key === 'options')
      request.Options = Object.fromEntries(
        splitCsv(value).map((option) => option.split(/=(.*)/s).slice(0, 2)),
      );
    else throw invalid(`unexpected key '${key}' in '${field}'`);
  }
  if (request.Count === 0 && request.DeviceIDs.length === 0) request.Count = 1;
  return request;
}

function parseCount(value: string): number {
  if (value === 'all') return -1;
  if (!/^-?\d+$/.test(value))
    throw invalid(`invalid count (${value}): value must be either "all" or an integer: invalid syntax`);
  return Number(value);
}
