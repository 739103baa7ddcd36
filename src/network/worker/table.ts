import { chainExists, countRules, generation, NftBatch } from '../../kernel/nftables.ts';
import type { NetlinkSocket } from '../../kernel/netlink.ts';
import { exec } from '../../lib/exec.ts';
import { allElements, bridgeElements, portElements, setNames, type Elements } from './elements.ts';
import type { KernelNames } from '../names.ts';
import type { BridgePlan, PortRule, TableState } from './protocol.ts';
import { ruleCount, ruleset, versionChain } from './ruleset.ts';

/** The engine's nf_tables table. It outlives the engine: what is in it works while the engine is down. */
export class Table {
  private readonly socket: NetlinkSocket;
  private readonly names: KernelNames;
  private readonly name: string;
  private seen = 0;

  constructor(socket: NetlinkSocket, names: KernelNames) {
    this.socket = socket;
    this.names = names;
    this.name = names.table;
  }

  exists(): boolean {
    return chainExists(this.socket, this.name, versionChain);
  }

  /** Whether nobody has taken rules out of it. */
  isWhole(): boolean {
    return this.exists() && countRules(this.socket, this.name) === ruleCount(ruleset(this.names));
  }

  /** True when others have changed rules anywhere since it was asked last. */
  hasMoved(): boolean {
    const now = generation(this.socket);
    const moved = now !== this.seen;
    this.seen = now;
    return moved;
  }

  /** Makes the table, without elements, unless it stands in this version. */
  async ensure(): Promise<void> {
    if (!this.isWhole()) await exec('nft', ['-f', '-'], { input: ruleset(this.names) });
  }

  /** Makes all elements as described, in one transaction: at no moment a port is missing that was there before. */
  write(state: TableState): void {
    const batch = new NftBatch(this.socket);
    for (const set of setNames) batch.flushSet(this.name, set);
    this.add(batch, allElements(state));
    this.commit(batch);
  }

  addBridge(bridge: BridgePlan): void {
    this.change(bridgeElements([bridge]), new Map());
  }

  removeBridge(bridge: BridgePlan): void {
    this.change(new Map(), bridgeElements([bridge]));
  }

  changePorts(add: readonly PortRule[], remove: readonly PortRule[]): void {
    this.change(portElements(add), portElements(remove));
  }

  delete(): void {
    const batch = new NftBatch(this.socket);
    batch.deleteTable(this.name);
    batch.commit({ tolerate: ['ENOENT'] });
  }

  private change(add: Elements, remove: Elements): void {
    if (add.size === 0 && remove.size === 0) return;
    const batch = new NftBatch(this.socket);
    for (const [set, elements] of remove) batch.deleteElements(this.name, set, elements);
    this.add(batch, add);
    this.commit(batch);
  }

  /** Each transaction moves the generation by one: what we do ourselves is nothing to look into. */
  private commit(batch: NftBatch): void {
    const before = generation(this.socket);
    batch.commit();
    if (before === this.seen) this.seen = before + 1;
  }

  private add(batch: NftBatch, elements: Elements): void {
    for (const [set, list] of elements) batch.addElements(this.name, set, list);
  }
}
