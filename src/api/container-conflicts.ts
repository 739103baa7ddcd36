import { internal, invalid } from '../lib/errors.ts';
import type { CreateContainerBody, HostConfig } from '../wire/container.ts';

/** Refuses what cannot go together, and values out of their range, in Docker's words. */
export function checkConflicts(body: CreateContainerBody, host: HostConfig): void {
  checkNetworkMode(body, host);
  checkModes(host);
  const policy = host.RestartPolicy?.Name ?? '';
  if (host.AutoRemove && policy !== '' && policy !== 'no')
    throw invalid("can't create 'AutoRemove' container with restart policy");
  if ((host.ShmSize ?? 0) < 0) throw invalid('SHM size can not be less than 0');
  const score = host.OomScoreAdj ?? 0;
  if (score < -1000 || score > 1000)
    throw invalid(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  const unknown = Object.keys(host.StorageOpt ?? {}).find((option) => option.toLowerCase() !== 'size');
  if (unknown !== undefined) throw internal(`Unknown option ${unknown}`);
  if (host.StorageOpt?.['size'] !== undefined)
    throw internal("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  if (host.Isolation && host.Isolation !== 'default')
    throw invalid(`invalid isolation (${host.Isolation}): linux only supports 'default'`);
  if (host.Annotations && Object.hasOwn(host.Annotations, ''))
    throw invalid('invalid Annotations: the empty string is not permitted as an annotation key');
}

function checkNetworkMode(body: CreateContainerBody, host: HostConfig): void {
  const mode = host.NetworkMode ?? '';
  const shared = mode.startsWith('container:');
  const fail = (what: string): Error => invalid(`conflicting options: ${what}`);
  if ((mode === 'host' || shared) && host.Links && host.Links.length > 0) {
    const kind = shared ? 'container' : 'host';
    throw fail(
      `${kind} type ${kind === 'host' ? 'networking' : 'network'} can't be used with links. This would result in undefined behavior`,
    );
  }
  if (host.UTSMode === 'host' && body.Hostname) throw fail('hostname and the UTS mode');
  if (!shared) return;
  if (mode === 'container:')
    throw invalid('invalid network mode: invalid container format container:<name|id>');
  if (body.Hostname) throw fail('hostname and the network mode');
  if (host.Dns && host.Dns.length > 0) throw fail('dns and the network mode');
  if (host.ExtraHosts && host.ExtraHosts.length > 0)
    throw fail('custom host-to-IP mapping and the network mode');
  if (body.MacAddress) throw fail('mac-address and the network mode');
  if (host.PublishAllPorts || Object.keys(host.PortBindings ?? {}).length > 0)
    throw fail('port publishing and the container type network mode');
  if (Object.keys(body.ExposedPorts ?? {}).length > 0)
    throw fail('port exposing and the container type network mode');
}

function checkModes(host: HostConfig): void {
  const rules: [string, string | undefined, RegExp][] = [
    ['IPC mode', host.IpcMode, /^(?:|none|private|shareable|host|container:.+)$/],
    ['PID mode', host.PidMode, /^(?:|private|host|container:.+)$/],
    ['UTS mode', host.UTSMode, /^(?:|private|host)$/],
    ['cgroup namespace mode', host.CgroupnsMode, /^(?:|private|host)$/],
  ];
  for (const [name, value, pattern] of rules) {
    if (value !== undefined && !pattern.test(value)) throw invalid(`invalid ${name}: ${value}`);
  }
}
