import type { Value } from '../../lib/go-document.ts';
import { goJson } from '../../lib/go-json.ts';
import { sha256 } from '../../lib/sha256.ts';
import { at, type MapTree, mapTree, scalarTree, withEntry } from '../load/tree.ts';
import { deploy } from '../model/document-parts.ts';
import { structOf } from '../model/document-values.ts';
import { networkFields, serviceTree, volumeFields } from '../model/project-document.ts';
import { serviceFields } from '../model/service-document.ts';
import type { Project, ProjectNetwork, ProjectVolume, Service } from '../model/types.ts';

/*
 * The digests in the labels `com.docker.compose.config-hash`: equal to those of `docker compose`, so that either takes over what
 * the other made. It hashes its own structures as JSON (ServiceHash, NetworkHash and VolumeHash in docker/compose
 * pkg/compose/hash.go), whose keys and order the documents of model/ know.
 */

/** Keys that do not make the containers of a service others. */
const ignored = new Set(['build', 'pull_policy', 'scale', 'depends_on', 'profiles']);

const fields = serviceFields.flatMap((field) =>
  ignored.has(field[0]) ? [] : [field[0] === 'deploy' ? (['deploy', deploy(false)] as const) : field],
);

/**
 * A digest of everything that makes a service's containers what they are; a container with another one is recreated. What the
 * service shares with others counts as the service says it: those that create containers name the other's container there.
 * `asWritten` is as `config --hash` prints it: with env files by their names.
 */
export function serviceHash(
  project: Project,
  service: Service,
  { asWritten = false }: { readonly asWritten?: boolean } = {},
): string {
  const tree = serviceTree(project, service, { keepEnvFiles: asWritten, keepLabelFiles: !asWritten });
  return hash(structOf(withReferences(tree, service), fields, 'json'));
}

function withReferences(tree: MapTree, { networkMode, ipc, pid, volumesFrom }: Service): MapTree {
  const texts = Object.entries({ network_mode: networkMode, ipc, pid });
  const shared = texts.reduce(
    (current, [key, value]) =>
      value === undefined ? current : withEntry(current, key, scalarTree(value, tree.place)),
    tree,
  );
  const items = volumesFrom.map((from) => scalarTree(from, tree.place));
  return items.length > 0
    ? withEntry(shared, 'volumes_from', { kind: 'list', place: tree.place, items })
    : shared;
}

export const networkHash = (project: Project, { key }: Pick<ProjectNetwork, 'key'>): string =>
  hash(structOf(at(project.tree, 'networks', key), networkFields, 'json'));

/** A volume without a driver has the engine's own. */
export function volumeHash(project: Project, { key }: Pick<ProjectVolume, 'key'>): string {
  const { place } = project.tree;
  const found = at(project.tree, 'volumes', key);
  const tree = found?.kind === 'map' ? found : mapTree(place, []);
  const driver = at(tree, 'driver');
  const named = driver ? tree : withEntry(tree, 'driver', scalarTree('local', place));
  return hash(structOf(named, volumeFields, 'json'));
}

const hash = (value: Value): string => sha256(goJson(value));
