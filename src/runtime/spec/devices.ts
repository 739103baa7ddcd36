import { posix } from 'node:path';
import { invalid, messageOf } from '../../lib/errors.ts';
import type { SpecDevice, SpecDeviceRule } from '../../oci/runtime-spec.ts';
import type { BundleSpec, DeviceSpec } from '../types.ts';
import type { HostDevice, HostFacts } from './host-facts.ts';

const character = (major: number, minor: number): SpecDeviceRule => ({
  allow: true,
  type: 'c',
  major,
  minor,
  access: 'rwm',
});

/** Everything is forbidden but zero, null, urandom, random, tty and console; /dev/fuse explicitly so, as Docker has it. */
const defaultRules: readonly SpecDeviceRule[] = [
  { allow: false, access: 'rwm' },
  character(1, 5),
  character(1, 3),
  character(1, 9),
  character(1, 8),
  character(5, 0),
  character(5, 1),
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
];

export interface ContainerDevices {
  /** Nodes that the runtime makes in the container, besides the ones that every container has. */
  readonly nodes: readonly SpecDevice[];
  /** Entries of the devices cgroup. */
  readonly rules: readonly SpecDeviceRule[];
}

/** A container's devices. Throws `invalid` in Docker's words when the host lacks one that was asked for. */
export function makeDevices(bundle: BundleSpec, host: HostFacts): ContainerDevices {
  const custom = (bundle.deviceCgroupRules ?? []).map(parseDeviceRule);
  if (bundle.privileged) {
    return { nodes: host.allDevices(), rules: [...defaultRules, { allow: true, access: 'rwm' }, ...custom] };
  }
  const granted = bundle.devices.map((device) => grant(device, host));
  return {
    nodes: granted.flatMap(({ nodes }) => nodes),
    rules: [...defaultRules, ...granted.flatMap(({ rules }) => rules), ...custom],
  };
}

function grant(device: DeviceSpec, host: HostFacts): ContainerDevices {
  const found = findDevices(device.hostPath, host);
  const nodes = found.map((node) => ({
    ...node,
    path: posix.join(device.containerPath || device.hostPath, posix.relative(device.hostPath, node.path)),
  }));
  const access = device.permissions || 'rwm';
  const rules = found.flatMap(({ type, major, minor }) =>
    type === 'p' ? [] : [{ allow: true, type, major, minor, access }],
  );
  return { nodes, rules };
}

function findDevices(path: string, host: HostFacts): readonly HostDevice[] {
  try {
    return host.devicesAt(path);
  } catch (error) {
    throw invalid(
      `error gathering device information while adding custom device "${path}": ${messageOf(error)}`,
      error,
    );
  }
}

/** Parses `--device-cgroup-rule`: `c 1:3 mr`, `b 7:* rwm`, `a *:* rwm`. */
export function parseDeviceRule(text: string): SpecDeviceRule {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text);
  const [, type, major, minor, access] = match ?? [];
  if (!type || !major || !minor || !access) throw invalid(`invalid device cgroup rule format: '${text}'`);
  return {
    allow: true,
    type: type as 'a' | 'b' | 'c',
    ...(major !== '*' && { major: Number(major) }),
    ...(minor !== '*' && { minor: Number(minor) }),
    access,
  };
}
