/** The ways that need no knowledge of the runtime's files, as another runtime than runc gets them. Needs root, conmon, runc and busybox. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findProgram } from './host/find-program.ts';
import { openRuntime } from './open-runtime.ts';
import { unmet } from './testing/requirements.ts';
import { openSandboxRuntime, Sandbox } from './testing/sandbox.ts';

const options = { skip: unmet, timeout: 30_000 };
let directory: string;
let box: Sandbox;
before(async () => {
  if (unmet) return;
  directory = mkdtempSync('/tmp/ladr-other-');
  const program = join(directory, 'other');
  const script = `#!/bin/sh\ncase "$1" in --version) echo other version 7;; *) exec ${findProgram('runc')} "$@";; esac\n`;
  writeFileSync(program, script, { mode: 0o755 });
  box = await Sandbox.make(program);
});
after(async () => {
  await box?.[Symbol.asyncDispose]();
  if (directory) rmSync(directory, { recursive: true });
});

test('a container is created, started, adopted and deleted by the runtime’s verbs', options, async () => {
  assert.deepEqual([box.runtime.name, box.runtime.version], ['other', '7']);
  const request = box.options(['sleep', '60']);
  const container = await box.runtime.create(request);
  const next = await openSandboxRuntime(box.root, join(directory, 'other'));
  assert.equal((await next.adopt(container.id, request.bundle))?.state, 'created');
  await box.runtime.start(container.id);
  assert.equal((await next.adopt(container.id, request.bundle))?.state, 'running');
  next.close();
  await box.runtime.delete(container.id, request.bundle);
  assert.equal((await container.exited).code, 137);
  assert.ok(!existsSync(join(box.root, 'r', container.id)));
});

test('a program that is no OCI runtime is refused', options, async () => {
  const paths = { stateDir: directory, exitsDir: directory, bundlesDir: directory };
  await assert.rejects(openRuntime({ ...paths, runtimePath: '/bin/true' }), {
    kind: 'unavailable',
    message: '/bin/true --version does not name an OCI runtime',
  });
});
