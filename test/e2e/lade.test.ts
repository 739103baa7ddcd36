import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';

describe('lade', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  const folder = mkdtempSync(join(tmpdir(), 'lade-cli-'));
  const run = (...args: string[]): Promise<Ran> => lade(engine, args);
  const out = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(...args);
    assert.equal(status, 0, `lade ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };

  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await engine?.[Symbol.asyncDispose]();
  });

  test('run shows both streams and ends with the status of the program', async () => {
    const { status, stdout, stderr } = await run(
      'run',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'echo out; echo err >&2; exit 7',
    );
    assert.deepEqual([status, stdout, stderr], [7, 'out\n', 'err\n']);
  });

  test('run -i passes standard input on to its end', async () => {
    const { stdout } = await lade(engine, ['run', '--rm', '-i', 'busybox', 'wc', '-c'], {
      input: 'x'.repeat(200_000),
    });
    assert.equal(stdout.trim(), '200000');
  });

  for (const [command, status, message] of [
    [['nosuch'], 127, /exec: "nosuch": executable file not found in \$PATH/],
    [['/etc/passwd'], 126, /permission denied/],
    [['sh', '-c', 'sh -c "kill -TERM \\$\\$"; exit $?'], 143, /^Terminated$/],
  ] as const) {
    test(`run ${command.join(' ')} ends with ${status}`, async () => {
      const ran = await run('run', '--rm', 'busybox', ...command);
      assert.equal(ran.status, status, ran.stderr);
      assert.match(ran.stderr.trim(), message);
    });
  }

  test('run of an image that nobody has ends with 125 and one line', async () => {
    const { status, stderr } = await run('run', 'localhost:1/nobody/nothing');
    assert.equal(status, 125);
    assert.match(stderr, /^Unable to find image 'localhost:1\/nobody\/nothing:latest' locally\n/);
  });

  test('a wrong flag is told with the usage, status 125', async () => {
    const { status, stderr } = await run('run', '--nope', 'busybox');
    assert.equal(status, 125);
    assert.match(stderr, /^unknown flag: --nope\n\nUsage: {2}lade run /);
  });

  test('an --env-file is ours and not that of Node', async () => {
    const { status, stderr } = await run('run', '--env-file', '/nope', 'busybox');
    assert.deepEqual([status, stderr.split('\n')[0]], [125, 'lade: open /nope: no such file or directory']);
  });

  test('a detached container is listed, executed in, logged, stopped and removed', async () => {
    const id = await out(
      'run',
      '-d',
      '--name',
      'box',
      '-e',
      'A=1',
      'busybox',
      'sh',
      '-c',
      'echo ready; trap "exit 3" TERM; while :; do sleep 0.1; done',
    );
    assert.match(id, /^[0-9a-f]{64}$/);
    assert.equal(await out('ps', '--format', '{{.Names}} {{.Image}} {{.State}}'), 'box busybox running');
    assert.equal(
      (await run('exec', '-e', 'B=2', '-w', '/tmp', 'box', 'sh', '-c', 'echo $A$B $PWD; exit 5')).stdout,
      '12 /tmp\n',
    );
    assert.equal((await run('exec', 'box', 'sh', '-c', 'exit 5')).status, 5);
    assert.equal((await run('exec', 'box', 'nosuch')).status, 127);
    assert.equal(await out('logs', 'box'), 'ready');
    assert.equal(await out('inspect', '-f', '{{.State.Status}} {{.Config.Image}}', 'box'), 'running busybox');
    assert.equal(await out('stop', 'box'), 'box');
    assert.equal(await out('wait', 'box'), '3');
    assert.equal(await out('rm', 'box'), 'box');
    assert.deepEqual((await run('rm', 'box')).status, 1);
  });

  test('cp goes both ways, into directories and to new names', async () => {
    await out('create', '--name', 'files', 'busybox', 'true');
    mkdirSync(join(folder, 'tree/sub'), { recursive: true });
    writeFileSync(join(folder, 'tree/sub/file'), 'content');
    await out('cp', join(folder, 'tree'), 'files:/copied');
    await out('cp', 'files:/copied/sub/file', join(folder, 'back'));
    assert.equal(readFileSync(join(folder, 'back'), 'utf8'), 'content');
    await out('cp', 'files:/copied/.', join(folder, 'tree'));
    await out('cp', 'files:/copied', folder);
    assert.equal(readFileSync(join(folder, 'copied/sub/file'), 'utf8'), 'content');
    assert.match(
      (await run('cp', 'files:/nope', folder)).stderr,
      /Could not find the file \/nope in container files/,
    );
    await out('rm', 'files');
  });

  test('a volume outlives its containers, an anonymous one goes with --rm', async () => {
    await out('run', '--rm', '-v', 'data:/data', 'busybox', 'sh', '-c', 'echo kept > /data/x');
    assert.equal(await out('run', '--rm', '-v', 'data:/data:ro', 'busybox', 'cat', '/data/x'), 'kept');
    await out('run', '--rm', '-v', '/anonymous', 'busybox', 'true');
    assert.equal(await out('volume', 'ls', '-q'), 'data');
    assert.equal(await out('volume', 'rm', 'data'), 'data');
  });

  test('a bind source that is missing is told by --mount and made by -v', async () => {
    const { status, stderr } = await run(
      'run',
      '--rm',
      '--mount',
      `type=bind,src=${folder}/missing,dst=/x`,
      'busybox',
      'true',
    );
    assert.equal(status, 125);
    assert.match(
      stderr,
      /invalid mount config for type "bind": bind source path does not exist: .*\/missing/,
    );
    await out('run', '--rm', '-v', `${folder}/made:/x`, 'busybox', 'touch', '/x/y');
    assert.equal(readFileSync(join(folder, 'made/y'), 'utf8'), '');
  });

  test('containers of a network find each other by name', async () => {
    await out('network', 'create', 'front');
    await out(
      'run',
      '-d',
      '--name',
      'server',
      '--network',
      'front',
      '--network-alias',
      'www',
      'busybox',
      'httpd',
      '-f',
      '-h',
      '/etc',
    );
    assert.match(
      await out('run', '--rm', '--network', 'front', 'busybox', 'wget', '-qO-', 'http://www/hostname'),
      /^[0-9a-f]{12}$/,
    );
    assert.match((await run('network', 'rm', 'front')).stderr, /has active endpoints/);
    await out('rm', '-f', 'server');
    await out('network', 'rm', 'front');
  });

  test('a port in use is refused with the one who has it, and leaves nothing', async () => {
    await out('run', '-d', '--name', 'holder', '-p', '0:80', 'busybox', 'sleep', '60');
    const port = (await out('port', 'holder', '80')).split('\n')[0]?.split(':')[1] ?? '';
    const { status, stderr } = await run(
      'run',
      '--rm',
      '--name',
      'second',
      '-p',
      `${port}:80`,
      'busybox',
      'true',
    );
    assert.equal(status, 125);
    assert.match(stderr, new RegExp(`${port}.*(already allocated|address already in use).*holder`));
    await out('rm', '-f', 'holder');
    assert.equal(await out('ps', '-aq'), '');
  });

  test('images are tagged, saved, loaded and removed', async () => {
    await out('tag', 'busybox', 'mine:1');
    await out('save', '-o', join(folder, 'mine.tar'), 'mine:1');
    assert.match(await out('rmi', 'mine:1'), /^Untagged: mine:1/);
    assert.match(await out('load', '-i', join(folder, 'mine.tar')), /Loaded image: mine:1/);
    assert.equal(await out('images', '--format', '{{.Repository}}:{{.Tag}}', 'mine'), 'mine:1');
    assert.match((await run('load', '-i', join(folder, 'back'))).stderr, /\S/);
  });
});
