import type { DeviceRequest as WireDeviceRequest, HostConfig, ThrottleDevice } from '../../wire/container.ts';
import type { DeviceRequest } from '../model/deploy-types.ts';
import { defined } from '../model/read.ts';
import type { DeviceRate, Service } from '../model/types.ts';

/** What a container has of the host's devices, and how fast it may use its disks. */
export function deviceConfig(service: Service): Partial<HostConfig> {
  const cdi = service.devices.map(nameOfCdi).filter((name) => name !== undefined);
  const requests: WireDeviceRequest[] = [
    ...(service.deploy?.reservations.devices ?? []).map((request) =>
      requestOf(request, [...request.capabilities]),
    ),
    ...(cdi.length > 0 ? [{ Driver: 'cdi', DeviceIDs: cdi }] : []),
    ...service.gpus.map((request) => requestOf(request, [...new Set([...request.capabilities, 'gpu'])])),
  ];
  const { blockIo } = service;
  return defined<Partial<HostConfig>>({
    Devices: service.devices.filter((spec) => nameOfCdi(spec) === undefined).map(deviceOf),
    DeviceCgroupRules: service.deviceCgroupRules.length > 0 ? [...service.deviceCgroupRules] : undefined,
    DeviceRequests: requests.length > 0 ? requests : undefined,
    BlkioWeight: blockIo?.weight,
    BlkioWeightDevice: blockIo?.weightDevice.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: blockIo?.readBps.map(rateOf),
    BlkioDeviceWriteBps: blockIo?.writeBps.map(rateOf),
    BlkioDeviceReadIOps: blockIo?.readIops.map(rateOf),
    BlkioDeviceWriteIOps: blockIo?.writeIops.map(rateOf),
  });
}

const requestOf = (
  { driver, count, deviceIds, options }: DeviceRequest,
  capabilities: string[],
): WireDeviceRequest => ({
  Driver: driver ?? '',
  Count: count ?? (deviceIds.length > 0 ? 0 : -1),
  DeviceIDs: deviceIds.length > 0 ? [...deviceIds] : null,
  Capabilities: [capabilities],
  Options: { ...options },
});

const rateOf = ({ path, rate }: DeviceRate): ThrottleDevice => ({ Path: path, Rate: rate });

/** `vendor.com/class=name`, the same on both sides: a device that the Container Device Interface describes. */
function nameOfCdi(spec: string): string | undefined {
  const [host = '', inner = host] = spec.split(':');
  return host === inner && /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[\w.:-]+$/.test(host) ? host : undefined;
}

function deviceOf(spec: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host = '', inner = host, permissions = 'rwm'] = spec.split(':');
  return { PathOnHost: host, PathInContainer: inner, CgroupPermissions: permissions };
}
