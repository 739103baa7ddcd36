/**
 * An engine to be killed, as a program: `node engine-child.ts ROOT ID SCRIPT [created]` makes a container in a sandbox that exists, starts
 * it unless told otherwise, prints `ready` and waits.
 */
import { join } from 'node:path';
import { makeSpec, openSandboxRuntime } from './sandbox.ts';

const [root = '', id = '', script = '', until] = process.argv.slice(2);
const runtime = await openSandboxRuntime(root);
process.stdout.write('going\n');
await runtime.create({
  bundle: join(root, 'c', id.slice(0, 12)),
  logPath: join(root, `${id.slice(0, 12)}.log`),
  spec: makeSpec(id, join(root, 'rootfs'), ['sh', '-c', script]),
  stdin: false,
  stdinOnce: false,
});
if (until !== 'created') await runtime.start(id);
process.stdout.write('ready\n');
setInterval(() => {}, 1000);
