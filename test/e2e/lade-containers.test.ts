import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';

describe('lade: verbs of containers and of the system', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  const run = (...args: string[]): Promise<Ran> => lade(engine, args);
  const out = async (...args: string[]): Promise<string> => {
    const ran = await run(...args);
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout.trim();
  };
  /** Runs a command line that fails; its status and the first line of what it says. */
  const fail = async (line: string): Promise<readonly [number, string]> => {
    const { status, stderr } = await run(...line.split(' '));
    return [status, stderr.split('\n')[0] ?? ''];
  };

  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    await out(
      'run',
      '-d',
      '--name',
      'box',
      '-l',
      'org.color=red',
      '--stop-timeout',
      '0',
      'busybox',
      'sleep',
      '1000',
    );
  });
  after(() => engine[Symbol.asyncDispose]());

  test('diff tells what a container changed, commit makes an image of it', async () => {
    await out('exec', 'box', 'sh', '-c', 'echo new > /added; rm /etc/passwd');
    const changes = (await out('diff', 'box')).split('\n');
    assert.ok(
      changes.includes('A /added') && changes.includes('D /etc/passwd') && changes.includes('C /etc'),
    );
    const id = await out(
      'commit',
      '-a',
      'me',
      '-m',
      'note',
      '-c',
      'ENV A=1',
      '-c',
      'CMD ["cat","/added"]',
      'box',
      'made:1',
    );
    assert.match(id, /^sha256:[0-9a-f]{64}$/);
    assert.equal(
      await out('inspect', '-f', '{{.Author}} {{.Comment}} {{index .Config.Env 1}}', 'made:1'),
      'me note A=1',
    );
    assert.equal(await out('run', '--rm', 'made:1'), 'new');
    assert.match((await fail('commit box Wrong'))[1], /must be lowercase/);
  });

  test('rename gives another name, and says which one it could not give', async () => {
    await out('rename', 'box', 'other');
    assert.equal(await out('ps', '--format', '{{.Names}}'), 'other');
    await out('rename', 'other', 'box');
    assert.deepEqual(await run('rename', 'nope', 'some'), {
      status: 1,
      stdout: '',
      stderr:
        'Error response from daemon: No such container: nope\nError: failed to rename container named nope\n',
    });
    assert.deepEqual(
      (await run('rename', 'box', '')).stderr,
      'Error: Neither old nor new names may be empty\n',
    );
  });

  test('update changes limits while the container runs', async () => {
    assert.equal(
      await out(
        'update',
        '-m',
        '64m',
        '--memory-swap',
        '64m',
        '--pids-limit',
        '50',
        '--restart',
        'on-failure:2',
        'box',
      ),
      'box',
    );
    assert.equal(
      await out(
        'inspect',
        '-f',
        '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}',
        'box',
      ),
      `${64 << 20} 50 on-failure`,
    );
    assert.deepEqual(await fail('update box'), [
      1,
      'you must provide one or more flags when using this command',
    ]);
    assert.deepEqual(await fail('update --cpus x box'), [
      125,
      'invalid argument "x" for "--cpus" flag: failed to parse x as a rational number',
    ]);
  });

  test('lists are shown by templates, labels and columns', async () => {
    assert.equal(await out('ps', '--format', '{{.Names}} {{.Label "org.color"}}'), 'box red');
    assert.equal(
      await out('ps', '--format', 'table {{.Names}}\\t{{.Label "org.color"}}'),
      'NAMES     color\nbox       red',
    );
    assert.equal(
      await out('ps', '-qa', '--no-trunc', '-f', 'name=box'),
      await out('inspect', '-f', '{{.Id}}', 'box'),
    );
    assert.deepEqual(await fail('ps --format {{.Nope}}'), [
      1,
      'template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope',
    ]);
    assert.deepEqual(await fail('ps --format {{.Names'), [
      1,
      'failed to parse template: template: :1: unclosed action',
    ]);
    assert.deepEqual(await fail('ps -f name'), [
      125,
      'invalid argument "name" for "-f, --filter" flag: bad format of filter (expected name=value)',
    ]);
  });

  test('inspect knows what there is', async () => {
    assert.equal(
      await out('inspect', '-f', '{{if .State.Health}}x{{else}}none{{end}} {{.Config.Labels.nope}}', 'box'),
      'none <no value>',
    );
    assert.deepEqual(await fail('inspect -f {{.State.Nope}} box'), [
      1,
      'template parsing error: template: :1:8: executing "" at <.State.Nope>: map has no entry for key "Nope"',
    ]);
    assert.deepEqual(await run('inspect', 'nope', 'box', '-f', '{{.Name}}'), {
      status: 1,
      stdout: '/box\n',
      stderr: 'Error: No such object: nope\n',
    });
    assert.deepEqual(await fail('inspect -f {{ box'), [
      64,
      'template parsing error: template: :1: unclosed action',
    ]);
  });

  test('events of the past are told, and end with --until', async () => {
    const since = String(Date.now() / 1000 - 600);
    const told = (...args: string[]): Promise<string> =>
      out('events', '--since', since, '--until', String(Date.now() / 1000), '-f', 'container=box', ...args);
    assert.match(
      await told('-f', 'event=create'),
      /^\d{4}-\d\d-\d\dT[\d:.]+Z container create [0-9a-f]{64} \(image=busybox, name=box, org.color=red\)$/,
    );
    assert.equal(
      await told('-f', 'event=start', '--format', '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'),
      'container start box',
    );
    assert.equal(
      (JSON.parse(await told('-f', 'event=start', '--format', 'json')) as { Action: string }).Action,
      'start',
    );
    assert.equal((await run('events', '--since', 'x')).status, 1);
  });

  test('several targets: each is told, one that fails makes the status 1', async () => {
    const started = await run('start', 'box', 'nope');
    assert.deepEqual(started, {
      status: 1,
      stdout: 'box\n',
      stderr:
        'Error response from daemon: No such container: nope\nError: failed to start containers: nope\n',
    });
    assert.deepEqual(await run('rm', '-f', 'nope'), {
      status: 0,
      stdout: '',
      stderr: 'Error response from daemon: No such container: nope\n',
    });
    assert.deepEqual(await run('network', 'rm', '-f', 'nope'), { status: 0, stdout: '', stderr: '' });
  });

  test('df tells what is taken, by kind and by object', async () => {
    await out('volume', 'create', 'store');
    assert.equal(
      await out('system', 'df', '--format', '{{.Type}} {{.TotalCount}}'),
      'Images 2\nContainers 1\nLocal Volumes 1\nBuild Cache 0',
    );
    const details = await out('system', 'df', '-v');
    assert.match(
      details,
      /^Images space usage:\n\nREPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS\n/,
    );
    assert.match(details, /\nVOLUME NAME +LINKS +SIZE\nstore +0 +0B\n/);
    assert.equal(await out('system', 'df', '-v', '--format', '{{range .Volumes}}{{.Name}}{{end}}'), 'store');
  });

  test('prune asks, and goes on without asking only with -f', async () => {
    const stopped = await out('create', 'busybox');
    const asked = await lade(engine, ['container', 'prune'], { input: 'n\n' });
    assert.deepEqual(asked, {
      status: 0,
      stdout: 'WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ',
      stderr: '',
    });
    assert.equal((await lade(engine, ['container', 'prune'], { input: '' })).status, 0);
    const agreed = await lade(engine, ['container', 'prune'], { input: 'y\n' });
    assert.match(agreed.stdout, new RegExp(`Deleted Containers:\n${stopped}\n\nTotal reclaimed space: `));
  });

  test('system prune removes what nobody uses', async () => {
    const stopped = await out('create', '-v', '/data', 'busybox');
    await out('network', 'create', 'idle');
    assert.deepEqual(await fail('system prune -f --volumes --filter until=1h'), [
      1,
      'ERROR: The "until" filter is not supported with "--volumes"',
    ]);
    const { stdout } = await lade(engine, ['system', 'prune', '-a', '--volumes', '--filter', 'label=x'], {
      input: 'n',
    });
    assert.match(
      stdout,
      /- all anonymous volumes .*\n.*- all images without .*\n.*- all build cache\n\n {2}Items to be pruned will be filtered with:\n {2}- label=x\n/s,
    );
    const pruned = await out('system', 'prune', '-f', '--volumes');
    assert.match(
      pruned,
      new RegExp(
        `Deleted Containers:\n${stopped}\n\nDeleted Networks:\nidle\n\nDeleted Volumes:\n[0-9a-f]{64}\n`,
      ),
    );
    assert.equal(await out('volume', 'ls', '-q'), 'store');
  });

  test('networks: addresses go to the subnets that they lie in', async () => {
    await out(
      'network',
      'create',
      '--ipv6',
      '--subnet',
      '10.213.7.0/24',
      '--subnet',
      'fd12:7::/64',
      '--gateway',
      'fd12:7::9',
      '--aux-address',
      'a=10.213.7.7',
      'two',
    );
    assert.equal(
      await out('network', 'inspect', '-f', '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}};{{end}}', 'two'),
      '10.213.7.0/24 ;fd12:7::/64 fd12:7::9;',
    );
    await out('network', 'connect', '--alias', 'name', '--ip', '10.213.7.50', 'two', 'box');
    assert.equal(
      await out('inspect', '-f', '{{.NetworkSettings.Networks.two.IPAddress}}', 'box'),
      '10.213.7.50',
    );
    await out('network', 'disconnect', 'two', 'box');
    assert.deepEqual(await fail('network create --gateway 10.0.0.1 x'), [
      1,
      'every ip-range or gateway must have a corresponding subnet',
    ]);
    await out('network', 'rm', 'two');
  });

  test('cp takes links as they are, with -L what they lead to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lade-cp-'));
    try {
      mkdirSync(join(folder, 'real'));
      writeFileSync(join(folder, 'real/file'), 'text\n');
      symlinkSync('real/file', join(folder, 'link'));
      symlinkSync('real', join(folder, 'way'));
      await out('cp', join(folder, 'link'), 'box:/tmp/as-link');
      await out('cp', '-L', join(folder, 'link'), 'box:/tmp/as-file');
      await out('cp', '-L', join(folder, 'way'), 'box:/tmp/as-folder');
      await out('cp', `${join(folder, 'way')}/`, 'box:/tmp/slash');
      const seen = 'readlink /tmp/as-link; cat /tmp/as-file /tmp/as-folder/file /tmp/slash/file';
      assert.equal(await out('exec', 'box', 'sh', '-c', seen), 'real/file\ntext\ntext\ntext');
      await out('exec', 'box', 'ln', '-s', 'as-file', '/tmp/inner');
      await out('cp', '-L', 'box:/tmp/inner', join(folder, 'back'));
      assert.equal(readFileSync(join(folder, 'back'), 'utf8'), 'text\n');
      assert.deepEqual(await fail(`cp ${folder}/link box:/nowhere/`), [1, 'no such directory']);
      assert.deepEqual(await fail('cp - box:/nowhere'), [
        1,
        'destination "box:/nowhere" must be a directory',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a container gets the proxies of the config file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lade-proxies-'));
    try {
      writeFileSync(
        join(folder, 'config.json'),
        '{"proxies":{"default":{"httpProxy":"http://p:1","noProxy":"n"}}}',
      );
      const args = ['run', '--rm', '-e', 'NO_PROXY=own', 'busybox', 'env'];
      const { stdout } = await lade(engine, args, { env: { DOCKER_CONFIG: folder } });
      assert.deepEqual(stdout.match(/^.*proxy=.*$/gim)?.toSorted(), [
        'HTTP_PROXY=http://p:1',
        'NO_PROXY=own',
        'http_proxy=http://p:1',
        'no_proxy=n',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a container gets the socket of the engine', async () => {
    const says = await out(
      'run',
      '--rm',
      '--use-api-socket',
      'busybox',
      'sh',
      '-c',
      'ls -l /var/run/docker.sock; cat $DOCKER_CONFIG/config.json',
    );
    assert.match(says, /^srw.*\n\{"auths":/);
  });

  test('groups list their commands, and refuse what is none', async () => {
    assert.match(await out('container', '--help'), /Commands:\n {2}attach +Attach local standard/);
    assert.deepEqual(await fail('container nope'), [1, 'lade: unknown command: lade container nope']);
    assert.deepEqual(await fail('imaeg'), [1, 'lade: unknown command: lade imaeg (did you mean image?)']);
    assert.match(String(await fail('stack ls')), /^1,lade stack: swarm mode is not supported by this engine/);
    assert.deepEqual(await fail('commit'), [
      1,
      "lade: 'lade commit' requires at least 1 and at most 2 arguments",
    ]);
  });
});
