/*
 * Builds the projects with Docker's own builder, with buildx against an engine of this project's, and with `lade build`, and prints
 * where the results differ:
 *   RIVAL_HOST=unix:///… DOCKER_CLI=docker [RIVAL_FLAGS='--network=host --allow=network.host'] \
 *     node test/real-builds/compare.ts [--record] [PROJECT…]
 * RIVAL_HOST must have the base images of `make bases`, a network for its steps, and nothing worth keeping in its build cache, which
 * is emptied. With --record what Docker makes of the projects that need no network is written down for real-builds.test.ts, and
 * nothing is compared; format it afterwards (npm run format).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';
import { startTestEngine, type TestEngine } from '../e2e/harness.ts';
import { type Builder, readBases, type RealResult, Workbench } from './builder.ts';
import { compareResults } from './compare-results.ts';
import { buildInPhases } from './phases.ts';
import { projects, type RealProject } from './projects.ts';
import { record } from './recorded.ts';

const docker = process.env['DOCKER_CLI'] ?? 'docker';
const rivalFlags = process.env['RIVAL_FLAGS']?.split(' ') ?? [];
const args = process.argv.slice(2);
const isRecording = args.includes('--record');
const wanted = args.filter((arg) => !arg.startsWith('--'));
const directory = mkdtempSync('/tmp/lading-real-builds-');

const rival: Builder = {
  name: 'docker',
  client: docker,
  build: ['buildx', 'build', ...rivalFlags],
  env: { ...process.env, DOCKER_HOST: process.env['RIVAL_HOST'] },
};
const lade = join(import.meta.dirname, '../../bin/lade');
const ours = ({ env }: TestEngine): Builder[] => [
  { name: 'buildx', client: docker, build: ['buildx', 'build'], env },
  { name: 'lade build', client: lade, build: ['build'], env },
];

async function run(builder: Builder, project: RealProject): Promise<Map<string, RealResult>> {
  console.error(`${project.name}: ${builder.name}`);
  await using bench = new Workbench(builder, project, await readBases(builder));
  return await buildInPhases(bench, project, join(directory, 'context'));
}

async function runOurs(at: number, project: RealProject): Promise<Map<string, RealResult>> {
  await using engine = await startTestEngine();
  for (const base of project.bases) await engine.load(base);
  return await run(ours(engine)[at] as Builder, project);
}

let count = 0;
try {
  for (const project of projects.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    await exec(docker, ['builder', 'prune', '--all', '--force'], { env: rival.env });
    const expected = await run(rival, project);
    if (isRecording) {
      if (!project.needsNetwork) record(project.name, expected);
      continue;
    }
    for (const [at, name] of ['buildx', 'lade build'].entries()) {
      const found = await runOurs(at, project);
      for (const [title, result] of expected)
        for (const line of compareResults(result, found.get(title))) {
          count += 1;
          console.log(`${project.name}: ${name}: ${title}: ${line}`);
        }
    }
  }
  console.log(`${count} differences`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = count === 0 ? 0 : 1;
