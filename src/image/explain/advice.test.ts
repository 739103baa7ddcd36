import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../oci/digest.ts';
import type { StackReport } from '../../snapshot/explain/types.ts';
import { adviceFor, instructionText } from './advice.ts';
import type { ExplainedLayer } from './types.ts';

const layer = (instruction: string, more: Partial<ExplainedLayer> = {}): ExplainedLayer => ({
  diffId: 'sha256:0' as Digest,
  instruction,
  isBase: false,
  size: 0,
  added: 0,
  changed: 0,
  deleted: 0,
  hidden: { files: 0, bytes: 0, largest: [] },
  caches: [],
  ...more,
});
const nothing: StackReport = { layers: [], duplicates: [], copies: [], hidings: [], waste: 0 };
const advise = (layers: readonly ExplainedLayer[], report: Partial<StackReport> = {}): string[] =>
  adviceFor(layers, { ...nothing, ...report }).map(({ saves, text }) => `${saves} ${text}`);

test('what is hidden is named with the remedy', () => {
  const layers = [layer('', { isBase: true }), layer('COPY a /a'), layer('RUN chown 5 /a')];
  const hiding = (of: number, by: number, how: 'again' | 'deleted' | 'replaced', files: number) =>
    advise(layers, { hidings: [{ of, by, how, files, bytes: 50_000 }] });
  assert.deepEqual(hiding(1, 2, 'again', 1), [
    '50000 hidden, but still in the image: 1 file of layer 2 (COPY a /a): set owner, mode and time where the files come in (COPY --chown, --chmod) instead of in layer 3 (RUN chown 5 /a)',
  ]);
  assert.deepEqual(hiding(1, 2, 'deleted', 1200), [
    '50000 hidden, but still in the image: 1,200 files of layer 2 (COPY a /a): delete them in the instruction that makes them, not in layer 3 (RUN chown 5 /a)',
  ]);
  assert.deepEqual(hiding(0, 2, 'deleted', 2), [
    '50000 layer 3 (RUN chown 5 /a) deletes 2 files of the base image, which stay in it: a base without them is smaller',
  ]);
});

test('caches and copies are named with the remedy, the greatest saving first, small ones not at all', () => {
  const caches = [{ name: 'apt lists', path: '/var/lib/apt/lists', files: 3, bytes: 20_000 }];
  const example = { size: 40_000, count: 3, paths: ['/x/a', '/x/b', '/x/c'], waste: 80_000 };
  const copies = [
    { directory: '/x', files: 2, waste: 80_000, example },
    { directory: '/y', files: 1, waste: 9000, example },
  ];
  assert.deepEqual(advise([layer('RUN apt-get update', { caches })], { copies }), [
    '80000 2 files below /x are copies of others there (such as /x/a, 3 times): keep one of each, and link to it',
    '20000 layer 1 keeps 3 files of apt lists in /var/lib/apt/lists: end that RUN with "rm -rf /var/lib/apt/lists/*", or mount it: RUN --mount=type=cache,target=/var/lib/apt/lists',
  ]);
});

const texts: readonly [createdBy: string, text: string][] = [
  ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
  ['/bin/sh -c make   all', 'RUN make all'],
  ['RUN /bin/sh -c make # buildkit', 'RUN make'],
  ['RUN |2 A=1 B=2 /bin/sh -c make # buildkit', 'RUN make'],
  ['COPY . /app # buildkit', 'COPY . /app'],
  ['', ''],
];
for (const [createdBy, text] of texts)
  test(`history: ${JSON.stringify(createdBy)}`, () => assert.equal(instructionText(createdBy), text));
