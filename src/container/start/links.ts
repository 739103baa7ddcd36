import { conflict } from '../../lib/errors.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import { linksOf } from '../names/links.ts';

/**
 * The variables that Docker's old `--link other:alias` on the default bridge brings; the names are network/'s. Throws when the other does
 * not run. On networks of their own, links are only names.
 */
export function linkEnvironment(context: Context, record: ContainerRecord): string[] {
  return linksOf(record.spec).flatMap(({ target, alias }) => {
    const other = context.store.get(target);
    const address = other.endpoints.find(({ networkName }) => networkName === 'bridge')?.ipv4;
    if (!other.run || !address)
      throw conflict(`Cannot link to a non running container: /${other.name} AS /${record.name}/${alias}`);
    return linkVariables(record.name, other, alias, address);
  });
}

function linkVariables(holder: string, other: ContainerRecord, alias: string, address: string): string[] {
  const prefix = alias.replaceAll('-', '_').toUpperCase();
  const ports = other.spec.exposedPorts.toSorted((left, right) => left.port - right.port);
  const url = ({ port, protocol }: { port: number; protocol: string }): string =>
    `${protocol}://${address}:${port}`;
  return [
    `${prefix}_NAME=/${holder}/${alias}`,
    ...ports.slice(0, 1).map((port) => `${prefix}_PORT=${url(port)}`),
    ...ports.flatMap((port) => {
      const name = `${prefix}_PORT_${port.port}_${port.protocol.toUpperCase()}`;
      return [
        `${name}=${url(port)}`,
        `${name}_ADDR=${address}`,
        `${name}_PORT=${port.port}`,
        `${name}_PROTO=${port.protocol}`,
      ];
    }),
    ...other.spec.env
      .filter((variable) => !/^(PATH|HOME|TERM|HOSTNAME)=/.test(variable))
      .map((variable) => `${prefix}_ENV_${variable}`),
  ];
}
