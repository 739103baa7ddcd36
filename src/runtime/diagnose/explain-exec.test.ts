import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hostPlatform } from '../../oci/platform.ts';
import { explainExec } from './explain-exec.ts';

const { architecture } = hostPlatform();
let root: string;
before(() => {
  root = mkdtempSync('/tmp/ladr-why-');
  mkdirSync(join(root, 'bin'));
  put('bin/sh', '#!/bin/real\n');
  put('bin/real', readFileSync(process.execPath).subarray(0, 4096));
  put('crlf', '#!/bin/sh\r\necho hi\r\n');
  put('orphan', '#!/usr/bin/python3 -u\n');
  put('bom', '\u{feff}#!/bin/sh\n');
  put('bare', '#! \n');
  put('text', 'echo hi\n');
  put('empty', '');
  put('plain', '#!/bin/sh\n', 0o644);
  symlinkSync('/nowhere', join(root, 'dangling'));
  symlinkSync('/bin/sh', join(root, 'bin/link'));
});
after(() => rmSync(root, { recursive: true }));

function put(name: string, content: string | Buffer, mode = 0o755): void {
  writeFileSync(join(root, name), content);
  chmodSync(join(root, name), mode);
}

const explain = (program: string, more: object = {}, arch = architecture): string | undefined =>
  explainExec(root, { args: [program], env: ['PATH=/usr/bin:/bin'], cwd: '/bin', ...more }, arch);

test('a program that is not there', () => {
  assert.equal(explain('foo'), 'no foo in /usr/bin:/bin');
  assert.equal(explain('bash'), 'no bash in /usr/bin:/bin, but there is /bin/sh');
  assert.match(explain('echo hi') ?? '', /give program and arguments as separate words/);
  assert.match(explain('-p') ?? '', /^-p stands behind the image and became the command/);
  assert.equal(explain('/nope/x'), '/nope/x does not exist in the container');
  assert.equal(explain('./x'), '/bin/x does not exist in the container');
  assert.equal(explain('/dangling'), '/dangling is a link to something that does not exist');
  assert.equal(explain(''), 'no program was given');
});

test('a file that can’t be executed', () => {
  assert.equal(explain('/bin'), '/bin is a directory');
  assert.equal(explain('/plain'), '/plain is not executable (mode 0644): chmod +x is missing');
  assert.equal(
    explain('plain', { env: ['PATH=/'] }),
    '/plain is not executable (mode 0644): chmod +x is missing',
  );
});

test('a script with a wrong first line', () => {
  assert.equal(explain('/crlf'), '/crlf has Windows line ends: its interpreter is read as "/bin/sh\\r"');
  assert.equal(
    explain('/orphan'),
    '/orphan wants the interpreter /usr/bin/python3, which is not in the container',
  );
  assert.match(explain('/bom') ?? '', /byte order mark/);
  assert.match(explain('/bare') ?? '', /names no interpreter/);
  assert.match(explain('/text') ?? '', /neither a Linux program nor a script/);
  assert.equal(explain('/empty'), '/empty is empty');
});

test('a program for another machine or without its loader', () => {
  const loader = /needs the loader \/lib.*ld-.*, which is not in the container$/;
  assert.match(explain('/bin/real') ?? '', loader);
  assert.equal(explain('/bin/real', {}, 'riscv64'), `/bin/real is for ${architecture}, this host is riscv64`);
});

test('nothing is said of what is well', () => {
  mkdirSync(join(root, 'lib64'), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  assert.equal(explain('busybox'), undefined);
  assert.equal(explain('link'), undefined);
});
