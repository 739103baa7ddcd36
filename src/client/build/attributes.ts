import type { BuildSpec } from './spec.ts';
import { statementAttributes } from './statements.ts';

/** What a build asks of its Dockerfile, in BuildKit's words; all but its contexts. */
export function attributesOf(
  spec: BuildSpec,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const { target, network, shmSize, cgroupParent, noCacheFilter, request } = spec;
  const isNetwork = network !== undefined && network !== '' && network !== 'default';
  const limits = Object.entries(spec.limits).filter(([, value]) => value !== undefined && value !== '');
  return {
    ...under('build-arg', spec.buildArgs),
    ...under('label', spec.labels),
    ...statementAttributes(spec.attests, env),
    ...(target && { target }),
    ...(spec.platforms.length > 0 && { platform: spec.platforms.join(',') }),
    ...(noCacheFilter.length > 0 && { 'no-cache': noCacheFilter.join(',') }),
    ...(spec.noCache && { 'no-cache': '' }),
    ...(spec.pull && { 'image-resolve-mode': 'pull' }),
    ...(isNetwork && { 'force-network-mode': network }),
    ...(spec.extraHosts.length > 0 && { 'add-hosts': spec.extraHosts.map(hostPair).join(',') }),
    ...(shmSize && { 'shm-size': String(shmSize) }),
    ...(spec.ulimits.length > 0 && { ulimit: spec.ulimits.join(',') }),
    ...(cgroupParent && { 'cgroup-parent': cgroupParent }),
    ...Object.fromEntries(limits.map(([name, value]) => [name, String(value)])),
    ...(request !== undefined && { requestid: `frontend.${request}` }),
  };
}

const hostPair = (entry: string): string => entry.replace(':', '=');

const under = (prefix: string, values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}:${name}`, value]));
