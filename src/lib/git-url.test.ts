import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGitUrl } from './git-url.ts';

const forms: readonly [string, object | undefined][] = [
  ['https://host/x.git', { remote: 'https://host/x.git' }],
  ['https://host/x.git#main', { remote: 'https://host/x.git', ref: 'main' }],
  ['https://host/x.git#main:a/b', { remote: 'https://host/x.git', ref: 'main', subdir: 'a/b' }],
  ['https://host/x.git#:a/', { remote: 'https://host/x.git', subdir: 'a' }],
  ['https://host/x.git#:../../a', { remote: 'https://host/x.git', subdir: 'a' }],
  ['https://u:p%40@host/x.git', { remote: 'https://host/x.git', userinfo: 'u:p@' }],
  ['git://host/x', { remote: 'git://host/x' }],
  ['ssh://git@host:22/x.git#v1', { remote: 'ssh://git@host:22/x.git', ref: 'v1' }],
  ['git@host:a/x.git#v1:d', { remote: 'git@host:a/x.git', ref: 'v1', subdir: 'd' }],
  ['git@host:a/x.git?branch=b', { remote: 'git@host:a/x.git', ref: 'refs/heads/b' }],
  ['https://host/x.git?tag=v1&subdir=s', { remote: 'https://host/x.git', ref: 'refs/tags/v1', subdir: 's' }],
  [
    'https://host/x.git?ref=r&checksum=abcdef1',
    { remote: 'https://host/x.git', ref: 'r', checksum: 'abcdef1' },
  ],
  [
    'https://host/x.git?keep-git-dir&submodules=false',
    { remote: 'https://host/x.git', keepGitDir: true, submodules: false },
  ],
  [
    'https://host/x.git?mtime=commit&fetch-by-commit&commit=abcdef1#r',
    {
      remote: 'https://host/x.git',
      ref: 'r',
      checksum: 'abcdef1',
      mtime: 'commit',
      fetchByCommit: true,
    },
  ],
  ['https://host/x.git?fetch-by-commit=false', { remote: 'https://host/x.git' }],
  ['https://host/x.tar', undefined],
  ['https://host/x', undefined],
  ['x.git', undefined],
  ['/x.git', undefined],
  ['./git@host:x', undefined],
  ['file:///x.git', undefined],
  ['ext::sh -c id', undefined],
  ['busybox:latest', undefined],
];

for (const [text, expected] of forms)
  test(`reads ${text}`, () => assert.deepEqual(parseGitUrl(text), expected));

for (const [text, message] of [
  ['https://host/x.git?ref=a#b', /ref conflicts/],
  ['https://host/x.git?tag=a&branch=b', /branch conflicts with tag/],
  ['https://host/x.git?what=a', /unexpected query "what"/],
  ['https://host/x.git?mtime=x', /invalid mtime value: "x"/],
  ['https://host/x.git?fetch-by-commit=x', /invalid fetch-by-commit value: "x"/],
  ['https://host/x.git?ref=', /has no value/],
  ['https://host/x.git?ref=a&ref=b', /multiple values/],
  ['https://host/x.git#--upload-pack=id', /invalid git ref/],
  ['https://host/x.git#a..b', /invalid git ref/],
  ['https://host/x.git?checksum=zz', /invalid checksum/],
  ['ssh://-oProxyCommand=id/x.git', /invalid host/],
] as const)
  test(`refuses ${text}`, () => assert.throws(() => parseGitUrl(text), message));

test('the short name of a host that everybody knows, where no path can be meant', () => {
  assert.deepEqual(parseGitUrl('github.com/a/b#v1', { short: true }), {
    remote: 'https://github.com/a/b.git',
    ref: 'v1',
  });
  assert.equal(parseGitUrl('github.com/a/b'), undefined);
});
