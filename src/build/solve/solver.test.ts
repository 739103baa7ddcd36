import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Image } from '../../image/types.ts';
import { openDatabase } from '../../lib/database.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { BuildPlan, Vertex } from '../plan/types.ts';
import { CacheRecords } from './records.ts';
import { type SolveEvent, Solver, type Solved } from './solver.ts';
import { type Identity, type Operations, type Rootfs } from './types.ts';

/** Operations that do nothing but count: a step's layer is made of what it is and builds on. */
class FakeOperations implements Operations {
  readonly performed: string[] = [];
  readonly layers = new Set<Digest>();
  /** Digests of the context's files by COPY's text. */
  content: Record<string, string> = {};
  /** Makes some outputs equal whatever they were made from. */
  constant = new Set<string>();
  running = 0;
  mostRunning = 0;
  failing = new Set<string>();

  async identify({ op, step }: Vertex): Promise<Identity> {
    const definition =
      op.kind === 'exec' ? { kind: op.kind, args: op.args, env: op.env } : { kind: op.kind, name: step.name };
    const digest = this.content[step.name];
    return { definition, content: digest === undefined ? [] : [{ name: '.', digest, files: digest }] };
  }

  async perform(
    { step }: Vertex,
    base: Rootfs,
    inputs: readonly Rootfs[],
    { signal, tell }: Parameters<Operations['perform']>[3],
  ): Promise<Digest> {
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      this.performed.push(step.name);
      tell({ type: 'output', stream: 'stdout', data: Buffer.from(`${step.name}\n`) });
      await delay(20, undefined, { signal });
      if (this.failing.has(step.name)) throw new Error(`${step.name} failed`);
      const layer = digestOf(
        JSON.stringify([
          step.name,
          this.constant.has(step.name) ? '' : [base, inputs, this.content[step.name]],
        ]),
      );
      this.layers.add(layer);
      return layer;
    } finally {
      this.running -= 1;
    }
  }

  hasLayer = (diffId: Digest): boolean => this.layers.has(diffId);
  sizeOf = (): number => 1;
  fetchLayers = async (): Promise<void> => {};
}

const baseLayer = digestOf('base');
const base: Image = {
  id: digestOf('image'),
  config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [baseLayer] } },
  size: 1,
  createdAt: new Date(0),
  tags: ['base:latest'],
  digests: [],
};

const planOf = (text: string): Promise<BuildPlan> =>
  makePlan(
    parseDockerfile('Dockerfile', text),
    { buildArgs: {}, labels: {}, network: 'default', extraHosts: [] },
    { resolveImage: async () => base },
  );

class World {
  readonly held: Digest[] = [];
  readonly leased = new Map<Digest, number>();
  readonly records = new CacheRecords(openDatabase(':memory:'), (layer) => {
    this.leased.set(layer, (this.leased.get(layer) ?? 0) + 1);
    return { [Symbol.dispose]: () => void this.leased.delete(layer) };
  });
  readonly solver = new Solver(this.records, 4);
  readonly operations = new FakeOperations();

  async solve(
    text: string,
    options: { noCache?: boolean; signal?: AbortSignal } = {},
  ): Promise<{
    solved: ReadonlyMap<Vertex, Solved>;
    cache: Record<string, string>;
    events: SolveEvent[];
    plan: BuildPlan;
  }> {
    const plan = await planOf(text);
    const events: SolveEvent[] = [];
    const solved = await this.solver.solve(plan, {
      operations: this.operations,
      noCache: options.noCache ?? false,
      lineage: 'test',
      signal: options.signal ?? new AbortController().signal,
      onEvent: (event) => events.push(event),
      hold: (layer) => this.held.push(layer),
    });
    const names = new Map(plan.steps.map(({ index, name }) => [index, name]));
    const cache: Record<string, string> = {};
    for (const event of events)
      if (event.type === 'started')
        cache[names.get(event.step) ?? ''] = event.cache.hit ? 'hit' : event.cache.why;
    return { solved, cache, events, plan };
  }

  /** What was performed since the last call. */
  performed(): string[] {
    return this.operations.performed.splice(0).toSorted();
  }
}

test('does each step once, then none', async () => {
  const world = new World();
  const text = 'FROM base\nRUN a\nENV x=1\nRUN b';
  await world.solve(text);
  assert.deepEqual(world.performed(), ['RUN a', 'RUN b']);
  const { cache, plan, solved } = await world.solve(text);
  assert.deepEqual(world.performed(), []);
  assert.deepEqual(Object.values(cache), ['hit', 'hit', 'hit', 'hit']);
  assert.equal(plan.target.result && solved.get(plan.target.result)?.layers.length, 3);
});

test('a changed step is done again with all that follow in its stage, and no others', async () => {
  const world = new World();
  const text = (b: string): string =>
    `FROM base AS one\nRUN a\nRUN ${b}\nRUN c\nFROM base AS two\nRUN d\nFROM base\nCOPY --from=one /x /x\nCOPY --from=two /y /y`;
  await world.solve(text('b'));
  world.performed();
  const { cache } = await world.solve(text('b2'));
  assert.deepEqual(world.performed(), ['RUN b2', 'RUN c']);
  assert.equal(cache['RUN c'], 'follows the RUN above');
});

test('the result of a step counts, not that it was done again', async () => {
  const world = new World();
  world.operations.constant.add('RUN b');
  world.operations.content = { 'COPY . /': '1' };
  await world.solve('FROM base\nCOPY . /\nRUN b\nRUN c');
  world.operations.content = { 'COPY . /': '2' };
  world.operations.constant.add('COPY . /');
  world.performed();
  await world.solve('FROM base\nCOPY . /\nRUN b\nRUN c');
  assert.deepEqual(world.performed(), ['COPY . /', 'RUN b', 'RUN c']);
  world.operations.content = { 'COPY . /': '3' };
  await world.solve('FROM base\nCOPY . /\nRUN b\nRUN c');
  assert.deepEqual(world.performed(), ['COPY . /'], 'the same layer as before: the rest is known');
});

