import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serveGit, type TestGitServer } from '../../lib/testing/serve-git.ts';
import { startRegistry, type TestRegistry } from '../../registry/testing/start-registry.ts';
import { artifactFiles } from '../artifact/artifact-files.ts';
import { pushArtifact } from '../artifact/push-artifact.ts';
import { loadProject } from '../load/load-project.ts';
import { RemoteNeeded } from '../load/remote-reference.ts';
import type { Project } from '../model/types.ts';
import { fetchCopy } from './fetch-copy.ts';

const folder = mkdtempSync('/tmp/lading-remote-');
const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
after(() => rmSync(folder, { recursive: true, force: true }));

const fetchOf = (reference: string, more: NodeJS.ProcessEnv = {}): Promise<string> =>
  fetchCopy(reference, { env: { ...env, ...more }, authFor: async () => undefined });

/** Loads a project, and fetches what it needs on the way. */
async function load(files: readonly string[], cwd = folder): Promise<Project> {
  const copies = new Map<string, string>();
  for (;;)
    try {
      return loadProject({ files, cwd, env: {}, copies, projectName: 'p' });
    } catch (error) {
      if (!(error instanceof RemoteNeeded) || copies.has(error.reference)) throw error;
      copies.set(error.reference, await fetchOf(error.reference));
    }
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Needs git and loopback. */
describe('Compose files of git repositories', () => {
  let server: TestGitServer;
  let url = '';
  before(async () => {
    server = await serveGit();
    url = `${server.url}/x.git`;
    await server.commit('x.git', {
      'compose.yaml': 'services: {web: {image: one, env_file: a.env, volumes: ["./data:/d"]}}\n',
      'a.env': 'A=1\n',
      'sub/docker-compose.yml': 'services: {sub: {image: s, extends: {file: base.yaml, service: base}}}\n',
      'sub/base.yaml': 'services: {base: {image: b, tty: true}}\n',
    });
    await server.git('x.git', 'tag', '-a', '-m', 'one', 'v1', 'main');
    await server.commit('x.git', { 'compose.yaml': 'services: {web: {image: two}}\n' });
  });
  after(async () => server[Symbol.asyncDispose]());

  test('the default branch, with a name of the folder where the command is', async () => {
    const { services, workingDir } = await load([url]);
    assert.equal(services.get('web')?.image, 'two');
    assert.ok(workingDir.startsWith(join(folder, 'cache/lading/compose/')), workingDir);
  });

  test('a tag, and the files beside the file', async () => {
    const { services, workingDir } = await load([`${url}#v1`]);
    assert.deepEqual(services.get('web')?.environment, { A: '1' });
    assert.equal(services.get('web')?.volumes[0]?.source, join(workingDir, 'data'));
  });

  test('a folder in it, whose file has any of the standard names', async () => {
    assert.equal((await load([`${url}#v1:sub`])).services.get('sub')?.tty, true);
  });

  test('a file in it is included, another extended', async () => {
    const file = write(
      'local/compose.yaml',
      `include: ["${url}#v1"]\nservices: {own: {image: o, extends: {file: "${url}#v1:sub/base.yaml", service: base}}}\n`,
    );
    const { services } = await load([file]);
    assert.deepEqual([...services.keys()].toSorted(), ['own', 'web']);
    assert.equal(services.get('own')?.tty, true);
  });

  test('a commit that is here is not asked for again', async () => {
    const commit = await server.commit('x.git', { other: '' });
    await load([`${url}#${commit}`]);
    const before = server.requests.length;
    await load([`${url}#${commit}`]);
    assert.deepEqual(server.requests.slice(before), []);
    const unfinished = readdirSync(join(folder, 'cache/lading/compose')).filter((name) =>
      name.startsWith('.'),
    );
    assert.deepEqual(unfinished, []);
  });

  test('what is not there is told', async () => {
    await assert.rejects(fetchOf(`${url}#nope`), /repository does not contain ref nope/);
    await assert.rejects(fetchOf(`${url}#v1:nowhere`), /the repository has no nowhere/);
    await assert.rejects(fetchOf(`${server.url}/none.git`), /failed to access repository at .*none\.git/);
  });

  test('it can be switched off', async () =>
    assert.rejects(
      fetchOf(url, { COMPOSE_EXPERIMENTAL_GIT_REMOTE: 'false' }),
      /git remote resource is disabled by "COMPOSE_EXPERIMENTAL_GIT_REMOTE"/,
    ));
});

/** Needs Debian's docker-registry. */
describe('Compose files of artifacts', () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await startRegistry();
  });
  after(async () => registry[Symbol.asyncDispose]());

  for (const ociVersion of ['1.0', '1.1'])
    test(`a published project is the one that it was: OCI ${ociVersion}`, async () => {
      const files = [
        write(
          'pub/compose.yaml',
          'services: {web: {extends: {file: base.yaml, service: base}, env_file: a.env}}\n',
        ),
        write('pub/over.yaml', 'services: {web: {labels: {a: b}}}\n'),
      ];
      write('pub/base.yaml', 'services: {base: {image: b, tty: true}}\n');
      write('pub/a.env', 'A=1\n');
      const project = await load(files);
      const name = `${registry.host}/app:v${ociVersion}`;
      const push = { ociVersion, images: [], env, authFor: async () => undefined };
      await pushArtifact(name, artifactFiles(project), push);
      const web = (await load([`oci://${name}`])).services.get('web');
      assert.equal(web?.image, 'b');
      assert.equal(web.tty, true);
      assert.deepEqual(web.labels, { a: 'b' });
      assert.deepEqual(web.environment, { A: '1' });
    });

  test('what is not there, and what is no project, is told', async () => {
    await assert.rejects(fetchOf(`oci://${registry.host}/none:latest`), /failed to pull OCI resource/);
    await assert.rejects(
      fetchOf(`oci://${registry.host}/none`, { COMPOSE_EXPERIMENTAL_OCI_REMOTE: '0' }),
      /OCI remote resource is disabled by "COMPOSE_EXPERIMENTAL_OCI_REMOTE"/,
    );
  });
});
