/*
 * What an answer of the engine does not show: Docker's own CLI knows its types, we see JSON.
 */

/** Members that the API leaves out when they are empty, with what they print as then. */
const optional: Readonly<Record<string, '' | null>> = {
  Annotations: '',
  ArgsEscaped: '',
  Descriptor: null,
  Error: '',
  Health: null,
  Healthcheck: null,
  ImageManifestDescriptor: null,
  MacAddress: '',
  Manifests: '',
  Mounts: '',
  NetworkDisabled: '',
  OnBuild: '',
  Options: '',
  OsVersion: '',
  Shell: '',
  SizeRootFs: null,
  SizeRw: null,
  Status: '',
  StopSignal: '',
  StopTimeout: null,
  StorageOpt: '',
  Sysctls: '',
  Tmpfs: '',
  UsageData: null,
  Variant: '',
};

/** Members whose own members have names that users or images give. */
const maps = new Set(
  'Annotations Attributes AuxiliaryAddresses Containers Data DriverOpts ExposedPorts Labels Networks Options PortBindings Ports StorageOpt Sysctls Tmpfs Volumes'.split(
    ' ',
  ),
);

/** What a member that is not there is, or undefined when there is no such member. */
export function absent(owner: string | undefined, name: string): { readonly value: unknown } | undefined {
  if (owner !== undefined && maps.has(owner)) return { value: undefined };
  return Object.hasOwn(optional, name) ? { value: optional[name] } : undefined;
}
