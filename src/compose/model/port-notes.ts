import { formatPlace, type Note } from '../load/compose-error.ts';
import { at, type Place } from '../load/tree.ts';
import { scalarText } from './document-values.ts';
import type { Project } from './types.ts';

interface Published {
  readonly service: string;
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
  readonly place: Place;
}

/** Ports of the host that two services want, or that one wants for several containers. */
export function portNotes(project: Project): Note[] {
  const ports = [...project.services.keys()].flatMap((name) => publishedBy(project, name));
  const byNumber = Map.groupBy(ports.entries(), ([, port]) => numberOf(port)); // a range has many
  return [
    ...ports.flatMap((port, index) => {
      const other = (byNumber.get(numberOf(port)) ?? []).find(
        ([at, before]) => at < index && areSame(before, port),
      )?.[1];
      if (!other) return [];
      const by =
        other.service === port.service ? 'by this service' : `by service ${JSON.stringify(other.service)}`;
      const where = formatPlace({ ...other.place, file: other.place.file.split('/').at(-1) ?? '' });
      return [
        {
          place: port.place,
          message: `port ${port.port}/${port.protocol} of the host is published ${by} already (${where}): only one of them can start`,
        },
      ];
    }),
    ...ports.flatMap(({ service, port, place }) => {
      const containers = project.services.get(service)?.replicas ?? 1;
      return containers > 1
        ? [
            {
              place,
              message: `service ${JSON.stringify(service)} has ${containers} containers, and only one can have port ${port} of the host: publish a range (${port}-${port + containers - 1}), or leave the choice to the engine`,
            },
          ]
        : [];
    }),
  ];
}

/** Ports that are given as one number; in a range the engine finds a free one. */
function publishedBy({ tree }: Project, service: string): Published[] {
  const ports = at(tree, 'services', service, 'ports');
  if (at(tree, 'services', service, 'network_mode')) return [];
  return (ports?.kind === 'list' ? ports.items : []).flatMap((item) => {
    const published = scalarText(at(item, 'published')) ?? '';
    if (!/^\d+$/.test(published) || published === '0') return [];
    const protocol = scalarText(at(item, 'protocol')) ?? 'tcp';
    const ip = scalarText(at(item, 'host_ip')) ?? '';
    return [{ service, port: Number(published), protocol, ip, place: item.place }];
  });
}

const numberOf = ({ port, protocol }: Published): string => `${port}/${protocol}`;

/** Of ports of the same number. */
const areSame = (a: Published, b: Published): boolean => a.ip === b.ip || isAny(a.ip) || isAny(b.ip);

const isAny = (ip: string): boolean => ['', '0.0.0.0', '::'].includes(ip);
