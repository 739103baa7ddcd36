import type { Client } from '../client/client.ts';
import { formatDuration } from '../lib/duration.ts';
import { internal, notFound } from '../lib/errors.ts';
import type { Mapping } from '../lib/go-document.ts';
import type { ContainerInspect, ContainerSummary, MountPoint } from '../wire/container.ts';
import { parseYaml } from './load/parse-yaml.ts';
import { entriesOf, at, type MapTree } from './load/tree.ts';
import type { Style } from './model/document-values.ts';
import { projectDocument } from './model/project-document.ts';
import { readService } from './model/service.ts';
import { label } from './plan/labels.ts';
import { nameOf } from './plan/observe.ts';
import { withoutFiles } from './project-of-labels.ts';

/** A Compose file as plain data, in long form. */
interface Generated {
  readonly services: Record<string, Record<string, unknown> & { scale: number }>;
  readonly networks: Record<string, object>;
  readonly volumes: Record<string, object>;
  readonly secrets: Record<string, object>;
}

/**
 * The Compose file that says what containers are, by parts of their names or beginnings of their ids. Replicas of one service are one.
 * Throws where there are none.
 */
export async function generateDocument(
  client: Client,
  containers: readonly string[],
  { name = '', style }: { readonly name?: string | undefined; readonly style: Style },
): Promise<Mapping> {
  const found = await findContainers(client, containers);
  if (found.length === 0)
    throw notFound(`no container(s) found with the following name(s): ${containers.join(',')}`);
  const generated: Generated = { services: {}, networks: {}, volumes: {}, secrets: {} };
  for (const container of found) {
    const service = container.Labels[label.service] ?? nameOf(container);
    const known = generated.services[service];
    if (known) known.scale += 1;
    else generated.services[service] = await describe(client, container, generated);
  }
  const document = new Map(documentOf(generated, name, style));
  if (name === '' && style === 'yaml') document.delete('name');
  return document;
}

async function findContainers(client: Client, names: readonly string[]): Promise<ContainerSummary[]> {
  const [byName, byId] = await Promise.all([
    client.containers.list({ all: true, filters: { name: [...names] } }),
    client.containers.list({ all: true, filters: { id: [...names] } }),
  ]);
  const known = new Set(byName.map(({ Id }) => Id));
  return [...byName, ...byId.filter(({ Id }) => !known.has(Id))];
}

function documentOf(generated: Generated, name: string, style: Style): Mapping {
  const [tree] = parseYaml('generated', JSON.stringify(generated)) as MapTree[];
  if (!tree) throw internal('a generated file is empty');
  const services = entriesOf(at(tree, 'services')).map(
    ([service, { value }]) => [service, readService(service, value as MapTree, {})] as const,
  );
  const project = { ...withoutFiles(name, {}), tree, services: new Map(services) };
  return projectDocument(project, { style, allResources: true });
}

/** A container as a service; what it uses is added to the rest of the file. */
async function describe(
  client: Client,
  { Id, Image, Labels }: ContainerSummary,
  { networks, volumes, secrets }: Generated,
): Promise<Generated['services'][string]> {
  const { Config, HostConfig, Mounts, NetworkSettings } = await client.containers.inspect(Id);
  const attached: Record<string, object> = {};
  for (const [network, { Aliases }] of Object.entries(NetworkSettings.Networks ?? {})) {
    attached[network] = { aliases: Aliases ?? [] };
    networks[network] = { internal: (await client.networks.inspect(network)).Internal };
  }
  const isSecret = ({ Type, Destination }: MountPoint): boolean =>
    Type === 'bind' && Destination.startsWith('/run/secrets');
  for (const { Type, Name = '', Driver } of Mounts)
    if (Type === 'volume') volumes[Name] = Driver === 'local' ? {} : { name: Name, driver: Driver };
  for (const { Source, Destination } of Mounts.filter(isSecret))
    secrets[secretName(Destination)] = { file: Source };
  return {
    image: Image,
    environment: Object.fromEntries((Config.Env ?? []).map(variable)),
    healthcheck: healthcheckOf(Config.Healthcheck),
    labels: Object.fromEntries(
      Object.entries(Labels).filter(([key]) => !/^(com\.docker\.compose\.|desktop\.docker\.io)/.test(key)),
    ),
    networks: attached,
    ports: portsOf(HostConfig.PortBindings),
    scale: 1,
    secrets: Mounts.filter(isSecret).map(({ Destination }) => ({
      source: secretName(Destination),
      target: Destination,
    })),
    volumes: Mounts.filter((mount) => /^(bind|volume)$/.test(mount.Type) && !isSecret(mount)).map(
      ({ Type, Name, Source, Destination, RW }) => ({
        type: Type,
        source: Type === 'volume' ? Name : Source,
        target: Destination,
        read_only: !RW,
      }),
    ),
  };
}

const secretName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const variable = (text: string): [name: string, value: string] => {
  const [name = ''] = text.split('=', 1);
  return [name, text.slice(name.length + 1)];
};

function healthcheckOf(check: ContainerInspect['Config']['Healthcheck']): object | undefined {
  if (!check) return undefined;
  const duration = (value: number | undefined): string | undefined =>
    value ? formatDuration(value) : undefined;
  return {
    test: check.Test ?? [],
    timeout: duration(check.Timeout),
    interval: duration(check.Interval),
    start_period: duration(check.StartPeriod),
    start_interval: duration(check.StartInterval),
    retries: check.Retries || undefined,
  };
}

const portsOf = (bindings: ContainerInspect['HostConfig']['PortBindings']): object[] =>
  Object.entries(bindings ?? {}).flatMap(([port, all]) => {
    const [target, protocol] = port.split('/');
    return (all ?? []).map(({ HostIp, HostPort }) => ({
      target: Number(target),
      published: HostPort || undefined,
      protocol,
      host_ip: HostIp || undefined,
    }));
  });
