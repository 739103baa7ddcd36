/** Shapes of the messages in proto/, as far as we look into them. Numbers for all integers, seconds and nanoseconds for times. */

export interface Timestamp {
  seconds: number;
  nanos: number;
}

export interface Definition {
  def: Uint8Array[];
  metadata: Record<string, object>;
}

export interface Op {
  inputs: { digest: string; index: number }[];
  source: { identifier: string; attrs: Record<string, string> } | null;
  file: { actions: FileAction[] } | null;
}

export interface FileAction {
  /** Number of an input; -1 = nothing. */
  input: number;
  secondaryInput: number;
  copy: {
    src: string;
    dest: string;
    dirCopyContents: boolean;
    attemptUnpackDockerCompatibility: boolean;
    allowWildcard: boolean;
    include_patterns: string[];
    exclude_patterns: string[];
  } | null;
}

export interface OptionsEntry {
  Type: string;
  Attrs: Record<string, string>;
}

export interface SolveRequest {
  Ref: string;
  Session: string;
  Definition: Definition | null;
  Frontend: string;
  FrontendAttrs: Record<string, string>;
  FrontendInputs: Record<string, Definition>;
  Exporters: OptionsEntry[];
  ExporterDeprecated: string;
  ExporterAttrsDeprecated: Record<string, string>;
  Cache: { Exports: OptionsEntry[]; Imports: OptionsEntry[] } | null;
  Entitlements: string[];
  Internal: boolean;
  SourcePolicy?: { rules?: PolicyRuleMessage[] } | null;
  SourcePolicySession?: string;
  /** 0 = today's. */
  CompatibilityVersion?: number;
}

/** A rule of a source policy: numbers from messages, names from files. */
export interface PolicyRuleMessage {
  action?: number | string;
  selector?: {
    identifier?: string;
    match_type?: number | string;
    constraints?: { key?: string; value?: string; condition?: number | string }[];
  } | null;
  updates?: { identifier?: string; attrs?: Record<string, string> } | null;
}

export interface SolveResponse {
  ExporterResponse: Record<string, string>;
}

export interface Vertex {
  digest: string;
  inputs: string[];
  name: string;
  cached: boolean;
  started: Timestamp | null;
  completed: Timestamp | null;
  error: string;
}

export interface VertexStatus {
  ID: string;
  vertex: string;
  name: string;
  current: number;
  total: number;
  timestamp: Timestamp | null;
  started: Timestamp | null;
  completed: Timestamp | null;
}

export interface VertexLog {
  vertex: string;
  timestamp: Timestamp | null;
  /** 1 = standard output, 2 = standard error. */
  stream: number;
  msg: Uint8Array;
}

export interface SourceRange {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

export interface VertexWarning {
  vertex: string;
  level: number;
  short: Uint8Array;
  detail: Uint8Array[];
  url: string;
  info: { filename: string; data: Uint8Array; language: string } | null;
  ranges: SourceRange[];
}

export interface StatusResponse {
  vertexes: Partial<Vertex>[];
  statuses: Partial<VertexStatus>[];
  logs: Partial<VertexLog>[];
  warnings: Partial<VertexWarning>[];
}

export interface FrontendRef {
  id: string;
  def: Definition | null;
}

export interface FrontendResult {
  ref: FrontendRef | null;
  refs: { refs: Record<string, FrontendRef> } | null;
  metadata: Record<string, Uint8Array>;
}

export interface FrontendSolveRequest {
  Definition: Definition | null;
  Frontend: string;
  FrontendOpt: Record<string, string>;
  FrontendInputs: Record<string, Definition>;
  Evaluate: boolean;
}

export interface FileStat {
  path: string;
  /** Go's fs.FileMode: permission bits and its own bits for the kind (session/file-mode.ts). */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Nanoseconds since 1970, rounded to what a number holds. */
  modTime: number;
  linkname: string;
  devmajor: number;
  devminor: number;
  xattrs: Record<string, Uint8Array>;
}

export interface Packet {
  type: number;
  stat: Partial<FileStat> | null;
  ID: number;
  data: Uint8Array;
}
