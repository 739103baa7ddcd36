import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../oci/digest.ts';
import type { Definition, FileAction, Op } from '../message-types.ts';
import { codec } from '../messages.ts';
import { definitionOf } from './reference.ts';
import { readRemoteGraph } from './remote-graph.ts';

const ops = codec<Op>('pb.Op');

/** A graph of a source and copies, each of what stands before it. */
function graph(source: NonNullable<Op['source']>, ...copies: Partial<NonNullable<FileAction['copy']>>[]): Definition {
  const def = [ops.encode({ source })];
  const inputs = () => [{ digest: digestOf(def.at(-1) as Uint8Array), index: 0 }];
  for (const copy of copies) {
    const action = { input: -1, secondaryInput: 0, copy: { dest: '/', ...copy } as FileAction['copy'] };
    def.push(ops.encode({ inputs: inputs(), file: { actions: [action] } }));
  }
  def.push(ops.encode({ inputs: inputs() }));
  return { def, metadata: {} };
} // prettier-ignore

const git = { identifier: 'git://host/x.git#main:d', attrs: { 'git.fullurl': 'https://host/x.git' } };
const file = { identifier: 'https://host/x.tgz', attrs: { 'http.filename': 'context' } };

test('a repository, with what is asked of it', () => {
  assert.deepEqual(readRemoteGraph(graph(git)), { url: 'https://host/x.git#main:d', taken: [] });
  const attrs = { 'git.keepgitdir': 'true', 'git.checksum': 'abc', 'git.skipsubmodules': 'true' };
  assert.equal(
    readRemoteGraph(graph({ identifier: 'git://host/x.git', attrs }))?.url,
    'git://host/x.git?checksum=abc&keep-git-dir=true&submodules=false',
  );
});

test('a file behind a URL, and the archive that it is', () => {
  assert.deepEqual(readRemoteGraph(graph(file)), { url: 'https://host/x.tgz', file: 'context', taken: [] });
  const unpacked = graph(
    file,
    { src: '/context', attemptUnpackDockerCompatibility: true },
    { src: '/a', dirCopyContents: true },
  );
  assert.deepEqual(readRemoteGraph(unpacked), {
    url: 'https://host/x.tgz',
    taken: [{ path: '/a', contents: true }],
  });
});

test('parts of parts, in order', () => {
  assert.deepEqual(readRemoteGraph(graph(git, { src: '/a', dirCopyContents: true }, { src: '/b' }))?.taken, [
    { path: '/a', contents: true },
    { path: '/b', contents: false },
  ]);
});

test('any other graph is none', () => {
  for (const other of [
    definitionOf('result'),
    graph({ identifier: 'docker-image://x', attrs: {} }),
    graph(git, { src: '/a', dest: '/b' }),
    graph(git, { src: '/*', allowWildcard: true }),
    graph(git, { src: '/a', exclude_patterns: ['x'] }),
    graph(git, { src: '/a.tar', attemptUnpackDockerCompatibility: true }),
    { def: [], metadata: {} },
  ])
    assert.equal(readRemoteGraph(other), undefined);
});
