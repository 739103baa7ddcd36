import { EngineError, invalid, notFound } from '../lib/errors.ts';
import type { Container } from '../container/types.ts';
import type { IpamPool, Network, NetworkSpec } from '../network/types.ts';
import type { PruneAnswer } from '../wire/image.ts';
import type {
  ConnectNetworkBody,
  CreateNetworkBody,
  DisconnectNetworkBody,
  IpamConfig,
  NetworkInspect,
} from '../wire/network.ts';
import { readJson } from './body.ts';
import { type Answer, type Call, empty, json, param } from './call.ts';
import { endpointSettings } from './container-body.ts';
import { pruneTest } from './container-filter.ts';
import { defined } from './defined.ts';
import { endpointSpec } from './endpoint-specs.ts';
import type { Engine } from './engine.ts';
import { type Filters, matchesText, parseFilters } from './filters.ts';
import { queryText } from './query.ts';
import { labels, type Shape } from './shape.ts';

const id = (call: Call): string => param(call, 'id');

const createShape: Shape = {
  members: {
    Name: 'string',
    CheckDuplicate: 'boolean',
    Driver: 'string',
    Scope: 'string',
    Internal: 'boolean',
    Attachable: 'boolean',
    Ingress: 'boolean',
    ConfigOnly: 'boolean',
    ConfigFrom: { members: { Network: 'string' } },
    IPAM: {
      members: {
        Driver: 'string',
        Options: labels,
        Config: {
          list: {
            members: { Subnet: 'string', IPRange: 'string', Gateway: 'string', AuxiliaryAddresses: labels },
          },
        },
      },
    },
    EnableIPv4: 'boolean',
    EnableIPv6: 'boolean',
    Options: labels,
    Labels: labels,
  } satisfies Record<keyof CreateNetworkBody, Shape>,
};

const predefined = ['bridge', 'host', 'none'];
const filterNames = ['dangling', 'driver', 'id', 'label', 'label!', 'name', 'scope', 'type'];

/** GET /networks. Without their containers, as since API 1.28. */
export function list(call: Call, engine: Engine): Answer {
  const matches = networkFilter(parseFilters(call.query, filterNames), engine);
  const found = engine.networks.list().filter(matches);
  return json(found.map((network) => view(network, call.version < 28 ? engine : undefined)));
}

function networkFilter(filters: Filters, engine: Engine): (network: Network) => boolean {
  const dangling = filters.bool('dangling');
  const used = dangling === undefined ? new Set<string>() : usedNetworks(engine);
  const badType = filters.get('type').find((type) => type !== 'custom' && type !== 'builtin');
  if (badType !== undefined) throw invalid(`invalid filter: 'type'='${badType}'`);
  return (network) =>
    filters.some('driver', (value) => value === network.driver) &&
    filters.some('id', (value) => network.id.startsWith(value)) &&
    filters.some('name', (value) => matchesText(network.name, value)) &&
    filters.some('scope', (value) => value === 'local') &&
    filters.some('type', (value) => (value === 'builtin') === predefined.includes(network.name)) &&
    filters.labels(network.labels) &&
    (dangling === undefined ||
      dangling === (!predefined.includes(network.name) && !used.has(network.name) && !used.has(network.id)));
}

/** Names and ids of the networks that a container, running or not, belongs to. */
function usedNetworks(engine: Engine): Set<string> {
  return new Set(
    engine.containers
      .list()
      .flatMap(({ spec, endpoints }) => [
        ...spec.endpoints.map(({ network }) => network),
        ...endpoints.map(({ networkId }) => networkId),
      ]),
  );
}

/** GET /networks/{id} */
export function inspect(call: Call, engine: Engine): Answer {
  const verbose = call.query.get('verbose') ?? '';
  if (!['', '0', '1', 'f', 't', 'false', 'true'].includes(verbose.toLowerCase()))
    throw invalid(
      `invalid value for verbose: ${verbose}: strconv.ParseBool: parsing ${JSON.stringify(verbose)}: invalid syntax`,
    );
  const scope = queryText(call.query, 'scope') ?? 'local';
  if (scope !== 'local') throw notFound(`network ${id(call)} not found`);
  return json(view(engine.networks.get(id(call)), engine));
}

/** With its containers where an engine is given to look for them. */
function view(network: Network, engine?: Engine): NetworkInspect {
  return {
    Name: network.name,
    Id: network.id,
    Created: network.createdAt.toISOString(),
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: network.enableIpv6,
    IPAM: ipamView(network),
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: engine ? { ...containersView(network), ...hostContainers(network, engine) } : {},
    Options: { ...network.options },
    Labels: { ...network.labels },
  };
}

/** Networks that the engine makes itself have no options, and those without addresses no list of them either. */
function ipamView(network: Network): NetworkInspect['IPAM'] {
  const isPredefined = predefined.includes(network.name);
  return {
    Driver: 'default',
    Options: isPredefined ? null : { ...network.ipamOptions },
    Config: network.driver === 'bridge' ? network.pools.map(poolView) : null,
  };
}

function poolView(pool: IpamPool): IpamConfig {
  return {
    Subnet: pool.subnet,
    ...(pool.ipRange !== undefined && { IPRange: pool.ipRange }),
    ...(pool.gateway !== undefined && { Gateway: pool.gateway }),
    ...(pool.reserved && { AuxiliaryAddresses: { ...pool.reserved } }),
  };
}

