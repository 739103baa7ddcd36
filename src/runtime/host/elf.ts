/** What the first bytes of an ELF file say (elf(5)). */
export interface ElfHeader {
  /** Go's name of the architecture, or `machine N` for one that we have no name for. */
  readonly architecture: string;
  /** The program that loads it; undefined = static. */
  readonly interpreter: string | undefined;
}

const machines: Readonly<Record<number, string>> = {
  3: '386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'amd64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
};

const PT_INTERP = 3;

/** Reads an ELF header from the start of a file (4 KiB do); undefined when it is something else. Malformed ones have no interpreter. */
export function readElf(head: Buffer): ElfHeader | undefined {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const view = new ElfView(head);
  return { architecture: view.architecture(), interpreter: view.interpreter() };
}

/** Field access by the file's own word size and byte order. */
class ElfView {
  private readonly head: Buffer;
  private readonly wide: boolean;
  private readonly little: boolean;

  constructor(head: Buffer) {
    this.head = head;
    this.wide = head[4] === 2;
    this.little = head[5] === 1;
  }

  architecture(): string {
    const machine = this.short(18);
    const name = machines[machine] ?? `machine ${machine}`;
    return name === 'ppc64' && this.little ? 'ppc64le' : name;
  }

  interpreter(): string | undefined {
    const table = this.word(this.wide ? 32 : 28);
    const size = this.short(this.wide ? 54 : 42);
    const count = this.short(this.wide ? 56 : 44);
    for (let index = 0; index < Math.min(count, 64); index += 1) {
      const entry = table + index * size;
      if (entry + size > this.head.length || size < 32) return undefined;
      if (this.int(entry) === PT_INTERP) return this.text(entry);
    }
    return undefined;
  }

  /** The string that a program header points to. */
  private text(entry: number): string | undefined {
    const offset = this.word(entry + (this.wide ? 8 : 4));
    const length = this.word(entry + (this.wide ? 32 : 16));
    if (offset + length > this.head.length) return undefined;
    return this.head.toString('utf8', offset, offset + length).replace(/\0.*$/s, '');
  }

  private short(at: number): number {
    return this.little ? this.head.readUInt16LE(at) : this.head.readUInt16BE(at);
  }

  private int(at: number): number {
    return this.little ? this.head.readUInt32LE(at) : this.head.readUInt32BE(at);
  }

  private word(at: number): number {
    if (!this.wide) return this.int(at);
    return Number(this.little ? this.head.readBigUInt64LE(at) : this.head.readBigUInt64BE(at));
  }
}
