import type { NetlinkSocket } from './netlink.ts';
import { NetlinkMessages, NLM_F, parseAttributes } from './netlink-message.ts';

const SUBSYSTEM = 10;
const BATCH = { BEGIN: 0x10, END: 0x11 } as const;
const MSG = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  GETCHAIN: 4,
  NEWRULE: 6,
  GETRULE: 7,
  NEWSETELEM: 12,
  DELSETELEM: 14,
  GETGEN: 16,
} as const;
const ELEMENTS = { TABLE: 1, SET: 2, LIST: 3 } as const;
const ELEMENT = { KEY: 1, DATA: 2, KEY_END: 10 } as const;
const DATA_VALUE = 1;
const LIST_ELEM = 1;
const RULE_TABLE = 1;
const GENERATION_ID = 1;

/** nf_tables families. */
export const NFPROTO = { INET: 1, IPV4: 2 } as const;

/** An element of a set or map; keys and data have each field padded to four bytes. */
export interface SetElement {
  readonly key: Buffer;
  /** The end of an interval. */
  readonly keyEnd?: Buffer;
  readonly data?: Buffer;
}

/** Elements per message: an attribute is at most 64 KiB long. */
const CHUNK = 256;

/** Changes of one nf_tables transaction: all take effect at once, or none. */
export class NftBatch {
  private readonly messages = new NetlinkMessages();
  private readonly socket: NetlinkSocket;
  private readonly family: number;

  constructor(socket: NetlinkSocket, family: number = NFPROTO.INET) {
    this.socket = socket;
    this.family = family;
    this.messages.begin(BATCH.BEGIN).raw(0, 0, 0, SUBSYSTEM);
  }

  addElements(table: string, set: string, elements: readonly SetElement[]): void {
    for (let at = 0; at < elements.length; at += CHUNK) {
      this.elements(MSG.NEWSETELEM, NLM_F.CREATE, table, set, elements.slice(at, at + CHUNK));
    }
  }

  /** The whole transaction fails when one of them does not exist. */
  deleteElements(table: string, set: string, elements: readonly SetElement[]): void {
    for (let at = 0; at < elements.length; at += CHUNK) {
      this.elements(MSG.DELSETELEM, 0, table, set, elements.slice(at, at + CHUNK));
    }
  }

  flushSet(table: string, set: string): void {
    this.begin(MSG.DELSETELEM, 0).attrString(ELEMENTS.TABLE, table).attrString(ELEMENTS.SET, set);
  }

  addTable(table: string): void {
    this.begin(MSG.NEWTABLE, NLM_F.CREATE).attrString(1, table);
  }

  deleteTable(table: string): void {
    this.begin(MSG.DELTABLE, 0).attrString(1, table);
  }

  /** A base chain of type filter whose policy is accept. */
  addFilterChain(table: string, chain: string, hook: number, priority: number): void {
    const to = this.begin(MSG.NEWCHAIN, NLM_F.CREATE).attrString(1, table).attrString(3, chain);
    to.nest(4, () => to.attr32be(1, hook).attr32be(2, priority));
    to.attr32be(5, 1).attrString(7, 'filter');
  }

  addRule(table: string, chain: string, expressions: (to: NetlinkMessages) => void): void {
    const to = this.begin(MSG.NEWRULE, NLM_F.CREATE | NLM_F.APPEND)
      .attrString(1, table)
      .attrString(2, chain);
    to.nest(4, () => expressions(to));
  }

  /** Throws NetlinkError with the first refusal; then nothing has changed. */
  commit(options: { tolerate?: readonly string[] } = {}): void {
    this.messages.acknowledge();
    this.messages.begin(BATCH.END).raw(0, 0, 0, SUBSYSTEM);
    this.socket.talk(this.messages, { ...options, batch: true });
  }

  private elements(
    message: number,
    flags: number,
    table: string,
    set: string,
    list: readonly SetElement[],
  ): void {
    const to = this.begin(message, flags).attrString(ELEMENTS.TABLE, table).attrString(ELEMENTS.SET, set);
    to.nest(ELEMENTS.LIST, () => {
      for (const element of list) to.nest(LIST_ELEM, () => this.element(to, element));
    });
  }

  private element(to: NetlinkMessages, { key, keyEnd, data }: SetElement): void {
    to.nest(ELEMENT.KEY, () => to.attr(DATA_VALUE, key));
    if (keyEnd) to.nest(ELEMENT.KEY_END, () => to.attr(DATA_VALUE, keyEnd));
    if (data) to.nest(ELEMENT.DATA, () => to.attr(DATA_VALUE, data));
  }

  private begin(message: number, flags: number): NetlinkMessages {
    return this.messages.begin((SUBSYSTEM << 8) | message, flags).raw(this.family, 0, 0, 0);
  }
}

/** Grows with each transaction, whoever makes it. */
export function generation(socket: NetlinkSocket): number {
  const question = new NetlinkMessages().begin((SUBSYSTEM << 8) | MSG.GETGEN).raw(0, 0, 0, 0);
  return parseAttributes(socket.ask(question), 4).get(GENERATION_ID)?.readUInt32BE() ?? 0;
}

/** How many rules a table has; 0 when there is none of this name. */
export function countRules(socket: NetlinkSocket, table: string, family: number = NFPROTO.INET): number {
  const question = new NetlinkMessages().begin((SUBSYSTEM << 8) | MSG.GETRULE, NLM_F.DUMP);
  question.raw(family, 0, 0, 0).attrString(RULE_TABLE, table);
  return socket
    .dump(question)
    .filter((rule) => parseAttributes(rule, 4).get(RULE_TABLE)?.toString('utf8') === `${table}\0`).length;
}

/** Whether a table has this chain. */
export function chainExists(
  socket: NetlinkSocket,
  table: string,
  chain: string,
  family: number = NFPROTO.INET,
): boolean {
  try {
    const question = new NetlinkMessages().begin((SUBSYSTEM << 8) | MSG.GETCHAIN).raw(family, 0, 0, 0);
    socket.ask(question.attrString(1, table).attrString(3, chain));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
