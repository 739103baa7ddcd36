import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exec } from '../../src/lib/exec.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';
import { startTestRegistry, type TestRegistry } from './registry.ts';

describe('lade: images and registries', needs('root', 'busybox'), () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let folder: string;
  let config: string;

  const run = (...args: string[]): Promise<Ran> =>
    lade({ ...engine, env: { ...engine.env, DOCKER_CONFIG: folder } } as TestEngine, args);
  const out = async (...args: string[]): Promise<string> => {
    const ran = await run(...args);
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout.trim();
  };

  before(async () => {
    engine = await startTestEngine();
    registry = await startTestRegistry();
    await engine.load('busybox');
    folder = mkdtempSync(join(tmpdir(), 'lade-images-'));
    config = join(folder, 'config.json');
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('an image goes to a registry and comes back', async () => {
    const name = `${registry.host}/box:1`;
    await out('tag', 'busybox', name);
    assert.match(await out('push', name), /^The push refers to repository \[.*digest: sha256:/s);
    await out('rmi', name);
    assert.match(await out('pull', name), new RegExp(`Status: Downloaded newer image for ${name}\n${name}$`));
    assert.equal(await out('push', '-q', name), name);
    assert.equal(await out('pull', '-q', name), name);
    const digest = await out('images', '--digests', '--format', '{{.Digest}}', `${registry.host}/box`);
    assert.match(digest, /^sha256:[0-9a-f]{64}$/);
    await out('rmi', name);
    assert.match(await out('run', '--rm', `${registry.host}/box@${digest}`, 'echo', 'hello'), /hello$/);
  });

  test('push --all-tags takes every tag of the repository', async () => {
    const repository = `${registry.host}/many`;
    await out('tag', 'busybox', `${repository}:a`);
    await out('tag', 'busybox', `${repository}:b`);
    assert.match(await out('push', '-a', repository), /a: digest.*b: digest|b: digest.*a: digest/s);
    await out('rmi', `${repository}:a`, `${repository}:b`);
    await out('pull', '-a', '-q', repository);
    assert.equal(await out('images', '--format', '{{.Tag}}', repository), 'a\nb');
    for (const verb of ['push', 'pull'])
      assert.equal(
        (await run(verb, '-a', `${repository}:a`)).stderr,
        "tag can't be used with --all-tags/-a\n",
      );
  });

  test('what is not there is told as Docker tells it', async () => {
    const nothing = `${registry.host}/nothing`;
    const push = await run('push', nothing);
    assert.deepEqual(
      [push.status, push.stderr],
      [1, `An image does not exist locally with the tag: ${nothing}\n`],
    );
    const pull = await run('pull', nothing);
    assert.equal(pull.status, 1);
    assert.match(pull.stderr, /manifest for .*nothing:latest not found: manifest unknown/);
    const tag = await run('tag', 'busybox', 'Wrong');
    assert.deepEqual(
      [tag.status, tag.stderr],
      [
        1,
        'Error parsing reference: "Wrong" is not a valid repository/tag: invalid reference format: repository name (library/Wrong) must be lowercase\n',
      ],
    );
  });

  test('login keeps the login in the file of Docker, logout takes it away', async () => {
    const ran = await lade(
      { ...engine, env: { ...engine.env, DOCKER_CONFIG: folder } } as TestEngine,
      ['login', '-u', 'me', '--password-stdin', `http://${registry.host}/v2/`],
      { input: 'secret\n' },
    );
    assert.deepEqual([ran.status, ran.stdout], [0, 'Login Succeeded\n']);
    assert.match(ran.stderr, /stored unencrypted in/);
    const kept = JSON.parse(readFileSync(config, 'utf8')) as { auths: Record<string, { auth: string }> };
    assert.equal(kept.auths[registry.host]?.auth, Buffer.from('me:secret').toString('base64'));
    assert.match((await run('login', registry.host)).stderr, /existing credentials... \[Username: me\]/);
    assert.equal(await out('logout', registry.host), `Removing login credentials for ${registry.host}`);
    assert.deepEqual(JSON.parse(readFileSync(config, 'utf8')), { auths: {} });
  });

  test('login refuses what it cannot ask for, and leaves a broken file alone', async () => {
    for (const [args, says] of [
      [['--password-stdin'], /--password-stdin option requires --username/],
      [['-p', 'x', '--password-stdin'], /cannot specify both --password and --password-stdin/],
      [['-u', 'me'], /Cannot perform an interactive login from a non TTY device/],
    ] as const) {
      const { status, stderr } = await run('login', ...args, registry.host);
      assert.equal(status, 1);
      assert.match(stderr, says);
    }
    writeFileSync(config, '{broken');
    const { status, stderr } = await run('login', '-u', 'me', '-p', 'x', registry.host);
    assert.equal(status, 1);
    assert.match(stderr, /Error parsing config file/);
    assert.equal(readFileSync(config, 'utf8'), '{broken');
    rmSync(config);
  });

  test('a credential helper keeps logins instead of the file', async () => {
    const program = join(folder, 'docker-credential-test');
    writeFileSync(
      program,
      `#!/bin/sh\necho "$1" >> ${folder}/calls\n[ "$1" = get ] && exit 1\ncat >> ${folder}/calls\n`,
      {
        mode: 0o755,
      },
    );
    writeFileSync(config, JSON.stringify({ credsStore: 'test' }));
    const env = { ...engine.env, DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const other = { ...engine, env } as TestEngine;
    assert.equal((await lade(other, ['login', '-u', 'me', '-p', 'x', registry.host])).status, 0);
    assert.equal((await lade(other, ['logout', registry.host])).status, 0);
    assert.equal(
      readFileSync(join(folder, 'calls'), 'utf8'),
      `store\n{"ServerURL":"${registry.host}","Username":"me","Secret":"x"}erase\n${registry.host}`,
    );
    assert.equal(readFileSync(config, 'utf8'), '{"credsStore":"test"}');
    rmSync(config);
  });

  test('search asks the registry that the term names', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'application/json');
      response.end(
        request.url?.startsWith('/v1/search')
          ? JSON.stringify({ num_results: 2, results: searchResults })
          : '{}',
      );
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const table = await out('search', '--limit', '5', `${host}/box`);
      assert.match(table, /^NAME +DESCRIPTION +STARS +OFFICIAL\nbig +The big one +9 +\[OK\]\nsmall +1$/m);
      assert.ok(
        asked.some((url) => /^\/v1\/search\?.*q=box.*/.test(url) && url.includes('n=5')),
        asked.join(),
      );
    } finally {
      server.close();
    }
  });

  test('images are pruned when they have no name, with -a when nobody uses them', async () => {
    await out('import', await archive(folder), 'old:1');
    await out('import', await archive(folder), 'new:1');
    await out('tag', 'new:1', 'old:1');
    assert.match(
      await out('image', 'prune', '-f'),
      /^Deleted Images:\ndeleted: sha256:.*Total reclaimed space: /s,
    );
    const before = await out('images', '-q', 'old');
    assert.match(before, /^[0-9a-f]{12}$/);
    assert.equal(await out('image', 'prune', '-af', '--filter', 'label=none'), 'Total reclaimed space: 0B');
    assert.match(await out('image', 'prune', '-af'), /untagged: (old|new):1/);
    assert.equal(await out('images', '-q', 'old'), '');
    await engine.load('busybox');
  });

  test('a tree becomes an image, an image becomes a tree', async () => {
    const id = await out(
      'import',
      '-c',
      'CMD ["cat","/file"]',
      '-m',
      'note',
      await archive(folder),
      'tree:1',
    );
    assert.match(id, /^sha256:[0-9a-f]{64}$/);
    assert.equal(await out('inspect', '-f', '{{.Comment}} {{.Config.Cmd}}', 'tree:1'), 'note [cat /file]');
    const container = await out('create', 'tree:1');
    await out('export', '-o', join(folder, 'out.tar'), container);
    const { stdout } = await exec('tar', ['-xOf', join(folder, 'out.tar'), 'file']);
    assert.equal(stdout, 'content\n');
    await out('rm', container);
    const nowhere = await run('save', '-o', '/nowhere/x.tar', 'tree:1');
    assert.deepEqual(
      [nowhere.status, nowhere.stderr],
      [1, 'failed to save image: invalid output path: stat /nowhere: no such file or directory\n'],
    );
  });

  test('history shows the steps of an image', async () => {
    assert.match(await out('history', 'busybox'), /^IMAGE +CREATED +CREATED BY +SIZE +COMMENT\n/);
    assert.match(await out('history', '--human=false', 'busybox'), /^IMAGE +CREATED AT +CREATED BY/);
    assert.match(await out('history', '-q', '--no-trunc', 'busybox'), /^sha256:[0-9a-f]{64}/);
  });

  test('build takes an archive by its URL, and a Dockerfile on standard input', async () => {
    const context = join(folder, 'context');
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nCOPY Dockerfile /from-url\n');
    await exec('tar', ['-czf', join(folder, 'context.tgz'), '-C', context, '.']);
    const server = createServer((_request, response) =>
      response.end(readFileSync(join(folder, 'context.tgz'))),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const id = await out('build', '-q', `http://127.0.0.1:${port}/context.tgz`);
      assert.match(await out('run', '--rm', id, 'cat', '/from-url'), /^FROM busybox/);
    } finally {
      server.close();
    }
    const piped = await lade(engine, ['build', '-q', '--compress', '-'], {
      input: 'FROM busybox\nLABEL a=1\n',
    });
    assert.equal(piped.status, 0, piped.stderr);
    assert.equal(await out('inspect', '-f', '{{.Config.Labels.a}}', piped.stdout.trim()), '1');
    assert.match(
      (await run('builder', 'prune', '-af', '--keep-storage', '1g')).stdout,
      /Total reclaimed space/,
    );
  });
});

const searchResults = [
  { name: 'small', description: '', star_count: 1, is_official: false },
  { name: 'big', description: 'The big\none', star_count: 9, is_official: true },
];

/** An archive of one file. */
async function archive(folder: string): Promise<string> {
  const tree = join(folder, `tree-${Math.random().toString(36).slice(2)}`);
  mkdirSync(tree);
  writeFileSync(join(tree, 'file'), 'content\n');
  await exec('tar', [
    '-cf',
    `${tree}.tar`,
    '-C',
    tree,
    '--mtime',
    `@${Math.floor(Math.random() * 1e6)}`,
    'file',
  ]);
  return `${tree}.tar`;
}
