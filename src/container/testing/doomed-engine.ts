import { openWorld } from './open-world.ts';

/*
 * An engine that is about to be killed: doomed-engine.ts DIR SCRIPT. SCRIPT is a JSON list of [name, command, spec] to run; it prints
 * a line when all run and waits for its death.
 */
const [dir = '', script = '[]'] = process.argv.slice(2);
const world = await openWorld({ dir });
// By names alone: `find` would take c2 for a container whose id begins so.
const known = new Set(world.containers.list().map(({ name }) => name));
for (const [name, command, spec] of JSON.parse(script) as [string, string, object][])
  if (!known.has(name)) await world.run(command, spec, name);
process.stdout.write('ready\n');
setInterval(() => {}, 1000);
