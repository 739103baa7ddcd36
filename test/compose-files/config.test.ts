import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parseGlobals } from '../../src/cli/compose/globals.ts';
import { loadProject } from '../../src/compose/load/load-project.ts';
import { projectDocument } from '../../src/compose/model/project-document.ts';
import type { Project } from '../../src/compose/model/types.ts';
import { serviceHash } from '../../src/compose/plan/config-hash.ts';
import { goJson } from '../../src/lib/go-json.ts';
import { goYaml } from '../../src/lib/go-yaml.ts';
import { type ComposeCase, readCases, writeCase } from './cases.ts';

/** What Docker's Compose printed (record-config.ts). */
export interface Recorded {
  readonly yaml: string;
  readonly json: string;
  readonly hashes: string;
}

/** `config` prints, and hashes, what Docker's Compose does: byte for byte. */
describe('config', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lading-config-'));
  after(() => rmSync(directory, { recursive: true }));
  const cases = readCases('config');
  const recorded = new Map(
    [...new Set(cases.map(({ theme }) => theme))].map((theme) => [theme, readRecorded(theme)]),
  );
  for (const [index, one] of cases.entries())
    test(`${one.theme}: ${one.title}`, () => {
      const folder = join(directory, String(index), 'mnt');
      mkdirSync(folder, { recursive: true });
      writeCase(folder, one);
      const expected = recorded.get(one.theme)?.[one.title] ?? assert.fail('nothing is recorded for it');
      const services = (one.env['SERVICES'] ?? '').split(' ').filter(Boolean);
      const project = load(folder, one, services);
      const yaml = goYaml(projectDocument(project, { style: 'yaml', services }));
      assert.equal(yaml.replaceAll('$', '$$$$'), expected.yaml);
      const json = goJson(projectDocument(project, { style: 'json', services }), '  ');
      assert.equal(json.replaceAll('$', '$$$$'), expected.json);
      const whole = load(folder, one, []);
      const hashes = [...whole.services.values()]
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map((service) => `${service.name} ${serviceHash(whole, service, { asWritten: true })}\n`);
      assert.equal(hashes.join(''), expected.hashes);
    });
});

function readRecorded(theme: string): Readonly<Record<string, Recorded>> {
  const text = readFileSync(join(import.meta.dirname, 'config', `${theme}.json`), 'utf8');
  return JSON.parse(text) as Record<string, Recorded>;
}

/** Loads a project as if it lay in /mnt. */
function load(folder: string, one: ComposeCase, named: readonly string[]): Project {
  const { globals } = parseGlobals(one.flags);
  const { SERVICES: _services, ...env } = one.env;
  const project = loadProject({
    files: globals.file,
    profiles: globals.profile,
    named,
    cwd: folder,
    env: { HOME: '/root', PWD: folder, ...env },
  });
  return moved(project, [
    [folder, '/mnt'],
    [homedir(), '/root'],
    [join(folder, '..'), '/'],
  ]) as Project;
}

/** A copy of a value with some paths in all its texts changed. */
function moved(value: unknown, paths: readonly (readonly [from: string, to: string])[]): unknown {
  if (typeof value === 'string') {
    const found = paths.find(([from]) => value === from || value.startsWith(`${from}/`));
    return found ? value.replace(found[0], found[1]).replace('//', '/') : value;
  }
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, moved(item, paths)]));
  if (Array.isArray(value)) return value.map((item) => moved(item, paths));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, moved(item, paths)]));
}
