import { exposedPorts } from '../model/exposed-ports.ts';
import type { Service } from '../model/types.ts';
import { kubeName, type Plain } from './manifest.ts';

interface Port {
  readonly port: number;
  readonly protocol: string;
  readonly name: string;
}

/** Every port that others may connect to: exposed ones and the targets of published ones, each once. */
function allPorts(service: Service): Port[] {
  const found = new Map<string, Port>();
  const add = (port: number, protocol: string, name?: string): void => {
    const key = `${port}/${protocol}`;
    const made = {
      port,
      protocol: protocol.toUpperCase(),
      name: kubeName(name ?? `${port}-${protocol}`).slice(0, 15),
    };
    if (!found.has(key)) found.set(key, made);
  };
  for (const { target, protocol, name } of service.ports) add(target, protocol, name);
  for (const { ports, protocol } of service.expose.flatMap((entry) => exposedPorts(entry) ?? []))
    for (const port of ports) add(port, protocol);
  return [...found.values()];
}

export const containerPorts = (service: Service): Plain =>
  allPorts(service).map(({ port, protocol, name }) => ({ name, containerPort: port, protocol }));

/** Ports within the cluster, under the service's own name. */
export const internalPorts = (service: Service): Plain[] =>
  allPorts(service).map(({ port, protocol, name }) => ({ name, port, protocol, targetPort: port }));

/** Ports that are reached from outside; an ephemeral one is published under its own number. */
export const publishedPorts = (service: Service): Plain[] =>
  service.ports.map(({ target, published, protocol, appProtocol }) => {
    const port = Number(/^\d+/.exec(published ?? '')?.[0] ?? target) || target;
    return {
      name: kubeName(`${port}-${protocol}`),
      port,
      protocol: protocol.toUpperCase(),
      targetPort: target,
      appProtocol,
    };
  });
