import { openWorld } from './open-world.ts';

/*
 * An engine that is about to be killed: doomed-engine.ts DIR SCRIPT. SCRIPT is a JSON list of [name, command, spec] to run; it prints
 * a line when all run and waits for its death.
 */
const [dir = '', script = '[]'] = process.argv.slice(2);
const world = await openWorld({ dir });
for (const [name, command, spec] of JSON.parse(script) as [string, string, object][]) {
  if (world.containers.find(name)) continue;
  await world.run(command, spec, name);
}
process.stdout.write('ready\n');
setInterval(() => {}, 1000);
