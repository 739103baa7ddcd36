import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findProgram } from '../../lib/compression.ts';
import { exec } from '../../lib/exec.ts';
import { gitAttributes } from './git-attributes.ts';

describe('what buildx tells of a checkout', { skip: findProgram('git') ? false : 'no git here' }, () => {
  const root = mkdtempSync(join(tmpdir(), 'lade-git-'));
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', HOME: root };
  const git = async (...args: string[]): Promise<string> =>
    (
      await exec('git', ['-C', root, '-c', 'user.name=n', '-c', 'user.email=e@x', ...args], { env })
    ).stdout.trim();
  const warnings: string[] = [];
  const ask = (more: NodeJS.ProcessEnv = {}, directory = join(root, 'sub')): Promise<object> =>
    gitAttributes(
      { directory, dockerfile: join(directory, 'Dockerfile'), directories: { context: directory, out: '/' } },
      { ...env, ...more },
      (text) => warnings.push(text),
    );

  before(async () => {
    await git('init', '-q', '-b', 'main');
    mkdirSync(join(root, 'sub'));
    writeFileSync(join(root, 'sub/Dockerfile'), 'FROM scratch\n');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  test('without a commit, and without a checkout', async () => {
    assert.deepEqual(await ask(), { 'vcs:localdir:dockerfile': 'sub', 'vcs:localdir:context': 'sub' });
    const other = mkdtempSync(join(tmpdir(), 'lade-no-git-'));
    assert.deepEqual(await ask({}, other), {});
    mkdirSync(join(other, '.git'));
    assert.deepEqual(await ask({}, other), {});
    assert.match(warnings.splice(0).join(), /current commit information was not captured by the build: git/);
    rmSync(other, { recursive: true });
  });

  test('the commit, where it came from, and labels where they are asked for', async () => {
    await git('add', '-A');
    await git('commit', '-q', '-m', 'x');
    await git('remote', 'add', 'origin', 'https://user:secret@example.com/r.git');
    const revision = await git('rev-parse', 'HEAD');
    const info = {
      'vcs:revision': revision,
      'vcs:source': 'https://example.com/r.git',
      'vcs:localdir:dockerfile': 'sub',
      'vcs:localdir:context': 'sub',
    };
    const labels = {
      'label:org.opencontainers.image.revision': revision,
      'label:org.opencontainers.image.source': 'https://example.com/r.git',
      'label:com.docker.image.source.entrypoint': 'sub/Dockerfile',
    };
    assert.deepEqual(await ask(), info);
    assert.deepEqual(await ask({ BUILDX_GIT_LABELS: '1' }), { ...info, ...labels });
    assert.deepEqual(await ask({ BUILDX_GIT_LABELS: 'full', BUILDX_GIT_INFO: '0' }), labels);
    assert.deepEqual(await ask({ BUILDX_GIT_INFO: 'false' }), {});
    writeFileSync(join(root, 'new'), '');
    assert.partialDeepStrictEqual(await ask({ BUILDX_GIT_CHECK_DIRTY: '1' }), {
      'vcs:revision': `${revision}-dirty`,
    });
    await git('remote', 'add', 'fork', 'short:x.git');
    await git('config', 'url.ssh://git@host/.insteadOf', 'short:');
    await git('config', 'branch.main.remote', 'fork');
    assert.partialDeepStrictEqual(await ask(), { 'vcs:source': 'ssh://host/x.git' });
    assert.deepEqual(warnings, []);
  });
});
