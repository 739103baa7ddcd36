import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseGitUrl } from '../../lib/git-url.ts';
import { checkOut } from './check-out.ts';
import { runGit } from './run-git.ts';

const { signal } = new AbortController();

test('names of files need not be UTF-8', async () => {
  const directory = mkdtempSync('/tmp/lading-checkout-');
  try {
    const workTree = join(directory, 'work');
    const gitDir = join(workTree, '.git');
    const tree = join(directory, 'tree');
    for (const path of [workTree, tree]) mkdirSync(path);
    const place = {
      gitDir,
      workTree,
      signal,
      env: {
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@b',
        GIT_COMMITTER_DATE: '1000000000 +0000',
      },
    };
    await runGit(['init', '--quiet'], place);
    mkdirSync(Buffer.from(`${workTree}/d\xff`, 'latin1'));
    writeFileSync(Buffer.from(`${workTree}/d\xff/caf\xe9`, 'latin1'), 'text');
    await runGit(['add', '--all'], place);
    await runGit(['commit', '--quiet', '--message=one'], place);
    const commit = (await runGit(['rev-parse', 'HEAD'], place)).trim();
    const source = parseGitUrl('https://example.com/x.git?mtime=commit');
    assert.ok(source);
    await checkOut({ source, commit, gitDir, tree, network: { signal } });
    assert.deepEqual(readdirSync(tree, { encoding: 'latin1' }), ['d\xff']);
    assert.equal(lstatSync(Buffer.from(`${tree}/d\xff/caf\xe9`, 'latin1')).mtimeMs, 1e12);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
