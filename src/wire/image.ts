import type { ContainerConfig } from './container.ts';

/** Engine API shapes of images, spelled as on the wire (v1.51). */

export interface ImageSummary {
  Id: string;
  ParentId: string;
  RepoTags: string[];
  RepoDigests: string[];
  /** seconds since 1970 */
  Created: number;
  Size: number;
  SharedSize: number;
  VirtualSize?: number;
  Labels: Readonly<Record<string, string>> | null;
  Containers: number;
  /** With `manifests=1`, since API 1.47. */
  Manifests?: ImageManifestSummary[];
  /** Since API 1.48. */
  Descriptor?: OciDescriptor;
}

/** OCI image spec, descriptor.md, as far as the API tells it. */
export interface OciDescriptor {
  mediaType: string;
  digest: string;
  size: number;
  urls?: string[];
  annotations?: Record<string, string>;
  platform?: OciPlatform;
  artifactType?: string;
}

export interface OciPlatform {
  architecture: string;
  os: string;
  'os.version'?: string;
  'os.features'?: string[];
  variant?: string;
}

export interface ImageManifestSummary {
  ID: string;
  Descriptor: OciDescriptor;
  /** All of it is here. */
  Available: boolean;
  /** bytes */
  Size: { Content: number; Total: number };
  Kind: 'image' | 'attestation' | 'unknown';
  ImageData?: {
    Platform: OciPlatform;
    Containers: string[];
    Size: { Unpacked: number };
    UnpackedSize: number;
    Identity?: ImageIdentity;
  };
  AttestationData?: { For: string };
}

export interface ImageInspect {
  Id: string;
  RepoTags: string[];
  RepoDigests: string[];
  Parent?: string;
  Comment?: string;
  Created: string;
  DockerVersion?: string;
  Author?: string;
  Config: ContainerConfig;
  /** Until API 1.44. */
  ContainerConfig?: ContainerConfig;
  Architecture: string;
  Variant?: string;
  Os: string;
  Size: number;
  VirtualSize?: number;
  GraphDriver: { Name: string; Data: Record<string, string> | null };
  RootFS: { Type: string; Layers: string[] };
  Metadata: { LastTagTime: string };
  /** Since API 1.48. */
  Descriptor?: OciDescriptor;
  /** With `manifests=1`, since API 1.48. */
  Manifests?: ImageManifestSummary[];
  Identity?: ImageIdentity;
}

/** Where an image is known to come from; since API 1.53. */
export interface ImageIdentity {
  Pull?: { Repository: string }[];
}

/** `GET /images/{name}/attestations`, since API 1.55. */
export interface AttestationStatement {
  Descriptor: OciDescriptor;
  PredicateType: string;
  Statement?: unknown;
}

export interface ImageHistoryItem {
  Id: string;
  Created: number;
  CreatedBy: string;
  Tags: string[] | null;
  Size: number;
  Comment: string;
}

/** One result of `GET /images/search`. */
export interface SearchResult {
  star_count: number;
  is_official: boolean;
  name: string;
  is_automated: boolean;
  description: string;
}

export interface ImageDeleteItem {
  Untagged?: string;
  Deleted?: string;
}

/** A line of the streams of pull, push, load, import and build. */
export interface ProgressLine {
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number };
  progress?: string;
  stream?: string;
  error?: string;
  errorDetail?: { code?: number; message: string };
  aux?: { ID?: string; Tag?: string; Digest?: string; Size?: number };
}

/** The JSON in the header `X-Registry-Auth` (base64url). */
export interface AuthConfig {
  username?: string;
  password?: string;
  auth?: string;
  email?: string;
  serveraddress?: string;
  identitytoken?: string;
  registrytoken?: string;
}

export interface PruneAnswer {
  SpaceReclaimed: number;
  ContainersDeleted?: string[] | null;
  ImagesDeleted?: ImageDeleteItem[] | null;
  NetworksDeleted?: string[] | null;
  VolumesDeleted?: string[] | null;
  CachesDeleted?: string[] | null;
}
