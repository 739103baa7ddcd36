import { existsSync, readFileSync } from 'node:fs';
import { exec } from '../lib/exec.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { type ForwardChain, forwardChains, insertAccepts } from './foreign-chains.ts';
import type { KernelNames } from './names.ts';

/** Whether xtables of the old kind are in use: nf_tables does not show their rules. */
const LEGACY_TABLES = {
  'iptables-legacy': '/proc/net/ip_tables_names',
  'ip6tables-legacy': '/proc/net/ip6_tables_names',
} as const;

/**
 * Other firewalls of the host. What our table accepts another one may still drop: so two rules of ours go to the top of a FORWARD
 * chain of iptables that drops (of ufw, of Docker), and bridges into firewalld's zone `trusted`. Our own table says what may pass.
 * Chains of somebody's own making are never touched: of those that drop, the user is told. Nothing of others is removed or changed.
 */
export class ForeignFirewall {
  private readonly names: KernelNames;
  private readonly logger: Logger;
  private readonly bridges = new Set<string>();
  private blocking: readonly ForwardChain[] = [];

  constructor(names: KernelNames, logger: Logger) {
    this.names = names;
    this.logger = logger;
  }

  /** Lets our bridges through chains that would drop their packets. Repeatable; never throws. */
  async open(): Promise<void> {
    const chains = (await this.read()).filter(({ drops, admits }) => drops !== '' && !admits);
    for (const chain of chains.filter(({ isIptables }) => isIptables)) {
      await this.attempt(() => insertAccepts(chain, this.names));
    }
    for (const tool of ['iptables-legacy', 'ip6tables-legacy'] as const) await this.openLegacy(tool);
    await this.admit(...this.bridges);
    this.tell(chains.filter(({ isIptables, isFirewalld }) => !isIptables && !isFirewalld));
  }

  /** Lets bridges through firewalld, where that runs; never throws. All at once: firewall-cmd takes long to start. */
  async admit(...bridges: readonly string[]): Promise<void> {
    for (const bridge of bridges) this.bridges.add(bridge);
    if (bridges.length === 0 || !existsSync('/run/firewalld')) return;
    const state = await this.try('firewall-cmd', ['--state'], true);
    const changes = bridges.map((bridge) => `--change-interface=${bridge}`);
    if (state !== undefined) await this.try('firewall-cmd', ['--zone=trusted', ...changes]);
  }

  /** A bridge that is gone. */
  forget(bridge: string): void {
    this.bridges.delete(bridge);
  }

  /** What others drop of our containers' traffic, and how to let it pass. */
  warnings(): string[] {
    return this.blocking.map((chain) => this.explain(chain));
  }

  /** Removes what `open` inserted. */
  async close(): Promise<void> {
    for (const { family, table, chain, ownHandles } of await this.read())
      for (const handle of ownHandles)
        await this.try('nft', ['delete', 'rule', family, table, chain, 'handle', String(handle)], true);
    for (const tool of ['iptables-legacy', 'ip6tables-legacy'] as const) {
      if (!this.usesLegacy(tool)) continue;
      for (const rule of this.legacyRules()) await this.try(tool, ['-w', '-D', 'FORWARD', ...rule], true);
    }
  }

  private async read(): Promise<ForwardChain[]> {
    try {
      return await forwardChains(this.names);
    } catch (error) {
      this.logger.warn('The rules of other firewalls could not be read', { reason: messageOf(error) });
      return [];
    }
  }

  private explain({ family, table, chain, drops }: ForwardChain): string {
    const bridges = `'"${this.names.bridges}"'`;
    return (
      `The chain ${chain} of the nf_tables table "${family} ${table}" ${drops}: what containers send and receive is lost there. ` +
      `Let them pass: nft insert rule ${family} ${table} ${chain} iifname ${bridges} accept; ` +
      `nft insert rule ${family} ${table} ${chain} oifname ${bridges} accept`
    );
  }

  /** Once, until it is mended. */
  private tell(blocking: readonly ForwardChain[]): void {
    const known = new Set(this.warnings());
    this.blocking = blocking;
    for (const warning of this.warnings()) if (!known.has(warning)) this.logger.warn(warning);
  }

  private legacyRules(): string[][] {
    const tail = ['-m', 'comment', '--comment', this.names.table, '-j', 'ACCEPT'];
    return [
      ['-i', this.names.wildcard, ...tail],
      ['-o', this.names.wildcard, ...tail],
    ];
  }

  private usesLegacy(tool: keyof typeof LEGACY_TABLES): boolean {
    try {
      return /^filter$/m.test(readFileSync(LEGACY_TABLES[tool], 'latin1'));
    } catch {
      return false;
    }
  }

  private async openLegacy(tool: keyof typeof LEGACY_TABLES): Promise<void> {
    if (!this.usesLegacy(tool)) return;
    const listing = await this.try(tool, ['-w', '-S', 'FORWARD'], true);
    if (!/^-P FORWARD DROP|^-A FORWARD .*-j (?:DROP|REJECT)/m.test(listing ?? '')) return;
    for (const rule of this.legacyRules()) {
      const present = await this.try(tool, ['-w', '-C', 'FORWARD', ...rule], true);
      if (present === undefined) await this.try(tool, ['-w', '-I', 'FORWARD', '1', ...rule]);
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn('A firewall could not be changed', { reason: messageOf(error) });
    }
  }

  /** Standard output, or undefined when the program is missing or failed. */
  private async try(program: string, args: readonly string[], mayFail = false): Promise<string | undefined> {
    try {
      return (await exec(program, args)).stdout;
    } catch (error) {
      if (!mayFail)
        this.logger.warn('A firewall could not be changed', { program, args, reason: messageOf(error) });
      return undefined;
    }
  }
}
