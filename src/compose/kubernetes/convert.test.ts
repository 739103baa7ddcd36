import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { loadProject } from '../load/load-project.ts';
import { kubernetesManifests } from './convert.ts';
import { writeManifests } from './write-manifests.ts';

const file = `
name: shop_app
services:
  web_Front:
    image: nginx
    entrypoint: [serve]
    command: [--fast]
    ports: ["8080:80", "53:53/udp", "7000"]
    expose: ["9000-9001", "80"]
    environment: {B: "2", A: "1"}
    user: "1000:100"
    cap_add: [CAP_NET_ADMIN]
    volumes: [data:/data, ./here:/here:ro, /anonymous, shared:/shared]
    configs: [{source: conf, target: /etc/conf}]
    secrets: [pass]
    networks: [front, back]
    healthcheck: {test: curl localhost, interval: 1500ms, start_period: 5s, retries: 4}
    stop_grace_period: 20s
    pull_policy: always
    deploy: {replicas: 3, resources: {limits: {cpus: "0.5", memory: 256M}, reservations: {cpus: "2", memory: 3G}}}
  agent: {image: busybox, deploy: {mode: global}, network_mode: host, healthcheck: {disable: true}}
  job: {image: busybox, deploy: {mode: replicated-job, replicas: 2}, networks: [back], user: nobody}
volumes: {data: {labels: {a: b}}, shared: {external: true, name: theirs}, unused: {}}
networks: {front: {}, back: {}}
configs: {conf: {content: "hello\\n"}}
secrets: {pass: {environment: PASS}}
`;

type Body = any; // what YAML gives back
let objects: Map<string, Body>;
const directory = mkdtempSync(join(tmpdir(), 'lade-kubernetes-'));
after(() => rmSync(directory, { recursive: true }));

before(() => {
  writeFileSync(join(directory, 'compose.yaml'), file);
  const project = loadProject({ files: [], cwd: directory, env: { PASS: 'hush' } });
  writeManifests(directory, project, kubernetesManifests(project));
  objects = new Map(
    readdirSync(join(directory, 'base')).map((name) => {
      const [document, ...more] = parseAllDocuments(readFileSync(join(directory, 'base', name), 'utf8'));
      assert.deepEqual([more.length, document?.errors], [0, []], name);
      return [name, document?.toJS()];
    }),
  );
});

const podOf = (name: string): Body => objects.get(name).spec.template.spec;
const containerOf = (name: string): Body => podOf(name).containers[0];

test('every object has a kind, a name that Kubernetes takes, its namespace, and a line in the kustomization', () => {
  const { resources } = objects.get('kustomization.yaml');
  assert.deepEqual(
    [...objects.keys()].filter((name) => name !== 'kustomization.yaml').toSorted(),
    resources.toSorted(),
  );
  for (const [name, { apiVersion, kind, metadata }] of objects) {
    if (name === 'kustomization.yaml') continue;
    assert.match(apiVersion, /^(v1|apps\/v1|batch\/v1|networking\.k8s\.io\/v1)$/, name);
    assert.ok(kind, name);
    assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, name);
    assert.equal(metadata.namespace, kind === 'Namespace' ? undefined : 'shop-app', name);
  }
});

test('a service is a Deployment whose selector finds its pods', () => {
  const { kind, spec } = objects.get('web-front-deployment.yaml');
  assert.deepEqual([kind, spec.replicas, spec.strategy.type], ['Deployment', 3, 'Recreate']);
  const { labels } = spec.template.metadata;
  for (const [name, value] of Object.entries(spec.selector.matchLabels)) assert.equal(labels[name], value);
  const container = containerOf('web-front-deployment.yaml');
  assert.deepEqual(
    [container.image, container.command, container.args, container.imagePullPolicy],
    ['nginx', ['serve'], ['--fast'], 'Always'],
  );
  assert.deepEqual(container.env, [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ]);
  assert.deepEqual(container.resources, {
    limits: { cpu: '500m', memory: '256Mi' },
    requests: { cpu: '2', memory: '3Gi' },
  });
  assert.deepEqual(container.securityContext, {
    runAsUser: 1000,
    runAsGroup: 100,
    capabilities: { add: ['NET_ADMIN'] },
  });
  assert.equal(podOf('web-front-deployment.yaml').terminationGracePeriodSeconds, 20);
});

