import type { TaManifest } from '../../../spec/v1/manifest.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { CONFIDENTIAL_QUERY_MANIFEST } from '../../../trusted-applications/confidential-query/manifest.ts';
import { CONFORMANCE_MANIFESTS } from '../../../trusted-applications/conformance/manifest.ts';
import { KEY_VAULT_MANIFEST } from '../../../trusted-applications/key-vault/manifest.ts';
import { CONFIDENTIAL_QUERY_IMAGE } from './confidential-query.ts';
import { CONFORMANCE_IMAGE } from './conformance.ts';
import { KEY_VAULT_IMAGE } from './key-vault.ts';

/** A trusted application that comes with the software TEE; part of the measured package, so unsigned. */
export interface BuiltInApplication {
  readonly manifest: TaManifest;
  /** Name of the image; several applications may run one. */
  readonly image: string;
  /** One script; made by images/build.mjs. */
  readonly code: string;
  /** For tests only: there when the conformance TAs are asked for. */
  readonly optional: boolean;
}

const TABLE: readonly BuiltInApplication[] = [
  { manifest: KEY_VAULT_MANIFEST, image: 'key-vault', code: KEY_VAULT_IMAGE, optional: false },
  {
    manifest: CONFIDENTIAL_QUERY_MANIFEST,
    image: 'confidential-query',
    code: CONFIDENTIAL_QUERY_IMAGE,
    optional: false,
  },
  ...CONFORMANCE_MANIFESTS.map((manifest) => ({
    manifest,
    image: 'conformance',
    code: CONFORMANCE_IMAGE,
    optional: true,
  })),
];

/** The trusted applications that come with the software TEE, by UUID. */
export const BUILT_IN_APPLICATIONS: ReadonlyMap<TeecUuid, BuiltInApplication> = new Map(
  TABLE.map((application) => [application.manifest.uuid, application]),
);
