import { concatBytes, randomBytes, sm3, utf8 } from '@cssi/sm-core';
import { encodeCbor } from '../evidence/cbor/encode.ts';
import { type CborKey, CborTagged, type CborValue } from '../evidence/cbor/value.ts';
import { ccaDigest, hashName } from '../evidence/cca/hashes.ts';
import {
  CCA_CONTENT_FORMAT,
  CCA_PART,
  CCA_TAG,
  COMPONENT_CLAIM,
  PLATFORM_CLAIM,
  REALM_CLAIM,
} from '../evidence/cca/labels.ts';
import { writeCoseKey } from '../evidence/cose/key.ts';
import { type CoseSigner, signCoseSign1 } from '../evidence/cose/sign.ts';
import { COSE_HEADERS } from '../evidence/cose/sign1.ts';
import type { TrustAnchors } from '../spec/v1/attestation.ts';
import { type CcaKeys, createCcaKeys, type SyntheticCcaAlgorithm } from './cca-keys.ts';

export type { SyntheticCcaAlgorithm } from './cca-keys.ts';

/**
 * Shape of the tokens: `legacy` of early firmware (no realm profile, plain points as keys), `1.0` and `2.0` of
 * the specification's versions, `sm` ours with SM2 and SM3.
 *
 * @group Synthetic evidence
 */
export type SyntheticCcaProfile = 'legacy' | '1.0' | '2.0' | 'sm';

const PROFILES: Readonly<
  Record<SyntheticCcaProfile, readonly [platform: string, realm: string | undefined]>
> = {
  legacy: ['http://arm.com/CCA-SSD/1.0.0', undefined],
  '1.0': ['tag:arm.com,2023:cca_platform#1.0.0', 'tag:arm.com,2023:realm#1.0.0'],
  '2.0': ['tag:arm.com,2024:cca_platform#2.0.0', 'tag:arm.com,2024:realm#2.0.0'],
  sm: ['urn:cssi:cca-platform-sm:1', 'urn:cssi:cca-realm-sm:1'],
};

/** Options of {@link createSyntheticCca}. @group Synthetic evidence */
export interface SyntheticCcaOptions {
  /** `1.0` when left out. */
  readonly profile?: SyntheticCcaProfile;
  /** Of both keys; ES384, or SM2-SM3 for the profile `sm`. */
  readonly algorithm?: SyntheticCcaAlgorithm;
  /** From when the certificate of the platform's key is valid, for ten years. */
  readonly time: Date;
}

/** What a synthetic token states; what is left out is made up. @group Synthetic evidence */
export interface SyntheticCcaFields {
  /** 64 bytes. */
  readonly challenge?: Uint8Array;
  readonly personalization?: Uint8Array;
  readonly initialMeasurement?: Uint8Array;
  readonly extensibleMeasurements?: readonly Uint8Array[];
  /** 0x3000 (secured) when left out. */
  readonly lifecycle?: number;
  /** Version of the realm monitor, 1.2.3 when left out. */
  readonly monitorVersion?: string;
  /** CBOR claims of devices, version 2 only. */
  readonly devices?: Uint8Array;
  /** Put the certificates of the platform's key into the token. */
  readonly withChain?: boolean;
  /** More or other claims, by label, for negative tests; null takes one out. */
  readonly platformClaims?: ReadonlyMap<number, CborValue>;
  readonly realmClaims?: ReadonlyMap<number, CborValue>;
  /** More signed header parameters of the platform token. */
  readonly platformHeader?: ReadonlyMap<number, CborValue>;
  /** Signers in place of the true ones, for negative tests. */
  readonly platformSigner?: CoseSigner;
  readonly realmSigner?: CoseSigner;
}

/** A synthetic CCA platform with one realm. @group Synthetic evidence */
export interface SyntheticCca extends CcaKeys {
  readonly instanceId: Uint8Array;
  /** The platform's key under its instance id. */
  readonly anchors: TrustAnchors;
  /** The root of the certificate of the platform's key. */
  readonly certificateAnchors: TrustAnchors;
  /** A token. */
  token(fields?: SyntheticCcaFields): Uint8Array;
}

const override = (
  claims: Map<CborKey, CborValue>,
  by: ReadonlyMap<number, CborValue> | undefined,
): Uint8Array => {
  for (const [label, value] of by ?? []) {
    if (value === null) claims.delete(label);
    else claims.set(label, value);
  }
  return encodeCbor(claims);
};

const fixed = (length: number, text: string): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(utf8(text).subarray(0, length));
  return bytes;
};

class TokenMaker {
  readonly #profile: SyntheticCcaProfile;
  readonly #keys: CcaKeys;
  readonly #instanceId: Uint8Array;
  readonly #hash: 'sm3' | 'sha256';

  constructor(profile: SyntheticCcaProfile, keys: CcaKeys, instanceId: Uint8Array) {
    this.#profile = profile;
    this.#keys = keys;
    this.#instanceId = instanceId;
    this.#hash = profile === 'sm' ? 'sm3' : 'sha256';
  }

  token(fields: SyntheticCcaFields): Uint8Array {
    const platform = this.#platformToken(fields);
    const realm = this.#realmToken(fields);
    const cmw = this.#profile === '2.0';
    const part = (bytes: Uint8Array): CborValue => (cmw ? [CCA_CONTENT_FORMAT.token, bytes] : bytes);
    const parts = new Map<CborKey, CborValue>([
      [CCA_PART.platform, part(platform)],
      [CCA_PART.realm, part(realm)],
    ]);
    if (fields.devices !== undefined)
      parts.set(CCA_PART.devices, [CCA_CONTENT_FORMAT.devices, fields.devices]);
    return encodeCbor(new CborTagged(cmw ? CCA_TAG.cmw : CCA_TAG.collection, parts));
  }

