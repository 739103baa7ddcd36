import type { ImageConfig, ImageHistory, ImageRunConfig } from '../../oci/image-config.ts';
import type { StagePlan, Vertex } from '../plan/types.ts';
import type { Solved } from '../solve/solver.ts';

const comment = 'buildkit.dockerfile.v0';

/**
 * The config document of an image that was built, member by member as BuildKit writes it. Nothing in it depends on the clock but new layers,
 * and nothing at all with `epoch`: no time that the build adds is later.
 */
export function assembleConfig(
  stage: StagePlan,
  solved: ReadonlyMap<Vertex, Solved>,
  epoch?: number,
): ImageConfig {
  const { os, architecture, variant } = stage.platform;
  const added = newHistory(stage, solved).map((item) => clampItem(item, epoch));
  const history = [...stage.baseHistory, ...added];
  const created =
    history.findLast((item) => item.created !== undefined)?.created ?? stage.baseImage?.config.created;
  const author = stage.author ?? '';
  const layers = stage.result ? solved.get(stage.result)?.layers : [];
  if (!layers) throw new Error('the target was not solved');
  return {
    architecture,
    ...(author !== '' && { author }),
    config: cleanConfig(stage.config),
    ...(created !== undefined && { created }),
    history,
    os,
    rootfs: { type: 'layers', diff_ids: layers },
    ...(variant !== undefined && { variant }),
  };
}

/** Entries without a layer get the time of the layer before them; those before the first new layer that of this one. */
function newHistory(stage: StagePlan, solved: ReadonlyMap<Vertex, Solved>): ImageHistory[] {
  const times = stage.history.map(({ vertex }) => vertex && solved.get(vertex)?.createdAt?.toISOString());
  const base = stage.baseHistory.findLast((item) => item.created !== undefined)?.created;
  let last = times.find((time) => time !== undefined) ?? base;
  return stage.history.map(({ createdBy, vertex }, index) => {
    last = times[index] ?? last;
    return {
      ...(last !== undefined && { created: last }),
      created_by: createdBy,
      comment,
      ...(!vertex && { empty_layer: true }),
    };
  });
}

function clampItem(item: ImageHistory, epoch: number | undefined): ImageHistory {
  if (epoch === undefined || Date.parse(item.created ?? '') <= epoch * 1000) return item;
  return { ...item, created: new Date(epoch * 1000).toISOString().replace('.000Z', 'Z') };
}

const order: readonly (keyof ImageRunConfig)[] = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'OnBuild',
  'StopSignal',
  'ArgsEscaped',
  'Healthcheck',
  'Shell',
];

/** Members whose names anybody may give. */
const named: ReadonlySet<keyof ImageRunConfig> = new Set(['ExposedPorts', 'Volumes', 'Labels']);

/** In Docker's order, without what is empty; names within a member in the order of their letters, whoever gave them. */
function cleanConfig(config: ImageRunConfig): ImageRunConfig {
  return Object.fromEntries(
    order.flatMap((name) =>
      isEmpty(config[name]) ? [] : [[name, named.has(name) ? byName(config[name]) : config[name]] as const],
    ),
  );
}

const byName = (value: unknown): unknown =>
  Object.fromEntries(Object.entries(value ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
