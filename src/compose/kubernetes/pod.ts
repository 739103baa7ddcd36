import type { Project, Service } from '../model/types.ts';
import { imageName } from '../plan/names.ts';
import { containerPorts } from './ports.ts';
import { kubeName, label, type Plain } from './manifest.ts';
import { probes } from './probes.ts';
import { volumesOf } from './volumes.ts';

/** The labels of a service's pods: its own, those that select it, and one for each of its networks. */
export const podLabels = (project: Project, service: Service): Record<string, string> => ({
  ...selector(project, service),
  ...Object.fromEntries([...service.networks.keys()].map((name) => [label.network(name), 'true'])),
});

export const selector = (project: Project, service: Service): Record<string, string> => ({
  [label.project]: project.name,
  [label.service]: service.name,
});

/** The pod of a service. */
export function podSpec(project: Project, service: Service, restartPolicy: string | undefined): Plain {
  const { mounts, volumes } = volumesOf(project, service);
  const ids = idsOf(service.user);
  return {
    restartPolicy,
    hostname: service.hostname === undefined ? undefined : kubeName(service.hostname),
    hostNetwork: service.networkMode === 'host' || undefined,
    hostPID: service.pid === 'host' || undefined,
    hostIPC: service.ipc === 'host' || undefined,
    terminationGracePeriodSeconds: seconds(service.stopGracePeriod),
    hostAliases: service.extraHosts
      .filter((entry) => !entry.endsWith(':host-gateway'))
      .map((entry) => {
        const [name = '', address = ''] = entry.split(/:(.*)/s);
        return { ip: address.replace(/^\[|\]$/g, ''), hostnames: [name] };
      }),
    dnsConfig: {
      nameservers: service.dns,
      searches: service.dnsSearch,
      options: service.dnsOptions.map((option) => {
        const [name = '', value] = option.split(':');
        return { name, value };
      }),
    },
    securityContext: {
      supplementalGroups: service.groupAdd.filter((group) => /^\d+$/.test(group)).map(Number),
      sysctls: Object.entries(service.sysctls).map(([name, value]) => ({ name, value })),
    },
    containers: [
      {
        name: kubeName(service.containerName ?? service.name),
        image: imageName(project, service),
        imagePullPolicy: pullPolicies[service.pullPolicy ?? ''],
        command: service.entrypoint,
        args: service.command,
        workingDir: service.workingDir,
        env: Object.entries(service.environment)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => ({ name, value: String(value) })),
        ports: containerPorts(service),
        resources: resourcesOf(service),
        ...probes(service.healthcheck),
        lifecycle: {
          postStart: service.postStart[0] && { exec: { command: service.postStart[0].command } },
          preStop: service.preStop[0] && { exec: { command: service.preStop[0].command } },
        },
        stdin: service.stdinOpen || undefined,
        tty: service.tty || undefined,
        securityContext: {
          privileged: service.privileged || undefined,
          readOnlyRootFilesystem: service.readOnly || undefined,
          runAsUser: ids.user,
          runAsGroup: ids.group,
          capabilities: { add: service.capAdd.map(capability), drop: service.capDrop.map(capability) },
        },
        volumeMounts: mounts,
      },
    ],
    volumes,
  };
}

const pullPolicies: Readonly<Record<string, string>> = {
  always: 'Always',
  never: 'Never',
  missing: 'IfNotPresent',
  if_not_present: 'IfNotPresent',
  build: 'IfNotPresent',
};

const capability = (name: string): string => name.replace(/^CAP_/i, '').toUpperCase();

const seconds = (nanoseconds: number | undefined): number | undefined =>
  nanoseconds === undefined ? undefined : Math.ceil(nanoseconds / 1e9);

/** Numbers only: names are known to the image alone. */
function idsOf(user: string | undefined): { user?: number; group?: number } {
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user ?? '') ?? [];
  return {
    ...(uid !== undefined && { user: Number(uid) }),
    ...(gid !== undefined && { group: Number(gid) }),
  };
}

function resourcesOf(service: Service): Plain {
  const { reservations } = service.deploy ?? {};
  return {
    limits: { cpu: cpu(service.cpus), memory: memory(service.memoryLimit) },
    requests: {
      cpu: cpu(reservations?.cpus),
      memory: memory(reservations?.memory ?? service.memoryReservation),
    },
  };
}

const cpu = (cpus: number | undefined): string | undefined =>
  cpus === undefined ? undefined : Number.isInteger(cpus) ? String(cpus) : `${Math.ceil(cpus * 1000)}m`;

/** In the largest unit that divides it. */
function memory(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const unit = (['Gi', 'Mi', 'Ki'] as const).find((_name, index) => bytes % 1024 ** (3 - index) === 0);
  return unit === undefined ? String(bytes) : `${bytes / 1024 ** { Gi: 3, Mi: 2, Ki: 1 }[unit]}${unit}`;
}
