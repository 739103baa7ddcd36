import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serveGit } from '../../src/lib/testing/serve-git.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

describe('lade compose build', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let folder: string;

  before(async () => {
    [engine, registry] = await Promise.all([startTestEngine(), startTestRegistry()]);
    await engine.load('busybox');
    folder = mkdtempSync(join(tmpdir(), 'lade-compose-build-'));
  });
  after(async () => {
    await run(['-f', 'app.yaml', 'down', '-t', '0']);
    rmSync(folder, { recursive: true, force: true });
    await registry?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  function files(all: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }
  const env = (): NodeJS.ProcessEnv => ({ ...engine.env, DOCKER_CONFIG: folder, SECRET: 'sesame' });
  const run = (args: readonly string[]): Promise<Ran> =>
    lade({ ...engine, env: env() } as TestEngine, ['compose', '-p', 'cb', ...args], { cwd: folder });
  async function ok(...args: readonly string[]): Promise<Ran> {
    const ran = await run(args);
    assert.equal(ran.status, 0, ran.stderr);
    return ran;
  }
  const inImage = async (image: string, command: string): Promise<string> =>
    (await lade({ ...engine, env: env() } as TestEngine, ['run', '--rm', image, 'sh', '-c', command])).stdout;

  test('an image that is older than what it is built from is told', async () => {
    files({
      'stale/Dockerfile': 'FROM busybox\nCOPY *.txt /\n',
      'stale/a.txt': '1',
      'app.yaml': 'services: {a: {build: ./stale, command: sleep 100, stop_grace_period: 0s}}\n',
    });
    const up = async (...flags: string[]): Promise<string> =>
      (await ok('-f', 'app.yaml', 'up', '-d', '--quiet-build', ...flags)).stderr;
    assert.doesNotMatch(await up(), /WARN/);
    files({ 'stale/a.txt': '2', 'stale/other': '' });
    assert.match(await up(), /^WARN image cb-a was built before a\.txt changed: --build builds it anew$/m);
    assert.doesNotMatch(await up('--build'), /WARN/);
    assert.doesNotMatch(await up(), /WARN/);
    await ok('-f', 'app.yaml', 'down');
  });

  test('all of a build section: contexts, secrets, agents, limits, names', async () => {
    const agent = createServer((connection) => connection.end()).listen(join(folder, 'agent.sock'));
    await once(agent, 'listening');
    files({
      'app/Dockerfile': `FROM base AS one
ARG WORD
RUN --mount=type=secret,id=s --mount=type=secret,id=f --mount=type=ssh,id=a \\
  echo $WORD $(wc -c </run/secrets/s) $(cat /run/secrets/f) $(test -S $SSH_AUTH_SOCK && echo agent) >/r; \\
  ulimit -n >>/r; df /dev/shm | tail -1 | awk '{print $2}' >>/r; grep far /etc/hosts >>/r
COPY --from=other /kept /kept
COPY own /own
FROM one
RUN false
`,
      'app/own': '1',
      'other/kept': 'kept',
      'file.txt': 'from-a-file',
      'app.yaml': `
services:
  app:
    image: ${registry.host}/app:1
    command: sleep 600
    build:
      context: app
      target: one
      args: {WORD: word}
      labels: {mine: "yes"}
      tags: [cb-other:2]
      additional_contexts: {base: "service:base", other: ./other}
      secrets: [{source: env, target: s}, f]
      ssh: {a: ./agent.sock}
      ulimits: {nofile: {soft: 55, hard: 66}}
      shm_size: 8m
      extra_hosts: ["far=10.9.8.7"]
      cache_to: ["type=local,dest=cache"]
      provenance: mode=max
      sbom: true
  base:
    build:
      dockerfile_inline: |
        FROM busybox
        RUN cat /proc/sys/kernel/random/uuid >/uuid
secrets:
  env: {environment: SECRET}
  f: {file: ./file.txt}
`,
    });
    try {
      const { stdout, stderr } = await ok('-f', 'app.yaml', 'build', 'app');
      assert.ok(stderr.indexOf('cb-base  Built') < stderr.indexOf('app:1  Building'), stderr);
      assert.match(stdout, /\[app 2\/4\] RUN .*\n#\d+ not cached: first build of this step/);
      const text = await inImage('cb-other:2', 'cat /r /kept; test -s /uuid && echo based');
      assert.match(text, /^word 6 from-a-file agent\n55\n8192\n10\.9\.8\.7\s+far\nkept.*based\n$/s);
      assert.ok(existsSync(join(folder, 'cache/index.json')));
      const shown = await engine.request('GET', '/images/cb-other:2/json');
      const { Config, Descriptor } = JSON.parse(shown.body) as {
        Config: { Labels: Record<string, string> };
        Descriptor: { mediaType: string };
      };
      assert.deepEqual(Config.Labels, {
        mine: 'yes',
        'com.docker.compose.project': 'cb',
        'com.docker.compose.service': 'app',
        'com.docker.compose.version': '2.40.3',
      });
      assert.equal(Descriptor.mediaType, 'application/vnd.oci.image.index.v1+json');
      assert.deepEqual(readdirSync(join(engine.dataRoot, 'build/uploads')), [], 'nothing was sent');
      writeFileSync(join(folder, 'app/own'), '2');
      const up = await ok('-f', 'app.yaml', 'up', '--build', '-d', 'app');
      assert.match(up.stdout, /\[app 4\/4\] COPY own \/own\n#\d+ not cached: own changed/);
      assert.match(up.stdout, /\[app 2\/4\] RUN .*\n#\d+ CACHED/);
    } finally {
      agent.close();
    }
  });

  test('what flags ask for: pushes, statements, checks, arguments, quiet', async () => {
    await ok('-f', 'app.yaml', 'build', '--push', '-q', 'app', '--ssh', `more=${join(folder, 'agent.sock')}`)
      .then(() => assert.fail('the agent is gone'))
      .catch((error: Error) => assert.match(error.message, /agent socket .*agent\.sock: no such file/));
    files({
      'flags.yaml': `
services:
  own: {image: "${registry.host}/own:1", build: {dockerfile_inline: "FROM busybox\\nARG W\\nRUN echo $$W >/w"}}
  plain: {build: {dockerfile_inline: "FROM busybox AS Upper\\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max >/m || true"}}
`,
    });
    const pushed = await ok('-f', 'flags.yaml', 'build', '--push', '--build-arg', 'W=x', '-q', '--sbom=true');
    assert.doesNotMatch(pushed.stdout, /#\d/);
    const manifest = await fetch(`http://${registry.host}/v2/own/manifests/1`, {
      headers: { accept: 'application/vnd.oci.image.index.v1+json' },
    });
    assert.equal(((await manifest.json()) as { manifests: object[] }).manifests.length, 2);
    assert.equal(await inImage(`${registry.host}/own:1`, 'cat /w'), 'x\n');
    await ok('-f', 'flags.yaml', 'build', '--no-cache', '-m', '64m', 'plain');
    assert.match(await inImage('cb-plain', 'cat /m'), /^67108864$/m);
    const checked = await run(['-f', 'flags.yaml', 'build', '--check', 'plain']);
    assert.equal(checked.status, 1);
    assert.match(
      checked.stdout,
      /^plain\n\nCheck complete, 1 warning has been found!\n\nWARNING: StageNameCasing/,
    );
    const printed = JSON.parse((await ok('-f', 'flags.yaml', 'build', '--print', 'own')).stdout) as object;
    assert.partialDeepStrictEqual(printed, {
      target: { own: { tags: [`${registry.host}/own:1`], output: ['type=docker'] } },
    });
    assert.match((await run(['-f', 'flags.yaml', 'build', '--builder', 'x'])).stderr, /no builder "x" found/);
    assert.match(
      (await run(['-f', 'flags.yaml', 'build', '--ssh', ''])).stderr,
      /invalid empty ssh agent socket/,
    );
  });

  test('in the order of the dependencies where the classic builder is asked for; down removes what was built', async () => {
    const service = (name: string, more = ''): string =>
      `  ${name}: {${more}build: {dockerfile_inline: "FROM busybox\\nRUN echo ${name}"}}\n`;
    const after = '  after: {depends_on: [base], build: {dockerfile_inline: "FROM cbo-base"}}\n';
    const of = (...services: string[]): string => `services:\n${services.join('')}`;
    files({ 'order.yaml': of(after, service('base'), service('mine', 'image: "cb-mine", ')) });
    const built = await lade(
      { ...engine, env: { ...env(), DOCKER_BUILDKIT: '0' } } as TestEngine,
      ['compose', '-p', 'cbo', '-f', 'order.yaml', 'build'],
      { cwd: folder },
    );
    assert.equal(built.status, 0, built.stderr);
    assert.match(built.stdout, /naming to docker\.io\/library\/cbo-after/);
    files({ 'order.yaml': of(service('base')) });
    const down = ['compose', '-p', 'cbo', '-f', 'order.yaml', 'down', '--rmi', 'local'];
    const images = async (): Promise<string> =>
      (await lade(engine, ['images', '--format', '{{.Repository}}', '--filter', 'reference=cb*'])).stdout;
    await lade(engine, down, { cwd: folder });
    assert.doesNotMatch(await images(), /^cbo-base$/m);
    assert.match(await images(), /^cbo-after$[^]*^cb-mine$|^cb-mine$[^]*^cbo-after$/m);
    await lade(engine, [...down, '--remove-orphans'], { cwd: folder });
    assert.doesNotMatch(await images(), /^cbo-after$|^cb-mine$/m);
  });

  test('several at once, of which one fails; platforms; a context behind a URL', async () => {
    await using git = await serveGit();
    await git.commit('r', { 'sub/Own': 'FROM busybox\nCOPY file /f\n', 'sub/file': 'fetched' });
    files({
      'several.yaml': `
services:
  bad: {build: {dockerfile_inline: "FROM busybox\\nRUN echo oops; exit 3"}}
  slow: {build: {dockerfile_inline: "FROM busybox\\nRUN sleep 600"}}
`,
      'more.yaml': `
services:
  far: {build: {context: "${git.url}/r.git#main:sub", dockerfile: Own}}
  both: {build: {context: app, dockerfile_inline: "FROM scratch\\nCOPY own /", platforms: [linux/amd64, linux/arm64]}}
`,
      'circle.yaml': `
services:
  a: {build: {dockerfile_inline: "FROM b", additional_contexts: {b: "service:b"}}}
  b: {build: {dockerfile_inline: "FROM a", additional_contexts: {a: "service:a"}}}
`,
    });
    const failed = await run(['-f', 'several.yaml', 'build']);
    assert.equal(failed.status, 1);
    assert.match(failed.stdout, /------\n > \[bad 2\/2\] RUN echo oops; exit 3:\n.*oops\n------/);
    assert.match(
      failed.stderr,
      /target bad: failed to solve: process "\/bin\/sh -c echo oops; exit 3" did not complete successfully: exit code: 3\n$/,
    );
    assert.doesNotMatch(failed.stderr, /target slow/);
    await ok('-f', 'more.yaml', 'build');
    assert.equal(await inImage('cb-far', 'cat /f'), 'fetched');
    const shown = await engine.request('GET', '/images/cb-both/json');
    assert.match(shown.body, /application\/vnd\.oci\.image\.index\.v1\+json/);
    const circle = await run(['-f', 'circle.yaml', 'build']);
    assert.match(circle.stderr, /need the builds of one another|cycle/);
  });
});
