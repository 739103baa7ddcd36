import { resolve } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { readFileSync } from '../../lib/fs.ts';
import type { HostConfig } from '../../wire/container.ts';
import { problemAt } from '../load/compose-error.ts';
import type { Project, Service } from '../model/types.ts';

/** `security_opt` as the engine takes it: a seccomp profile by its content, unmasked system paths by themselves. */
export function securityConfig(project: Project, service: Service): Partial<HostConfig> {
  const unconfined = 'systempaths=unconfined';
  const options = service.securityOpt.filter((option) => option !== unconfined);
  return {
    SecurityOpt: options.map((option) => withProfile(project, service, option)),
    ...(options.length < service.securityOpt.length && { MaskedPaths: [], ReadonlyPaths: [] }),
  };
}

function withProfile(project: Project, service: Service, option: string): string {
  const file = /^seccomp[=:](.*)$/.exec(option)?.[1];
  if (file === undefined || file === 'unconfined' || file === 'builtin') return option;
  try {
    const profile: unknown = JSON.parse(readFileSync(resolve(project.workingDir, file), 'utf8'));
    return `seccomp=${JSON.stringify(profile)}`;
  } catch (error) {
    throw problemAt(
      service.place,
      `seccomp profile (${file}) of service ${service.name}: ${messageOf(error)}`,
    );
  }
}