test('ports are exposed in the cluster, published ones to the world, each once', () => {
  const numbers = (name: string): string[] =>
    objects.get(name).spec.ports.map((port: Body) => `${port.port}:${port.targetPort}/${port.protocol}`);
  assert.deepEqual(numbers('web-front-expose.yaml'), [
    '80:80/TCP',
    '53:53/UDP',
    '7000:7000/TCP',
    '9000:9000/TCP',
    '9001:9001/TCP',
  ]);
  assert.deepEqual(numbers('web-front-service.yaml'), ['8080:80/TCP', '53:53/UDP', '7000:7000/TCP']);
  assert.deepEqual(
    ['web-front-expose.yaml', 'web-front-service.yaml'].map((name) => objects.get(name).spec.type),
    ['ClusterIP', 'LoadBalancer'],
  );
  assert.equal(objects.get('web-front-expose.yaml').metadata.name, 'web-front');
});

test('a health check is a probe; one that is switched off is none', () => {
  const { readinessProbe, livenessProbe } = containerOf('web-front-deployment.yaml');
  assert.deepEqual(readinessProbe, {
    exec: { command: ['sh', '-c', 'curl localhost'] },
    periodSeconds: 2,
    timeoutSeconds: 30,
    failureThreshold: 4,
  });
  assert.deepEqual(livenessProbe, { ...readinessProbe, initialDelaySeconds: 5 });
  assert.equal(containerOf('agent-daemonset.yaml').readinessProbe, undefined);
});

test('every mount has its volume: claims, hosts, memory, configs and secrets', () => {
  const { volumes } = podOf('web-front-deployment.yaml');
  const mounts = containerOf('web-front-deployment.yaml').volumeMounts;
  assert.deepEqual(
    mounts.map((mount: Body) => [mount.mountPath, volumes.find(({ name }: Body) => name === mount.name)]),
    [
      ['/data', { name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      ['/here', { name: 'bind-1', hostPath: { path: join(directory, 'here') } }],
      ['/anonymous', { name: 'volume-2', emptyDir: {} }],
      ['/shared', { name: 'theirs', persistentVolumeClaim: { claimName: 'theirs' } }],
      ['/etc/conf', { name: 'config-conf', configMap: { name: 'conf' } }],
      ['/run/secrets/pass', { name: 'secret-pass', secret: { secretName: 'pass' } }],
    ],
  );
  const claim = objects.get('data-persistentVolumeClaim.yaml');
  assert.deepEqual(
    [claim.kind, claim.spec.accessModes, claim.metadata.annotations],
    ['PersistentVolumeClaim', ['ReadWriteOnce'], { a: 'b' }],
  );
  assert.equal([...objects.values()].filter(({ kind }) => kind === 'PersistentVolumeClaim').length, 1);
  assert.deepEqual(objects.get('conf-configs.yaml').data, { conf: 'hello\n' });
  assert.deepEqual(objects.get('pass-secret.yaml').data, { pass: Buffer.from('hush').toString('base64') });
});

test('what runs everywhere is a DaemonSet, what ends is a Job', () => {
  const { kind, spec } = objects.get('agent-daemonset.yaml');
  assert.deepEqual([kind, spec.replicas, spec.template.spec.hostNetwork], ['DaemonSet', undefined, true]);
  const job = objects.get('job-job.yaml');
  assert.deepEqual(
    [job.kind, job.spec.completions, job.spec.selector, job.spec.template.spec.restartPolicy],
    ['Job', 2, undefined, 'OnFailure'],
  );
});

test('only pods of one network reach each other; published ports are open', () => {
  const policy = objects.get('front-network-policy.yaml').spec;
  assert.deepEqual(policy.ingress, [{ from: [{ podSelector: policy.podSelector }] }]);
  const labels = objects.get('web-front-deployment.yaml').spec.template.metadata.labels;
  for (const name of Object.keys(policy.podSelector.matchLabels)) assert.equal(labels[name], 'true');
  assert.deepEqual(objects.get('web-front-published-network-policy.yaml').spec.ingress, [
    {
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 53, protocol: 'UDP' },
        { port: 7000, protocol: 'TCP' },
      ],
    },
  ]);
});

test('a second conversion takes away what the first one made and leaves the rest', () => {
  writeFileSync(join(directory, 'base/stale.yaml'), '');
  writeFileSync(join(directory, 'own.yaml'), '');
  const project = loadProject({ files: [], cwd: directory, env: { PASS: '' } });
  writeManifests(directory, project, kubernetesManifests(project));
  assert.deepEqual(readdirSync(directory).toSorted(), ['base', 'compose.yaml', 'own.yaml']);
  assert.ok(!readdirSync(join(directory, 'base')).includes('stale.yaml'));
});
