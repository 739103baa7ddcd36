import type { ContainerSummary } from './container.ts';
import type { ImageSummary } from './image.ts';
import type { VolumeInspect } from './volume.ts';

/** Engine API shapes of the system, spelled as on the wire (v1.51). */

export const MIN_API_VERSION = '1.24';
/** What clients are told, so that they choose it. */
export const API_VERSION = '1.51';
/** What is answered to those that ask for it by name: most clients of today are written for what Docker 28 tells. */
export const MAX_API_VERSION = '1.55';

export interface VersionAnswer {
  Platform: { Name: string };
  Components: { Name: string; Version: string; Details?: Record<string, string> }[];
  Version: string;
  ApiVersion: string;
  MinAPIVersion: string;
  GitCommit: string;
  GoVersion: string;
  Os: string;
  Arch: string;
  KernelVersion: string;
  Experimental?: boolean;
  BuildTime: string;
}

/** `GET /info`: the members that clients look at; the engine may send more. */
export interface InfoAnswer {
  ID: string;
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  Driver: string;
  DriverStatus: [string, string][];
  DockerRootDir: string;
  Name: string;
  ServerVersion: string;
  OperatingSystem: string;
  OSType: string;
  Architecture: string;
  KernelVersion: string;
  NCPU: number;
  MemTotal: number;
  CgroupDriver: string;
  CgroupVersion: string;
  LoggingDriver: string;
  DefaultRuntime: string;
  SecurityOptions: string[];
  Warnings: string[] | null;
  [member: string]: unknown;
}

export interface EventMessage {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: 'local';
  time: number;
  timeNano: number;
  /** before API 1.22, still sent */
  status?: string;
  id?: string;
  from?: string;
}

export interface BuildCacheItem {
  ID: string;
  Parents?: string[];
  Type: string;
  Description: string;
  InUse: boolean;
  Shared: boolean;
  Size: number;
  CreatedAt: string;
  LastUsedAt: string | null;
  UsageCount: number;
}

export interface DiskUsageAnswer {
  LayersSize: number;
  Images: ImageSummary[] | null;
  Containers: ContainerSummary[] | null;
  Volumes: VolumeInspect[] | null;
  BuildCache: BuildCacheItem[] | null;
}

export interface UsageTotals {
  ActiveCount: number;
  TotalCount: number;
  /** bytes */
  Reclaimable: number;
  TotalSize: number;
}

/** `GET /system/df` since API 1.52. */
export interface DiskUsageTotals {
  ImageUsage?: UsageTotals & { Items?: ImageSummary[] };
  ContainerUsage?: UsageTotals & { Items?: ContainerSummary[] };
  VolumeUsage?: UsageTotals & { Items?: VolumeInspect[] };
  BuildCacheUsage?: UsageTotals & { Items?: BuildCacheItem[] };
}

export interface AuthAnswer {
  Status: string;
  IdentityToken: string;
}
