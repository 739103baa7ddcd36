import { selectServices } from '../plan/graph.ts';
import type { Service } from '../model/types.ts';
import type { LoadOptions } from './load-options.ts';

/** The services of a project, by whether they take part. */
interface Chosen {
  readonly services: ReadonlyMap<string, Service>;
  readonly disabled: ReadonlyMap<string, Service>;
  /** What the command line is about: the services that it names and what they need; all that take part when it names none. */
  readonly wanted: ReadonlySet<string>;
}

/**
 * Services without a profile and those of chosen ones take part. The profiles of a service that the command line names count as
 * chosen for it and for what it needs; the others of these profiles stay out.
 */
export function chooseServices(
  all: ReadonlyMap<string, Service>,
  options: LoadOptions,
  environment: Readonly<Record<string, string>>,
): Chosen {
  const given = options.profiles ?? [];
  const chosen = given.length > 0 ? given : (environment['COMPOSE_PROFILES'] ?? '').split(',');
  const active = new Set(chosen.map((profile) => profile.trim()).filter((profile) => profile !== ''));
  const enabled = withProfiles(all, active);
  const named = options.named ?? [];
  const wanted = named.length > 0 ? needed(all, enabled, active, named) : new Set(enabled.keys());
  const takesPart = ([name]: readonly [string, Service]): boolean => enabled.has(name) || wanted.has(name);
  return {
    services: new Map([...all].filter(takesPart)),
    disabled: new Map([...all].filter((entry) => !takesPart(entry))),
    wanted,
  };
}

function withProfiles(
  all: ReadonlyMap<string, Service>,
  active: ReadonlySet<string>,
): ReadonlyMap<string, Service> {
  const isOn = ({ profiles }: Service): boolean =>
    profiles.length === 0 || active.has('*') || profiles.some((profile) => active.has(profile));
  return new Map([...all].filter(([, service]) => isOn(service)));
}

/** The services of these names and all that they need, as far as their profiles have it. */
function needed(
  all: ReadonlyMap<string, Service>,
  enabled: ReadonlyMap<string, Service>,
  active: ReadonlySet<string>,
  named: readonly string[],
): ReadonlySet<string> {
  const off = named.filter((name) => !enabled.has(name));
  const more = off.flatMap((name) => all.get(name)?.profiles ?? []);
  const services = withProfiles(all, new Set([...active, ...more]));
  return new Set(selectServices({ services }, named).map(({ name }) => name));
}
