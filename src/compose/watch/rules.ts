import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';
import { EngineError, invalid } from '../../lib/errors.ts';
import { readIgnoreFile } from '../../lib/ignore.ts';
import { formatPlace } from '../load/compose-error.ts';
import type { WatchRule } from '../model/lifecycle-types.ts';
import type { Build, Project, Service } from '../model/types.ts';
import { ephemeral, PathPatterns } from './path-patterns.ts';

/** A rule of `develop.watch`, ready to be held against paths. */
export class Rule {
  readonly service: Service;
  readonly action: WatchRule['action'];
  readonly exec: WatchRule['exec'];
  readonly initialSync: boolean;
  /** What it watches: absolute, symlinks resolved. */
  readonly path: string;
  private readonly target: string | undefined;
  private readonly include: PathPatterns;
  private readonly ignored: readonly PathPatterns[];

  constructor(service: Service, rule: WatchRule, dockerIgnore: PathPatterns) {
    this.service = service;
    this.action = rule.action;
    this.exec = rule.exec;
    this.initialSync = rule.initialSync && this.syncs;
    this.path = existsSync(rule.path) ? realpathSync(rule.path) : rule.path;
    this.target = rule.target;
    this.include = new PathPatterns(this.path, rule.include);
    this.ignored = [dockerIgnore, ephemeral, new PathPatterns(this.path, rule.ignore)];
  }

  get syncs(): boolean {
    return this.action.startsWith('sync');
  }

  covers(path: string): boolean {
    return path === this.path || path.startsWith(this.path === '/' ? '/' : `${this.path}/`);
  }

  matches(path: string): boolean {
    return (
      this.covers(path) &&
      (this.include.isEmpty || this.include.matches(path)) &&
      !this.ignored.some((patterns) => patterns.matches(path))
    );
  }

  /** Whether it will never care for anything in a directory that it covers. */
  ignoresAllOf(directory: string): boolean {
    return this.ignored.some((patterns) => patterns.matchesAllOf(directory));
  }

  /** Where a path lies in the container. */
  inContainer(path: string): string {
    return posix.join('/', this.target ?? '', relative(this.path, path));
  }
}

/**
 * The rules of these services. Throws when one can't be followed; `warn` is told of those that a bind mount makes superfluous, and of old names.
 */
export function readRules(
  project: Project,
  services: readonly Service[],
  warn: (line: string) => void,
): Rule[] {
  if (services.some(({ watch }) => watch.some(({ byOldName }) => byOldName)))
    warn('x-initialSync is DEPRECATED, please use the official `initial_sync` attribute');
  const rules = services.flatMap((service) => {
    const dockerIgnore = readDockerIgnore(service);
    return service.watch.flatMap((rule) => {
      checkRule(service, rule);
      if (!rule.action.startsWith('sync') || !isBound(service, rule.path))
        return [new Rule(service, rule, dockerIgnore)];
      warn(`path '${rule.path}' also declared by a bind mount volume, this path won't be monitored!`);
      return [];
    });
  });
  if (rules.length === 0)
    throw new EngineError(
      'invalid',
      "none of the selected services is configured for watch, consider setting a 'develop' section",
    );
  return rules;
}

function checkRule(service: Service, { action, exec, place }: WatchRule): void {
  const name = JSON.stringify(service.name);
  if (action === 'rebuild' && !service.build)
    throw invalid(
      `${formatPlace(place)}: can't watch service ${name} with action rebuild without a build context`,
    );
  if (action === 'sync+exec' && !exec?.command.length)
    throw invalid(
      `${formatPlace(place)}: can't watch with action "sync+exec" on service ${name} without a command`,
    );
}

const isBound = ({ volumes }: Service, path: string): boolean =>
  volumes.some(
    ({ type, source }) => type === 'bind' && source !== undefined && !relative(source, path).startsWith('..'),
  );

/** The ignore file of what a service is built of: that of its Dockerfile, or the one of the context. */
function readDockerIgnore({ build }: Service): PathPatterns {
  if (!build || /^[a-z+]+:\/\/|^git@/.test(build.context)) return new PathPatterns('/', []);
  const base = existsSync(build.context) ? realpathSync(build.context) : build.context;
  return new PathPatterns(base, ignorePatternsOf(build));
}

export function ignorePatternsOf({ context, dockerfile = 'Dockerfile' }: Build): string[] {
  const own = `${resolve(context, dockerfile)}.dockerignore`;
  const file = [own, join(context, '.dockerignore')].find((path) => existsSync(path));
  return file === undefined ? [] : readIgnoreFile(readFileSync(file, 'utf8'));
}
