import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serveGit, type TestGitServer } from '../../src/lib/testing/serve-git.ts';
import { makeAuthority } from './certificates.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

const sleeper = 'command: [sleep, "1000"], stop_grace_period: 0s';

describe('lade compose runs projects that lie elsewhere', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let git: TestGitServer;
  let registry: TestRegistry;
  const folder = mkdtempSync(join(tmpdir(), 'far-'));
  const compose = (...args: string[]): Promise<Ran> => lade(engine, ['compose', ...args], { cwd: folder });
  async function out(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await compose(...args);
    assert.equal(status, 0, `compose ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  /** Puts the image of a project into a registry, and the files of the project into the folder. */
  async function provide(host: string): Promise<void> {
    await lade(engine, ['tag', 'busybox', `${host}/base:1`]);
    const pushed = await lade(engine, ['push', `${host}/base:1`]);
    assert.equal(pushed.status, 0, pushed.stderr);
    write('a.env', 'FROM_FILE=1\n');
    // docker compose publishes files of this style alone
    write(
      'base.yaml',
      `services:
  base:
    image: "${host}/base:1"
    command: [sleep, "1000"]
    stop_grace_period: 0s
`,
    );
    write(
      'compose.yaml',
      `name: made
services:
  web:
    extends:
      file: base.yaml
      service: base
    env_file: a.env
    environment:
      A: b
`,
    );
  }

  before(async () => {
    [engine, git, registry] = await Promise.all([startTestEngine(), serveGit(), startTestRegistry()]);
    engine.env['XDG_CACHE_HOME'] = join(folder, 'cache');
    await engine.load('busybox');
    await provide(registry.host);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all([git, registry, engine].map((one) => one?.[Symbol.asyncDispose]()));
  });

  test('from a repository: what is beside the file is built and mounted, once the user agrees', async () => {
    await git.commit('app.git', {
      'deploy/compose.yaml': `name: far\nservices: {web: {build: {context: .., args: {WORD: "\${WORD:-none}"}}, ${sleeper}, volumes: ["./data:/data:ro"]}}\n`,
      'deploy/data/file': 'of the repository\n',
      Dockerfile: 'FROM busybox\nARG WORD\nRUN echo $WORD >/word\n',
    });
    const file = ['-f', `${git.url}/app.git#main:deploy`];
    const refused = await compose(...file, 'up', '-d');
    assert.equal(refused.status, 1);
    assert.match(refused.stdout, /^WORD +none +compose file +no +none$/m);
    assert.match(refused.stderr, /^operation cancelled by user$/m);
    assert.equal(await out('-p', 'far', 'ps', '-aq'), '');
    await out(...file, 'up', '-d', '-y');
    assert.equal(
      await out(...file, 'exec', '-T', 'web', 'cat', '/word', '/data/file'),
      'none\nof the repository\n',
    );
    await git.commit('app.git', { 'deploy/data/file': 'of a later commit\n' });
    await out(...file, 'up', '-d', '-y');
    assert.equal(await out(...file, 'exec', '-T', 'web', 'cat', '/data/file'), 'of a later commit\n');
    await out(...file, 'down');
    assert.equal(await out('-p', 'far', 'ps', '-aq'), '');
  });

  /** Runs the project of an artifact. */
  async function checkRuns(host: string, name: string): Promise<void> {
    const file = ['-f', `oci://${host}/${name}`];
    await out(...file, 'up', '-d', '-y');
    const variables = await out('-p', 'made', 'exec', '-T', 'web', 'sh', '-c', 'echo $A $FROM_FILE');
    assert.equal(variables, 'b 1\n');
    await out(...file, 'down');
  }

  test('from a registry without TLS, as it was published, with its images', async () => {
    await out('publish', '-y', '--app', '--with-env', `${registry.host}/ours:1`);
    assert.equal((await lade(engine, ['rmi', `${registry.host}/base:1`])).status, 0); // it is pulled
    await checkRuns(registry.host, 'ours:1');
    const missing = await compose('-f', `oci://${registry.host}/none:1`, 'up', '-d', '-y');
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /failed to pull OCI resource "localhost:\d+\/none:1"/);
    const image = await compose('-f', `oci://${registry.host}/base:1`, 'up', '-d', '-y');
    assert.match(image.stderr, /base:1 is not a compose project OCI artifact/);
  });

  test('what docker compose published is run, and it reads what we did', async (context) => {
    if ((await engine.docker('compose', 'version')).status !== 0)
      return context.skip('docker compose is not installed');
    // it speaks TLS to every registry
    const { ca, sign } = await makeAuthority(folder, 'ca');
    await using secure = await startTestRegistry(await sign('registry'));
    engine.env['SSL_CERT_FILE'] = ca;
    await provide(secure.host);
    const docker = (...args: string[]) => engine.docker('compose', '--project-directory', folder, ...args);
    for (const version of ['1.0', '1.1']) {
      const name = `theirs:${version}`;
      const flags = ['-y', '--app', '--with-env', '--oci-version', version];
      const { status, stderr } = await docker(
        '-f',
        join(folder, 'compose.yaml'),
        'publish',
        ...flags,
        `${secure.host}/${name}`,
      );
      assert.equal(status, 0, stderr);
      await checkRuns(secure.host, name);
    }
    await out('publish', '-y', '--app', '--with-env', `${secure.host}/ours:1`);
    const file = ['-f', `oci://${secure.host}/ours:1`];
    const { status, stdout, stderr } = await docker(...file, 'config');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, await out(...file, 'config'));
  });
});
