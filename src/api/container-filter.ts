import { invalid } from '../lib/errors.ts';
import type { Container } from '../container/types.ts';
import { imageFamily } from './image-family.ts';
import type { Engine } from './engine.ts';
import { type Filters, matchesText } from './filters.ts';
import { parseTimestamp } from './timestamp.ts';

export const containerFilterNames = [
  'ancestor', 'before', 'exited', 'expose', 'health', 'id', 'is-task', 'isolation', 'label', 'label!', 'name', 'network',
  'publish', 'since', 'status', 'volume',
]; // prettier-ignore

const states = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const healthStates = ['none', 'starting', 'healthy', 'unhealthy'];

type Test = (container: Container) => boolean;

/** The test that all filters of a list make together. Values that name nothing are refused at once. */
export function containerFilter(filters: Filters, engine: Engine): Test {
  filters.bool('is-task');
  checkWords(filters, 'status', 'state', states);
  checkWords(filters, 'health', 'health', healthStates);
  const tests: Test[] = [
    ({ id }) => filters.some('id', (value) => id.startsWith(value) || matchesText(id, value)),
    ({ name }) =>
      filters.some('name', (value) => [name, `/${name}`].some((text) => matchesText(text, value))),
    ({ spec }) => filters.labels(spec.labels),
    ({ state }) => filters.some('status', (value) => value === state.status),
    (container) => filters.some('health', (value) => value === healthOf(container)),
    (container) => filters.some('network', (value) => isInNetwork(container, value)),
    ({ mounts }) =>
      filters.some('volume', (value) =>
        mounts.some(
          ({ name, destination }) => name === value || destination === value.replace(/(?<=.)\/$/, ''),
        ),
      ),
    () => filters.some('is-task', (value) => value === 'false' || value === '0'),
    exitedTest(filters),
    portTest(filters, 'publish', ({ ports }) =>
      ports.map(({ hostPort, protocol }) => ({ port: hostPort, protocol })),
    ),
    portTest(filters, 'expose', ({ spec }) => spec.exposedPorts),
    ancestorTest(filters, engine),
    orderTest(filters, engine),
  ];
  return (container) => tests.every((test) => test(container));
}

function checkWords(filters: Filters, name: string, what: string, known: readonly string[]): void {
  const bad = filters.get(name).find((value) => !known.includes(value));
  if (bad !== undefined)
    throw invalid(
      `invalid filter '${name}=${bad}': invalid value for ${what} (${bad}): must be one of ${known.join(', ')}`,
    );
}

function healthOf({ state }: Container): string {
  return 'health' in state && state.health ? state.health.status : 'none';
}

function isInNetwork(container: Container, wanted: string): boolean {
  return (
    container.spec.networkMode === wanted ||
    container.spec.endpoints.some(({ network }) => network === wanted) ||
    container.endpoints.some(
      ({ networkName, networkId }) => networkName === wanted || networkId.startsWith(wanted),
    )
  );
}

function exitedTest(filters: Filters): Test {
  if (!filters.has('exited')) return () => true;
  const codes = filters.get('exited').map((value) => {
    if (!/^\d{1,3}$/.test(value))
      throw invalid(
        `invalid filter 'exited=${value}': strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`,
      );
    return Number(value);
  });
  return ({ state }) => state.status === 'exited' && codes.includes(state.exitCode);
}

/** `80`, `80/tcp`, `8000-8080/udp` */
function portTest(
  filters: Filters,
  name: string,
  portsOf: (container: Container) => readonly { port: number; protocol: string }[],
): Test {
  if (!filters.has(name)) return () => true;
  const ranges = filters.get(name).map((value) => {
    const [ports = '', protocol = 'tcp'] = value.split('/');
    const [first = '', last = first] = ports.split('-');
    const bad = [first, last].find((port) => !/^\d{1,5}$/.test(port));
    if (bad !== undefined)
      throw invalid(
        `error while looking up for ${name} ${value}: strconv.ParseUint: parsing ${JSON.stringify(bad)}: invalid syntax`,
      );
    return { protocol, port: Number(first), last: Number(last) };
  });
  return (container) =>
    portsOf(container).some(({ port, protocol }) =>
      ranges.some((range) => range.protocol === protocol && port >= range.port && port <= range.last),
    );
}

function ancestorTest(filters: Filters, engine: Engine): Test {
  if (!filters.has('ancestor')) return () => true;
  const wanted = new Set<string>(filters.get('ancestor').flatMap((name) => imageFamily(name, engine.images)));
  return ({ spec }) => wanted.has(spec.imageId);
}

function orderTest(filters: Filters, engine: Engine): Test {
  const created = (name: string): number[] =>
    filters.get(name).map((value) => engine.containers.get(value).createdAt.getTime());
  const before = Math.min(...created('before'));
  const since = Math.max(...created('since'));
  return ({ createdAt }) => createdAt.getTime() < before && createdAt.getTime() > since;
}

/** `until` and `label` of the prune calls. */
export function pruneTest(
  filters: Filters,
): (object: { createdAt?: Date; labels: Readonly<Record<string, string>> }) => boolean {
  const until = filters.get('until').map((value) => parseTimestamp(value) / 1_000_000n);
  return ({ createdAt, labels }) =>
    until.every((limit) => createdAt !== undefined && BigInt(createdAt.getTime()) < limit) &&
    filters.labels(labels);
}
