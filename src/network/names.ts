import { createHash } from 'node:crypto';

/** Interface names are at most this long (IFNAMSIZ - 1). */
const MAX_INTERFACE = 15;

/**
 * The names of everything that an engine makes in the kernel. Engines side by side have different prefixes, so that each finds,
 * and removes, only what is its own.
 */
export class KernelNames {
  /** The nf_tables table, of family inet. */
  readonly table: string;
  /**
   * How far into the ephemeral range ports are chosen. While an engine is down its rules lead its ports to containers, but nobody holds
   * them: another engine should not come upon them.
   */
  readonly firstPort: number;
  private readonly prefix: string;

  constructor(engine: string) {
    this.table = engine;
    const isDefault = engine === 'lading';
    this.prefix = isDefault ? 'ld' : `lx${digits(engine, 4)}`;
    this.firstPort = isDefault ? 0 : numberOf(engine) % 25_000;
  }

  get defaultBridge(): string {
    return `${this.prefix}0`;
  }

  bridge(networkId: string): string {
    return `${this.prefix}-${networkId}`.slice(0, MAX_INTERFACE);
  }

  /** The interface that the links of a network are on that leads nowhere. */
  parent(networkId: string): string {
    return `${this.prefix}d-${networkId}`.slice(0, MAX_INTERFACE);
  }

  /** The end on the host of a container's link. */
  veth(number: number): string {
    return `${this.prefix}v${number.toString(36)}`;
  }

  isBridge(name: string): boolean {
    return name === this.defaultBridge || name.startsWith(`${this.prefix}-`);
  }

  /** Such an interface, or its other end. */
  isParent(name: string): boolean {
    return name.startsWith(`${this.prefix}d-`) || name.startsWith(`${this.prefix}e-`);
  }

  /** The other end of such an interface, where it has one. */
  parentPeer(parent: string): string {
    return parent.replace(`${this.prefix}d-`, `${this.prefix}e-`);
  }

  /** Matches all of those, in the language of nft. */
  get parentPeers(): string {
    return `${this.prefix}e-*`;
  }

  isVeth(name: string): boolean {
    return name.startsWith(`${this.prefix}v`);
  }

  /** Matches all bridges, in the language of nft. */
  get bridges(): string {
    return `${this.prefix}*`;
  }

  /** The same in the language of iptables. */
  get wildcard(): string {
    return `${this.prefix}+`;
  }
}

function digits(text: string, count: number): string {
  return numberOf(text).toString(36).padStart(count, '0').slice(-count);
}

const numberOf = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 6);
