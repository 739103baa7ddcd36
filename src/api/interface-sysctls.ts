import { invalid } from '../lib/errors.ts';
import type { HostConfig } from '../wire/container.ts';

/** Since API 1.48 settings of one interface belong to its endpoint: the names of interfaces are not known here. */
export function checkInterfaceSysctls({ Sysctls, NetworkMode = '' }: HostConfig, version: number): void {
  if (version < 48 || NetworkMode === 'host' || NetworkMode.startsWith('container:')) return;
  const name = Object.keys(Sysctls ?? {}).find((each) => /^net\.[^.]*\.[^.]*\.eth[^.]*\./.test(each));
  if (name !== undefined)
    throw invalid(
      `interface specific sysctl setting ${JSON.stringify(name)} must be supplied using driver option 'com.docker.network.endpoint.sysctls'`,
    );
}
