import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PolicyRule, SourcePolicy } from './source-policy.ts';

const rule = (
  action: PolicyRule['action'],
  identifier: string,
  more: Partial<PolicyRule> = {},
): PolicyRule => ({ action, identifier, match: 'wildcard', constraints: [], ...more });
const to = (identifier: string, attributes = {}): Partial<PolicyRule> => ({
  updates: { identifier, attributes },
});
const ask = (rules: readonly PolicyRule[], identifier: string, attributes = {}): string =>
  new SourcePolicy(rules).apply({ identifier, attributes }).identifier;

const image = 'docker-image://docker.io/library/debian:12';

test('the last rule that allows or denies counts', () => {
  assert.equal(ask([], image), image);
  const rules = [rule('deny', '*'), rule('allow', 'docker-image://docker.io/library/*')];
  assert.equal(ask(rules, image), image);
  assert.throws(() => ask(rules, 'https://x/'), {
    kind: 'refused',
    message: 'source "https://x/" denied by policy: source denied by policy',
  });
  assert.throws(() => ask([...rules, rule('deny', image, { match: 'exact' })], image), /denied by policy/);
  assert.equal(ask([rule('deny', 'docker-image://*', { match: 'exact' })], image), image);
  assert.throws(() => ask([rule('deny', 'debian:1[12]$', { match: 'regex' })], image), /denied by policy/);
});

test('what is converted is asked about again', () => {
  const pinned = 'docker-image://docker.io/library/debian:13';
  const convert = rule('convert', image, to(pinned));
  assert.equal(ask([convert], image), pinned);
  assert.throws(() => ask([convert, rule('deny', pinned)], image), /debian:13" denied/);
  assert.throws(
    () => ask([convert, rule('convert', pinned, to(image))], image),
    /too many mutations on a single source/,
  );
  assert.throws(() => ask([rule('convert', image)], image), /missing destination for convert rule/);
});

test('parts of a source go into what it becomes', () => {
  const mirror = 'docker-image://mirror/${1}';
  assert.equal(
    ask([rule('convert', 'docker-image://docker.io/*', to(mirror))], image),
    'docker-image://mirror/library/debian:12',
  );
  assert.equal(
    ask([rule('convert', 'library/(\\w+):\\d+', { match: 'regex', ...to('other/$1:$$x') })], image),
    'docker-image://docker.io/other/debian:$x',
  );
});

test('attributes are compared and changed', () => {
  const checksum = { 'http.checksum': 'sha256:1' };
  const pin = rule('convert', 'https://x/*', {
    updates: { identifier: '', attributes: checksum },
    constraints: [{ name: 'http.checksum', value: '', condition: 'equal' }],
  });
  const policy = new SourcePolicy([pin]);
  const source = { identifier: 'https://x/f', attributes: {} };
  assert.deepEqual(policy.apply(source), { identifier: 'https://x/f', attributes: checksum });
  const own = { identifier: 'https://x/f', attributes: { 'http.checksum': 'sha256:2' } };
  assert.deepEqual(policy.apply(own), own);
  for (const condition of ['notequal', 'matches'] as const) {
    const constraints = [{ name: 'a', value: '^b', condition }];
    const rules = [rule('deny', '*', { constraints })];
    assert.throws(() => ask(rules, 'x', { a: condition === 'matches' ? 'bc' : 'c' }), /denied/);
    assert.equal(ask(rules, 'x', { a: condition === 'matches' ? 'c' : '^b' }), 'x');
  }
});

test('what is no expression is told', () => {
  assert.throws(() => ask([rule('deny', '(', { match: 'regex' })], image), /invalid expression "\("/);
  assert.throws(() => ask([rule('deny', '**')], image), /invalid wildcard/);
});
