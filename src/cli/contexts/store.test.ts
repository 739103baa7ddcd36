import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ContextStore } from './store.ts';

test('contexts by name; a file that makes no sense is told with its path', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lading-contexts-'));
  try {
    const store = new ContextStore({ DOCKER_CONFIG: directory });
    assert.deepEqual(store.list(), []);
    const context = (Name: string) => ({ Name, Metadata: {}, Endpoints: { docker: { Host: 'tcp://x:1' } } });
    store.put(context('one'), { 'ca.pem': Buffer.from('ca') });
    store.put(context('two'));
    assert.deepEqual(
      store.list().map(({ Name }) => Name),
      ['one', 'two'],
    );
    assert.deepEqual(store.get('one'), context('one'));
    assert.deepEqual(store.tls('one'), { 'ca.pem': Buffer.from('ca') });
    assert.throws(() => store.get('three'), /context "three": context not found/);
    const path = join(store.metaDirectory('two'), 'meta.json');
    for (const text of ['{', '5', '{"Name":5}']) {
      writeFileSync(path, text);
      assert.throws(
        () => store.list(),
        ({ message }: Error) => message.startsWith(`${path}: `),
      );
      assert.throws(
        () => store.get('two'),
        ({ message }: Error) => message.startsWith(`context "two": ${path}: `),
      );
    }
    store.delete('two');
    assert.equal(store.has('two'), false);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
