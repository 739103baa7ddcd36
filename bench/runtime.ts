/**
 * What the runtime folder costs per container and exec, without engine, image and network: `node bench/runtime.ts [rounds]`.
 * Prints medians in milliseconds.
 */
import { makeTestProcess, Sandbox } from '../src/runtime/testing/sandbox.ts';

const rounds = Number(process.argv[2] ?? 30);
await using sandbox = await Sandbox.make();

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

const median = (values: readonly number[]): string =>
  (values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN).toFixed(1);

const phases: Record<string, number[]> = { create: [], start: [], exit: [], delete: [], total: [] };
for (let round = 0; round < rounds + 3; round += 1) {
  const options = sandbox.options(['/bin/true']);
  const marks = [performance.now()];
  const container = await sandbox.runtime.create(options);
  marks.push(performance.now());
  await sandbox.runtime.start(container.id);
  marks.push(performance.now());
  await container.exited;
  marks.push(performance.now());
  await sandbox.runtime.delete(container.id, options.bundle);
  marks.push(performance.now());
  if (round < 3) continue;
  Object.keys(phases).forEach((phase, index) => {
    const from = phase === 'total' ? marks[0] : marks[index];
    const to = phase === 'total' ? marks.at(-1) : marks[index + 1];
    phases[phase]?.push((to ?? 0) - (from ?? 0));
  });
}
for (const [phase, values] of Object.entries(phases)) console.log(`${phase.padEnd(10)} ${median(values)}`);

const sleeper = await sandbox.run(['/bin/sleep', '600']);
const bundle = sandbox.bundle(sleeper.id);
for (const [name, tty] of [
  ['exec piped', false],
  ['exec tty', true],
] as const) {
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    values.push(
      await timed(async () => {
        const options = { stdin: false, stdout: true, stderr: true, detach: false };
        const handle = await sandbox.runtime.exec(
          sleeper.id,
          bundle,
          makeTestProcess(['/bin/true'], { tty }),
          options,
        );
        handle.stdout?.resume();
        handle.stderr?.resume();
        await handle.exited;
      }),
    );
  }
  console.log(`${name.padEnd(10)} ${median(values)}`);
}
