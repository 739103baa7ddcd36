import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid } from '../../lib/errors.ts';
import type { BuildOption, DirectoryCall } from '../../wire/build.ts';
import { findInLayout } from './layout-index.ts';

/** A directory as an engine on this machine is told of it. */
export function directoryCall(path: string): DirectoryCall {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw invalid(`unable to prepare context: path ${JSON.stringify(path)} not found`);
  if (!stats.isDirectory())
    throw invalid(`unable to prepare context: path ${JSON.stringify(path)} is no directory`);
  return { path, identity: `${stats.dev}:${stats.ino}` };
}

/** Directories that an engine on this machine reads itself, by the names that a build gives them. */
export class NamedDirectories {
  readonly all: Record<string, DirectoryCall> = {};

  /** The value of a named context: a directory of its own, an image layout, or what the engine fetches. */
  context(name: string, place: string, cwd: string): string {
    if (place.startsWith('docker-image://') || isRemotePlace(place)) return place;
    const layout = /^oci-layout:\/\/(.*)$/s.exec(place)?.[1];
    if (layout !== undefined) return this.layout(name, layout, cwd);
    if (/^(?:target|input):/.test(place))
      throw invalid(`unsupported context source ${place.split(':')[0]} for ${name}`);
    this.all[name] = directoryCall(resolve(cwd, place.replace(/^local:/, '')));
    return `local:${name}`;
  }

  /** `DIR[:TAG][@DIGEST]` */
  private layout(name: string, text: string, cwd: string): string {
    const [, place = '', given] = /^(.*?)(?:@(sha256:[0-9a-f]{64}))?$/s.exec(text) ?? [];
    const [, path = place, tag = 'latest'] = /^(.*):([\w.-]+)$/s.exec(place) ?? [];
    const directory = resolve(cwd, path);
    this.all[`oci:${name}`] = directoryCall(directory);
    const digest = given ?? findInLayout(directory, tag);
    if (digest === undefined)
      throw invalid(`oci-layout://${text}: no image of the tag ${tag} in ${directory}/index.json`);
    return `oci-layout://${name}@${digest}`;
  }

  /** A cache in a directory, with the digest of what its index has; undefined when there is none yet. */
  cache({ type, attributes }: BuildOption, cwd: string): BuildOption | undefined {
    if (type !== 'local') return { type, attributes };
    const { src, tag = 'latest', ...rest } = attributes;
    if (!src) throw invalid('local cache importer requires src');
    const directory = resolve(cwd, src);
    const digest = attributes['digest'] ?? findInLayout(directory, tag);
    if (digest === undefined) return undefined;
    this.all[`local:${directory}`] = directoryCall(directory);
    return { type, attributes: { ...rest, src: directory, digest } };
  }
}

/** What the engine fetches itself: a git repository, or something behind a URL. */
export const isRemotePlace = (place: string): boolean =>
  /^(?:https?|git|ssh):\/\//.test(place) || isGitAddress(place);

/** What git takes for an address though it is no URL. */
const isGitAddress = (place: string): boolean =>
  /^(?:git@|github\.com\/)/.test(place) || /^[\w.-]+@[\w.-]+:(?!\/\/)/.test(place);
