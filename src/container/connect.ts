import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { conflict, EngineError, invalid, refused } from '../lib/errors.ts';
import type { Endpoint, EndpointSpec } from '../network/types.ts';
import { type ContainerRecord } from './container-record.ts';
import { type Context, pathsOf } from './context.ts';
import { parseNetworkMode } from './network-mode.ts';
import { formatLine, ownLines } from './start/etc-files.ts';
import { withSysctls } from './start/sandbox.ts';

/** The verb: one more network, at once when the container runs and at every later start. */
export async function connectNetwork(
  context: Context,
  record: ContainerRecord,
  endpoint: EndpointSpec,
): Promise<void> {
  await context.locks.run(record.id, async () => {
    const network = context.networks.get(endpoint.network);
    checkConnectable(record);
    checkJoins(record, network.driver);
    const wanted = { ...endpoint, network: network.name };
    if (record.spec.endpoints.some((known) => context.networks.find(known.network)?.id === network.id))
      throw new EngineError(
        'forbidden',
        `endpoint with name ${record.name} already exists in network ${network.name}`,
      );
    if (record.run) {
      const made = await context.networks.connect(record.id, withSysctls(record.spec, wanted));
      appendFileSync(pathsOf(context, record).hosts, ownLines(record, made).map(formatLine).join(''));
      refresh(context, record);
    } else {
      context.networks.checkEndpoint(wanted);
    }
    record.spec = { ...record.spec, endpoints: [...record.spec.endpoints, wanted] };
    context.store.saveAll(record);
  });
}

function checkConnectable({ spec, state }: ContainerRecord): void {
  if (state.status === 'removing' || state.status === 'dead')
    throw conflict('container is marked for removal and cannot be connected to a network');
  const { kind } = parseNetworkMode(spec.networkMode);
  if (kind === 'container' || kind === 'host')
    throw new EngineError(
      'forbidden',
      'container sharing network namespace with another container or host cannot be connected to any other network',
    );
  if (spec.endpoints.some(({ network }) => network === 'none'))
    throw new EngineError(
      'forbidden',
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    );
}

/** The two networks that are none: a container is in them from the start, or never. */
function checkJoins({ spec }: ContainerRecord, driver: string): void {
  if (driver === 'host')
    throw invalid(
      'cannot connect container to host network - container must be created in host network mode',
    );
  if (driver === 'null' && spec.endpoints.length > 0)
    throw invalid(
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    );
}

/** The verb: leaves a network. Forced, the network may be gone already. */
export async function disconnectNetwork(
  context: Context,
  record: ContainerRecord,
  nameOrId: string,
  force: boolean,
): Promise<void> {
  await context.locks.run(record.id, async () => {
    const network = context.networks.find(nameOrId);
    if (!network && !force) context.networks.get(nameOrId);
    if (network?.driver === 'host')
      throw invalid(
        'cannot disconnect container from host network - container was created in host network mode',
      );
    const isIt = ({ network: name }: EndpointSpec): boolean =>
      name === nameOrId || name === network?.name || name === network?.id;
    const isPart = record.spec.endpoints.some(isIt);
    if (!isPart) {
      const which = record.run && network ? 'network' : 'the network';
      throw refused(`container ${record.id} is not connected to ${which} ${network?.name ?? nameOrId}`);
    }
    const left = record.endpoints.find(({ networkId }) => networkId === network?.id);
    if (record.run && left) {
      await context.networks.disconnect(record.id, left.networkId);
      forgetHosts(context, record, left);
      refresh(context, record);
    } else {
      record.endpoints = record.endpoints.filter((known) => known !== left); // those of its last run
    }
    record.spec = { ...record.spec, endpoints: record.spec.endpoints.filter((known) => !isIt(known)) };
    context.store.saveAll(record);
  });
}

function refresh(context: Context, record: ContainerRecord): void {
  record.endpoints = context.networks.endpointsOf(record.id);
  record.ports = context.networks.portsOf(record.id);
}

/** Written in place: the file is mounted in the container. */
function forgetHosts(context: Context, record: ContainerRecord, endpoint: Endpoint): void {
  const { hosts } = pathsOf(context, record);
  const gone = new Set(ownLines(record, endpoint).map(formatLine));
  const lines = readFileSync(hosts, 'utf8').split(/(?<=\n)/);
  writeFileSync(hosts, lines.filter((line) => !gone.has(line)).join(''));
}
