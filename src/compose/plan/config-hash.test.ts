import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadProject } from '../load/load-project.ts';
import { networkHash, serviceHash, volumeHash } from './config-hash.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-hash-'));
after(() => rmSync(folder, { recursive: true }));

const files = {
  'x.env': 'X=1\n',
  'compose.yaml': `
name: cfgh
services:
  web:
    image: busybox
    command: sleep 100
    networks: [a, b, default]
    volumes: ["vv:/v", "ww:/w", "dd:/d"]
    env_file: x.env
    environment: {Q: 1, U: }
  two:
    image: busybox
    network_mode: service:web
    pid: service:web
    volumes_from: [web:ro, "three"]
  three:
    image: busybox
networks:
  a:
  b:
    driver: bridge
    driver_opts: {com.docker.network.bridge.name: cfghbr}
    attachable: true
    internal: true
    labels: [z=1, a=2]
    ipam:
      config: [{subnet: 10.77.3.0/24, gateway: 10.77.3.1, aux_addresses: {h: 10.77.3.5}}]
volumes:
  vv:
  ww: {labels: {a: b}, driver_opts: {type: tmpfs, device: tmpfs}}
  dd: {driver: local, name: cfgh-named}
`,
};

/** Labels that `docker compose create` 2.40 gave to what it made of these files. */
test('hashes are those that docker compose writes into its labels', () => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const project = loadProject({ files: [join(folder, 'compose.yaml')], cwd: folder, env: {} });
  const web = '85b4f3ab68123f9c2622bc01c6c71f835a92bfc24dbc8ce1f2ebfe4a1748fade';
  const three = '0f8872787997748fc8bd038256302ff9596806ce98fd5fd7c6d582e5ec74eed4';
  const services = [...project.services.values()].map((service) =>
    service.name === 'two'
      ? { ...service, networkMode: `container:${web}`, pid: `container:${web}`, volumesFrom: [web, three] }
      : service,
  );
  assert.deepEqual(
    {
      services: services.map((service) => serviceHash(project, service)),
      networks: [...project.networks.values()].map((network) => networkHash(project, network)),
      volumes: [...project.volumes.values()].map((volume) => volumeHash(project, volume)),
    },
    {
      services: [
        'afb9225b885cd3d635f45ec5da6151257ab33207d720afa875de6e9e210c1cef',
        'eb89443df831cbf135b6c270961028a4d6a8865dfb3d43d9d7c59d8f091b1007',
        '2afd7866203dca40993313263173003833e9de9c3ad83f2f59484e32a5605234',
      ],
      networks: [
        'bf55252c94cc21f17cdabf262f8c2892eacbf22f6d21f806ca96ea2c6a1b46df',
        'd3390d2a716c3aa9a306625e4d48050d52b175f746fb04fd511487dd7fd23747',
        '4245bee91de289df440003da67fd3a2e436c176991cb1d21bc1e19a094936ad1',
      ],
      volumes: [
        'f2ccbfc1b16a2d206a0d6e25358a68ce10e7fcda49b1394528d80b0ca22e977f',
        'b6e525ce0cb3e7d0205c7f528c450223397d693bd9bc9ac0a01409047d514338',
        '6890eb1bccf8f8611f04860cd0f81e07b4543976eab6487901fd48491ae9a441',
      ],
    },
  );
});
