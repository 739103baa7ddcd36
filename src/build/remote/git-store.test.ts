import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { BuildClient } from '../types.ts';
import { GitStore } from './git-store.ts';
import { parseGitUrl } from '../../lib/git-url.ts';
import { serveGit, type TestGitServer } from '../../lib/testing/serve-git.ts';
import type { GitCheckout } from './types.ts';

let server: TestGitServer;
let directory = '';
let store: GitStore;
const { signal } = new AbortController();

before(async () => {
  server = await serveGit();
});
after(async () => {
  rmSync(directory, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  if (directory !== '') rmSync(directory, { recursive: true, force: true });
  directory = mkdtempSync('/tmp/lading-gitstore-');
  store = new GitStore(join(directory, 'git'));
  server.requests.length = 0;
  server.authorization = undefined;
  server.dumb = false;
});

function get(path: string, client?: Partial<BuildClient>): Promise<GitCheckout> {
  const source = parseGitUrl(`${server.url}/${path}`);
  assert.ok(source);
  const whole = {
    secret: async () => undefined,
    hasAgent: async () => false,
    connectAgent: async () => {},
    ...client,
  };
  return store.checkout(source, { client: whole, signal });
}

test('the files of a branch, a tag, a commit and of a directory, without those of git', async () => {
  const first = await server.commit('basic', { 'a.txt': 'one', 'd/b.txt': 'b' });
  await server.git('basic', 'tag', 'v1', first);
  const second = await server.commit('basic', { 'a.txt': 'two' });
  const other = await server.commit('basic', { 'a.txt': 'other' }, 'feature/x');
  for (const [path, commit, text] of [
    ['basic.git', second, 'two'],
    ['basic.git#v1', first, 'one'],
    ['basic.git?tag=v1', first, 'one'],
    ['basic.git#feature/x', other, 'other'],
    ['basic.git?branch=feature/x', other, 'other'],
    [`basic.git#${first}`, first, 'one'],
    [`basic.git?ref=main&checksum=${second.slice(0, 12)}`, second, 'two'],
  ] as const) {
    using checkout = await get(path);
    assert.equal(checkout.commit, commit, path);
    assert.equal(readFileSync(join(checkout.directory, 'a.txt'), 'utf8'), text, path);
    assert.ok(!existsSync(join(checkout.directory, '.git')));
  }
  using below = await get('basic.git#v1:d');
  assert.deepEqual(readdirSync(below.directory), ['b.txt']);
  assert.equal(statSync(join(below.directory, 'b.txt')).mode & 0o7777, 0o644);
});

test('the times of a commit, and a commit that its branch has left', async () => {
  const first = await server.commit('dated', { 'd/a': '1' });
  await server.commit('dated', { 'd/a': '2' });
  using dated = await get(`dated.git?mtime=commit&fetch-by-commit&commit=${first}#main`);
  const time = await dated.madeAt();
  for (const path of ['', 'd', 'd/a'])
    assert.equal(lstatSync(join(dated.directory, path)).mtimeMs, time * 1000, path);
  assert.equal(dated.commit, first);
  await assert.rejects(get('dated.git?fetch-by-commit'), /fetch-by-commit requires a checksum/);
  await assert.rejects(
    get(`dated.git?fetch-by-commit&commit=${first.slice(0, 9)}`),
    /requires a full commit SHA checksum/,
  );
});

test('what was fetched is not fetched again: a branch is looked up, a commit not even that', async () => {
  const commit = await server.commit('again', { f: '1' });
  (await get('again.git'))[Symbol.dispose]();
  server.requests.length = 0;
  (await get('again.git#main'))[Symbol.dispose]();
  assert.deepEqual(
    server.requests.filter((line) => line.startsWith('GET')),
    ['GET /again.git/info/refs?service=git-upload-pack'],
  );
  server.requests.length = 0;
  (await get(`again.git#${commit}`))[Symbol.dispose]();
  assert.deepEqual(server.requests, []);
  await server.commit('again', { f: '2' });
  using moved = await get('again.git');
  assert.equal(readFileSync(join(moved.directory, 'f'), 'utf8'), '2');
});

test('plain files behind HTTP', async () => {
  await server.commit('dumb', { f: 'x' });
  server.dumb = true;
  using checkout = await get('dumb.git');
  assert.deepEqual(readdirSync(checkout.directory), ['f']);
});

test('the history of the commit stays when it is asked for, without credentials', async () => {
  const commit = await server.commit('kept', { f: 'x' });
  server.authorization = `basic ${Buffer.from('me:pass').toString('base64')}`;
  const source = parseGitUrl(`${server.url.replace('//', '//me:pass@')}/kept.git?keep-git-dir=1`);
  assert.ok(source);
  using checkout = await store.checkout(source, { signal });
  const head = readFileSync(join(checkout.directory, '.git/HEAD'), 'utf8').trim();
  assert.equal(head, commit);
  assert.doesNotMatch(readFileSync(join(checkout.directory, '.git/config'), 'utf8'), /pass/);
});

test('secrets of the client are credentials, for the host first', async () => {
  await server.commit('private', { f: 'x' });
  server.authorization = `basic ${Buffer.from('x-access-token:t0ken').toString('base64')}`;
  await assert.rejects(get('private.git'), ({ message }: Error) => {
    assert.match(message, /^failed to fetch remote http:.*private\.git: git: fatal: could not read Username/);
    assert.match(message, /secret of the build named GIT_AUTH_TOKEN/);
    assert.doesNotMatch(message, /askpass/);
    return true;
  });
  const { host } = new URL(server.url);
  const secrets: Record<string, string> = { [`GIT_AUTH_TOKEN.${host}`]: 't0ken\n', GIT_AUTH_TOKEN: 'wrong' };
  const secret = async (id: string) => (secrets[id] === undefined ? undefined : Buffer.from(secrets[id]));
  using checkout = await get('private.git', { secret });
  assert.deepEqual(readdirSync(checkout.directory), ['f']);
  server.authorization = 'Bearer whole';
  secrets['GIT_AUTH_HEADER'] = 'Bearer whole';
  delete secrets[`GIT_AUTH_TOKEN.${host}`];
  await server.commit('private', { f: 'y' });
  using next = await get('private.git', { secret });
  assert.equal(readFileSync(join(next.directory, 'f'), 'utf8'), 'y');
});

test('submodules come along, unless they are not wanted', async () => {
  const commit = await server.commit('part', { p: 'part' });
  await server.commit('whole', {
    '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ../part.git\n`,
    f: 'x',
  });
  const entry = `160000,${commit},lib`;
  const tree = await addEntry('whole', entry);
  assert.ok(tree);
  using checkout = await get('whole.git');
  assert.deepEqual(readdirSync(join(checkout.directory, 'lib')), ['p']);
  using plain = await get('whole.git?submodules=false');
  assert.deepEqual(readdirSync(join(plain.directory, 'lib')), []);
  server.dumb = true;
  using again = await get('whole.git?keep-git-dir');
  assert.deepEqual(readdirSync(join(again.directory, 'lib')), ['.git', 'p']);
});

test('credentials of the URL are good for submodules beside the repository, a token for that alone', async () => {
  const commit = await server.commit('near', { p: 'near' });
  const files = { '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ../near.git\n` };
  await server.commit('far', files);
  await addEntry('far', `160000,${commit},lib`);
  server.authorization = `basic ${Buffer.from('me:pass').toString('base64')}`;
  const source = parseGitUrl(`${server.url.replace('//', '//me:pass@')}/far.git`);
  assert.ok(source);
  using checkout = await store.checkout(source, { signal });
  assert.deepEqual(readdirSync(join(checkout.directory, 'lib')), ['p']);
  server.authorization = `basic ${Buffer.from('x-access-token:t').toString('base64')}`;
  await server.commit('far', { f: 'not fetched before' });
  const secret = async (id: string) => (id === 'GIT_AUTH_TOKEN' ? Buffer.from('t') : undefined);
  await assert.rejects(get('far.git', { secret }), /failed to update submodules/);
});

async function addEntry(repository: string, entry: string): Promise<string> {
  await server.git(repository, 'read-tree', 'main');
  await server.git(repository, 'update-index', '--add', '--cacheinfo', entry);
  const tree = await server.git(repository, 'write-tree');
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  const commit = await server.git(repository, ...who, 'commit-tree', '-p', 'main', '-m', 'entry', tree);
  await server.git(repository, 'update-ref', 'refs/heads/main', commit);
  return commit;
}

test('nothing of a repository is run, and nothing leads out of it', async () => {
  const marker = join(directory, 'pwned');
  await server.commit('hostile', {
    out: 'link:/etc',
    up: 'link:../../../..',
    '.gitattributes': '* filter=evil\n',
    f: 'x',
    '.gitmodules': `[submodule "a"]\n\tpath = a\n\turl = ext::sh -c touch% ${marker}\n\tupdate = !touch ${marker}\n`,
  });
  await addEntry('hostile', `160000,${'1'.repeat(40)},a`);
  await assert.rejects(get('hostile.git'), /failed to update submodules/);
  assert.ok(!existsSync(marker));
  using checkout = await get('hostile.git?submodules=0');
  assert.ok(lstatSync(join(checkout.directory, 'out')).isSymbolicLink());
  await assert.rejects(get('hostile.git?submodules=0#:out'), /failed to open subdir out: no such directory/);
  await assert.rejects(get('hostile.git?submodules=0#:up/etc'), /failed to open subdir/);
  assert.deepEqual(
    readdirSync(join(directory, 'git'))
      .flatMap((name) => readdirSync(join(directory, 'git', name)))
      .filter((name) => name.startsWith('tmp-')),
    [],
  );
});

test('ssh gets the agent of the client and nothing of the machine', async () => {
  await server.commit('secure', { f: 'by ssh' });
  const log = join(directory, 'ssh.log');
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/sh
echo "$@" >> ${log}
[ -S "$SSH_AUTH_SOCK" ] && echo "agent $HOME" >> ${log}
for last; do :; done
exec sh -c "$last"
`;
  writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${bin}:${path}`;
  try {
    const repository = (await server.git('secure', 'rev-parse', '--absolute-git-dir')).trim();
    const source = parseGitUrl(`ssh://git@127.0.0.1:2222${repository}#main`);
    assert.ok(source);
    const client = {
      secret: async () => undefined,
      hasAgent: async () => true,
      connectAgent: async () => {},
    };
    using checkout = await store.checkout(source, { client, signal });
    assert.deepEqual(readdirSync(checkout.directory), ['f']);
    const told = readFileSync(log, 'utf8');
    assert.match(
      told,
      /-F \/dev\/null -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=\S+\/known_hosts -o IdentityFile=\/dev\/null/,
    );
    assert.match(told, /-p 2222 git@127\.0\.0\.1 git-upload-pack/);
    assert.match(told, /^agent \/nonexistent$/m);
    assert.deepEqual(
      readdirSync(join(directory, 'git')).filter((name) => name.startsWith('agent')),
      [],
    );
  } finally {
    process.env['PATH'] = path;
  }
});

test('a name that is not there, a commit that is not there, a checksum that differs', async () => {
  await server.commit('lacking', { f: 'x' });
  await assert.rejects(get('lacking.git#nope'), /repository does not contain ref nope/);
  await assert.rejects(get(`lacking.git#${'a'.repeat(40)}`), /can not be found|not our ref|failed to fetch/);
  await assert.rejects(
    get(`lacking.git?checksum=${'b'.repeat(40)}`),
    /expected checksum to match bbb.*, got/,
  );
  await assert.rejects(get('missing.git'), /failed to fetch remote/);
});

test('an abort ends it', async () => {
  const source = parseGitUrl(`${server.url}/lacking.git`);
  assert.ok(source);
  await assert.rejects(store.checkout(source, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('repositories that are not in use are removed', async () => {
  await server.commit('pruned', { f: 'x' });
  const checkout = await get('pruned.git');
  const { name = '' } = store.kept.list().find(({ path }) => checkout.directory.startsWith(path)) ?? {};
  assert.equal(await store.kept.discard(name), 0);
  checkout[Symbol.dispose]();
  assert.ok((await store.kept.discard(name)) > 0);
  assert.ok(!existsSync(checkout.directory));
});
