import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec, start } from '../../src/lib/exec.ts';
import type { ImageExplanation } from '../../src/wire/build.ts';
import { launcher, needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';
import { startTestRegistry } from './registry.ts';
import { typeInto } from './terminal.ts';

const port = 20_000 + (process.pid % 10_000);

describe('lade build', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let folder: string;
  let count = 0;

  before(async () => {
    engine = await startTestEngine(['--host', `tcp://127.0.0.1:${port}`]);
    await engine.load('busybox');
    folder = mkdtempSync(join(tmpdir(), 'lade-build-'));
  });
  after(async () => {
    await engine[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A directory with these files. */
  function context(files: Readonly<Record<string, string>>): string {
    const path = join(folder, `context-${(count += 1)}`);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
    return path;
  }
  const run = (
    args: readonly string[],
    options: { input?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ran> =>
    lade(
      { ...engine, env: { ...engine.env, DOCKER_CONFIG: folder, ...options.env } } as TestEngine,
      args,
      options,
    );
  const ok = async (...args: readonly string[]): Promise<string> => {
    const ran = await run(args);
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout.trim();
  };
  const uploads = (): string[] => {
    const path = join(engine.dataRoot, 'build/uploads');
    return existsSync(path) ? readdirSync(path) : [];
  };

  test('a directory is read where it is, and nothing is sent', async () => {
    const path = context({
      Dockerfile: 'FROM busybox\nCOPY . /c\nRUN ls /c; echo err >&2\n',
      a: '1',
      b: '2',
    });
    const [iid, metadata] = [join(folder, 'iid'), join(folder, 'metadata')];
    const built = await run(['build', '-t', 'here', '--iidfile', iid, '--metadata-file', metadata, path]);
    assert.equal(built.status, 0, built.stderr);
    assert.equal(built.stdout, '');
    assert.match(built.stderr, /^#1 \[1\/3\] FROM busybox\n#1 CACHED\n/);
    assert.match(
      built.stderr,
      /#2 \[2\/3\] COPY \. \/c\n#2 not cached: first build of this step\n#2 DONE \d/,
    );
    assert.match(built.stderr, /#3 \d\.\d{3} a\n/);
    const id = readFileSync(iid, 'utf8');
    assert.equal(await ok('images', '-q', '--no-trunc', 'here'), id);
    assert.partialDeepStrictEqual(JSON.parse(readFileSync(metadata, 'utf8')), {
      'containerimage.config.digest': id,
      'image.name': 'docker.io/library/here',
    });
    assert.deepEqual(uploads(), []);
    writeFileSync(join(path, 'a'), 'changed');
    const again = await run(['build', '-t', 'here', path]);
    assert.match(again.stderr, /not cached: a changed \(1 of 3 files\)/);
    assert.match(again.stderr, /not cached: follows the COPY above/);
    assert.match(await ok('build', '-q', path), /^sha256:[0-9a-f]{64}$/);
  });

  test('Dockerfiles from elsewhere, with an ignore file of their own', async () => {
    const path = context({ a: '1', b: '2' });
    const text = 'FROM busybox\nCOPY . /c\nRUN ls /c >/list\n';
    const outside = context({ 'My.file': text, 'My.file.dockerignore': 'b\n' });
    const list = async (id: string): Promise<string> => ok('run', '--rm', id, 'cat', '/list');
    assert.equal(await list(await ok('build', '-q', '-f', join(outside, 'My.file'), path)), 'a');
    const piped = await run(['build', '-q', '-f', '-', path], { input: text });
    assert.equal(await list(piped.stdout.trim()), 'a\nb');
    const alone = await run(['build', '-q', '-'], { input: 'FROM busybox\nRUN echo alone >/list\n' });
    assert.equal(await list(alone.stdout.trim()), 'alone');
  });

  test('arguments, labels, targets, hosts, limits and networks', async () => {
    const path = context({
      Dockerfile:
        'FROM busybox AS one\nARG WHO\nARG FROM_ENV\nRUN echo $WHO $FROM_ENV >/r; cat /etc/hosts >>/r; ulimit -n >>/r; df /dev/shm | tail -1 >>/r; ls /sys/class/net >>/r\nFROM one\nRUN false\n',
    });
    const flags = ['--target', 'one', '--build-arg', 'WHO=me', '--build-arg', 'FROM_ENV', '--label', 'a=b'];
    const more = [
      '--add-host',
      'far:10.9.8.7',
      '--ulimit',
      'nofile=99:99',
      '--shm-size',
      '32m',
      '--network',
      'none',
    ];
    const built = await run(['build', '-q', ...flags, ...more, path], { env: { FROM_ENV: 'env' } });
    assert.equal(built.status, 0, built.stderr);
    const text = await ok('run', '--rm', built.stdout.trim(), 'cat', '/r');
    assert.match(text, /^me env\n/);
    assert.match(text, /10\.9\.8\.7\s+far/);
    assert.match(text, /^99$/m);
    assert.match(text, /\b32768\b/);
    assert.match(text, /\nlo$/);
    assert.equal(await ok('inspect', '--format', '{{.Config.Labels.a}}', built.stdout.trim()), 'b');
  });

  test('secrets are no part of the image', async () => {
    const path = context({
      Dockerfile:
        'FROM busybox\nRUN --mount=type=secret,id=f --mount=type=secret,id=e,env=E cat /run/secrets/f | wc -c; echo ${#E}\n',
      secret: 'from a file',
    });
    const built = await run(
      ['build', '--secret', `id=f,src=${join(path, 'secret')}`, '--secret', 'id=e,env=MY', path],
      {
        env: { MY: 'sesame' },
      },
    );
    assert.equal(built.status, 0, built.stderr);
    assert.match(built.stderr, /\d 11\n#\d \d\.\d{3} 6\n/);
    assert.match(
      (await run(['build', '--secret', 'id=f,src=/none', path])).stderr,
      /^failed to read secret f: /,
    );
  });

  test('an agent of the client is reached by its socket', needs('debian'), async () => {
    await engine.load('debian');
    const socket = join(folder, 'agent.sock');
    const agent = createServer((connection) => connection.end('an agent\n')).listen(socket);
    await once(agent, 'listening');
    try {
      const path = context({
        Dockerfile:
          "FROM debian\nRUN --mount=type=ssh,id=x perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK})->getline'\n",
      });
      const built = await run(['build', '--ssh', `x=${socket}`, path]);
      assert.equal(built.status, 0, built.stderr);
      assert.match(built.stderr, /\d an agent\n/);
      const { privateKey } = generateKeyPairSync('ed25519');
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      const keys = context({
        one: pem,
        two: pem,
        Dockerfile:
          "FROM debian\nRUN --mount=type=ssh perl -MIO::Socket::UNIX -e '$a=IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}); syswrite $a, pack(q(NC),1,11); sysread $a, $b, 999; print join(q( ), unpack(q(NCN), $b), $b =~ /(ssh-ed25519)/, $b =~ /([^\\/]*)$/)'\n",
      });
      const of = (...names: string[]): string => `default=${names.map((name) => join(keys, name)).join(',')}`;
      const listed = await run(['build', '--ssh', of('one', 'two'), keys]);
      assert.match(listed.stderr, /\d\.\d{3} \d+ 12 2 ssh-ed25519 two\n/, listed.stderr);
      assert.match(
        (await run(['build', '--ssh', of('Dockerfile'), keys])).stderr,
        /failed to parse .*Dockerfile: no private key/,
      );
      assert.match((await run(['build', '--ssh', of('three'), keys])).stderr, /three: no such file/);
      const none = await run(['build', '--ssh', 'default', path], { env: { SSH_AUTH_SOCK: '' } });
      assert.match(none.stderr, /make sure SSH_AUTH_SOCK is set/);
    } finally {
      agent.close();
    }
  });

  test('a source policy holds', async () => {
    const rule = (action: string, identifier: string, more = {}) => ({
      action,
      selector: { identifier, match_type: 'WILDCARD' },
      ...more,
    });
    const path = context({
      Dockerfile: 'FROM judged\n',
      'deny.json': JSON.stringify({ version: 1, rules: [rule('DENY', 'docker-image://*')] }),
      'convert.json': JSON.stringify({
        rules: [
          rule('CONVERT', '*/judged:latest', {
            updates: { identifier: 'docker-image://docker.io/library/busybox' },
          }),
        ],
      }),
      'wrong.json': '[',
      'odd.json': JSON.stringify({ rules: [rule('FORBID', '*')] }),
    });
    const judge = (name: string): Promise<Ran> =>
      run(['build', path], { env: { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: join(path, name) } });
    const denied = await judge('deny.json');
    assert.equal(denied.status, 1);
    assert.match(
      denied.stderr,
      /source "docker-image:\/\/docker\.io\/library\/judged:latest" denied by policy/,
    );
    const converted = await judge('convert.json');
    assert.equal(converted.status, 0, converted.stderr);
    assert.match((await judge('wrong.json')).stderr, /^failed to read the source policy .*wrong\.json: /);
    assert.match((await judge('odd.json')).stderr, /source policy: unknown action: FORBID/);
  });

  test('what a checkout of git and the settings of Docker say goes along', async () => {
    const path = context({
      'docker/config.json': '{"proxies":{"default":{"httpProxy":"http://proxy:1","noProxy":"a,b"}}}',
      'repository/app/Dockerfile': 'FROM busybox\nRUN echo "$HTTP_PROXY $http_proxy $NO_PROXY" >/p\n',
    });
    const repository = join(path, 'repository');
    const git = (...args: string[]): Promise<unknown> =>
      exec('git', ['-C', repository, '-c', 'user.name=n', '-c', 'user.email=e@x', ...args]);
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('commit', '-q', '-m', 'x');
    const metadata = join(path, 'metadata');
    const flags = ['-t', 'labelled', '--metadata-file', metadata, '--build-arg', 'no_proxy=c'];
    const env = {
      DOCKER_CONFIG: join(path, 'docker'),
      BUILDX_GIT_LABELS: '1',
      BUILDX_METADATA_PROVENANCE: 'max',
    };
    const built = await run(['build', ...flags, join(repository, 'app')], { env });
    assert.equal(built.status, 0, built.stderr);
    const { stdout } = await exec('git', ['-C', repository, 'rev-parse', 'HEAD']);
    const revision = stdout.trim();
    assert.deepEqual(JSON.parse(await ok('inspect', '--format', '{{json .Config.Labels}}', 'labelled')), {
      'com.docker.image.source.entrypoint': 'app/Dockerfile',
      'org.opencontainers.image.revision': revision,
    });
    const { metadata: told } = JSON.parse(readFileSync(metadata, 'utf8'))['buildx.build.provenance'];
    assert.deepEqual(told['https://mobyproject.org/buildkit@v1#metadata'].vcs, {
      'localdir:context': 'app',
      'localdir:dockerfile': 'app',
      revision,
    });
    assert.equal(await ok('run', '--rm', 'labelled', 'cat', '/p'), 'http://proxy:1 http://proxy:1 c');
  });

  test('named contexts', async () => {
    const other = context({ kept: 'k', left: 'l', '.dockerignore': 'left\n' });
    const path = context({ Dockerfile: 'FROM base\nCOPY --from=other . /o\nRUN ls /o\n' });
    const built = await run([
      'build',
      '--build-context',
      `other=${other}`,
      '--build-context',
      'base=docker-image://busybox',
      path,
    ]);
    assert.equal(built.status, 0, built.stderr);
    assert.match(built.stderr, /\d kept\n/);
    assert.doesNotMatch(built.stderr, /\d left\n/);
  });

  test('outputs: a directory, an archive, nothing', async () => {
    const path = context({ Dockerfile: 'FROM scratch\nCOPY --chmod=640 f /d/f\n', f: 'content' });
    const images = await ok('images', '-aq');
    const target = join(folder, 'out');
    await ok('build', '-o', target, path);
    assert.equal(readFileSync(join(target, 'd/f'), 'utf8'), 'content');
    assert.equal(statSync(join(target, 'd/f')).mode & 0o777, 0o640);
    await ok('build', '-o', `type=tar,dest=${join(folder, 'out.tar')}`, path);
    assert.match(readFileSync(join(folder, 'out.tar'), 'latin1'), /^d\//);
    assert.match((await run(['build', '-o', '-', path])).stdout, /^d\//);
    await ok('build', '-o', 'type=cacheonly', path);
    assert.equal(await ok('images', '-aq'), images);
  });

  test('nothing is lost on its way through a pipe that is read late', async () => {
    const path = context({ Dockerfile: 'FROM busybox\n' });
    const whole = ['save', 'busybox', '-o', join(folder, 'saved.tar')];
    await ok(...whole);
    await ok('build', '-o', `type=tar,dest=${join(folder, 'built.tar')}`, path);
    const container = await ok('create', 'busybox');
    await ok('export', container, '-o', join(folder, 'exported.tar'));
    const names = Array.from({ length: 200 }, () => 'busybox');
    const size = (name: string): number => statSync(join(folder, name)).size;
    const bytes = await Promise.all(
      [
        ['save', 'busybox'],
        ['export', container],
        ['build', '-o', '-', path],
        ['image', 'inspect', ...names],
      ].map(readLate),
    );
    assert.deepEqual(bytes.slice(0, 3), [size('saved.tar'), size('exported.tar'), size('built.tar')]);
    assert.ok(
      (bytes[3] ?? 0) > 200 * (await ok('image', 'inspect', 'busybox')).length - 1000,
      String(bytes[3]),
    );
    await ok('rm', container);
  });
  /** How many bytes a command prints into a pipe that is full before anybody reads. */
  async function readLate(args: readonly string[]): Promise<number> {
    const line = '"$@" | (sleep 1; wc -c)';
    const { stdout } = await exec('sh', ['-c', line, 'sh', launcher, ...args], { env: engine.env });
    return Number(stdout);
  }

  test('a push behind the build', async () => {
    await using registry = await startTestRegistry();
    const name = `${registry.host}/pushed:1`;
    const path = context({ Dockerfile: 'FROM busybox\nRUN echo pushed >/p\n' });
    await ok('build', '--push', '-t', name, path);
    await ok('rmi', name);
    await ok('pull', '-q', name);
    await ok('rmi', name);
  });

  test('stages that are wanted anew', async () => {
    const path = context({
      Dockerfile:
        'FROM busybox AS one\nRUN echo 1\nFROM busybox AS two\nRUN echo 2\nFROM one\nCOPY --from=two /bin/true /x\n',
    });
    await ok('build', path);
    const { stderr } = await run(['build', '--no-cache-filter', 'two', path]);
    assert.match(stderr, /\[two 2\/2\] RUN echo 2\n#\d not cached: --no-cache-filter two\n/);
    assert.match(stderr, /\[one 2\/2\] RUN echo 1\n#\d CACHED\n/);
  });

  test('mistakes are told with their place, and nothing is built', async () => {
    const wrong = await run(['build', context({ Dockerfile: 'FROM busybox\nRUNN x\n' })]);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /Dockerfile:2\n-{20}\n {3}1 \| {5}FROM busybox\n {3}2 \| >>> RUNN x\n/);
    assert.match(wrong.stderr, /ERROR: failed to build: failed to solve: .*unknown instruction: RUNN/);
    for (const [args, message] of [
      [[join(folder, 'none')], /path ".*none" not found/],
      [['--progress', 'fancy', '.'], /want one of auto/],
      [['--secret', 'src=x', '.'], /secret missing id/],
      [
        ['-o', `type=oci,dest=${folder}`, context({ Dockerfile: 'FROM busybox\n' })],
        /destination file .* is a directory/,
      ],
      [['-t', 'UPPER', context({ Dockerfile: 'FROM busybox\n' })], /UPPER.*must be lowercase/],
      [
        ['--label', '=x', context({ Dockerfile: 'FROM busybox\n' })],
        /invalid key-value pair "=x": empty key/,
      ],
      [
        ['--build-arg', '=x', context({ Dockerfile: 'FROM busybox\n' })],
        /invalid key-value pair "=x": empty key/,
      ],
      [['--allow', 'nothing', context({ Dockerfile: 'FROM busybox\n' })], /unknown entitlement nothing/],
      [['--provenance'], /flag needs an argument: --provenance/],
    ] as const)
      assert.match((await run(['build', ...args])).stderr, message);
  });

  test('--check tells what the checks find and builds nothing', async () => {
    const clean = await run(['build', '--check', context({ Dockerfile: 'FROM busybox\n' })]);
    assert.deepEqual(clean, { status: 0, stdout: 'Check complete, no warnings found.\n', stderr: '' });
    const path = context({ Dockerfile: 'FROM busybox AS Upper\nMAINTAINER me\nRUN touch /ran\n' });
    const found = await run(['build', '--call=check', path]);
    assert.equal(found.status, 1);
    assert.match(
      found.stdout,
      /^Check complete, 2 warnings have been found!\n\nWARNING: StageNameCasing - https:\/\/.*\n/,
    );
    assert.match(
      found.stdout,
      /\nDockerfile:2\n-{20}\n {3}1 \| {5}FROM busybox AS Upper\n {3}2 \| >>> MAINTAINER me\n/,
    );
    const built = await run(['build', path]);
    assert.match(built.stderr, /\n 2 warnings found:\n - StageNameCasing: .* \(line 1\)\n - Maintainer/);
    const metadata = join(path, 'metadata.json');
    await run(['build', '--check', '--metadata-file', metadata, path]);
    const { 'result.json': answer, ...others } = JSON.parse(readFileSync(metadata, 'utf8')) as {
      'result.json': { warnings: object[] };
      'buildx.build.ref'?: string;
    };
    assert.deepEqual([answer.warnings.length, others['buildx.build.ref']], [2, undefined]);
    const strict = context({ Dockerfile: '# check=error=true\nFROM busybox as a\n' });
    const refused = await run(['build', '--check', strict]);
    assert.match(refused.stdout, /^Check complete, 1 warning has been found!\n\nWARNING: FromAsCasing/);
    assert.equal(refused.stderr, 'ERROR: lint violation found for rules: FromAsCasing\n');
    assert.equal(refused.status, 1);
    const broken = await run(['build', '--check', context({ Dockerfile: 'FROM busybox\nRUNN\n' })]);
    assert.match(
      broken.stderr,
      /^ERROR: dockerfile parse error on line 2: unknown instruction: RUNN .*\nDockerfile:2\n/,
    );
  });

  test('an interrupted build ends in order and leaves nothing', async () => {
    const path = context({ Dockerfile: 'FROM busybox\nRUN echo under way; sleep 60\n' });
    const child = start(launcher, ['build', path], { env: engine.env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
      told += chunk.toString();
      if (/\d under way/.test(told) && !child.killed) child.kill('SIGINT');
    }
    assert.match(told, /ERROR: failed to build: failed to solve: Canceled: context canceled\n$/);
    assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 130);
    for (let tries = 0; tries < 100 && leftovers().length > 0; tries += 1) await sleep(50);
    assert.deepEqual(leftovers(), []);
    assert.match(await ok('builder', 'ls', '-n', '1', '--format', '{{.Status}}'), /^Canceled$/);
  });
  const leftovers = (): string[] => [
    ...readdirSync(join(engine.dataRoot, 'snapshots')),
    ...readdirSync(join(engine.dataRoot, 'build/tmp')),
    ...readdirSync(join(engine.runRoot, 'c')),
  ];

  test('why: of the last build or another one, as text and data', async () => {
    const path = context({ Dockerfile: 'FROM busybox\nCOPY . .\nRUN sleep 0.2; : npm ci\n', a: '1' });
    await ok('build', '-t', 'explained', path);
    writeFileSync(join(path, 'a'), '2');
    await ok('build', '-t', 'explained', path);
    const text = await ok('build', 'why');
    assert.match(text, /^Build [0-9a-f]{12} of explained, .*: 3 steps, 1 cached, /);
    assert.match(text, /COPY \. \. +\d\.\d s +a changed \(1 of 2 files\)\n/);
    assert.match(text, /COPY \. \.: a changed \(1 of 2 files\)\. It cost \d+\.\d s in the step below\.\n/);
    assert.match(text, /needs only package\.json and package-lock\.json: /);
    const body = (answer: string): string => answer.slice(answer.indexOf('\n'));
    assert.equal(body(await ok('builder', 'why', 'explained')), body(text));
    const [newest = '', older = ''] = (await ok('builder', 'history', '-q', '-n', '2')).split('\n');
    assert.match(await ok('build', 'why', older), /first build of this step/);
    const value = JSON.parse(await ok('builder', 'why', '--format', 'json', newest)) as {
      causes: { milliseconds: number }[];
    };
    assert.ok((value.causes[0]?.milliseconds ?? 0) > 200);
    assert.equal(await ok('builder', 'rm', older), older);
    assert.match((await run(['builder', 'why', older])).stderr, /no such build/);
    assert.match((await run(['build', 'why', 'nothing'])).stderr, /no such build: nothing/);
    mkdirSync(join(folder, 'why'));
    writeFileSync(join(folder, 'why/Dockerfile'), 'FROM busybox\nRUN echo a directory of that name\n');
    const built = await lade(engine, ['build', 'why'], { cwd: folder });
    assert.match(built.stderr, /RUN echo a directory of that name/);
  });

  test('what a failed step left: a shell in it, after a restart too, until the next build', async () => {
    const text =
      'FROM busybox\nENV A=b\nWORKDIR /w\nUSER 7\nRUN --mount=type=cache,target=/c,mode=0777 echo made >/tmp/made; echo kept >/c/file; echo bad; exit 3\n';
    const path = context({ Dockerfile: text });
    const failed = await run(['build', '-t', 'fails', path]);
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /------\n > \[3\/3\] RUN .*:\n\d\.\d{3} bad\n------\nDockerfile:5\n/);
    assert.match(failed.stderr, /did not complete successfully: exit code: 3\n\nWhat the step left is kept/);
    const look = [
      'run',
      '--failed',
      'fails',
      'sh',
      '-c',
      'id -u; pwd; echo $A; cat /tmp/made /c/file; exit 6',
    ];
    const seen = { status: 6, stdout: '7\n/w\nb\nmade\nkept\n' };
    const images = await ok('images', '-aq');
    assert.partialDeepStrictEqual(await run(look), seen);
    await engine.stop('SIGKILL');
    await engine.start();
    assert.partialDeepStrictEqual(await run(look), seen);
    const piped = await run(['run', '--failed', 'fails'], { input: 'cat /tmp/made\n' });
    assert.partialDeepStrictEqual(piped, { status: 0, stdout: 'made\n' });
    assert.match(
      await ok('system', 'df', '-v', '--format', '{{json .BuildCache}}'),
      /left by a failed step: RUN/,
    );
    assert.equal(await ok('images', '-aq'), images);
    assert.equal(await ok('ps', '-aq'), '');
    writeFileSync(join(path, 'Dockerfile'), text.replace('exit 3', 'exit 0'));
    await ok('build', '-t', 'fails', path);
    assert.match((await run(look)).stderr, /no file system of a failed step of build [0-9a-f]+ is kept/);
  });

  test('--debug opens the shell at once where there is a terminal', async () => {
    const path = context({ Dockerfile: 'FROM busybox\nRUN echo there >/made; exit 4\n' });
    const typed = await typeInto(
      [launcher, 'build', '--debug', path],
      [
        ['expect', 'In what is left of'],
        ['expect', '# '],
        ['send', 'cat /made; exit\n'],
        ['expect', 'there'],
      ],
      engine.env,
    );
    assert.equal(typed.missing, null, typed.output);
    assert.equal(typed.status, 1);
    assert.match(typed.output, /\[\+\] Building \d\.\ds \(2\/2\) FAILED/);
    await ok('builder', 'prune', '-af');
    assert.match((await run(['run', '--failed'])).stderr, /no file system of a failed step is kept/);
  });

  test('image explain measures what is wasted', async () => {
    const path = context({
      Dockerfile:
        'FROM busybox\nRUN head -c 300000 /dev/urandom >/big; mkdir -p /root/.npm/_cacache; head -c 200000 /dev/urandom >/root/.npm/_cacache/x\nRUN rm /big\n',
    });
    await ok('build', '-t', 'wasteful', path);
    const found = JSON.parse(
      await ok('image', 'explain', '--format', 'json', 'wasteful'),
    ) as ImageExplanation;
    assert.equal(found.waste, 500_000);
    assert.partialDeepStrictEqual(found.layers.slice(1), [
      { isBase: false, size: 500_000, added: 2, hidden: { bytes: 300_000, largest: ['/big'] } },
      { size: 0, deleted: 1 },
    ]);
    assert.ok(found.layers.slice(1).every(({ milliseconds }) => milliseconds !== undefined));
    assert.deepEqual(
      found.advice.map(({ saves }) => saves),
      [300_000, 200_000],
    );
    const text = await ok('image', 'explain', 'wasteful');
    assert.match(text, /^wasteful:latest: .* in 3 layers, 500kB wasted/);
    assert.match(
      text,
      /300kB: hidden, but still in the image: 1 file of layer 2 .*delete them in the instruction/,
    );
    assert.match(text, /200kB: layer 2 keeps 1 file of npm in \/root\/\.npm\/_cacache/);
    assert.match((await run(['image', 'explain', 'none'])).stderr, /No such image: none:latest/);
  });

  test('an engine that is reached by a network gets an archive, and takes no paths', async () => {
    const path = context({
      Dockerfile: 'FROM busybox\nCOPY f /f\nRUN --mount=type=secret,id=s cat /run/secrets/s\n',
      f: 'far',
    });
    const far = ['-H', `tcp://127.0.0.1:${port}`];
    const built = await run([...far, 'build', '--secret', 'id=s,env=S', path], { env: { S: 'sent along' } });
    assert.equal(built.status, 0, built.stderr);
    assert.match(built.stderr, /\d sent along\n/);
    const named = await run([...far, 'build', '--build-context', `x=${path}`, path]);
    assert.match(named.stderr, /^directories and agents are only for an engine on this machine \(x\)/);
    const { dev, ino } = statSync(path);
    const call = { context: { kind: 'directory', path, identity: `${dev}:${ino}` } };
    const answer = await fetch(`http://127.0.0.1:${port}/lading/build`, {
      method: 'POST',
      body: JSON.stringify(call),
    });
    assert.equal(answer.status, 403);
  });

  test('a directory that the engine sees otherwise is refused, and so is nonsense', async () => {
    const path = context({ Dockerfile: 'FROM busybox\n' });
    const post = async (body: unknown): Promise<[number, string]> => {
      const { status, body: text } = await engine.request('POST', '/lading/build', body);
      return [status, text];
    };
    const bad: readonly [body: unknown, status: number, message: RegExp][] = [
      [{ context: { kind: 'directory', path, identity: '1:1' } }, 409, /does not see the directory/],
      [{ context: { kind: 'directory', path: 'relative', identity: '1:1' } }, 400, /not absolute/],
      [{ context: { kind: 'other' } }, 400, /context is missing/],
      [{}, 400, /context is missing/],
      ['no json', 400, /invalid JSON/],
      [{ context: { kind: 'archive' }, outputs: 5 }, 400, /outputs: want a list/],
    ];
    for (const [body, status, message] of bad) {
      const [got, text] = await post(body);
      assert.equal(got, status, text);
      assert.match(text, message);
    }
  });
});
