import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../../src/lib/exec.ts';
import { mask } from './masks.ts';
import type { RealProject } from './projects.ts';
import { type DescribedTimes, describeLayer, type Layer, readImages } from './read-image.ts';
import { readSteps, type Steps } from './steps.ts';

/** What came of a build. */
export interface RealResult {
  readonly steps: Steps;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly string[];
  /** Those above the base images. */
  readonly layers: readonly Layer[];
}

/** A builder under test: a client and the engine that it talks to. */
export interface Builder {
  readonly name: string;
  /** `docker` or `lade`. */
  readonly client: string;
  /** Its arguments up to the flags. */
  readonly build: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export type Contents = Omit<RealResult, 'steps'>;

/** Has one builder build one project again and again, and takes the images apart. */
export class Workbench implements AsyncDisposable {
  private readonly builder: Builder;
  private readonly project: RealProject;
  /** Layers that were there before. */
  private readonly bases: ReadonlySet<string>;
  private readonly ids = new Set<string>();

  constructor(builder: Builder, project: RealProject, bases: ReadonlySet<string>) {
    this.builder = builder;
    this.project = project;
    this.bases = bases;
  }

  /** Builds one stage, or the last one. */
  async build(context: string, stage?: string): Promise<{ readonly id: string; readonly steps: Steps }> {
    const { client, build, env } = this.builder;
    await using directory = await mkdtempDisposable('/tmp/lading-real-');
    const iidFile = join(directory.path, 'id');
    const args = [
      ...build,
      '--progress=plain',
      '--iidfile',
      iidFile,
      ...(this.project.flags ?? []),
      ...(stage === undefined ? [] : ['--target', stage]),
      '.',
    ];
    const { stderr } = await exec(client, args, {
      cwd: context,
      env: { ...env, BUILDX_NO_DEFAULT_ATTESTATIONS: '1', REAL_BUILDS_NAMED: 'loud' },
    });
    const id = readFileSync(iidFile, 'utf8');
    this.ids.add(id);
    return { id, steps: readSteps(stderr) };
  }

  /** What the images are made of, by id. They are saved in one, as they have most layers in common. */
  async read(timesOf: (id: string) => DescribedTimes): Promise<Map<string, Contents>> {
    const { client, env } = this.builder;
    await using directory = await mkdtempDisposable('/tmp/lading-real-');
    const archive = join(directory.path, 'images.tar');
    await exec(client, ['save', '-o', archive, ...this.ids], { env });
    const contents = new Map<string, Contents>();
    const known = new Map<string, Layer>();
    for (const [id, { config, history, layers }] of await readImages(archive, directory.path)) {
      const times = timesOf(id);
      const described: Layer[] = [];
      for (const { diffId, file } of layers.filter((layer) => !this.bases.has(layer.diffId))) {
        const key = `${diffId} ${JSON.stringify(times)}`;
        const layer = known.get(key) ?? mask(await describeLayer(file, times));
        known.set(key, layer);
        described.push(layer);
      }
      contents.set(id, { config, history, layers: described });
    }
    return contents;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { client, env } = this.builder;
    if (this.ids.size > 0) await exec(client, ['rmi', '--force', ...this.ids], { env });
  }
}

/** The layers of images that an engine has. */
export async function readBases({ client, env }: Builder): Promise<ReadonlySet<string>> {
  const ids = (await exec(client, ['images', '-q', '--filter', 'dangling=false'], { env })).stdout
    .trim()
    .split('\n');
  const { stdout } = await exec(client, ['inspect', '--format', '{{json .RootFS.Layers}}', ...new Set(ids)], {
    env,
  });
  return new Set(
    stdout
      .trim()
      .split('\n')
      .flatMap((line) => JSON.parse(line) as string[]),
  );
}
