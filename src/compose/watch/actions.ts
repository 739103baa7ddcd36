import type { Rule } from './rules.ts';
import type { Mapping } from './sync-files.ts';

/** What a batch of changed paths asks for, by service. */
export interface Actions {
  readonly rebuild: ReadonlySet<string>;
  readonly sync: ReadonlyMap<string, readonly Mapping[]>;
  readonly restart: ReadonlySet<string>;
  /** Each rule once, however many of its paths changed. */
  readonly exec: ReadonlySet<Rule>;
}

export function actionsFor(rules: readonly Rule[], paths: readonly string[]): Actions {
  const rebuild = new Set<string>();
  const restart = new Set<string>();
  const exec = new Set<Rule>();
  const sync = new Map<string, Mapping[]>();
  for (const path of paths) {
    for (const rule of rules.filter((item) => item.matches(path))) {
      const { action, service } = rule;
      if (rule.syncs)
        sync.set(service.name, [
          ...(sync.get(service.name) ?? []),
          { host: path, container: rule.inContainer(path) },
        ]);
      if (action === 'rebuild') rebuild.add(service.name);
      if (action === 'restart' || action === 'sync+restart') restart.add(service.name);
      if (action === 'sync+exec') exec.add(rule);
    }
  }
  return { rebuild, sync, restart, exec };
}
