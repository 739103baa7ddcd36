import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exec } from '../../src/lib/exec.ts';
import { packageVersion } from '../../src/lib/package-version.ts';
import { needs, startTestEngine } from './harness.ts';

const project = join(import.meta.dirname, '../..');

test('the package runs where npm installs it', needs('root', 'docker', 'busybox'), async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lade-package-'));
  try {
    await exec('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: project });
    const archive = join(directory, `lading-${packageVersion()}.tgz`);
    await exec(
      'npm',
      ['install', '--silent', '--prefer-offline', '--global', '--prefix', directory, archive],
      {
        cwd: directory,
      },
    );
    const program = join(directory, 'bin/lade');
    await using engine = await startTestEngine([], { program });
    await engine.load('busybox');
    const lade = async (...args: string[]): Promise<string> =>
      (await exec(program, args, { cwd: directory, env: engine.env })).stdout;
    assert.equal(await lade('run', '--rm', '-p', '127.0.0.1::80', 'busybox', 'echo', 'hello'), 'hello\n');
    writeFileSync(join(directory, 'Dockerfile'), 'FROM busybox\nRUN echo built > /file\nCOPY Dockerfile /\n');
    await lade('build', '-q', '-t', 'built', '.');
    writeFileSync(join(directory, 'compose.yaml'), 'services: {a: {image: built, command: cat /file}}\n');
    assert.match(await lade('compose', 'up'), /built/);
    await lade('compose', 'down');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
