import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { groups, topLevel } from './commands.ts';
import type { Command } from './command.ts';

/*
 * What `docker COMMAND --help` of 28.5 lists, and the flags that it takes without listing them: `COMMAND, COMMAND: FLAG FLAG|LETTER FLAG=`,
 * where `=` takes a value. Builds are compared elsewhere; Swarm, plugins and content trust are left out.
 */
const recorded = readFileSync(new URL('./testing/docker-flags.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

async function findCommand(name: string): Promise<Command> {
  const [first = '', verb] = name.split(' ');
  const load = verb === undefined ? topLevel[first] : groups[first]?.commands[verb];
  assert.ok(load, `lade ${name} is missing`);
  return (await load()).command as Command;
}

for (const line of recorded) {
  const [names = '', flags = ''] = line.split(/: ?/);
  test(`${names} has Docker's flags`, async () => {
    for (const name of names.split(', ')) {
      const { flags: ours } = await findCommand(name);
      const told = flags.split(' ').filter((flag) => flag !== '');
      const found = told.map((flag) => {
        const long = flag.replace(/[|=].*$/, '');
        const own = ours[long];
        const short = own?.short === undefined ? '' : `|${own.short}`;
        return own && `${long}${short}${own.kind === 'bool' ? '' : '='}`;
      });
      assert.deepEqual(found, told, `lade ${name}`);
    }
  });
}
