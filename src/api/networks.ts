import { EngineError, invalid, notFound } from '../lib/errors.ts';
import type { IpamPool, Network, NetworkSpec } from '../network/types.ts';
import type { PruneAnswer } from '../wire/image.ts';
import type {
  ConnectNetworkBody,
  CreateNetworkBody,
  DisconnectNetworkBody,
  IpamConfig,
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
import { containersOf, networkStatus, networkView } from './network-view.ts';
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

const filterNames = ['dangling', 'driver', 'id', 'label', 'label!', 'name', 'scope', 'type'];

/** GET /networks. Without their containers, as since API 1.28. */
export function list(call: Call, engine: Engine): Answer {
  const matches = networkFilter(parseFilters(call.query, filterNames), engine);
  const found = engine.networks.list().filter(matches);
  const { version } = call;
  return json(
    found.map((network) =>
      networkView(network, version >= 52 ? undefined : version >= 28 ? {} : containersOf(network, engine)),
    ),
  );
}

function networkFilter(filters: Filters, engine: Engine): (network: Network) => boolean {
  if (filters.get('dangling').some((value) => !['0', '1', 'false', 'true'].includes(value)))
    throw invalid(`invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`);
  const dangling = filters.bool('dangling');
  const used = dangling === undefined ? new Set<string>() : usedNetworks(engine);
  const badType = filters.get('type').find((type) => type !== 'custom' && type !== 'builtin');
  if (badType !== undefined) throw invalid(`invalid filter: 'type'='${badType}'`);
  return (network) =>
    filters.some('driver', (value) => value === network.driver) &&
    filters.some('id', (value) => network.id.startsWith(value)) &&
    filters.some('name', (value) => matchesText(network.name, value)) &&
    filters.some('scope', (value) => value === 'local') &&
    filters.some('type', (value) => (value === 'builtin') === network.isPredefined) &&
    filters.labels(network.labels) &&
    (dangling === undefined ||
      dangling === (!network.isPredefined && !used.has(network.name) && !used.has(network.id)));
}

/** Names and ids of the networks that a container is in now: one that doesn't run only wishes to be, as in Docker. */
function usedNetworks(engine: Engine): Set<string> {
  const running = engine.containers.list().filter(({ state }) => isUp(state.status));
  return new Set(
    running.flatMap(({ spec, endpoints }) => [
      ...spec.endpoints.map(({ network }) => network),
      ...endpoints.map(({ networkId }) => networkId),
    ]),
  );
}

const isUp = (status: string): boolean => ['running', 'paused', 'restarting'].includes(status);

/** GET /networks/{id} */
export function inspect(call: Call, engine: Engine): Answer {
  const verbose = call.query.get('verbose') ?? '';
  if (!['', '0', '1', 'f', 't', 'false', 'true'].includes(verbose.toLowerCase()))
    throw invalid(
      `invalid value for verbose: ${verbose}: strconv.ParseBool: parsing ${JSON.stringify(verbose)}: invalid syntax`,
    );
  const scope = queryText(call.query, 'scope') ?? 'local';
  if (scope !== 'local') throw notFound(`network ${id(call)} not found`);
  const network = engine.networks.get(id(call));
  const answer = {
    ...networkView(network, containersOf(network, engine)),
    ...(call.version >= 52 && { Status: networkStatus(network) }),
  };
  return json(answer);
}

/** POST /networks/create */
export async function create(call: Call, engine: Engine): Promise<Answer> {
  const body = await readJson<CreateNetworkBody>(call, createShape);
  const network = await engine.networks.create(networkSpec(body, call.version));
  return json({ Id: network.id, Warning: engine.networks.warningOf(network.id) }, 201);
}

function networkSpec(body: CreateNetworkBody, version: number): NetworkSpec {
  if (!body.Name) throw invalid('invalid name: name is empty');
  const driver = body.ConfigOnly ? 'null' : driverOf(body.Driver || 'bridge');
  if (body.Ingress) throw new EngineError('forbidden', 'Ingress network can only be global scope network');
  if (body.Scope === 'swarm')
    throw new EngineError('forbidden', 'cannot create a swarm scoped network when swarm is not active');
  const ipamDriver = body.IPAM?.Driver || 'default';
  if (ipamDriver !== 'default' && ipamDriver !== 'null')
    throw new EngineError('not-found', `plugin ${JSON.stringify(ipamDriver)} not found`);
  const options = body.Options ?? undefined;
  return defined({
    name: body.Name,
    driver,
    pools: pools(body.IPAM?.Config ?? []),
    internal: body.Internal,
    attachable: body.Attachable,
    enableIpv4:
      (version >= 48 ? body.EnableIPv4 : undefined) ??
      familyOption(options, 'com.docker.network.enable_ipv4'),
    enableIpv6: body.EnableIPv6 ?? familyOption(options, 'com.docker.network.enable_ipv6'),
    configOnly: body.ConfigOnly,
    configFrom: body.ConfigFrom?.Network,
    ipamDriver,
    options,
    ipamOptions: body.IPAM?.Options ?? undefined,
    labels: body.Labels ?? undefined,
  });
}

function driverOf(name: string): NetworkSpec['driver'] {
  if (name === 'bridge' || name === 'macvlan' || name === 'ipvlan') return name;
  if (name === 'host' || name === 'null')
    throw new EngineError('forbidden', `only one instance of "${name}" network is allowed`);
  if (name === 'overlay')
    throw new EngineError(
      'forbidden',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  throw new EngineError('not-found', `plugin ${JSON.stringify(name)} not found`);
}

/** IPv4 subnets come first, as in Docker. */
function pools(configs: readonly IpamConfig[]): IpamPool[] {
  if (configs.some(({ Subnet, Gateway, IPRange }) => !Subnet && (Gateway || IPRange)))
    throw invalid('invalid network config:\ninvalid subnet : invalid CIDR block notation');
  return configs
    .filter(({ Subnet }) => Subnet)
    .toSorted((left, right) => Number(left.Subnet?.includes(':')) - Number(right.Subnet?.includes(':')))
    .map((config) =>
      defined({
        subnet: config.Subnet ?? '',
        ipRange: config.IPRange || undefined,
        gateway: config.Gateway || undefined,
        reserved: config.AuxiliaryAddresses,
      }),
    );
}

/** Docker's options that mean the same as members of the body. */
function familyOption(
  options: Readonly<Record<string, string>> | undefined,
  name: string,
): boolean | undefined {
  const text = options?.[name];
  if (text === undefined) return undefined;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw invalid(`driver-opt ${JSON.stringify(name)} is not a valid bool`);
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
  const wanted = containerOf(body);
  const force = body.Force ?? false;
  const container = engine.containers.find(wanted);
  if (!container && force) {
    engine.networks.get(id(call));
    throw notFound(`endpoint ${wanted} not found`);
  }
  const { id: containerId } = container ?? engine.containers.get(wanted);
  const name = force
    ? (engine.networks.find(id(call))?.name ?? id(call))
    : engine.networks.get(id(call)).name;
  await engine.containers.disconnect(containerId, name, force);
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
  engine.events.publish({ type: 'network', action: 'prune', actorId: '', attributes: { reclaimed: '0' } });
  const answer: Omit<PruneAnswer, 'SpaceReclaimed'> = {
    NetworksDeleted: removed.length > 0 ? removed : null,
  };
  return json(answer);
}
