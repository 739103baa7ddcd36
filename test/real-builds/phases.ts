import type { Contents, RealResult, Workbench } from './builder.ts';
import type { RealProject } from './projects.ts';
import type { Steps } from './steps.ts';
import { edit, writeContext } from './write-context.ts';

/**
 * Times of files that are younger than this are not compared. What packages bring is of some month; where none are installed, only the
 * contexts give times, all of them older than 2020.
 */
const GIVEN = Date.UTC(2020, 0, 1) / 1000;

/** What a developer does one after the other; at the end all is as it was at first. */
const phases = ['cold', 'unchanged', 'remark', 'source', 'dependencies', 'back'] as const;

/**
 * Has a project built in all phases. Titles: `cold`, `cold: build` (a stage by itself), `unchanged`, … Times of directories are told of
 * the cold build only: what BuildKit keeps of a context gives a directory another time when a file in it changes.
 */
export async function buildInPhases(
  bench: Workbench,
  project: RealProject,
  directory: string,
): Promise<Map<string, RealResult>> {
  const built = new Map<string, { id: string; steps: Steps }>();
  for (const phase of phases) {
    if (phase === 'cold' || phase === 'back') writeContext(directory, project);
    else if (phase !== 'unchanged') edit(directory, project[phase]);
    built.set(phase, await bench.build(directory));
    if (phase !== 'cold' && phase !== 'dependencies') continue;
    for (const stage of project.stages) built.set(`${phase}: ${stage}`, await bench.build(directory, stage));
  }
  const cold = new Set([...built].flatMap(([title, { id }]) => (title.startsWith('cold') ? id : [])));
  const before = project.needsNetwork ? Date.now() / 1000 - 30 * 86_400 : GIVEN;
  const contents = await bench.read((id) => ({ before, ofDirectories: cold.has(id) }));
  return new Map(
    [...built].map(([title, { id, steps }]) => [title, { steps, ...(contents.get(id) as Contents) }]),
  );
}
