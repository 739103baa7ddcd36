import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kindOf, messageOf } from '../../lib/errors.ts';
import { isRoot, openWorld, type World } from '../testing/open-world.ts';
import type { ExecSpec } from '../types.ts';

const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
let world: World;
let id: string;
before(async () => {
  if (!isRoot) return;
  world = await openWorld();
  id = await world.run(['sleep', '1000'], { env: ['A=1', 'B=2'], workingDir: '/etc' });
});
after(() => world?.[Symbol.asyncDispose]());

const spec = (cmd: string | readonly string[], change: Partial<ExecSpec> = {}): ExecSpec => ({
  cmd: typeof cmd === 'string' ? ['sh', '-c', cmd] : cmd,
  env: [],
  workingDir: '',
  user: '',
  tty: false,
  privileged: false,
  attach: { stdin: false, stdout: true, stderr: true },
  ...change,
});

async function run(
  cmd: string | readonly string[],
  change: Partial<ExecSpec> = {},
  input?: string,
  container = id,
) {
  const execId = await world.containers.execCreate(container, spec(cmd, change));
  const streams = await world.containers.execStart(execId, { detach: false, tty: change.tty ?? false });
  assert.ok(streams);
  const text = async (stream: NodeJS.ReadableStream | undefined): Promise<string> => {
    let all = '';
    for await (const chunk of stream ?? []) all += chunk.toString();
    return all;
  };
  if (input !== undefined) streams.stdin?.end(input);
  const [stdout, stderr, code] = await Promise.all([
    text(streams.stdout),
    text(streams.stderr),
    streams.exited,
  ]);
  return { execId, stdout, stderr, code };
}

test('an exec has the container’s environment and directory, and says how it ended', options, async () => {
  const { execId, ...result } = await run('echo $A $B $C $FROM_IMAGE $HOSTNAME; pwd; echo err >&2; exit 6', {
    env: ['B=3', 'C=4'],
  });
  const host = id.slice(0, 12);
  assert.deepEqual(result, { stdout: `1 3 4 yes ${host}\n/etc\n`, stderr: 'err\n', code: 6 });
  const info = world.containers.execInspect(execId);
  assert.deepEqual([info.running, info.exitCode, info.containerId], [false, 6, id]);
  assert.deepEqual(
    world.told.slice(-3).map((action) => action.split(':')[0]),
    ['exec_create', 'exec_start', 'exec_die'],
  );
  await assert.rejects(world.containers.execStart(execId, { detach: false, tty: false }), /has already run/);
});

test('user, directory, input and terminal are as asked', options, async () => {
  const { stdout } = await run(
    'id -un; pwd; cat',
    {
      user: 'nobody',
      workingDir: '/tmp',
      attach: { stdin: true, stdout: true, stderr: true },
    },
    'sent',
  );
  assert.equal(stdout, 'nobody\n/tmp\nsent');
  const tty = await run('tty; stty size; echo $TERM', { tty: true, consoleSize: { height: 20, width: 70 } });
  assert.match(tty.stdout, /^\/dev\/pts\/\d+\r\n20 70\r\nxterm\r\n$/);
});

test('what can not be started says why, with the code of a shell', options, async () => {
  const execId = await world.containers.execCreate(id, spec(['/nope']));
  await assert.rejects(
    world.containers.execStart(execId, { detach: false, tty: false }),
    (error: Error & { exitCode?: number }) =>
      error.exitCode === 127 && /no such file|not found/.test(error.message),
  );
  assert.deepEqual(world.containers.execInspect(execId).exitCode, 127);
  await assert.rejects(
    world.containers.execStart('nope', { detach: true, tty: false }),
    /No such exec instance: nope/,
  );
  await assert.rejects(world.containers.execCreate(id, spec([])), /No exec command specified/);
});

test('a detached exec runs on by itself', options, async () => {
  const execId = await world.containers.execCreate(id, spec('sleep 0.2; touch /tmp/done; exit 3'));
  assert.equal(await world.containers.execStart(execId, { detach: true, tty: false }), undefined);
  assert.equal(world.containers.execInspect(execId).running, true);
  assert.deepEqual(world.containers.get(id).execIds.includes(execId), true);
  while (world.containers.execInspect(execId).running)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(world.containers.execInspect(execId).exitCode, 3);
  assert.equal((await run(['ls', '/tmp/done'])).code, 0);
});

test('execs end with their container', options, async () => {
  const other = await world.run(['sleep', '1000']);
  const running = await world.containers.execCreate(other, spec(['sleep', '1000']));
  const unused = await world.containers.execCreate(other, spec(['true']));
  const streams = await world.containers.execStart(running, { detach: false, tty: false });
  await world.containers.kill(other);
  assert.equal(await streams?.exited, 137);
  assert.throws(() => world.containers.execInspect(unused), /No such exec instance/);
  await world.containers.execCreate(other, spec(['true'])).then(
    () => assert.fail('an exec was made in a container that does not run'),
    (error: unknown) =>
      assert.deepEqual([kindOf(error), messageOf(error)], ['conflict', `container ${other} is not running`]),
  );
});

test('names of links are no variables', options, async () => {
  const linked = await world.run(['sleep', '1000'], { links: [`${id}:alias`], networkMode: 'none' });
  const { stdout, code } = await run('env', {}, undefined, linked);
  assert.deepEqual([code, /alias/.test(stdout)], [0, false]);
});
