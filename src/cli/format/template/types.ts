/** A template taken apart: what stands between the actions, and the actions. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipe: Pipe }
  | Block
  | { readonly kind: 'assign'; readonly name: string; readonly pipe: Pipe };

export interface Block {
  readonly kind: 'block';
  readonly word: 'if' | 'range' | 'with';
  /** Names of `{{range $i, $x := …}}`. */
  readonly variables: readonly string[];
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Commands, each of which gets the value of the one before as its last argument. */
export type Pipe = readonly (readonly Operand[])[];

export type Operand =
  | ({ readonly kind: 'field' } & Access)
  | ({ readonly kind: 'variable'; readonly name: string } & Access)
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'function'; readonly name: string }
  | ({ readonly kind: 'group'; readonly pipe: Pipe } & Access);

/** Members to follow: `.State.Pid`. */
export interface Access {
  readonly path: readonly string[];
  /** For what goes wrong: `:1:8: executing "" at <.State.Pid>`. */
  readonly place: string;
}
