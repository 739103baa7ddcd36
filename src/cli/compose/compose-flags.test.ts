import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { composeCommands } from './commands.ts';
import type { FlagSet } from '../flags.ts';
import { globalFlags } from './globals.ts';

/*
 * What `docker compose COMMAND --help` of 2.40 lists, and the flags that it takes without listing them, as in docker-flags.txt; those of
 * `docker compose` itself stand without a name. All have `--dry-run`.
 */
const recorded = readFileSync(new URL('../testing/compose-flags.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

for (const line of recorded) {
  const [names = '', flags = ''] = line.split(/: ?/);
  test(`compose ${names} has Docker's flags`, async () => {
    for (const name of names.split(', ')) {
      const command = name === '' ? undefined : await composeCommands[name]?.load();
      assert.ok(name === '' || command, `lade compose ${name} is missing`);
      const ours: FlagSet = command?.command.flags ?? globalFlags;
      const told = flags.split(' ').filter((flag) => flag !== '');
      const found = told.map((flag) => {
        const long = flag.replace(/[|=].*$/, '');
        const own = ours[long];
        const short = own?.short === undefined ? '' : `|${own.short}`;
        const value =
          own?.kind === 'bool' ? '' : own?.kind === 'text' && own.bare !== undefined ? '[=]' : '=';
        return own && `${long}${short}${value}`;
      });
      assert.deepEqual(found, told, `lade compose ${name}`);
    }
  });
}
