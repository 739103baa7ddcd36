import { isIP } from 'node:net';
import { posix } from 'node:path';
import { invalid } from '../../lib/errors.ts';
import { resolveCapabilities } from '../../runtime/spec/capabilities.ts';
import { checkLogConfig } from '../logs/log-config.ts';
import { parseNetworkMode } from '../network-mode.ts';
import { parseSignal } from '../signals.ts';
import { parseSecurityOptions } from '../start/security-options.ts';
import type { ContainerSpec } from '../types.ts';
import { checkEcho } from './check-echo.ts';
import { checkResources } from './validate-resources.ts';

/** Refuses a spec that could never start, with Docker's texts. What depends on the host at the moment is checked at start. */
export function validateSpec(spec: ContainerSpec): void {
  checkProcess(spec);
  checkNetworkMode(spec);
  checkNamespaceModes(spec);
  checkRestartPolicy(spec);
  checkHealthcheck(spec);
  checkResources(spec.resources);
  checkLogConfig(spec.log);
  checkEcho(spec.hostConfigEcho);
  parseSecurityOptions(spec.securityOpt);
  resolveCapabilities({ privileged: spec.privileged, add: spec.capAdd, drop: spec.capDrop });
  for (const entry of spec.extraHosts) checkExtraHost(entry);
  for (const server of spec.dns.servers ?? [])
    if (isIP(server) === 0)
      throw invalid(
        `bad nameserver address ${server}: ParseAddr(${JSON.stringify(server)}): unable to parse IP`,
      );
}

function checkProcess(spec: ContainerSpec): void {
  if (spec.workingDir !== '' && !posix.isAbsolute(spec.workingDir))
    throw invalid(`the working directory '${spec.workingDir}' is invalid, it needs to be an absolute path`);
  for (const variable of spec.env)
    if (variable === '' || variable.startsWith('=') || variable.includes('\0'))
      throw invalid(`invalid environment variable: ${variable}`);
  if (spec.stopSignal !== '') parseSignal(spec.stopSignal);
  if (spec.oomScoreAdj < -1000 || spec.oomScoreAdj > 1000)
    throw invalid(`Invalid value ${spec.oomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  if (spec.shmSize < 0) throw invalid('SHM size can not be less than 0');
}

function checkNetworkMode(spec: ContainerSpec): void {
  const mode = parseNetworkMode(spec.networkMode);
  if (mode.kind === 'host' && spec.links.length > 0)
    throw invalid(
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    );
  if (mode.kind !== 'container') return;
  const conflicts: readonly [boolean, string][] = [
    [spec.ports.length > 0 || spec.publishAllPorts, 'port publishing and the container type network mode'],
    [
      spec.links.length > 0,
      "container type network can't be used with links. This would result in undefined behavior",
    ],
    [(spec.dns.servers?.length ?? 0) > 0, 'dns and the network mode'],
    [spec.extraHosts.length > 0, 'custom host-to-IP mapping and the network mode'],
  ];
  for (const [applies, text] of conflicts) if (applies) throw invalid(`conflicting options: ${text}`);
}

function checkNamespaceModes(spec: ContainerSpec): void {
  const check = (field: string, mode: string, pattern: RegExp): void => {
    if (!pattern.test(mode)) throw invalid(`invalid ${field} mode: ${mode}`);
  };
  check('IPC', spec.ipcMode, /^(|none|private|shareable|host|container:.+)$/);
  check('PID', spec.pidMode, /^(|host|container:.+)$/);
  check('UTS', spec.utsMode, /^(|host)$/);
  check('cgroup namespace', spec.cgroupnsMode, /^(|private|host)$/);
}

function checkRestartPolicy(spec: ContainerSpec): void {
  const policy = spec.restartPolicy;
  if (policy.name === 'on-failure' && policy.maximumRetryCount < 0)
    throw invalid('invalid restart policy: maximum retry count cannot be negative');
  if (spec.autoRemove && policy.name !== 'no')
    throw invalid("can't create 'AutoRemove' container with restart policy");
}

const LEAST_NANOSECONDS = 1_000_000;

function checkHealthcheck({ healthcheck }: ContainerSpec): void {
  if (!healthcheck) return;
  for (const field of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = healthcheck[field] ?? 0;
    if (value !== 0 && value < LEAST_NANOSECONDS)
      throw invalid(`${field} in Healthcheck cannot be less than 1ms`);
  }
  if ((healthcheck.Retries ?? 0) < 0) throw invalid('Retries in Healthcheck cannot be negative');
}

function checkExtraHost(entry: string): void {
  const at = entry.indexOf(':');
  if (at < 1 || at === entry.length - 1 || /[\s\0]/.test(entry))
    throw invalid(`bad format for add-host: ${JSON.stringify(entry)}`);
  const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
  if (address !== 'host-gateway' && isIP(address) === 0)
    throw invalid(`invalid IP address in add-host: ${JSON.stringify(address)}`);
}
