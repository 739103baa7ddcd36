import { existsSync, readFileSync } from 'node:fs';
import { hasCode, internal, messageOf } from '../../lib/errors.ts';
import type { PortSpec, Protocol, PublishedPort } from '../types.ts';
import type { Listener, Target } from './listener.ts';
import type { PortTarget } from './port-targets.ts';
import { findPortHolder } from './port-holder.ts';
import { holdSctp } from './sctp-holder.ts';
import { listenTcp } from './tcp-proxy.ts';
import { listenUdp } from './udp-proxy.ts';

/** A port that a container holds on the host, on one address. */
export interface PortBinding {
  readonly port: PublishedPort;
  readonly listener: Listener;
}

interface Claim {
  readonly address: string;
  readonly owner: string;
}

const ANY = { ipv4: '0.0.0.0', ipv6: '::' } as const;

/** The ports of the host that containers hold: claimed here, and reserved in the kernel by listening on them. */
export class HostPorts {
  private readonly claims = new Map<string, Claim[]>();
  private nextEphemeral: number;

  /** `start`: how far into the ephemeral range it begins to look for a port. */
  constructor(start = 0) {
    this.nextEphemeral = start;
  }

  /** Holds all ports asked for, for a container of this name. */
  async reserve(
    specs: readonly PortSpec[],
    owner: string,
    targets: readonly PortTarget[],
  ): Promise<PortBinding[]> {
    const bindings: PortBinding[] = [];
    try {
      for (const spec of specs) bindings.push(...(await this.reserveOne(spec, owner, targets)));
      return bindings;
    } catch (error) {
      for (const { listener } of bindings) listener.close();
      throw error;
    }
  }

  /** One after the other of the ports that would do, until all its addresses are free on it. */
  private async reserveOne(
    spec: PortSpec,
    owner: string,
    targets: readonly PortTarget[],
  ): Promise<PortBinding[]> {
    const all = placesOf(spec.hostIp, targets);
    const routed = all.filter(({ target }) => target.isRouted).map((place) => routedBinding(spec, place));
    const places = all.filter(({ target }) => !target.isRouted);
    if (places.length === 0) return routed;
    const candidates = spec.hostPort === 0 ? this.ephemeralPorts() : range(spec);
    let failure: unknown;
    for (const hostPort of candidates) {
      try {
        return [...routed, ...(await this.bindAll(spec, places, hostPort, owner))];
      } catch (error) {
        if (!(error instanceof PortTaken)) throw error;
        failure = error;
      }
    }
    throw internal(failure instanceof PortTaken ? await failure.explain() : 'all ports are allocated');
  }

  private async bindAll(
    spec: PortSpec,
    places: readonly Place[],
    hostPort: number,
    owner: string,
  ): Promise<PortBinding[]> {
    const bindings: PortBinding[] = [];
    const { protocol, containerPort } = spec;
    try {
      for (const { address, target } of places) {
        const port = { protocol, containerPort, hostIp: address, hostPort };
        bindings.push({ port, listener: await this.bind(port, owner, target.ip) });
      }
      return bindings;
    } catch (error) {
      for (const { listener } of bindings) listener.close();
      throw error;
    }
  }

  private async bind(port: PublishedPort, owner: string, ip: string): Promise<Listener> {
    const free = this.claim(port, owner);
    try {
      const listener = await listen(port, { ip, port: port.containerPort });
      return {
        retarget: (target) => listener.retarget(target),
        close: () => {
          free();
          listener.close();
        },
      };
    } catch (error) {
      free();
      const what = `failed to bind host port for ${port.hostIp}:${port.hostPort}:${ip}:${port.containerPort}/${port.protocol}`;
      if (!hasCode(error, 'EADDRINUSE')) throw internal(`${what}: ${reason(error)}`, error);
      throw new PortTaken(`${what}: address already in use`, () =>
        findPortHolder(port.protocol, port.hostIp, port.hostPort),
      );
    }
  }

