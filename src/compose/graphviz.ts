import { byLetters } from './model/by-letters.ts';
import { prerequisitesOf } from './model/references.ts';
import type { Project, Service, ServicePort } from './model/types.ts';
import { networksOf } from './plan/endpoints.ts';
import { imageName } from './plan/names.ts';

export interface GraphOptions {
  /** What a line begins with. */
  readonly indent: string;
  /** What a node shows besides the name of its service. */
  readonly networks?: boolean | undefined;
  readonly ports?: boolean | undefined;
  readonly image?: boolean | undefined;
}

/** A project as a graph in the DOT language (https://graphviz.org/doc/info/lang.html): its services, and what each needs. */
export function graphOf(project: Project, options: GraphOptions): string {
  const services = [...project.services.values()].toSorted((a, b) => byLetters(a.name, b.name));
  const nodes = services.map(
    (service) => `"${service.name}" [style="filled" label=<${label(project, service, options)}>];`,
  );
  const edges = services.flatMap((service) =>
    prerequisitesOf(service)
      .filter((name) => project.services.has(name))
      .toSorted(byLetters)
      .map((name) => `"${service.name}" -> "${name}";`),
  );
  const lines = (texts: readonly string[]): string =>
    texts.map((text) => `${options.indent}${text}\n`).join('');
  return `digraph "${project.name}" {\n${lines(['layout=dot;', ...nodes])}\n${lines(edges)}}\n`;
}

function label(project: Project, service: Service, { networks, ports, image }: GraphOptions): string {
  const attached = networksOf(service).map(([name]) => name);
  return [
    `<font point-size="15">${service.name}</font>`,
    networks ? part('Networks', attached) : '',
    ports ? part('Ports', service.ports.map(portText)) : '',
    image ? part('Image', [imageName(project, service)]) : '',
  ].join('');
}

const part = (title: string, values: readonly string[]): string =>
  values.length === 0
    ? ''
    : `<font point-size="10"><br/><br/><b>${title}:</b>${values.map((value) => `<br/>${escaped(value)}`).join('')}</font>`;

const portText = ({ hostIp, published, target, protocol, mode }: ServicePort): string =>
  `${hostIp === undefined ? '' : `${hostIp}:`}${published ?? ''}:${target} (${protocol}, ${mode ?? 'ingress'})`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
