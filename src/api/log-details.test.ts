import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container } from '../container/types.ts';
import { logDetails } from './log-details.ts';

const container = (options: Record<string, string>): Container =>
  ({
    id: 'a'.repeat(64),
    name: 'web',
    spec: {
      image: 'busybox',
      imageId: `sha256:${'b'.repeat(64)}`,
      labels: { x: '2&', w: '1' },
      env: ['y1=1 2', 'n=3', 'y2'],
      log: { driver: '', options },
    },
  }) as unknown as Container;

test('details are those that the log options ask for, by name, escaped', () => {
  assert.equal(logDetails(container({})), '');
  assert.equal(
    logDetails(container({ labels: 'x,q', 'env-regex': '^y', tag: '{{.Name}}/{{ .ImageName }} z' })),
    'tag=web%2Fbusybox+z,x=2%26,y1=1+2,y2=',
  );
  assert.equal(logDetails(container({ env: 'n', 'labels-regex': '(' })), 'n=3');
  assert.equal(logDetails(container({ tag: '{{.ID}} {{.Other}}' })), 'tag=aaaaaaaaaaaa+%7B%7B.Other%7D%7D');
});