  /** Throws PortTaken when another container has it; returns what gives it back. */
  private claim({ protocol, hostIp: address, hostPort }: PublishedPort, owner: string): () => void {
    const key = `${hostPort}/${protocol}`;
    const claims = this.claims.get(key) ?? [];
    const other = claims.find((claim) => collide(claim.address, address));
    if (other) {
      const host = address.includes(':') ? `[${address}]` : address;
      throw new PortTaken(
        `Bind for ${host}:${hostPort} failed: port is already allocated`,
        async () => `container ${other.owner}`,
      );
    }
    const claim = { address, owner };
    this.claims.set(key, [...claims, claim]);
    return () => {
      const left = (this.claims.get(key) ?? []).filter((each) => each !== claim);
      if (left.length > 0) this.claims.set(key, left);
      else this.claims.delete(key);
    };
  }

  /** The kernel's ephemeral range, starting behind the port given last. */
  private *ephemeralPorts(): Generator<number> {
    const [first = 32768, last = 60999] = ephemeralRange();
    const count = last - first + 1;
    for (let tries = 0; tries < count; tries += 1) {
      const port = first + (this.nextEphemeral % count);
      this.nextEphemeral += 1;
      yield port;
    }
  }
}

/** The port is held by another; `holder` finds out by whom. */
class PortTaken extends Error {
  private readonly holder: () => Promise<string | undefined>;

  constructor(message: string, holder: () => Promise<string | undefined>) {
    super(message);
    this.holder = holder;
  }

  async explain(): Promise<string> {
    const holder = await this.holder().catch(() => undefined);
    return holder ? `${this.message} (held by ${holder})` : this.message;
  }
}

function listen(port: PublishedPort, target: Target): Promise<Listener> {
  const by: Readonly<Record<Protocol, () => Promise<Listener>>> = {
    tcp: () => listenTcp(port.hostIp, port.hostPort, target),
    udp: () => listenUdp(port.hostIp, port.hostPort, target),
    sctp: async () => holdSctp(port.hostIp, port.hostPort),
  };
  return by[port.protocol]();
}

/** An address of the host, and where connections to it lead. */
interface Place {
  readonly address: string;
  readonly target: PortTarget;
}

/** Where to publish: on the address asked for, else on the network's own, else on all. Never across the families but by proxy. */
function placesOf(hostIp: string, targets: readonly PortTarget[]): Place[] {
  return targets.flatMap((target): Place[] => {
    const { family, isRouted, hostBinding } = target;
    const wanted = hostIp || hostBinding;
    const any = family === 4 ? ANY.ipv4 : ANY.ipv6;
    if (wanted !== '' && wanted.includes(':') !== (family === 6)) return [];
    if (wanted === '' && family === 6 && !existsSync('/proc/net/if_inet6')) return [];
    return [{ address: isRouted || wanted === '' ? any : wanted, target }];
  });
}

/** Nothing of the host is taken: the container is reached at its own address. */
function routedBinding({ protocol, containerPort }: PortSpec, { address }: Place): PortBinding {
  return { port: { protocol, containerPort, hostIp: address, hostPort: 0 }, listener: noListener };
}

/** For ports that nobody listens on. */
export const noListener: Listener = { retarget: () => {}, close: () => {} };

/** Leads held ports to the container's new addresses. */
export function retarget(bindings: readonly PortBinding[], targets: readonly PortTarget[]): void {
  for (const { listener, port } of bindings) {
    const family = port.hostIp.includes(':') ? 6 : 4;
    const target = targets.find((each) => each.family === family);
    if (target) listener.retarget({ ip: target.ip, port: port.containerPort });
  }
}

function* range({ hostPort, hostPortEnd = hostPort }: PortSpec): Generator<number> {
  for (let port = hostPort; port <= hostPortEnd; port += 1) yield port;
}

function collide(one: string, other: string): boolean {
  if (one.includes(':') !== other.includes(':')) return false;
  return one === other || isAny(one) || isAny(other);
}

export const isAny = (address: string): boolean => address === ANY.ipv4 || address === ANY.ipv6;

function ephemeralRange(): number[] {
  return readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').trim().split(/\s+/).map(Number);
}

function reason(error: unknown): string {
  if (hasCode(error, 'EADDRNOTAVAIL')) return 'cannot assign requested address';
  if (hasCode(error, 'EACCES')) return 'permission denied';
  if (hasCode(error, 'EPROTONOSUPPORT'))
    return 'protocol not supported: this kernel has no module sctp; load it with "modprobe sctp", or install a kernel that has it';
  return messageOf(error);
}
