import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadProject } from '../load/load-project.ts';
import { portNotes } from './port-notes.ts';

const folder = mkdtempSync('/tmp/lading-ports-');
after(() => rmSync(folder, { recursive: true, force: true }));

/** What is told of services `a`, `b`, … that publish these ports. */
function notesOn(...services: readonly string[]): string[] {
  const file = join(folder, 'compose.yaml');
  const lines = services.map(
    (ports, at) => `  ${String.fromCharCode(97 + at)}: {image: x, ports: [${ports}]}\n`,
  );
  writeFileSync(file, `services:\n${lines.join('')}`);
  const project = loadProject({ files: [file], cwd: folder, env: {}, projectName: 'p' });
  return portNotes(project).map(({ message }) => message.replace(/ already.*/, ''));
}

test('a port that two services publish is told, where their addresses meet', () => {
  assert.deepEqual(notesOn('"80:1"', '"80:2"'), ['port 80/tcp of the host is published by service "a"']);
  assert.deepEqual(notesOn('"80:1", "127.0.0.1:80:2"'), [
    'port 80/tcp of the host is published by this service',
  ]);
  assert.deepEqual(notesOn('"127.0.0.1:80:1"', '"127.0.0.2:80:1", "81:1", "80:1/udp"'), []);
});

test('also of large ranges', () => {
  const notes = notesOn('"20000-40000:20000-40000"', '"39999-40001:1-3"');
  assert.deepEqual(notes, [
    'port 39999/tcp of the host is published by service "a"',
    'port 40000/tcp of the host is published by service "a"',
  ]);
});
