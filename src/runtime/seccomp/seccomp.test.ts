import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProfile } from './parse.ts';
import { resolveProfile } from './resolve.ts';
import type { ProfileTarget } from './types.ts';

const target: ProfileTarget = { architecture: 'arm64', kernel: [5, 10], capabilities: ['CAP_SYS_ADMIN'] };

const resolve = (syscalls: unknown[], more: object = {}, at: ProfileTarget = target): string[] =>
  resolveProfile(
    parseProfile(JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', ...more, syscalls })),
    at,
  ).syscalls.flatMap(({ names }) => names);

const rule = (name: string, more: object = {}): object => ({
  names: [name],
  action: 'SCMP_ACT_ALLOW',
  ...more,
});

test('rules apply by capability, architecture and kernel', () => {
  const rules = [
    rule('a', { includes: { caps: ['CAP_SYS_ADMIN'] } }),
    rule('b', { includes: { caps: ['CAP_SYS_ADMIN', 'CAP_BPF'] } }),
    rule('c', { excludes: { caps: ['CAP_SYS_ADMIN'] } }),
    rule('d', { includes: { arches: ['arm64', 'arm'] } }),
    rule('e', { includes: { arches: ['amd64'] } }),
    rule('f', { excludes: { arches: ['arm64'] } }),
    rule('g', { includes: { minKernel: '5.10' } }),
    rule('h', { includes: { minKernel: '5.11' } }),
    rule('i', { excludes: { minKernel: '4.8' } }),
    rule('j', { includes: {}, excludes: {} }),
    { name: 'k', action: 'SCMP_ACT_LOG', includes: null, args: null },
  ];
  assert.deepEqual(resolve(rules), ['a', 'd', 'g', 'j', 'k']);
});

test('the architectures are those of the profile, or of its map', () => {
  const architectures = (more: object): readonly string[] | undefined =>
    resolveProfile(parseProfile(JSON.stringify({ defaultAction: 'x', ...more })), target).architectures;
  assert.deepEqual(architectures({ architectures: ['SCMP_ARCH_MIPS'] }), ['SCMP_ARCH_MIPS']);
  const archMap = [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ];
  assert.deepEqual(architectures({ archMap }), ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
  assert.deepEqual(architectures({}), []);
});

test('malformed profiles are refused with the place of the mistake', () => {
  const refuses = (text: string, message: RegExp): void => assert.throws(() => parseProfile(text), message);
  refuses('{', /^EngineError: Decoding seccomp profile failed: /);
  refuses('[]', /not an object/);
  refuses('{}', /'defaultAction' is missing/);
  refuses('{"defaultAction":"x","syscalls":{}}', /'syscalls' is not a list/);
  refuses(
    '{"defaultAction":"x","syscalls":[{"names":["a"],"action":"y"},{"action":"y"}]}',
    /syscalls\[1\] names no call/,
  );
  refuses(
    '{"defaultAction":"x","syscalls":[{"name":"a","names":["b"],"action":"y"}]}',
    /either 'name' or 'names'/,
  );
  refuses(
    '{"defaultAction":"x","architectures":["a"],"archMap":[{"architecture":"b"}]}',
    /either 'architectures' or 'archMap'/,
  );
});
