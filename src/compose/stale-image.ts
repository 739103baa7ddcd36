import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { compileGlob, type Glob } from '../lib/glob.ts';
import { IgnorePatterns } from '../lib/ignore.ts';
import type { ImageInspect } from '../wire/image.ts';
import type { Build, Project, Service } from './model/types.ts';
import { ignorePatternsOf } from './watch/rules.ts';

/** Where there are more files and folders to look at, nothing is told: it is only a hint, and `up` has to be quick. */
export const MOST = 5000;

/**
 * What an image was built from that has been changed since, relative to the folder of the build: its Dockerfile, and the files that it
 * copies. What containers see of the host anyway, and the project's own files, do not count.
 */
export function changedSinceBuilt(
  { files }: Pick<Project, 'files'>,
  { build, volumes }: Pick<Service, 'build' | 'volumes'>,
  { Metadata }: Pick<ImageInspect, 'Metadata'>,
): string[] {
  const builtAt = Date.parse(Metadata?.LastTagTime ?? '');
  if (!build || !(builtAt > 0) || !existsSync(build.context)) return [];
  const dockerfile = resolve(build.context, build.dockerfile ?? 'Dockerfile');
  const isThere = build.dockerfileInline === undefined && existsSync(dockerfile);
  const text = isThere ? readFileSync(dockerfile, 'utf8') : (build.dockerfileInline ?? '');
  const seen = volumes.flatMap(({ type, source = '' }) => (type === 'bind' ? [source] : []));
  const counts = (path: string): boolean =>
    lstatSync(path).mtimeMs > builtAt &&
    !files.includes(path) &&
    !seen.some((source) => path === source || path.startsWith(`${source}/`));
  return [...new Set([...(isThere ? [dockerfile] : []), ...copiedFiles(build, text)])]
    .filter(counts)
    .map((path) => relative(build.context, path));
}

/** The files that the instructions of a Dockerfile take from its folder, as far as they are written without variables. */
function copiedFiles(build: Build, dockerfile: string): string[] {
  const ignored = new IgnorePatterns(ignorePatternsOf(build));
  const wanted = sourcesIn(dockerfile).map((source) => compileGlob(source));
  if (wanted.length === 0) return [];
  const found: string[] = [];
  const folders = [''];
  let looked = 0;
  for (const folder of folders)
    for (const entry of readdirSync(join(build.context, folder), { withFileTypes: true })) {
      if ((looked += 1) > MOST) return [];
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isIgnored = ignored.ignores(path);
      if (entry.name === '.git' || (isIgnored && !ignored.mayKeepBelow(path))) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (!isIgnored && wanted.some((glob) => covers(glob, path))) found.push(join(build.context, path));
    }
  return found;
}

/** Whether a pattern fits a path or a directory above it. */
const covers = (glob: Glob, path: string): boolean =>
  glob.matches('.') ||
  path.split('/').some((_, index, names) => glob.matches(names.slice(0, index + 1).join('/')));

/** What COPY and ADD name that lies in the build's folder. */
export function sourcesIn(dockerfile: string): string[] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll(/\\\s*\n/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const [, words = ''] = /^\s*(?:COPY|ADD)\s+(.*)$/i.exec(line) ?? [];
    if (words === '' || /--from=|<<|\$/.test(words)) return [];
    const rest = words.replace(/^(?:--\S+\s+)+/, '').trim();
    const names = rest.startsWith('[')
      ? [...rest.matchAll(/"([^"]*)"/g)].map(([, name = '']) => name)
      : rest.split(/\s+/);
    return names
      .slice(0, -1)
      .filter((name) => !/^([a-z]+:\/\/|git@)/.test(name))
      .map((name) => name.replace(/^\.?\/+/, '').replace(/\/+$/, '') || '.');
  });
}
