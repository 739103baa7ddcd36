import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadStep } from '../../compose/load/load-options.ts';
import { loadFiles } from '../../compose/load/load-project.ts';
import { at, entriesOf, type MapTree, scalarTree, type Tree, withEntry } from '../../compose/load/tree.ts';
import { checkContainerNames } from '../../compose/model/check-project.ts';
import { scalarText } from '../../compose/model/document-values.ts';
import { projectDocument } from '../../compose/model/project-document.ts';
import { writtenDocument } from '../../compose/model/written-document.ts';
import { selectServices } from '../../compose/plan/graph.ts';
import type { Mapping } from '../../lib/go-document.ts';
import { goJson } from '../../lib/go-json.ts';
import { goYaml } from '../../lib/go-yaml.ts';
import { pinnedImages } from './config-digests.ts';
import { type ComposeContext, loadOptions } from './globals.ts';

interface DocumentFlags {
  readonly format: 'yaml' | 'json';
  readonly output?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly 'resolve-image-digests'?: boolean | undefined;
  readonly 'lock-image-digests'?: boolean | undefined;
}

/** Prints a project as the one file that says the same. */
export async function printConfig(
  context: ComposeContext,
  flags: DocumentFlags,
  named: readonly string[],
  skip: ReadonlySet<LoadStep>,
): Promise<void> {
  const document = skip.has('interpolate')
    ? await written(context, flags, skip)
    : await resolved(context, flags, named, skip);
  const text = flags.format === 'json' ? goJson(document, '  ') : goYaml(document);
  const escaped = skip.has('interpolate') ? text : text.replaceAll('$', '$$$$');
  if (flags.quiet) return;
  if (flags.output === undefined) context.out.write(escaped);
  else writeFileSync(resolve(context.cwd, flags.output), escaped);
}

async function resolved(
  context: ComposeContext,
  flags: DocumentFlags,
  named: readonly string[],
  skip: ReadonlySet<LoadStep>,
): Promise<Mapping> {
  const project = context.load(named, skip);
  if (!skip.has('check')) checkContainerNames(project, selectServices(project, named));
  const tree = await withDigests(context, flags, project.tree);
  if (flags['lock-image-digests']) return imagesOnly(tree, [...project.services.keys()], flags.format);
  return projectDocument(
    { ...project, tree },
    {
      style: flags.format,
      services: named,
      allResources: context.globals['all-resources'] ?? false,
      keepEnvFiles: skip.has('resolve-environment'),
    },
  );
}

async function written(
  context: ComposeContext,
  flags: DocumentFlags,
  skip: ReadonlySet<LoadStep>,
): Promise<Mapping> {
  const loaded = loadFiles({ ...loadOptions(context, context.globals), skip });
  const tree = await withDigests(context, flags, loaded.tree);
  if (flags['lock-image-digests'])
    return imagesOnly(
      tree,
      entriesOf(at(tree, 'services')).map(([name]) => name),
      'yaml',
    );
  const named = skip.has('normalize') ? tree : withEntry(tree, 'name', scalarTree(loaded.name, tree.place));
  return writtenDocument(named, flags.format);
}

/** The images of services with the digests that they have now. */
async function withDigests(context: ComposeContext, flags: DocumentFlags, tree: MapTree): Promise<MapTree> {
  if (!flags['resolve-image-digests'] && !flags['lock-image-digests']) return tree;
  const services = entriesOf(at(tree, 'services'));
  const images = services.flatMap(([, { value }]) => scalarText(at(value, 'image')) ?? []);
  const pinned = await pinnedImages(context, images);
  const withImage = (service: Tree): Tree => {
    const image = at(service, 'image');
    const reference = pinned.get(scalarText(image) ?? '');
    return service.kind === 'map' && image && reference !== undefined
      ? withEntry(service, 'image', scalarTree(reference, image.place))
      : service;
  };
  const entries = services.map(
    ([name, entry]) => [name, { ...entry, value: withImage(entry.value) }] as const,
  );
  return withEntry(tree, 'services', {
    kind: 'map',
    place: at(tree, 'services')?.place ?? tree.place,
    entries: new Map(entries),
  });
}

/** An override file that says nothing but the images. */
function imagesOnly(tree: MapTree, names: readonly string[], style: 'yaml' | 'json'): Mapping {
  const services = names.toSorted().map((name) => {
    const image = scalarText(at(tree, 'services', name, 'image'));
    const own = style === 'json' ? [['command', null] as const, ['entrypoint', null] as const] : [];
    return [name, new Map([...own, ...(image === undefined ? [] : [['image', image] as const])])] as const;
  });
  return new Map<string, Mapping | string>([
    ...(style === 'json' ? [['name', ''] as const] : []),
    ['services', new Map(services) as Mapping],
  ]);
}
