import type { Service } from '../model/types.ts';
import type { LoadOptions } from './load-options.ts';

/** Services without a profile and those of chosen ones; the others are disabled. */
export function splitByProfile(
  all: ReadonlyMap<string, Service>,
  options: LoadOptions,
  environment: Readonly<Record<string, string>>,
): { services: Map<string, Service>; disabled: Map<string, Service> } {
  const given = options.profiles ?? [];
  const chosen = given.length > 0 ? given : (environment['COMPOSE_PROFILES'] ?? '').split(',');
  const active = new Set(chosen.map((profile) => profile.trim()).filter((profile) => profile !== ''));
  const named = new Set(options.named ?? []);
  for (const name of named) all.get(name)?.profiles.forEach((profile) => active.add(profile));
  const isOn = (service: Service): boolean =>
    service.profiles.length === 0 ||
    active.has('*') ||
    named.has(service.name) ||
    service.profiles.some((profile) => active.has(profile));
  return {
    services: new Map([...all].filter(([, service]) => isOn(service))),
    disabled: new Map([...all].filter(([, service]) => !isOn(service))),
  };
}
