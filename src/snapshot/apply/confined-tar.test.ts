import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { archiveOf, device, file, hardLink, symlink, type Member } from '../testing/layers.ts';
import { startConfinedTar } from './confined-tar.ts';

// Needs root. What reaches tar here has not been through the rewriter: this is the second wall alone.
const root = mkdtempSync(join(tmpdir(), 'confined-test-'));
after(() => rmSync(root, { recursive: true, force: true }));
const outside = join(root, 'outside');
mkdirSync(outside);
writeFileSync(join(outside, 'secret'), 'secret');
let count = 0;

async function extract(
  members: readonly Member[],
): Promise<{ directory: string; status: number | undefined }> {
  const base = join(root, `layer${++count}`);
  const directory = join(base, 'diff');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(base, 'archive'), await archiveOf(members));
  const input = openSync(join(base, 'archive'), 'r');
  const { ended } = startConfinedTar(input, directory, join(base, 'root'));
  closeSync(input);
  const { status } = await ended;
  assert.ok(!existsSync(join(base, 'root')), 'its scratch directory is gone');
  return { directory, status };
}

test('a plain archive is extracted', async () => {
  const { directory, status } = await extract([file('a/b', 'hello'), device('null', 1, 3)]);
  assert.equal(status, 0);
  assert.equal(readFileSync(join(directory, 'a/b'), 'utf8'), 'hello');
});

test('hostile archives reach nothing but the layer', async () => {
  const cases: Member[][] = [
    [file(join(outside, 'pwned'))],
    [file('../../outside/pwned')],
    [symlink('l', outside), file('l/pwned')],
    [symlink('l', '../../outside'), file('l/pwned')],
    [hardLink('h', join(outside, 'secret')), file('h', 'pwned')],
    [file('/usr/bin/pwned-by-test')],
    [file('/old/pwned')],
    [file('/proc/self/root/pwned')],
    [symlink('/layer/../l', '/'), file('/l/pwned')],
  ];
  for (const members of cases) await extract(members);
  assert.deepEqual(readdirSync(outside), ['secret']);
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
  assert.ok(!existsSync('/usr/bin/pwned-by-test') && !existsSync('/pwned') && !existsSync('/old/pwned'));
});

test('several run at once', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, i) => extract([file('f', `content ${i}`)])));
  for (const [i, { directory }] of all.entries())
    assert.equal(readFileSync(join(directory, 'f'), 'utf8'), `content ${i}`);
});
