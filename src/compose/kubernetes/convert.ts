import { readFileSync } from 'node:fs';
import type { Project, ProjectFile, Service } from '../model/types.ts';
import { kubeName, label, type Manifest, manifest, type Plain } from './manifest.ts';
import { podLabels, podSpec, selector } from './pod.ts';
import { internalPorts, publishedPorts } from './ports.ts';
import { claimOf, fileKey } from './volumes.ts';

/**
 * A project as objects of Kubernetes: a namespace, a workload for each service with Services for its ports, claims for volumes, and a
 * network policy for each network, as services that share no network do not reach each other.
 */
export function kubernetesManifests(project: Project): Manifest[] {
  const services = [...project.services.values()].filter(({ provider }) => !provider);
  return [
    namespaceOf(project),
    ...services.flatMap((service) => [workloadOf(project, service), ...servicesOf(project, service)]),
    ...claims(project, services),
    ...files(project, 'configs', services),
    ...files(project, 'secrets', services),
    ...networkPolicies(project, services),
  ];
}

function namespaceOf(project: Project): Manifest {
  const name = kubeName(project.name);
  return {
    file: `0-${name}-namespace.yaml`,
    body: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { [label.project]: project.name } },
    },
  };
}

/** A Deployment; what runs on every node is a DaemonSet, what ends is a Job. */
function workloadOf(project: Project, service: Service): Manifest {
  const mode = service.deploy?.mode ?? 'replicated';
  const isJob = mode.endsWith('-job');
  const kind = isJob ? 'Job' : mode === 'global' ? 'DaemonSet' : 'Deployment';
  const matchLabels = selector(project, service);
  const template = {
    metadata: {
      labels: podLabels(project, service),
      annotations: { ...service.annotations, ...service.labels },
    },
    spec: podSpec(project, service, isJob ? 'OnFailure' : undefined),
  };
  const spec: Plain = isJob
    ? { completions: service.replicas, parallelism: service.replicas, template }
    : {
        replicas: kind === 'Deployment' ? service.replicas : undefined,
        selector: { matchLabels },
        strategy: kind === 'Deployment' ? { type: strategyOf(service) } : undefined,
        template,
      };
  const more = { labels: matchLabels, ...(service.deploy && { annotations: service.deploy.labels }) };
  return {
    file: `${kubeName(service.name)}-${kind.toLowerCase()}.yaml`,
    body: manifest(project, [isJob ? 'batch/v1' : 'apps/v1', kind], service.name, { spec }, more),
  };
}

/** A volume is for one container at a time, as far as anybody knows. */
const strategyOf = ({ volumes, deploy }: Service): string =>
  deploy?.updateConfig?.order === 'start-first' ||
  !volumes.some(({ type, source }) => type === 'volume' && source !== undefined)
    ? 'RollingUpdate'
    : 'Recreate';

/** One for the others in the cluster, under the name that they know, and one for the world. */
function servicesOf(project: Project, service: Service): Manifest[] {
  const name = kubeName(service.name);
  const serviceOf = (suffix: string, type: string, ports: Plain[], as = name): Manifest => ({
    file: `${name}-${suffix}.yaml`,
    body: manifest(
      project,
      ['v1', 'Service'],
      as,
      { spec: { type, selector: selector(project, service), ports } },
      { labels: selector(project, service) },
    ),
  });
  const internal = internalPorts(service);
  const published = publishedPorts(service);
  return [
    ...(internal.length > 0 ? [serviceOf('expose', 'ClusterIP', internal)] : []),
    ...(published.length > 0 ? [serviceOf('service', 'LoadBalancer', published, `${name}-published`)] : []),
  ];
}

function claims(project: Project, services: readonly Service[]): Manifest[] {
  const used = new Set(
    services.flatMap(({ volumes }) =>
      volumes.flatMap(({ type, source }) => (type === 'volume' && source !== undefined ? [source] : [])),
    ),
  );
  return [...project.volumes.values()]
    .filter(({ key, external }) => used.has(key) && !external)
    .map(({ key, labels }) => ({
      file: `${kubeName(key)}-persistentVolumeClaim.yaml`,
      body: manifest(
        project,
        ['v1', 'PersistentVolumeClaim'],
        claimOf(project, key),
        { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } } },
        { annotations: labels },
      ),
    }));
}

function files(project: Project, kind: 'configs' | 'secrets', services: readonly Service[]): Manifest[] {
  const used = new Set(services.flatMap((service) => service[kind].map(({ source }) => source)));
  return [...project[kind].values()]
    .filter(({ key, external }) => used.has(key) && !external)
    .map((file) => ({
      file: `${kubeName(file.key)}-${kind === 'configs' ? 'configs' : 'secret'}.yaml`,
      body: manifest(
        project,
        ['v1', kind === 'configs' ? 'ConfigMap' : 'Secret'],
        file.key,
        kind === 'configs' ? configData(project, file) : secretData(project, file),
        { annotations: file.labels },
      ),
    }));
}

function contentOf({ environment }: Project, file: ProjectFile): Buffer {
  if (file.file !== undefined) return readFileSync(file.file);
  return Buffer.from(file.content ?? environment[file.environment ?? ''] ?? '');
}

/** Text as text, everything else in base64. */
function configData(project: Project, file: ProjectFile): Record<string, Plain> {
  const content = contentOf(project, file);
  const text = content.toString();
  return Buffer.from(text).equals(content)
    ? { data: { [fileKey(file)]: text } }
    : { binaryData: { [fileKey(file)]: content.toString('base64') } };
}

const secretData = (project: Project, file: ProjectFile): Record<string, Plain> => ({
  type: 'Opaque',
  data: { [fileKey(file)]: contentOf(project, file).toString('base64') },
});

function networkPolicies(project: Project, services: readonly Service[]): Manifest[] {
  const networks = new Set(services.flatMap((service) => [...service.networks.keys()]));
  const policy = (file: string, name: string, podSelector: Plain, ingress: Plain): Manifest => ({
    file,
    body: manifest(project, ['networking.k8s.io/v1', 'NetworkPolicy'], name, {
      spec: { podSelector, policyTypes: ['Ingress'], ingress },
    }),
  });
  return [
    ...[...networks].map((name) => {
      const podSelector = { matchLabels: { [label.network(name)]: 'true' } };
      const file = `${kubeName(name)}-network-policy.yaml`;
      return policy(file, `${name}-network-policy`, podSelector, [{ from: [{ podSelector }] }]);
    }),
    ...services
      .filter(({ ports }) => ports.length > 0)
      .map((service) =>
        policy(
          `${kubeName(service.name)}-published-network-policy.yaml`,
          `${service.name}-published-network-policy`,
          { matchLabels: selector(project, service) },
          [
            {
              ports: service.ports.map(({ target, protocol }) => ({
                port: target,
                protocol: protocol.toUpperCase(),
              })),
            },
          ],
        ),
      ),
  ];
}