test('independent stages run at the same time, within the limit', async () => {
  const world = new World();
  const stages = Array.from({ length: 8 }, (_, index) => `FROM base AS s${index}\nRUN r${index}\n`);
  const copies = stages.map((_, index) => `COPY --from=s${index} /x /x${index}\n`);
  await world.solve(`${stages.join('')}FROM base\n${copies.join('')}`);
  assert.equal(world.operations.mostRunning, 4);
});

test('equal steps are done once, within a build and over two', async () => {
  const world = new World();
  const text =
    'FROM base AS a\nRUN same\nFROM base AS b\nRUN same\nFROM base\nCOPY --from=a /x /a\nCOPY --from=b /x /b';
  const [one, two] = await Promise.all([world.solve(text), world.solve(text)]);
  assert.deepEqual(world.performed(), ['COPY --from=a /x /a', 'COPY --from=b /x /b', 'RUN same']);
  for (const { events, plan } of [one, two]) {
    const told = events.flatMap((event) => (event.type === 'told' ? [event.step] : []));
    const runs = plan.steps.filter(({ name }) => name === 'RUN same').map(({ index }) => index);
    for (const index of runs) assert.ok(told.includes(index), 'each sees the output');
  }
});

test('without cache all is done, equal steps still once', async () => {
  const world = new World();
  const text =
    'FROM base AS a\nRUN same\nFROM base AS b\nRUN same\nFROM base\nCOPY --from=a /x /a\nCOPY --from=b /x /b';
  await world.solve(text);
  world.performed();
  const { cache } = await world.solve(text, { noCache: true });
  assert.deepEqual(world.performed(), ['COPY --from=a /x /a', 'COPY --from=b /x /b', 'RUN same']);
  assert.equal(cache['RUN same'], '--no-cache');
});

test('a step whose layer is gone is done again', async () => {
  const world = new World();
  await world.solve('FROM base\nRUN a');
  world.operations.layers.clear();
  world.performed();
  const { cache } = await world.solve('FROM base\nRUN a');
  assert.deepEqual(world.performed(), ['RUN a']);
  assert.equal(cache['RUN a'], 'its layer was pruned');
});

test('the first failure ends the others, and is the one that is told', async () => {
  const world = new World();
  world.operations.failing.add('RUN bad');
  const text =
    'FROM base AS a\nRUN bad\nRUN never\nFROM base AS b\nRUN good\nRUN long\nFROM base\nCOPY --from=a /x /x\nCOPY --from=b /x /x';
  await assert.rejects(world.solve(text), { message: 'RUN bad failed' });
  assert.equal(world.operations.running, 0);
  assert.ok(!world.performed().includes('RUN never'));
});

test('an abort ends a build, but not a step that another build shares', async () => {
  const world = new World();
  const stop = new AbortController();
  const aborted = world.solve('FROM base\nRUN a', { signal: stop.signal });
  const other = world.solve('FROM base\nRUN a');
  await delay(5);
  stop.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.equal(world.operations.running, 0, 'what the step uses belongs to the build that began it');
  await other;
  assert.deepEqual(world.performed(), ['RUN a']);
});

test('records hold their layers until they are deleted', async () => {
  const world = new World();
  await world.solve('FROM base\nRUN a');
  const [record] = world.records.all();
  assert.ok(record);
  assert.deepEqual([...world.leased.keys()], [record.layer]);
  assert.ok(world.held.includes(record.layer));
  assert.ok(world.records.holdsLayer(record.layer));
  world.records.delete(record.key);
  assert.deepEqual([...world.leased.keys()], []);
  assert.equal(world.records.holdsLayer(record.layer), false);
});

test('reasons name files', async () => {
  const world = new World();
  const files = (a: string, more = ''): string => `${a} src/a.ts\n1 src/b.ts\n${more}`;
  const why = async (content: string): Promise<string | undefined> => {
    world.operations.content = { 'COPY . /app': content };
    return (await world.solve('FROM base\nCOPY . /app')).cache['COPY . /app'];
  };
  assert.equal(await why(files('1')), 'first build of this step');
  assert.equal(await why(files('1')), 'hit');
  assert.equal(await why(files('2')), 'src/a.ts changed (1 of 2 files)');
  assert.equal(await why(files('2', '3 new\n')), 'new added (1 of 3 files)');
  assert.equal(await why('2 src/a.ts\n'), 'src/b.ts, new removed (2 of 3 files)');
});

test('keys depend on what counts only', async () => {
  const keys = async (text: string): Promise<string[]> => {
    const world = new World();
    const { solved, plan } = await world.solve(text);
    return plan.target.sequence.flatMap(({ vertex }) => (vertex ? [solved.get(vertex)?.key ?? ''] : []));
  };
  const [plain] = [await keys('FROM base\nRUN a')];
  assert.deepEqual(
    await keys('FROM base AS name\n# comment\nLABEL x=y\nCMD ["z"]\nRUN    a'),
    plain,
    'config that RUN does not see',
  );
  assert.notDeepEqual(await keys('FROM base\nENV x=y\nRUN a'), plain, 'its environment');
  assert.notDeepEqual(await keys('FROM base\nARG x=y\nRUN a'), plain, 'declared arguments');
  assert.notDeepEqual(await keys('FROM base\nSHELL ["/bin/bash", "-c"]\nRUN a'), plain, 'its shell');
});
