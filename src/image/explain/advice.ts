import type { CopiesBelow, FoundCache, Hiding, StackReport } from '../../snapshot/explain/types.ts';
import type { Advice, ExplainedLayer } from './types.ts';

/** Less is not worth a word. */
const LEAST = 10_000;

/** What would make an image smaller, with what was measured to be saved by it. */
export function adviceFor(layers: readonly ExplainedLayer[], report: StackReport): Advice[] {
  return [
    ...report.hidings.flatMap((hiding) => onHiding(hiding, layers)),
    ...layers.flatMap((layer, at) => layer.caches.map((cache) => onCache(cache, layer, at))),
    ...report.copies.map(onCopies),
  ]
    .filter(({ saves }) => saves >= LEAST)
    .toSorted((left, right) => right.saves - left.saves);
}

/** Numbers as people count. */
const layerName = (layers: readonly ExplainedLayer[], at: number): string => {
  const instruction = layers[at]?.instruction ?? '';
  return `layer ${at + 1}${instruction === '' ? '' : ` (${shorten(instruction)})`}`;
};

function onHiding({ of, by, how, files, bytes }: Hiding, layers: readonly ExplainedLayer[]): Advice[] {
  const [below, above] = [layerName(layers, of), layerName(layers, by)];
  const count = counted(files);
  // nothing that is done on top makes the base smaller
  if (layers[of]?.isBase && !layers[by]?.isBase)
    return [
      {
        text: `${above} ${verbs[how]} ${count} of the base image, which stay in it: a base without them is smaller`,
        saves: bytes,
        layer: by,
      },
    ];
  const remedy = {
    again: `set owner, mode and time where the files come in (COPY --chown, --chmod) instead of in ${above}`,
    deleted: `delete them in the instruction that makes them, not in ${above}`,
    replaced: `write them once: ${above} writes them anew`,
  }[how];
  return [
    { text: `hidden, but still in the image: ${count} of ${below}: ${remedy}`, saves: bytes, layer: of },
  ];
}

const counted = (files: number): string =>
  files === 1 ? '1 file' : `${files.toLocaleString('en-US')} files`;

const verbs = { again: 'changes owner, mode or time of', deleted: 'deletes', replaced: 'replaces' } as const;

const remedies: Readonly<Record<string, string>> = {
  'apt lists': 'end that RUN with "rm -rf /var/lib/apt/lists/*"',
  'apt archives': 'end that RUN with "apt-get clean"',
  apk: 'use "apk add --no-cache"',
  dnf: 'end that RUN with "dnf clean all"',
  pip: 'use "pip install --no-cache-dir"',
  npm: 'end that RUN with "npm cache clean --force"',
  yarn: 'end that RUN with "yarn cache clean"',
  pnpm: 'end that RUN with "pnpm store prune"',
  'go build': 'build in a stage of its own and copy the program out of it',
  'go modules': 'build in a stage of its own and copy the program out of it',
  cargo: 'build in a stage of its own and copy the program out of it',
};

function onCache({ name, path, files, bytes }: FoundCache, layer: ExplainedLayer, at: number): Advice {
  const where = layer.isBase ? 'the base image' : `layer ${at + 1}`;
  const remedy = remedies[name] ?? `end that RUN with "rm -rf ${path}"`;
  return {
    text: `${where} keeps ${counted(files)} of ${name} in ${path}: ${remedy}, or mount it: RUN --mount=type=cache,target=${path}`,
    saves: bytes,
    layer: at,
  };
}

/** The instruction without what builders put around it. */
export function instructionText(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/^RUN (?:\|\d+ .*? )?\/bin\/sh -c /, 'RUN ')
    .replace(/ # buildkit$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

function onCopies({ directory, files, waste, example }: CopiesBelow): Advice {
  const such = `${example.paths[0] ?? ''}, ${example.count} times`;
  return {
    text: `${counted(files)} below ${directory} ${files === 1 ? 'is a copy' : 'are copies'} of others there (such as ${such}): keep one of each, and link to it`,
    saves: waste,
  };
}