function containersView(network: Network): NetworkInspect['Containers'] {
  return Object.fromEntries(
    [...network.endpoints].map(([containerId, endpoint]) => [
      containerId,
      {
        Name: endpoint.containerName,
        EndpointID: endpoint.id,
        MacAddress: endpoint.mac,
        IPv4Address: endpoint.ipv4 && `${endpoint.ipv4}/${endpoint.prefix4}`,
        IPv6Address: endpoint.ipv6 && `${endpoint.ipv6}/${endpoint.prefix6}`,
      },
    ]),
  );
}

/** Those that use the host's network: they have no endpoints, so it does not know them. */
function hostContainers(network: Network, engine: Engine): NetworkInspect['Containers'] {
  if (network.driver !== 'host') return {};
  const isThere = ({ spec, state }: Container): boolean =>
    spec.networkMode === 'host' && (state.status === 'running' || state.status === 'paused');
  return Object.fromEntries(
    engine.containers
      .list()
      .filter(isThere)
      .map(({ id: containerId, name }) => [
        containerId,
        { Name: name, EndpointID: containerId, MacAddress: '', IPv4Address: '', IPv6Address: '' },
      ]),
  );
}

/** POST /networks/create */
export async function create(call: Call, engine: Engine): Promise<Answer> {
  const body = await readJson<CreateNetworkBody>(call, createShape);
  const network = await engine.networks.create(networkSpec(body));
  return json({ Id: network.id, Warning: '' }, 201);
}

function networkSpec(body: CreateNetworkBody): NetworkSpec {
  const driver = body.Driver || 'bridge';
  if (!body.Name) throw invalid('invalid name: name is empty');
  if (driver === 'host' || driver === 'null')
    throw new EngineError('forbidden', `only one instance of "${driver}" network is allowed`);
  if (driver !== 'bridge') throw new EngineError('not-found', `plugin ${JSON.stringify(driver)} not found`);
  if (body.Ingress) throw new EngineError('forbidden', 'Ingress network can only be global scope network');
  if (body.Scope === 'swarm')
    throw new EngineError('forbidden', 'cannot create a swarm scoped network when swarm is not active');
  if (body.ConfigOnly || body.ConfigFrom?.Network)
    throw new EngineError(
      'not-implemented',
      'networks of a swarm and config-only networks are not supported',
    );
  const ipamDriver = body.IPAM?.Driver || 'default';
  if (ipamDriver !== 'default')
    throw new EngineError('not-found', `plugin ${JSON.stringify(ipamDriver)} not found`);
  const nameless = body.IPAM?.Config?.some(({ Subnet, Gateway, IPRange }) => !Subnet && (Gateway || IPRange));
  if (nameless) throw invalid('invalid network config:\ninvalid subnet : invalid CIDR block notation');
  const pools = body.IPAM?.Config?.filter(({ Subnet }) => Subnet).map((config) =>
    defined({
      subnet: config.Subnet ?? '',
      ipRange: config.IPRange || undefined,
      gateway: config.Gateway || undefined,
      reserved: config.AuxiliaryAddresses,
    }),
  );
  return defined({
    name: body.Name,
    driver: 'bridge' as const,
    pools,
    internal: body.Internal,
    attachable: body.Attachable,
    enableIpv6: body.EnableIPv6,
    options: body.Options ?? undefined,
    ipamOptions: body.IPAM?.Options ?? undefined,
    labels: body.Labels ?? undefined,
  });
}

/** DELETE /networks/{id} */
export async function remove(call: Call, engine: Engine): Promise<Answer> {
  await engine.networks.remove(id(call));
  return empty();
}

/** POST /networks/{id}/connect */
export async function connect(call: Call, engine: Engine): Promise<Answer> {
  const body = await readJson<ConnectNetworkBody>(call, {
    members: { Container: 'string', EndpointConfig: endpointSettings },
  });
  const container = engine.containers.get(containerOf(body));
  const network = engine.networks.get(id(call));
  await engine.containers.connect(container.id, endpointSpec(network.name, body.EndpointConfig ?? {}));
  return empty(200);
}

/** POST /networks/{id}/disconnect */
export async function disconnect(call: Call, engine: Engine): Promise<Answer> {
  const body = await readJson<DisconnectNetworkBody>(call, {
    members: { Container: 'string', Force: 'boolean' },
  });
  const container = engine.containers.get(containerOf(body));
  const network = engine.networks.get(id(call));
  await engine.containers.disconnect(container.id, network.name, body.Force ?? false);
  return empty(200);
}

function containerOf({ Container: container }: { Container?: string }): string {
  if (!container) throw invalid('invalid name or ID supplied: ""');
  return container;
}

/** POST /networks/prune */
export async function prune(call: Call, engine: Engine): Promise<Answer> {
  const test = pruneTest(parseFilters(call.query, ['until', 'label', 'label!']));
  const used = usedNetworks(engine);
  const removed = await engine.networks.prune(
    (network) => test(network) && !used.has(network.name) && !used.has(network.id),
  );
  const answer: PruneAnswer = { NetworksDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: 0 };
  return json(answer);
}
