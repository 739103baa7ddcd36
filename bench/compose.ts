import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exec } from '../src/lib/exec.ts';
import { launcher, needs, startTestEngine } from '../test/e2e/harness.ts';
import { median, ms, table, time } from './measure.ts';

/*
 * `up -d`, `up -d` without a change, and `down`, by turns: docker compose on a real dockerd, docker compose on our engine, `lade compose`
 * on our engine. Each has projects of its own, all of the same file: services on one network that sleep and are killed at once.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: process.env['ROUNDS'] ?? '5' },
    /** Services that come and go in each round. */
    services: { type: 'string', default: '20' },
    /** Services of a project that stays, and is told to come up again in each round. */
    standing: { type: 'string', default: '50' },
  },
});
/** Milliseconds that an engine gets to clean up after a job, so that the next one does not pay for it. */
const PAUSE = 500;

const docker = process.env['DOCKER_CLI'] ?? 'docker';
const rival = process.env['RIVAL_HOST'];
const missing = needs('root', 'busybox').skip;
if (missing) throw new Error(String(missing));

await using engine = await startTestEngine();
await engine.load('busybox');
if (rival !== undefined)
  await exec(docker, ['-H', rival, 'load', '-qi', join(import.meta.dirname, '../.cache/bases/busybox.tar')]);
const hasPlugin = (await exec(docker, ['compose', 'version'], { okStatus: [0, 1, 125] })).status === 0;

/** A client on an engine: runs `compose ARGS…`. */
type Player = (...args: readonly string[]) => Promise<unknown>;

const on =
  (command: string, host: string): Player =>
  (...args) =>
    exec(command, ['compose', ...args], { env: { ...process.env, DOCKER_HOST: host, LADE_HOST: host } });
const players = new Map<string, Player>([
  ...(hasPlugin && rival !== undefined ? [['Docker', on(docker, rival)] as const] : []),
  ...(hasPlugin ? [['docker compose on ours', on(docker, engine.host)] as const] : []),
  ['lade compose on ours', on(launcher, engine.host)],
]);

using folder = mkdtempDisposableSync(join(tmpdir(), 'lade-bench-compose-'));
const fileOf = (count: number): string => {
  const path = join(folder.path, `${count}.yaml`);
  const services = Array.from(
    { length: count },
    (_, index) =>
      `  s${index + 1}: {image: busybox, command: sleep 1000000, stop_grace_period: 0s, environment: {NUMBER: "${index + 1}"}}\n`,
  );
  writeFileSync(path, `services:\n${services.join('')}`);
  return path;
};
const coming = fileOf(Number(values.services));
const standing = fileOf(Number(values.standing));

const cold = `up -d, ${values.services} services`;
const again = 'up -d, nothing has changed';
const gone = 'down';
const many = `up -d, nothing has changed, ${values.standing} services`;
const jobs = [cold, again, gone, many];
const times = new Map(
  jobs.map((job) => [job, new Map([...players.keys()].map((who) => [who, [] as number[]]))]),
);
const load = loadavg()[0]?.toFixed(1);

const stamp = `bench${process.pid}`;
const project = (who: string, kind: string): string => `${stamp}-${[...players.keys()].indexOf(who)}-${kind}`;
try {
  for (const [who, compose] of players)
    await compose('-p', project(who, 'standing'), '-f', standing, 'up', '-d');
  for (let round = 0; round <= Number(values.rounds); round++)
    for (const [who, compose] of players) await playRound(who, compose, round > 0);
} finally {
  for (const [who, compose] of players)
    for (const kind of ['coming', 'standing'])
      await compose('-p', project(who, kind), '-f', kind === 'coming' ? coming : standing, 'down');
}
process.stdout.write(report());

/** The first round is not measured: by then all that is kept is there. */
async function playRound(who: string, compose: Player, isMeasured: boolean): Promise<void> {
  const measure = async (job: string, ...args: string[]): Promise<void> => {
    await sleep(PAUSE);
    const taken = await time(() => compose(...args));
    if (isMeasured) times.get(job)?.get(who)?.push(taken);
  };
  const shop = ['-p', project(who, 'coming'), '-f', coming];
  await measure(cold, ...shop, 'up', '-d');
  await measure(again, ...shop, 'up', '-d');
  await measure(gone, ...shop, 'down');
  await measure(many, '-p', project(who, 'standing'), '-f', standing, 'up', '-d');
}

function report(): string {
  const names = [...players.keys()];
  const first = names[0] ?? '';
  const rows = jobs.map((job) => {
    const medians = names.map((who) => median(times.get(job)?.get(who) ?? []));
    const fastest = names.map((who) => Math.min(...(times.get(job)?.get(who) ?? [])));
    return [
      job,
      ...names.map((_, index) => `${ms(medians[index] ?? NaN)} (${ms(fastest[index] ?? NaN)})`),
      ((medians.at(-1) ?? NaN) / (medians[0] ?? NaN)).toFixed(2),
    ];
  });
  return (
    `\n${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, load ${load} before\n` +
    `${values.rounds} rounds, median (fastest):\n\n${table(['job', ...names, `lade against ${first}`], rows)}`
  );
}
