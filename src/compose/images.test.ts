import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Client } from '../client/client.ts';
import { EngineError } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { ensureImages } from './images.ts';
import { loadProject } from './load/load-project.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-images-'));
after(() => rmSync(folder, { recursive: true }));

test('a build on the way up gets the logins of the user', async () => {
  writeFileSync(join(folder, 'compose.yml'), 'services: {web: {build: .}}\n');
  writeFileSync(join(folder, 'Dockerfile'), 'FROM private.example/base\n');
  const project = loadProject({ files: [], cwd: folder, env: {}, projectName: 'p' });
  const given: unknown[] = [];
  let built = false;
  const images = {
    async inspect(name: string) {
      if (!built) throw new EngineError('not-found', `No such image: ${name}`);
      return { Id: 'sha256:1' };
    },
    async build(_tar: unknown, _query: unknown, options: { registryAuth?: unknown }) {
      given.push(options.registryAuth);
      built = true;
      return [];
    },
  };
  const transport = { host: { kind: 'tcp' } };
  const system = { version: async () => ({}) };
  const client = { images, transport, system } as unknown as Client;
  const logins = { 'private.example': { username: 'me', password: 'x' } };
  const work = { client, project, report: () => {}, slots: new Semaphore(2) };
  await ensureImages(work, [...project.services.values()], { allAuth: async () => logins });
  assert.deepEqual(given, [logins]);
});
