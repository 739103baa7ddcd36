import type { Position } from '../parse/dockerfile-error.ts';
import type { Heredoc } from '../parse/heredoc.ts';

/** A piece of an argument, variables not yet replaced. */
export interface Word {
  readonly text: string;
  readonly position: Position;
}

/** A command line in one of its two forms. */
export type Command =
  | { readonly form: 'exec'; readonly args: readonly string[] }
  | { readonly form: 'shell'; readonly line: string };

export interface Pair {
  readonly key: Word;
  readonly value: Word;
}

/** A file whose content stands in the Dockerfile. */
export interface InlineFile {
  readonly name: string;
  readonly heredoc: Heredoc;
}

export type MountType = 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';

/** `RUN --mount=…`: its options by their canonical names, variables not yet replaced. */
export interface RunMount {
  /** A MountType in any case, or a text with variables. */
  readonly type: string;
  readonly options: ReadonlyMap<string, string>;
  readonly position: Position;
}

export interface FromInstruction {
  readonly kind: 'FROM';
  readonly base: Word;
  readonly platform?: Word;
  /** In lower case. */
  readonly name?: string;
}

export interface RunInstruction {
  readonly kind: 'RUN';
  readonly command: Command;
  readonly heredocs: readonly Heredoc[];
  readonly mounts: readonly RunMount[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
}

/** A member of the union for each of these kinds. */
type EachKind<K extends string, T> = K extends unknown ? { readonly kind: K } & T : never;

export interface CopyOperands {
  readonly sources: readonly Word[];
  readonly inline: readonly InlineFile[];
  readonly destination: Word;
  /** Stage, index of a stage, or image. */
  readonly from?: Word;
  readonly chown?: Word;
  readonly chmod?: Word;
  readonly checksum?: Word;
  readonly exclude: readonly Word[];
  /** Asks for a layer that does not depend on what is below it. Taken, and without effect: the files are the same. */
  readonly link: boolean;
  readonly parents: boolean;
  /** `ADD --unpack`; undefined = unpack local archives only. */
  readonly unpack?: boolean;
  /** `ADD --keep-git-dir`. */
  readonly keepGitDir?: boolean;
}

export interface HealthcheckInstruction {
  readonly kind: 'HEALTHCHECK';
  /** `NONE` or the command. */
  readonly test: 'NONE' | Command;
  /** Nanoseconds; 0 = default. */
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

export type InstructionBody =
  | FromInstruction
  | RunInstruction
  | HealthcheckInstruction
  | EachKind<'COPY' | 'ADD', CopyOperands>
  | EachKind<'CMD' | 'ENTRYPOINT', { readonly command: Command }>
  | EachKind<'LABEL' | 'ENV', { readonly pairs: readonly Pair[]; readonly legacy: boolean }>
  | { readonly kind: 'ARG'; readonly args: readonly { readonly key: Word; readonly value?: Word }[] }
  | EachKind<'EXPOSE' | 'VOLUME', { readonly words: readonly Word[] }>
  | EachKind<'USER' | 'WORKDIR' | 'STOPSIGNAL' | 'MAINTAINER', { readonly value: Word }>
  | { readonly kind: 'SHELL'; readonly shell: readonly string[] }
  | { readonly kind: 'ONBUILD'; readonly trigger: string; readonly instruction: Instruction };

/** An instruction whose form is checked; values with variables are checked when these are replaced. */
export type Instruction = InstructionBody & {
  readonly position: Position;
  readonly endLine: number;
  /** As written, on one line. */
  readonly original: string;
  /** The comments above, as far as one that is empty. */
  readonly comments: readonly string[];
};

export type Keyword = InstructionBody['kind'];

/** The instruction of one kind. */
export type InstructionOf<K extends Keyword> = Extract<Instruction, { readonly kind: K }>;
