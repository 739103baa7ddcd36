import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { fails } from './testing/fails.ts';
import { killEngine } from './testing/kill-engine.ts';
import { isRoot, openWorld, type World } from './testing/open-world.ts';
import type { LogConfig } from './types.ts';

// Real containers: these tests need root.
const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(() => world?.[Symbol.asyncDispose]());

const driver = (name: string, given: Record<string, string> = {}): { log: LogConfig } => ({
  log: { driver: name, options: given },
});

interface JsonRecord {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
  readonly attrs?: Record<string, string>;
}

const records = (text: string): JsonRecord[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JsonRecord);

test('json-file keeps the output at LogPath as Docker does, also over runs', options, async () => {
  const id = await world.run(
    'echo out; echo err >&2; printf part',
    {
      ...driver('json-file', { tag: '{{.Name}}/{{.ID}}', labels: 'a,c', env: 'X' }),
      labels: { a: '1', b: '2' },
      env: ['X=y', 'Z=z'],
    },
    'shipped',
  );
  await world.exitOf(id);
  const { log } = world.containers.get(id).paths;
  assert.ok(log.endsWith(`/${id}/${id}-json.log`));
  const first = records(readFileSync(log, 'utf8'));
  assert.deepEqual(
    first
      .map(({ log: text, stream }) => `${stream}: ${text}`)
      .toSorted((left, right) => left.localeCompare(right)),
    ['stderr: err\n', 'stdout: out\n', 'stdout: part'],
  );
  assert.deepEqual(first[0]?.attrs, { X: 'y', a: '1', tag: `shipped/${id.slice(0, 12)}` });
  assert.match(first[0]?.time ?? '', /^\d{4}-.*\.\d{9}Z$/);
  await world.containers.start(id);
  await world.exitOf(id);
  assert.equal(records(readFileSync(log, 'utf8')).length, 6);
  assert.equal((await world.output(id)).length, 2 * 'out\nerr\npart'.length);
  await world.containers.remove(id);
  assert.equal(existsSync(log), false);
});

test('json-file is fed exactly once while engines are killed', options, async () => {
  const command = 'i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); usleep 5000; done';
  const dir = mkdtempSync('/tmp/lct-');
  const script = [['counter', command, driver('json-file', { 'max-size': '5k', 'max-file': '99' })]];
  await killEngine(dir, script, 300);
  await killEngine(dir, script, 200);
  await delay(200); // nobody reads
  await using world = await openWorld({ dir });
  const { id, paths } = world.containers.get('counter');
  await world.exitOf(id);
  const files = readdirSync(dirname(paths.log))
    .filter((name) => name.startsWith(`${id}-json.log`))
    .toSorted((left, right) => Number(/\d+$/.exec(right)?.[0] ?? 0) - Number(/\d+$/.exec(left)?.[0] ?? 0));
  assert.ok(files.length > 3, files.join(' '));
  const text = files.map((name) => readFileSync(join(dirname(paths.log), name), 'utf8')).join('');
  assert.deepEqual(
    records(text).map(({ log }) => log),
    Array.from({ length: 400 }, (_unused, index) => `line ${index}\n`),
  );
});

test('json-file is rotated as its options say', options, async () => {
  const id = await world.run('i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done', {
    ...driver('json-file', { 'max-size': '2k', 'max-file': '3', compress: 'true' }),
  });
  await world.exitOf(id);
  const { log } = world.containers.get(id).paths;
  assert.ok(existsSync(`${log}.1.gz`) && existsSync(`${log}.2.gz`) && !existsSync(`${log}.3.gz`));
  assert.equal(records(readFileSync(log, 'utf8')).at(-1)?.log, 'line 99\n');
  await world.containers.remove(id);
});

test('syslog takes the log over the network', options, async () => {
  const socket = createSocket('udp4');
  const messages: string[] = [];
  socket.on('message', (message) => messages.push(message.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try {
    const address = `udp://127.0.0.1:${socket.address().port}`;
    const id = await world.run('echo hello', driver('syslog', { 'syslog-address': address, tag: 'mine' }));
    await world.exitOf(id);
    for (let waited = 0; messages.length === 0 && waited < 2000; waited += 20) await delay(20);
    assert.match(messages[0] ?? '', /^<30>\S+ \S+ mine\[\d+\]: hello$/);
    assert.equal(await world.output(id), 'hello\n');
    await world.containers.remove(id);
  } finally {
    socket.close();
  }
});

test("a driver that can't work is refused at start, a wrong option at create", options, async () => {
  const prefix = 'failed to create task for container: failed to initialize logging driver: ';
  const atStart: [string, Record<string, string>, string][] = [
    ['json-file', { 'max-size': 'x' }, "invalid size: 'x'"],
    ['json-file', { 'max-file': 'x' }, 'strconv.Atoi: parsing "x": invalid syntax'],
    ['json-file', { 'max-file': '0', 'max-size': '1k' }, 'max-file cannot be less than 1'],
    ['json-file', { compress: 'true' }, 'compress cannot be true when max-file is less than 2 or max-size is not set'],
    ['json-file', { tag: '{{.Nope}}' }, 'template: log-tag:1:2: executing "log-tag" at <.Nope>: can\'t evaluate field Nope in type *logger.Info'],
    ['json-file', { tag: '{{' }, 'template: log-tag:1: unclosed action'],
    ...(existsSync('/run/systemd/journal/socket') ? [] : ([['journald', {}, 'journald is not enabled on this host']] as [string, Record<string, string>, string][])),
    ...(existsSync('/dev/log') ? [] : ([['syslog', {}, 'Unix syslog delivery error']] as [string, Record<string, string>, string][])),
  ]; // prettier-ignore
  for (const [name, given, message] of atStart)
    await assert.rejects(world.run('true', driver(name, given)), fails('internal', prefix + message));
  const atCreate: [string, Record<string, string>, string][] = [
    ['json-file', { x: '1' }, "unknown log opt 'x' for json-file log driver"],
    ['local', { tag: '1' }, "unknown log opt 'tag' for log driver local"],
    ['journald', { x: '1' }, "unknown log opt 'x' for journald log driver"],
    ['syslog', { 'syslog-format': 'x' }, 'Invalid syslog format'],
    ['local', { mode: 'x' }, 'logger: logging mode not supported: x'],
  ];
  for (const [name, given, message] of atCreate)
    await assert.rejects(world.create('true', driver(name, given)), fails('invalid', message));
  await world.create('true', driver('none', { x: '1' }));
});

test("containers that name no driver get the engine's, with its options", options, async () => {
  const log = { driver: 'json-file', options: { 'max-size': '1m' } };
  await using other = await openWorld({ settings: { log } });
  const specOf = async (spec: object): Promise<LogConfig> =>
    other.containers.get(await other.create('true', spec)).spec.log;
  assert.deepEqual(await specOf({}), log);
  assert.deepEqual(await specOf(driver('', { tag: 'x' })), {
    driver: 'json-file',
    options: { 'max-size': '1m', tag: 'x' },
  });
  assert.deepEqual(await specOf(driver('local')), { driver: 'local', options: {} });
});
