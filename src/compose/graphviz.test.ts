import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { graphOf } from './graphviz.ts';
import { loadProject } from './load/load-project.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-graph-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'compose.yaml'),
  `name: shop
services:
  web: {image: nginx, ports: ["127.0.0.1:8080:80", "53/udp"], depends_on: [db, api], networks: {front: {}, back: {priority: 1}}}
  api: {build: ., links: [db]}
  db: {image: pg, network_mode: host}
networks: {front: , back: }
`,
);
const project = loadProject({ files: [], cwd: folder, env: {} });

test('a graph has a node for each service and an edge for each that it needs', () =>
  assert.equal(
    graphOf(project, { indent: '\t' }),
    `digraph "shop" {
	layout=dot;
	"api" [style="filled" label=<<font point-size="15">api</font>>];
	"db" [style="filled" label=<<font point-size="15">db</font>>];
	"web" [style="filled" label=<<font point-size="15">web</font>>];

	"api" -> "db";
	"web" -> "api";
	"web" -> "db";
}
`,
  ));

test('networks come by their priority, ports and images as they are called', () => {
  const lines = graphOf(project, { indent: '', networks: true, ports: true, image: true }).split('\n');
  const part = (title: string, text: string): string =>
    `<font point-size="10"><br/><br/><b>${title}:</b><br/>${text}</font>`;
  const node = (name: string, ...parts: string[]): string =>
    `"${name}" [style="filled" label=<<font point-size="15">${name}</font>${parts.join('')}>];`;
  const ports = '127.0.0.1:8080:80 (tcp, ingress)<br/>:53 (udp, ingress)';
  assert.deepEqual(lines.slice(2, 5), [
    node('api', part('Networks', 'default'), part('Image', 'shop-api')),
    node('db', part('Image', 'pg')),
    node('web', part('Networks', 'back<br/>front'), part('Ports', ports), part('Image', 'nginx')),
  ]);
});
