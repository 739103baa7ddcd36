import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ResponseError } from '../client/transport.ts';
import { messageOf } from '../lib/errors.ts';
import { loadProject } from './load/load-project.ts';
import { refusalAt } from './refusal.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-refusal-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'compose.yaml');
writeFileSync(
  file,
  `services:
  web:
    image: busybox
    cap_add: [CHOWN, NOPE]
    tmpfs: [/data:size=8m, mode=1777]
    platform: linux/z80
`,
);
const project = loadProject({ files: [file], cwd: folder, env: {} });
const service = project.services.get('web') ?? assert.fail();

/** Where a refusal is told to belong. */
const placeOf = (message: string, status = 400): string =>
  messageOf(refusalAt({ project }, service, new ResponseError(status, message)))
    .replace(`: Error response from daemon: ${message}`, '')
    .replace(`${file}:`, '');

test('a refusal of the engine has the place of the value that it speaks of', () => {
  assert.equal(placeOf('invalid CapAdd: unknown capability: "CAP_NOPE"'), '4:22');
  assert.equal(placeOf("invalid mount path: 'mode=1777' mount path must be absolute"), '5:28');
  assert.equal(
    placeOf('image with reference busybox was found but its platform does not match (linux/z80)'),
    '6:15',
  );
  assert.equal(placeOf('Minimum memory limit allowed is 6MB'), '2:3');
  assert.equal(placeOf('busyboxes are out'), '2:3');
});

test('what is not wrong in the file stays as it is', () => {
  assert.equal(
    placeOf('The container name "/busybox" is already in use', 409),
    'The container name "/busybox" is already in use',
  );
  const error = new Error('x');
  assert.equal(refusalAt({ project }, service, error), error);
});
