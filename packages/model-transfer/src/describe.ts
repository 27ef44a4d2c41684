import { toHex } from '@cssi/sm-core';
import type { Manifest } from './spec/v1/manifest.ts';

/** A manifest as plain JSON: everything that can be said without a key. */
export interface PackageDescription {
  readonly format: string;
  readonly specVersion: string;
  readonly packageId: string;
  readonly suite: Readonly<Record<string, string | number>>;
  readonly modelId: string;
  readonly publisherId: string;
  readonly channel: string;
  readonly epoch: number;
  readonly version: number;
  readonly created: string;
  readonly expires: string;
  readonly level: string;
  readonly payloadClass: string;
  readonly link: string;
  readonly previous: string | null;
  readonly chunks: number;
  readonly files: readonly {
    readonly name: string;
    readonly size: number;
    readonly chunkBytes: number;
    readonly chunks: number;
    readonly merkleRoot: string;
  }[];
  readonly recipients: readonly { readonly device: string; readonly notAfter: string }[];
}

/**
 * Describes a manifest for people and programs. Says nothing about trust.
 */
export function describeManifest(manifest: Manifest): PackageDescription {
  return {
    format: manifest.format,
    specVersion: manifest.specVersion,
    packageId: toHex(manifest.digest),
    suite: { ...manifest.suite },
    modelId: manifest.modelId,
    publisherId: manifest.publisherId,
    channel: manifest.channel,
    epoch: manifest.epoch,
    version: manifest.version,
    created: manifest.created.toISOString(),
    expires: manifest.expires.toISOString(),
    level: manifest.level,
    payloadClass: manifest.payloadClass,
    link: manifest.link,
    previous: manifest.previous === undefined ? null : toHex(manifest.previous),
    chunks: manifest.chunkCount,
    files: manifest.files.map((file) => ({
      name: file.name,
      size: file.size,
      chunkBytes: file.chunkBytes,
      chunks: file.chunkCount,
      merkleRoot: toHex(file.merkleRoot),
    })),
    recipients: manifest.recipients.map(({ device, notAfter }) => ({
      device: toHex(device),
      notAfter: notAfter.toISOString(),
    })),
  };
}
