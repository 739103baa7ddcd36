import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSecurityOptions } from './security-options.ts';

test('each option sets its subject, old and new spelling', () => {
  assert.deepEqual(parseSecurityOptions([]), {
    noNewPrivileges: false,
    seccomp: 'default',
    unconfinedPaths: false,
  });
  const profile = '{"defaultAction": "SCMP_ACT_ALLOW"}';
  assert.deepEqual(
    parseSecurityOptions([
      'no-new-privileges=true',
      'apparmor:unconfined',
      `seccomp=${profile}`,
      'systempaths=unconfined',
      'label=disable',
    ]),
    { noNewPrivileges: true, seccomp: { profile }, unconfinedPaths: true, apparmorProfile: 'unconfined' },
  );
  assert.equal(parseSecurityOptions(['seccomp=unconfined']).seccomp, 'unconfined');
  assert.equal(parseSecurityOptions(['no-new-privileges']).noNewPrivileges, true);
});

test('what is not known is refused', () => {
  assert.throws(() => parseSecurityOptions(['nonsense']), {
    message: 'invalid --security-opt 1: "nonsense"',
  });
  for (const option of ['what=ever', 'no-new-privileges=maybe', 'systempaths=some'])
    assert.throws(() => parseSecurityOptions([option]), { message: `invalid --security-opt 2: "${option}"` });
});
