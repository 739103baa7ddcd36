import type { EndpointSpec } from './types.ts';

/** Docker's options of one container's place in a network. Others are kept and have no effect. */
const names = {
  sysctls: 'com.docker.network.endpoint.sysctls',
  interface: 'com.docker.network.endpoint.ifname',
} as const;

/** A setting of one interface: `IFNAME` stands for its name. */
interface InterfaceSysctl {
  /** `ipv4/conf/IFNAME/log_martians`, below /proc/sys/net. */
  readonly path: string;
  readonly value: string;
}

/** The name that the interface shall have in the container. */
export const wantedInterface = (spec: EndpointSpec): string | undefined =>
  spec.options?.[names.interface] || undefined;

/** The settings asked for, for an interface of this name. */
export function interfaceSysctls(spec: EndpointSpec, interfaceName: string): InterfaceSysctl[] {
  return sysctlTexts(spec).flatMap((text) => {
    const parsed = parseSysctl(text);
    return parsed ? [{ ...parsed, path: parsed.path.replace('IFNAME', interfaceName) }] : [];
  });
}

/** Whether the container, or its interface here, speaks no IPv6. */
export const leavesOutIpv6 = (spec: EndpointSpec): boolean =>
  spec.withoutIpv6 === true ||
  interfaceSysctls(spec, '').some(({ path, value }) => path === 'ipv6/conf//disable_ipv6' && value === '1');

/** What is wrong with the options, in Docker's words. */
export function optionProblems(spec: EndpointSpec): string[] {
  return sysctlTexts(spec)
    .filter((text) => parseSysctl(text) === undefined)
    .map(
      (text) =>
        `unrecognised network interface sysctl '${text}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`,
    );
}

function sysctlTexts(spec: EndpointSpec): string[] {
  const text = spec.options?.[names.sysctls];
  return text ? text.split(',') : [];
}

/** `net.ipv4.conf.IFNAME.log_martians=1` */
function parseSysctl(text: string): InterfaceSysctl | undefined {
  const match = /^net\.(ipv4|ipv6|mpls)\.(\w+)\.IFNAME\.(\w+)=([^=]*)$/i.exec(text);
  if (!match) return undefined;
  const [, family = '', group = '', name = '', value = ''] = match;
  return { path: `${family.toLowerCase()}/${group}/IFNAME/${name}`, value };
}
