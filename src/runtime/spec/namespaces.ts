import type { NamespaceType, SpecLinux } from '../../oci/runtime-spec.ts';
import type { BundleSpec, NamespaceSource } from '../types.ts';

type Namespaces = SpecLinux['namespaces'];

/** The namespaces of a container: always a mount namespace of its own, the others fresh, joined, or left out for the host's. */
export function makeNamespaces(sources: BundleSpec['namespaces']): Namespaces {
  return [
    { type: 'mount' },
    ...namespace('network', sources.network),
    ...namespace('uts', sources.uts),
    ...namespace('pid', sources.pid),
    ...namespace('ipc', sources.ipc),
    ...namespace('cgroup', sources.cgroup),
  ];
}

function namespace(type: NamespaceType, source: NamespaceSource): Namespaces {
  switch (source.mode) {
    case 'host':
      return [];
    case 'private':
      return [{ type }];
    case 'path':
      return [{ type, path: source.path }];
  }
}
