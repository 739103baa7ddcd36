/*
 * What an answer of the engine does not show: Docker's own CLI knows its types, we see JSON.
 */

/** Members that the API leaves out when they are empty. */
const optional = new Set(
  (
    'Annotations ArgsEscaped Author AuxiliaryAddresses BindOptions CapAdd CapDrop Comment Config Consistency Containers CreatedAt ' +
    'CreateMountpoint DNSNames Descriptor DockerVersion Driver DriverConfig Error ExposedPorts Gateway IPRange IPv4Address ' +
    'IPv6Address ImageOptions Ingress Interval IPAMConfig KernelMemory KernelMemoryTCP Labels Layers LinkLocalIPs Links MacAddress ' +
    'Manifests Mounts Name NetworkDisabled NoCopy NodeId OnBuild Options OsVersion Parent Peers Propagation ReadOnly Retries Runtime ' +
    'Services Shell SizeBytes Source StartInterval StartPeriod Status StopSignal StorageOpt Subnet Subpath Sysctls Target Test Timeout ' +
    'Tmpfs TmpfsOptions Type Variant VolumeOptions Volumes Warnings'
  ).split(' '),
);

/** Those of them that Go prints as `<nil>`. */
const pointers = new Set(
  'ClusterVolume Health Healthcheck ImageManifestDescriptor Init SizeRootFs SizeRw StopTimeout UsageData'.split(
    ' ',
  ),
);

/** Members whose own members have names that users or images give. */
const maps = new Set(
  'Annotations Attributes AuxiliaryAddresses Containers Data DriverOpts ExposedPorts Labels Networks Options PortBindings Ports StorageOpt Sysctls Tmpfs Volumes'.split(
    ' ',
  ),
);

/** What a member that is not there is, or undefined when there is no such member. */
export function absent(owner: string | undefined, name: string): { readonly value: unknown } | undefined {
  if (owner !== undefined && maps.has(owner)) return { value: undefined };
  if (pointers.has(name)) return { value: null };
  return optional.has(name) ? { value: '' } : undefined;
}
