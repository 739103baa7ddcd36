import { clean } from './document-values.ts';
import { serviceDocument } from './service-document.ts';
import type { Project, ProjectFile, ProjectNetwork, ProjectVolume } from './types.ts';

/** A project as the document that `config` prints: the Compose Specification's own keys, canonical values. */
export function projectDocument(project: Project, services: readonly string[] = []): object {
  const chosen = [...project.services.values()]
    .filter(({ name }) => services.length === 0 || services.includes(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return clean({
    name: project.name,
    services: Object.fromEntries(chosen.map((service) => [service.name, serviceDocument(service)])),
    networks: documents(project.networks, networkDocument),
    volumes: documents(project.volumes, volumeDocument),
    configs: documents(project.configs, fileDocument),
    secrets: documents(project.secrets, fileDocument),
  }) as object;
}

const documents = <T>(items: ReadonlyMap<string, T>, document: (item: T) => object): object =>
  Object.fromEntries([...items].map(([key, item]) => [key, document(item)]));

const networkDocument = (network: ProjectNetwork): object => ({
  name: network.name,
  external: network.external || undefined,
  driver: network.driver,
  driver_opts: network.driverOptions,
  ipam: {
    driver: network.ipam.driver,
    config: network.ipam.config.map(({ subnet, ipRange, gateway }) => ({
      subnet,
      ip_range: ipRange,
      gateway,
    })),
    options: network.ipam.options,
  },
  internal: network.internal || undefined,
  attachable: network.attachable || undefined,
  enable_ipv6: network.enableIpv6,
  labels: network.labels,
});

const volumeDocument = ({ name, external, driver, driverOptions, labels }: ProjectVolume): object => ({
  name,
  external: external || undefined,
  driver,
  driver_opts: driverOptions,
  labels,
});

const fileDocument = ({ name, external, file, content, environment }: ProjectFile): object => ({
  name,
  external: external || undefined,
  file,
  content,
  environment,
});