  /** The key claim: a plain point in tokens of early firmware, else a COSE_Key. */
  #realmKey(): Uint8Array {
    const { publicKey } = this.#keys.realmSigner;
    return this.#profile === 'legacy' ? publicKey.point : encodeCbor(writeCoseKey(publicKey));
  }

  #digest(text: string): Uint8Array {
    return ccaDigest(this.#hash, utf8(`synthetic ${text}`));
  }

  #platformToken(fields: SyntheticCcaFields): Uint8Array {
    const component = (type: string, version: string): CborValue =>
      new Map<CborKey, CborValue>([
        [COMPONENT_CLAIM.type, type],
        [COMPONENT_CLAIM.value, this.#digest(type)],
        [COMPONENT_CLAIM.version, version],
        [COMPONENT_CLAIM.signerId, this.#digest('signer')],
        [COMPONENT_CLAIM.hashAlgorithm, hashName(this.#hash)],
      ]);
    const claims = new Map<CborKey, CborValue>([
      [PLATFORM_CLAIM.profile, PROFILES[this.#profile][0]],
      [PLATFORM_CLAIM.challenge, ccaDigest(this.#hash, this.#realmKey())],
      [PLATFORM_CLAIM.implementationId, fixed(32, 'SYNTHETIC implementation')],
      [PLATFORM_CLAIM.instanceId, this.#instanceId],
      [PLATFORM_CLAIM.config, utf8('SYNTHETIC')],
      [PLATFORM_CLAIM.lifecycle, fields.lifecycle ?? 0x3000],
      [
        PLATFORM_CLAIM.softwareComponents,
        [component('BL', '3.4.2'), component('RMM', fields.monitorVersion ?? '1.2.3')],
      ],
      [PLATFORM_CLAIM.verificationService, 'https://synthetic.invalid'],
      [PLATFORM_CLAIM.hashAlgorithm, hashName(this.#hash)],
    ]);
    const { platformSigner, platformChain } = this.#keys;
    return signCoseSign1(override(claims, fields.platformClaims), fields.platformSigner ?? platformSigner, {
      ...(fields.platformHeader === undefined ? {} : { protectedHeader: fields.platformHeader }),
      ...(fields.withChain === true
        ? { unprotectedHeader: new Map([[COSE_HEADERS.x5chain, platformChain]]) }
        : {}),
    });
  }

  #realmToken(fields: SyntheticCcaFields): Uint8Array {
    const profile = PROFILES[this.#profile][1];
    const rems = [0, 1, 2, 3].map((index) => this.#digest(`rem${index}`));
    const claims = new Map<CborKey, CborValue>([
      [REALM_CLAIM.challenge, fields.challenge ?? new Uint8Array(64)],
      ...(profile === undefined ? [] : [[REALM_CLAIM.profile, profile] as const]),
      [REALM_CLAIM.personalization, fields.personalization ?? fixed(64, 'SYNTHETIC realm')],
      [REALM_CLAIM.initialMeasurement, fields.initialMeasurement ?? this.#digest('rim')],
      [REALM_CLAIM.extensibleMeasurements, fields.extensibleMeasurements ?? rems],
      [REALM_CLAIM.hashAlgorithm, hashName(this.#hash)],
      [REALM_CLAIM.publicKey, this.#realmKey()],
      [REALM_CLAIM.publicKeyHashAlgorithm, hashName(this.#hash)],
    ]);
    if (this.#profile === '2.0') {
      claims.set(REALM_CLAIM.instanceId, concatBytes(Uint8Array.of(1), fixed(32, 'SYNTHETIC')));
      claims.set(REALM_CLAIM.memoryEncryptionPolicy, 1);
      claims.set(REALM_CLAIM.liveActivationPolicy, 0);
    }
    if (fields.devices !== undefined) {
      claims.set(REALM_CLAIM.devicesHash, ccaDigest(this.#hash, fields.devices));
    }
    return signCoseSign1(override(claims, fields.realmClaims), fields.realmSigner ?? this.#keys.realmSigner);
  }
}

/**
 * Makes a CCA platform and a realm on it, with keys and a certificate root of their own, and signs attestation
 * tokens. Names in it say SYNTHETIC.
 *
 * @example
 * ```ts
 * const cca = await createSyntheticCca({ profile: 'sm', time: new Date('2026-12-01T00:00:00Z') });
 * const evidence = cca.token({ challenge });
 * ```
 * @throws {@link SmError} what issuing the certificate throws
 * @group Synthetic evidence
 */
export async function createSyntheticCca({
  profile = '1.0',
  algorithm = profile === 'sm' ? 'SM2-SM3' : 'ES384',
  time,
}: SyntheticCcaOptions): Promise<SyntheticCca> {
  const keys = await createCcaKeys(algorithm, time);
  const instanceId = concatBytes(Uint8Array.of(1), sm3(randomBytes(32)));
  const maker = new TokenMaker(profile, keys, instanceId);
  return {
    ...keys,
    instanceId,
    anchors: { keys: [{ publicKeyInfo: keys.platformKeyInfo, device: instanceId }] },
    certificateAnchors: { certificates: [keys.root] },
    token: (fields = {}) => maker.token(fields),
  };
}
