import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RuntimeContext } from './context.ts';
import { forgetStrayExits, writeExit } from './exit-files.ts';

test('exit codes without a bundle are forgotten, others stay', () => {
  const root = mkdtempSync('/tmp/lading-exits-');
  try {
    const [exits, bundles] = [join(root, 'exits'), join(root, 'bundles')];
    const id = 'a'.repeat(64);
    const stray = 'b'.repeat(64);
    mkdirSync(exits);
    for (const name of [id.slice(0, 12), 'build-1']) mkdirSync(join(bundles, name), { recursive: true });
    for (const name of [id, stray, 'build-1', 'build-2']) writeFileSync(join(exits, name), '0');
    forgetStrayExits(exits, bundles);
    assert.deepEqual(readdirSync(exits).toSorted(), [id, 'build-1']);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('an exit that can not be written down is told all the same', () => {
  const warnings: string[] = [];
  const context = {
    exitsDir: '/nonexistent/exits',
    cgroups: { version: 2, directory: () => '/nonexistent' },
    logger: { warn: (message: string) => warnings.push(message) },
  } as unknown as RuntimeContext;
  const { code } = writeExit(context, { id: 'a', bundle: '/nonexistent', cgroup: '/a' }, 3);
  assert.equal(code, 3);
  assert.equal(warnings.length, 1);
});
