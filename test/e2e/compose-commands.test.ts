import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec, start } from '../../src/lib/exec.ts';
import { launcher, needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';
import { startTestRegistry } from './registry.ts';

const file = `
services:
  web:
    image: busybox
    command: sh -c 'echo ready; echo warning >&2; read word; echo "got $$word"; exec sleep 1000'
    stdin_open: true
    init: true
    stop_grace_period: 0s
    ports: ["127.0.0.1::80", "127.0.0.1::81/udp"]
    volumes: [data:/data, /anonymous]
    deploy: {replicas: 2}
  quiet: {image: busybox, command: sleep 1000, init: true, stop_grace_period: 0s, attach: false}
  done: {image: "busybox:1.35", command: sh -c 'echo bye; exit 3'}
  silent: {image: busybox, command: sleep 1000, init: true, stop_grace_period: 0s, logging: {driver: none}, profiles: [silent]}
  tool: {image: busybox, profiles: [tools], command: sleep 1000, init: true, stop_grace_period: 0s}
volumes: {data: {labels: {kind: test}}, unused: {}}
`;

describe('commands of lade compose', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  const folder = mkdtempSync(join(tmpdir(), 'commands-'));
  const at = (name: string): string => join(folder, name);
  const compose = (args: readonly string[], options: { input?: string; cwd?: string } = {}): Promise<Ran> =>
    lade(engine, ['compose', ...args], { cwd: folder, ...options });
  /** Standard output of a command that has to end well. */
  async function out(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await compose(args);
    assert.equal(status, 0, `compose ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
  async function fails(message: string | RegExp, ...args: string[]): Promise<void> {
    const { status, stderr } = await compose(args);
    assert.equal(status, 1, args.join(' '));
    if (typeof message === 'string') assert.equal(stderr, `${message}\n`);
    else assert.match(stderr, message);
  }
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

  before(async () => {
    engine = await startTestEngine();
    await engine.load('busybox');
    writeFileSync(at('compose.yaml'), `name: many\n${file}`);
    const { status, stderr } = await compose(['up', '-d']);
    assert.equal(status, 0, stderr);
    for (
      const deadline = Date.now() + 60_000;
      (await out('ps', '-aq', '--status', 'exited')) === '';
      await sleep(20)
    )
      assert.ok(Date.now() < deadline, 'done did not end');
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await engine?.[Symbol.asyncDispose]();
  });

  test('alpha: a file is made of containers, and read again; a project is drawn', async () => {
    const text = await out('alpha', 'generate', '--name', 'again', 'many-web', 'many-done');
    const { status, stdout, stderr } = await compose(['-f', '-', 'config', '--format', 'json'], {
      input: text,
    });
    assert.equal(status, 0, stderr);
    const { name, services, volumes } = JSON.parse(stdout);
    assert.deepEqual([name, Object.keys(services)], ['again', ['done', 'web']]);
    assert.deepEqual(
      [services.web.image, services.web.scale, services.web.networks, services.done.image],
      [
        'busybox',
        2,
        { many_default: { aliases: services.web.networks.many_default.aliases } },
        'busybox:1.35',
      ],
    );
    assert.ok(services.web.networks.many_default.aliases.includes('web'));
    assert.deepEqual(
      services.web.ports.map(({ host_ip, target, protocol }: Record<string, unknown>) => [
        host_ip,
        target,
        protocol,
      ]),
      [
        ['127.0.0.1', 80, 'tcp'],
        ['127.0.0.1', 81, 'udp'],
      ],
    );
    assert.equal(services.web.volumes[0].type, 'volume');
    assert.ok('many_data' in volumes);
    assert.doesNotMatch(stdout, /com\.docker\.compose/);
    await fails(
      'generate command is EXPERIMENTAL\nno container(s) found with the following name(s): no-a,no-b',
      'alpha',
      'generate',
      'no-a',
      'no-b',
    );
    assert.match(
      await out('alpha', 'viz', '--spaces', '--image'),
      /^digraph "many" \{\n layout=dot;\n "done" \[.*busybox:1\.35</,
    );
    assert.match(await out('alpha'), /^Usage: {2}lade compose alpha COMMAND\n[\s\S]* generate +EXPERIMENTAL/);
  });

  test('ps: table, JSON, template, filters, ids', async () => {
    const [head, ...rows] = lines(await out('ps'));
    assert.equal(head?.replace(/ {2,}/g, '|'), 'NAME|IMAGE|COMMAND|SERVICE|CREATED|STATUS|PORTS');
    assert.deepEqual(
      rows.map((row) => row.split(/ +/)[0]),
      ['many-quiet-1', 'many-web-1', 'many-web-2'],
    );
    const [json] = lines(await out('ps', '--format', 'json', 'web')).map((line) => JSON.parse(line));
    assert.deepEqual(
      [json.Name, json.Service, json.Project, json.State, json.ExitCode, json.Health, json.ID.length],
      ['many-web-1', 'web', 'many', 'running', 0, '', 12],
    );
    assert.deepEqual(Object.keys(json), Object.keys(json).toSorted());
    assert.deepEqual(
      json.Publishers.map(({ URL, TargetPort, Protocol }: Record<string, unknown>) => [
        URL,
        TargetPort,
        Protocol,
      ]),
      [
        ['127.0.0.1', 80, 'tcp'],
        ['127.0.0.1', 81, 'udp'],
      ],
    );
    assert.equal(await out('ps', '-a', '--format', '{{.Name}} {{.ExitCode}}', 'done'), 'many-done-1 3\n');
    assert.equal(await out('ps', '--services'), 'quiet\nweb\n');
    assert.equal(await out('ps', '--filter', 'status=exited', '--format', '{{.Service}}'), 'done\n');
    assert.match(await out('ps', '-q', 'quiet'), /^[0-9a-f]{64}\n$/);
    await fails('unknown filter age', 'ps', '--filter', 'age=1');
    await fails('no such service: wbe (did you mean web?)', 'ps', 'wbe');
    await fails('unknown flag: --nosuch', 'ps', '--nosuch');
  });

  test('a project is found by its name alone, from anywhere', async () => {
    const ran = await compose(['-p', 'many', 'ps', '--format', '{{.Name}}'], { cwd: '/' });
    assert.deepEqual(lines(ran.stdout), ['many-quiet-1', 'many-web-1', 'many-web-2']);
    assert.equal((await compose(['-p', 'nosuch', 'ps', '-q'], { cwd: '/' })).status, 0);
    assert.match((await compose(['ps'], { cwd: '/' })).stderr, /no configuration file provided: not found/);
  });

  test('orphans are listed unless they are not wanted', async () => {
    writeFileSync(at('less.yaml'), 'name: many\nservices: {quiet: {image: busybox}}\n');
    assert.equal(await out('-f', 'less.yaml', 'ps', '--services'), 'quiet\nweb\n');
    assert.equal(await out('-f', 'less.yaml', 'ps', '--orphans=false', '--services'), 'quiet\n');
  });

  test('images, ls and volumes list what there is', async () => {
    const [head, row] = lines(await out('images', 'done'));
    assert.deepEqual(head?.split(/ {2,}/), [
      'CONTAINER',
      'REPOSITORY',
      'TAG',
      'PLATFORM',
      'IMAGE ID',
      'SIZE',
      'CREATED',
    ]);
    assert.match(row ?? '', /^many-done-1 +busybox +1\.35 +linux\/\w+ +[0-9a-f]{12} +[\d.]+MB/);
    assert.equal(lines(await out('images', '-q')).length, 1);
    const images = JSON.parse(await out('images', '--format', 'json'));
    assert.deepEqual(
      images.map(({ ContainerName, Tag }: Record<string, string>) => [ContainerName, Tag]),
      [
        ['many-done-1', '1.35'],
        ['many-quiet-1', 'latest'],
        ['many-web-1', 'latest'],
        ['many-web-2', 'latest'],
      ],
    );
    assert.deepEqual(Object.keys(images[0]), [
      'ID',
      'ContainerName',
      'Repository',
      'Tag',
      'Platform',
      'Size',
      'LastTagTime',
    ]);
    const [volume] = lines(await out('volumes', '--format', 'json', 'web'));
    assert.deepEqual(Object.keys(JSON.parse(volume ?? '')), [
      'Availability',
      'Driver',
      'Group',
      'Labels',
      'Links',
      'Mountpoint',
      'Name',
      'Scope',
      'Size',
      'Status',
    ]);
    assert.match(await out('events', '--until', '0s'), / container start [0-9a-f]{64} \(.*name=many-web-1/);
    await fails('unsupported --progress value "bad"', '--progress', 'bad', 'ps');
    await fails(
      'invalid argument "x" for "--parallel" flag: strconv.ParseInt: parsing "x": invalid syntax',
      '--parallel',
      'x',
      'ls',
    );
    assert.deepEqual(JSON.parse(await out('ls', '-a', '--format', 'json')), [
      { Name: 'many', Status: 'exited(1), running(3)', ConfigFiles: at('compose.yaml') },
    ]);
    assert.match(await out('ls'), /^NAME +STATUS +CONFIG FILES\nmany +running\(3\) +\/.*compose\.yaml\n$/);
    assert.equal(await out('ls', '--filter', 'name=^ma', '-q'), 'many\n');
    assert.equal(await out('ls', '--filter', 'name=other', '-q'), '');
    await fails("invalid filter 'age'", 'ls', '--filter', 'age=1');
    assert.equal(
      await out('volumes', '--format', '{{.Name}} {{.Label "kind"}}', 'web').then((text) =>
        lines(text).find((line) => line.includes('test')),
      ),
      'many_data test',
    );
    assert.equal(await out('volumes', '-q', 'quiet'), '');
    assert.match(await out('volumes'), /^DRIVER +VOLUME NAME\nlocal +many_data\n/);
  });

  test('port, top, logs and exec mean the container that is asked for', async () => {
    assert.match(await out('port', 'web', '80'), /^127\.0\.0\.1:\d+\n$/);
    assert.match(await out('port', '--protocol', 'udp', '--index', '2', 'web', '81'), /^127\.0\.0\.1:\d+\n$/);
    await fails(/^no port 9\/tcp for container many-web-1: \d+\/tcp, \d+\/udp\n$/, 'port', 'web', '9');
    await fails('service "web" is not running container #7', 'port', '--index', '7', 'web', '80');
    await fails('service "done" is not running', 'port', 'done', '80');
    await fails(/invalid port "abc"/, 'port', 'web', 'abc');
    const [head, ...rows] = lines(await out('top', 'web'));
    assert.match(head ?? '', /^SERVICE {2}# {3}UID +PID +PPID +C +STIME +TTY +TIME +CMD$/);
    assert.deepEqual([...new Set(rows.map((row) => row.slice(0, 10)))], ['web      1', 'web      2']);
    assert.deepEqual(lines(await out('logs', 'web')).toSorted(), [
      'web-1  | ready',
      'web-1  | warning',
      'web-2  | ready',
      'web-2  | warning',
    ]);
    assert.deepEqual(lines(await out('logs', '--index', '2', '-n', '1', '--no-log-prefix', 'web')).length, 1);
    assert.match(await out('logs', '-t', 'done'), /^done-1 {2}\| 20\d\d-.*Z bye\n$/);
    assert.ok(!(await out('logs')).includes('quiet'));
    await fails('no such service: nosuch', 'logs', 'nosuch');
    engine.env['COMPOSE_PROJECT_NAME'] = 'many'; // a name alone, which hides no file
    const named = await out('logs').finally(() => delete engine.env['COMPOSE_PROJECT_NAME']);
    assert.ok(!named.includes('quiet') && named.includes('bye'), named);
    await out('up', '-d', 'silent');
    const { status, stdout, stderr } = await compose(['logs', 'silent', 'done']);
    assert.deepEqual([status, stdout], [0, 'done-1    | bye\n']);
    assert.match(stderr, /^WARN Can't retrieve logs for "many-silent-1": Error response from daemon: .*\n$/);
    await out('rm', '-fs', 'silent');
    await fails('--index requires one service to be selected', 'logs', '--index', '1');
    assert.equal(
      await out(
        'exec',
        '-T',
        '--index',
        '2',
        '-e',
        'A=b',
        '-u',
        '1000',
        '-w',
        '/tmp',
        'web',
        'sh',
        '-c',
        'echo $A $(id -u) $(pwd)',
      ),
      'b 1000 /tmp\n',
    );
    assert.equal((await compose(['exec', '-T', 'web', 'sh', '-c', 'exit 7'])).status, 7);
    assert.equal((await compose(['exec', '-T', 'web', 'cat'], { input: 'typed' })).stdout, 'typed');
    assert.equal((await compose(['exec', 'web', 'nosuch'])).status, 127);
    await out('exec', '-d', 'web', 'sh', '-c', 'touch /detached');
    await fails('service "nosuch" is not running', 'exec', 'nosuch', 'true');
    await fails('requires at least 2 arg(s), only received 1', 'exec', 'web');
  });

  test('cp goes both ways, into every container of a service, and through pipes', async () => {
    writeFileSync(at('file'), 'content');
    symlinkSync('file', at('link'));
    const { stderr } = await compose(['cp', 'file', 'web:/tmp/']);
    assert.match(stderr, /many-web-1 copy file to many-web-1:\/tmp\/ Copying/);
    assert.match(stderr, /many-web-2 copy file to many-web-2:\/tmp\/ Copied/);
    for (const index of ['1', '2'])
      assert.equal(await out('exec', '-T', '--index', index, 'web', 'cat', '/tmp/file'), 'content');
    await out('cp', '--index', '2', '-L', 'link', 'web:/tmp/second');
    assert.equal(await out('exec', '-T', '--index', '2', 'web', 'cat', '/tmp/second'), 'content');
    assert.equal((await compose(['exec', '-T', '--index', '1', 'web', 'cat', '/tmp/second'])).status, 1);
    await out('cp', 'web:/tmp/file', 'back');
    assert.equal(readFileSync(at('back'), 'utf8'), 'content');
    writeFileSync(at('back.tar'), '');
    const { stdout: tar } = await exec('tar', ['-C', folder, '-cf', '-', 'back'], { input: '' });
    assert.equal((await compose(['cp', '-', 'web:/tmp'], { input: tar })).status, 0);
    assert.equal(await out('exec', '-T', 'web', 'cat', '/tmp/back'), 'content');
    assert.match((await compose(['cp', 'web:/tmp/file', '-'])).stdout, /^file\0/);
    await fails('no container found for service "nosuch"', 'cp', 'nosuch:/x', '.');
    await fails('unknown copy direction', 'cp', 'a', 'b');
    await fails('copying between services is not supported', 'cp', 'web:/a', 'quiet:/b');
  });

  test('commit and export make images and archives of a container', async () => {
    const { stderr } = await compose([
      'commit',
      '--index',
      '2',
      '-m',
      'why',
      '-c',
      'ENV X=y',
      'web',
      'saved:1',
    ]);
    assert.match(
      stderr,
      / many-web-2 Commit many-web-2 Committing\n many-web-2 Commit many-web-2 Committed as sha256:[0-9a-f]{64}\n/,
    );
    const image = JSON.parse((await engine.request('GET', '/images/saved:1/json')).body);
    assert.deepEqual([image.Comment, image.Config.Env.includes('X=y')], ['why', true]);
    await out('export', '-o', at('export.tar'), 'web');
    const { stdout } = await exec('tar', ['-tf', at('export.tar')]);
    assert.match(stdout, /^bin\/busybox$/m);
    await fails(/invalid output path: .*\/nodir/, 'export', '-o', at('nodir/x'), 'web');
    await out('export', '-o', at('export.tar'), 'web', 'what follows does not count');
    await fails('service "done" is not running', 'commit', 'done');
    await fails('service "web" is not running container #9', 'export', '--index', '9', 'web');
  });

  test('a dry run tells what it would do and does nothing', async () => {
    const told = async (...args: string[]): Promise<string> => (await compose(['--dry-run', ...args])).stderr;
    assert.match(
      await told('commit', 'web', 'dry:1'),
      /^ DRY-RUN MODE - {2}many-web-1 Commit many-web-1 Committed$/m,
    );
    assert.match(await told('export', '-o', at('dry.tar'), 'web'), /DRY-RUN MODE - {2}many-web-1 export /);
    assert.match(await told('cp', 'web:/etc/passwd', 'dry.txt'), /Copied/);
    await told('cp', 'compose.yaml', 'web:/dry');
    assert.match(await out('--dry-run', 'run', '-d', 'web', 'true'), /^many-web-run-[0-9a-f]{12}\n$/);
    await told('scale', 'web=5');
    assert.deepEqual([existsSync(at('dry.tar')), existsSync(at('dry.txt'))], [false, false]);
    assert.equal((await engine.request('GET', '/images/dry:1/json')).status, 404);
    assert.equal((await compose(['exec', '-T', 'web', 'ls', '/dry'])).status, 1);
    assert.equal(lines(await out('ps', '-q', 'web')).length, 2);
    await fails('interactive exec is not supported in dry-run mode', '--dry-run', 'exec', 'web', 'true');
  });

  test('containers are told of proxies, and stopped also where a file of variables has gone', async () => {
    writeFileSync(at('config.json'), '{"proxies":{"default":{"httpProxy":"http://p:1"}}}');
    writeFileSync(at('vars'), 'A=1\n');
    writeFileSync(
      at('vars.yaml'),
      'name: vars\nservices: {a: {image: busybox, command: sleep 1000, init: true, env_file: vars}}\n',
    );
    const file = ['-f', 'vars.yaml'];
    const env = { DOCKER_CONFIG: folder };
    const ran = await lade(engine, ['compose', ...file, 'up', '-d'], { cwd: folder, env });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(await out(...file, 'exec', '-T', 'a', 'env'), /^HTTP_PROXY=http:\/\/p:1\n(?:.*\n)*A=1$/m);
    rmSync(at('vars'));
    await out(...file, 'stop');
    await out(...file, 'down');
    await fails(/vars.*not found|no such file/, ...file, 'up', '-d');
  });

  test('stats shows the containers of the project', async () => {
    const [head, ...rows] = lines(await out('stats', '--no-stream'));
    assert.match(
      head ?? '',
      /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/,
    );
    assert.equal(rows.length, 3);
    assert.deepEqual(lines(await out('stats', '--no-stream', '--format', '{{.Name}}', 'web')).toSorted(), [
      'many-web-1',
      'many-web-2',
    ]);
    const [json] = lines(await out('stats', '--no-stream', '--no-trunc', '--format', 'json', 'quiet')).map(
      (line) => JSON.parse(line),
    );
    assert.deepEqual([json.ID.length, json.Container.length, json.Name], [64, 64, 'many-quiet-1']);
    await fails('accepts at most 1 arg(s), received 2', 'stats', 'a', 'b');
  });

  test('scale changes numbers and nothing else', async () => {
    const before = await out('ps', '-q', '--no-trunc', 'web');
    const { stderr } = await compose(['scale', 'web=3', 'quiet=0']);
    assert.match(stderr, /Container many-web-3 {2}Started/);
    assert.match(stderr, /Container many-quiet-1 {2}Removed/);
    await out('scale', '--no-deps', 'web=2', 'quiet=1');
    assert.equal(await out('ps', '-q', '--no-trunc', 'web'), before);
    await fails('invalid scale specifier: web', 'scale', 'web');
    await fails("invalid scale specifier: can't parse replica value as int: web=x", 'scale', 'web=x');
    await fails('no such service: nosuch', 'scale', 'nosuch=1');
  });

  test('attach reads and writes a service, events tell what happened to it', async () => {
    const since = String(Date.now() / 1000);
    const events = start(launcher, ['compose', 'events', '--json', '--since', since, 'web'], {
      env: engine.env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    events.stdout?.on('data', (chunk: Buffer) => void (told += chunk.toString()));
    const attached = start(launcher, ['compose', 'attach', '--index', '2', 'web'], {
      env: engine.env,
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    attached.stdout?.on('data', (chunk: Buffer) => void (shown += chunk.toString()));
    attached.stdin?.write('hello\n');
    for (const deadline = Date.now() + 60_000; !shown.includes('got hello'); await sleep(10))
      assert.ok(Date.now() < deadline, shown);
    const detached = once(attached, 'exit');
    await out('kill', '-s', 'KILL', 'web');
    assert.deepEqual(await detached, [137, null]);
    for (
      const deadline = Date.now() + 60_000;
      (told.match(/"action":"die"/g) ?? []).length < 2;
      await sleep(10)
    )
      assert.ok(Date.now() < deadline, told);
    events.kill('SIGKILL');
    const die = lines(told)
      .map((line) => JSON.parse(line))
      .find(({ action }) => action === 'die');
    assert.deepEqual(
      [
        die.type,
        die.service,
        die.attributes.exitCode,
        die.attributes.image,
        Object.keys(die.attributes).filter((name) => name.startsWith('com.')),
      ],
      ['container', 'web', '137', 'busybox', []],
    );
    assert.match(die.time, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    const text = await out('events', '--since', since, '--until', String(Date.now() / 1000), 'web');
    assert.match(
      text,
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} container die [0-9a-f]{64} \(.*exitCode=137.*\)$/m,
    );
    await fails('service "web" is not running', 'attach', 'web');
    await out('start', 'web');
  });

  test('logs --follow goes on with containers that start later and ends with the last one', async () => {
    writeFileSync(
      at('follow.yaml'),
      'name: follow\nservices: {one: {image: busybox, init: true, stop_grace_period: 0s, command: "sh -c \'echo begin; exec sleep 1000\'"}}\n',
    );
    const command = (...args: string[]): Promise<string> => out('-f', 'follow.yaml', ...args);
    await command('up', '-d');
    const follower = start(launcher, ['compose', '-f', 'follow.yaml', 'logs', '-f'], {
      env: engine.env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let shown = '';
    follower.stdout?.on('data', (chunk: Buffer) => void (shown += chunk.toString()));
    const ended = once(follower, 'exit');
    const until = async (text: string): Promise<void> => {
      for (const deadline = Date.now() + 60_000; !shown.includes(text); await sleep(10))
        assert.ok(Date.now() < deadline, shown);
    };
    await until('one-1  | begin');
    await command('up', '-d', '--scale', 'one=2');
    await until('one-2  | begin');
    await command('stop');
    assert.deepEqual(await ended, [0, null]);
    await command('down');
  });

  test('wait ends with the status of what it waited for, and drops the project when told so', async () => {
    writeFileSync(
      at('wait.yaml'),
      'name: waits\nservices: {a: {image: busybox, command: "sh -c \'read x; exit 5\'", stdin_open: true, stop_grace_period: 0s}}\n',
    );
    await out('-f', 'wait.yaml', 'up', '-d');
    // the engine is asked through a socket that tells when it is
    const asked = Promise.withResolvers<void>();
    const relay = createServer((near) => {
      const far = connect(engine.socket);
      near.on('data', (chunk: Buffer) => chunk.includes('/wait?') && asked.resolve());
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => socket.destroy());
    }).listen(at('relay.sock'));
    const host = `unix://${at('relay.sock')}`;
    const waiting = lade(engine, ['-H', host, 'compose', '-f', 'wait.yaml', 'wait', '--down-project', 'a'], {
      cwd: folder,
    });
    await asked.promise;
    await compose(['-f', 'wait.yaml', 'attach', 'a'], { input: 'x\n' });
    const { status, stdout } = await waiting;
    relay.close();
    assert.equal(status, 5);
    assert.match(stdout, /^container "[0-9a-f]{64}" exited with status code 5\n$/);
    assert.equal(await out('-f', 'wait.yaml', 'ps', '-aq'), '');
    await fails('no containers for project "waits"', '-f', 'wait.yaml', 'wait', 'a');
    await fails(
      /^lade: 'lade compose wait' requires at least 1 argument\n\nUsage: {2}lade compose wait SERVICE/,
      'wait',
    );
  });

  test('publish puts a project in a registry, push its images, pull gets them', async () => {
    await using registry = await startTestRegistry();
    mkdirSync(at('app'));
    writeFileSync(at('app/Dockerfile'), 'FROM busybox\n');
    writeFileSync(at('app/a.env'), 'A=1\n');
    writeFileSync(at('app/base.yaml'), 'services:\n  base: {command: sleep 1}\n');
    const image = `${registry.host}/team/web:1`;
    writeFileSync(
      at('app/compose.yaml'),
      `# kept\nname: app\nservices:\n  web:\n    image: ${image}\n    build: .\n    env_file: [a.env]\n    extends: {file: base.yaml, service: base}\n    volumes: [./:/here]\n`,
    );
    const cwd = at('app');
    assert.equal((await compose(['build'], { cwd })).status, 0);
    const pushed = await compose(['push'], { cwd });
    assert.deepEqual([pushed.status, pushed.stderr], [0, ` ${image} Pushing \n ${image} Pushed \n`]);
    const name = `${registry.host}/team/app:v1`;
    const declined = await compose(['publish', name], { cwd, input: 'n\n' });
    assert.equal(declined.status, 0);
    assert.match(
      declined.stdout,
      /web.*\/app:\/here:rw\nAre you ok to publish these bind mount declarations\?/,
    );
    const unsafe = await compose(['publish', name], { cwd, input: 'y\n' });
    assert.equal(unsafe.status, 1);
    assert.match(unsafe.stderr, /service "web" has environment variable\(s\) declared\.\n.*--with-env/);
    const asked = await compose(['publish', '--with-env', name], { cwd, input: 'y\nn\n' });
    assert.equal(asked.status, 0);
    assert.match(
      asked.stdout,
      /Service\/Config {2}web\nA=1\nAre you ok to publish these environment variables\?/,
    );
    const published = await compose(
      ['publish', '-y', '--with-env', '--resolve-image-digests', '--app', name],
      { cwd },
    );
    assert.equal(published.status, 0, published.stderr);
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const get = async (path: string): Promise<Response> =>
      fetch(`http://${registry.host}/v2/team/app/${path}`, { headers: { accept } });
    const manifest = (await (await get('manifests/v1')).json()) as Record<string, any>;
    assert.deepEqual(
      [manifest['artifactType'], manifest['config'].mediaType],
      ['application/vnd.docker.compose.project', 'application/vnd.oci.empty.v1+json'],
    );
    const layers = (manifest['layers'] as Record<string, any>[]).map((layer) => [
      layer['mediaType'],
      layer['annotations']['com.docker.compose.file'] ?? layer['annotations']['com.docker.compose.envfile'],
      layer['annotations']['com.docker.compose.extends'],
    ]);
    assert.deepEqual(
      layers.map(([type, , extended]) => [type, extended]),
      [
        ['application/vnd.docker.compose.file+yaml', undefined],
        ['application/vnd.docker.compose.file+yaml', 'true'],
        ['application/vnd.docker.compose.envfile', undefined],
        ['application/vnd.docker.compose.file+yaml', undefined],
      ],
    );
    const blob = async (index: number): Promise<string> =>
      (await get(`blobs/${manifest['layers'][index].digest}`)).text();
    const text = await blob(0);
    assert.match(text, /^# kept\n/);
    assert.ok(text.includes(`file: ${layers[1]?.[1]}`) && text.includes(layers[2]?.[1] ?? '-'), text);
    assert.doesNotMatch(text, /\b(?:a\.env|base\.yaml)/);
    assert.equal(await blob(2), 'A=1\n');
    assert.match(await blob(3), new RegExp(`image: ${image}@sha256:[0-9a-f]{64}`));
    assert.equal((await compose(['publish', '-y', '--oci-version', '1.0', name], { cwd })).status, 0);
    const old = (await (await get('manifests/v1')).json()) as Record<string, any>;
    assert.deepEqual(
      [old['artifactType'], old['config'].mediaType],
      [undefined, 'application/vnd.docker.compose.config.empty.v1+json'],
    );
    assert.match(
      (await compose(['publish', '-y', '--oci-version', '3', name], { cwd })).stderr,
      /unsupported OCI version: 3/,
    );
    const pulled = await compose(['pull'], { cwd });
    assert.deepEqual([pulled.status, pulled.stderr], [0, ' web Pulling \n web Pulled \n']);
    const skipped = await compose(['pull', '--ignore-buildable'], { cwd });
    assert.equal(skipped.stderr, ' web Skipped - Image can be built \n');
    assert.equal(
      (await compose(['pull', '--policy', 'missing'], { cwd })).stderr,
      ' web Skipped - Image is already present locally \n',
    );
  });

  test('bridge makes Kubernetes manifests, or has an image make something', async () => {
    assert.match(
      await out('bridge', 'convert', '-o', 'kube'),
      /^Kubernetes resource web-deployment\.yaml created$/m,
    );
    assert.ok(readdirSync(at('kube/base')).includes('kustomization.yaml'));
    await fails(/--templates is for transformation images/, 'bridge', 'convert', '--templates', 'x');
    await fails(/^unknown flag: --output$/m, 'bridge', '--output', 'x', 'convert');
    await fails(
      /unknown lade compose command: "compose bridge transformations x"/,
      'bridge',
      'transformations',
      'x',
    );
    assert.match(
      await out('bridge', '--dry-run', 'transformations', '--help'),
      /Manage transformation images/,
    );
    mkdirSync(at('transformer'));
    writeFileSync(
      at('transformer/Dockerfile'),
      'FROM busybox\nLABEL com.docker.compose.bridge=transformation\nRUN mkdir /templates && echo t >/templates/one\nCMD ["sh", "-c", "grep ^name /in/compose.yaml >/out/made; echo transformed"]\n',
    );
    assert.equal((await lade(engine, ['build', '-q', '-t', 'maker', at('transformer')])).status, 0);
    assert.equal(await out('bridge', 'convert', '-t', 'maker', '-o', 'made'), 'transformed\n');
    assert.equal(readFileSync(at('made/made'), 'utf8'), 'name: many\n');
    assert.equal(await out('bridge', 'transformations', 'ls', '-q'), 'maker:latest\n');
    assert.match(
      await out('bridge', 'transformations', 'list'),
      /^IMAGE ID +REPO +TAGS +SIZE\n[0-9a-f]{12} +maker +latest +/,
    );
    await out('bridge', 'transformations', 'create', '--from', 'maker', 'own');
    assert.equal(readFileSync(at('own/templates/one'), 'utf8'), 't\n');
    assert.ok(existsSync(at('own/Dockerfile')));
    await fails(
      /output folder .*own already exists/,
      'bridge',
      'transformations',
      'create',
      '--from',
      'maker',
      'own',
    );
  });

  test('help lists every command with what it does; versions are told in the words tools look for', async () => {
    const help = await out('--help');
    for (const name of ['attach', 'bridge', 'publish', 'watch'])
      assert.match(help, new RegExp(`^  ${name} +[A-Z]`, 'm'));
    assert.match(
      await out('bridge', '--help'),
      /^Usage: {2}lade compose bridge COMMAND\n[\s\S]*transformations +Manage/,
    );
    assert.match(
      await out('ps', '--help'),
      /^Usage: {2}lade compose ps \[OPTIONS\] \[SERVICE\.\.\.\]\n\nList containers\n[\s\S]*--orphans/,
    );
    assert.equal(await out('help', 'ps'), await out('ps', '--help'));
    await fails('unknown lade compose command: "compose wacth" (did you mean watch?)', 'wacth');
    symlinkSync(launcher, at('docker-compose'));
    const { stdout } = await exec(at('docker-compose'), ['--version'], { env: engine.env });
    assert.match(stdout, /^Docker Compose version v2\.\d+\.\d+ \(lading\)\n$/);
    const { stdout: ids } = await exec(at('docker-compose'), ['-p', 'many', 'ps', '-q', 'quiet'], {
      env: engine.env,
    });
    assert.match(ids, /^[0-9a-f]{64}\n$/);
    assert.match(await out('version', '--short'), /^2\.\d+\.\d+\n$/);
    assert.deepEqual(Object.keys(JSON.parse(await out('version', '-f', 'json'))), ['version']);
  });
});
