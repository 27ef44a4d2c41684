import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Certificate, type CertificateProfile, issueCertificate, parseCertificate } from '@cssi/pki';
import { encodeCbor } from '../evidence/cbor/encode.ts';
import type { CborValue } from '../evidence/cbor/value.ts';
import { type CoseSigner, ecdsaCoseSigner, signCoseSign1 } from '../evidence/cose/sign.ts';
import type { TrustAnchors } from '../spec/v1/attestation.ts';
import { ecdsaIssuer } from './signers.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PCR_COUNT = 16;

/** What a synthetic document states; what is left out is made up. @group Synthetic evidence */
export interface SyntheticNitroFields {
  readonly nonce?: Uint8Array;
  readonly userData?: Uint8Array;
  readonly publicKey?: Uint8Array;
  /** Time of issue; that of the PKI when left out. */
  readonly timestamp?: Date;
  /** Registers 0 to 2 are zero, as of an enclave started in debug mode. */
  readonly debug?: boolean;
  /** Registers in place of the made-up ones, 48 bytes each. */
  readonly pcrs?: ReadonlyMap<number, Uint8Array>;
  readonly moduleId?: string;
  /** Certificates in place of the true ones, for negative tests. */
  readonly certificate?: Uint8Array;
  readonly cabundle?: readonly Uint8Array[];
  /** Signer in place of the true one, for negative tests. */
  readonly signer?: CoseSigner;
}

/** A synthetic Nitro hypervisor: a PKI of its own and the key of one enclave. @group Synthetic evidence */
export interface SyntheticNitro {
  readonly root: Certificate;
  readonly anchors: TrustAnchors;
  /** DER of the certificate of the enclave's key. */
  readonly certificate: Uint8Array;
  /** DER, root first. */
  readonly cabundle: readonly Uint8Array[];
  readonly signer: CoseSigner;
  /** An attestation document. */
  document(fields?: SyntheticNitroFields): Uint8Array;
}

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;

interface Holder {
  readonly key: KeyObject;
  readonly raw: Uint8Array;
  readonly certificate: Certificate;
}

interface IssueOptions {
  readonly name: string;
  readonly profile: CertificateProfile;
  readonly issuer?: Holder;
  readonly notBefore: Date;
  readonly lifeMs: number;
  readonly pathLength?: number;
}

async function issue(options: IssueOptions): Promise<Holder> {
  const { name, profile, issuer, notBefore, lifeMs, pathLength } = options;
  const key = newKey();
  const { publicKeyInfo } = ecdsaIssuer(key);
  const subject = { commonName: name, organization: 'SYNTHETIC', country: 'CN' };
  const raw = await issueCertificate(
    {
      subject,
      issuer: issuer === undefined ? subject : { raw: issuer.certificate.subjectRaw },
      publicKeyInfo,
      issuerPublicKeyInfo: issuer?.certificate.publicKeyInfo ?? publicKeyInfo,
      profile,
      notBefore,
      notAfter: new Date(notBefore.getTime() + lifeMs),
      ...(pathLength === undefined ? {} : { pathLength }),
      ...(profile === 'device-signing' ? { keyUsage: ['digitalSignature'] as const } : {}),
    },
    ecdsaIssuer(issuer?.key ?? key),
  );
  return { key, raw, certificate: parseCertificate(raw) };
}

function madeUpPcrs(debug: boolean): Map<number, Uint8Array> {
  const pcrs = new Map<number, Uint8Array>();
  for (let index = 0; index < PCR_COUNT; index++) {
    const used = index <= 4 || index === 8;
    const zero = !used || (debug && index <= 2);
    const digest = createHash('sha384').update(`synthetic register ${index}`).digest();
    pcrs.set(index, zero ? new Uint8Array(48) : Uint8Array.from(digest));
  }
  return pcrs;
}

/**
 * Makes a PKI in the shape of AWS Nitro's (root, region, zone, instance, enclave; the last lives three hours) and
 * signs attestation documents with it. Every name says SYNTHETIC; nothing verifies under the vendor's root.
 *
 * @param time - from when the enclave's certificate is valid
 * @example
 * ```ts
 * const nitro = await createSyntheticNitro(new Date('2026-12-01T00:00:00Z'));
 * const evidence = nitro.document({ nonce });
 * ```
 * @group Synthetic evidence
 */
export async function createSyntheticNitro(time: Date): Promise<SyntheticNitro> {
  const before = (ms: number): Date => new Date(time.getTime() - ms);
  const days = (count: number) => ({ notBefore: before(DAY_MS), lifeMs: count * DAY_MS });
  const root = await issue({ name: 'SYNTHETIC nitro root', profile: 'root-ca', ...days(3650) });
  const ca = (name: string, issuer: Holder, pathLength: number, life: number): Promise<Holder> =>
    issue({ name, profile: 'sub-ca', issuer, pathLength, ...days(life) });
  const region = await ca('SYNTHETIC region', root, 2, 20);
  const zone = await ca('SYNTHETIC zone', region, 1, 6);
  const instance = await ca('i-00000000synthetic', zone, 0, 2);
  const enclave = await issue({
    name: 'i-00000000synthetic-enc0000',
    profile: 'device-signing',
    issuer: instance,
    notBefore: time,
    lifeMs: 3 * HOUR_MS,
  });
  const own = {
    certificate: enclave.raw,
    cabundle: [root, region, zone, instance].map(({ raw }) => raw),
    signer: ecdsaCoseSigner(enclave.key),
  };
  return {
    root: root.certificate,
    anchors: { certificates: [root.certificate] },
    ...own,
    document: (fields = {}) => document({ timestamp: time, ...own, ...fields }),
  };
}

function document(
  fields: SyntheticNitroFields &
    Required<Pick<SyntheticNitroFields, 'timestamp' | 'certificate' | 'cabundle' | 'signer'>>,
): Uint8Array {
  const payload = encodeNitroPayload([
    ['module_id', fields.moduleId ?? 'i-00000000synthetic-enc0000'],
    ['digest', 'SHA384'],
    ['timestamp', fields.timestamp.getTime()],
    ['pcrs', fields.pcrs ?? madeUpPcrs(fields.debug === true)],
    ['certificate', fields.certificate],
    ['cabundle', fields.cabundle],
    ['public_key', fields.publicKey ?? null],
    ['user_data', fields.userData ?? null],
    ['nonce', fields.nonce ?? null],
  ]);
  return signCoseSign1(payload, fields.signer, { tagged: false });
}

/** A map in the order given, as the security module writes it: `module_id` first. @internal */
export function encodeNitroPayload(entries: readonly (readonly [string, CborValue])[]): Uint8Array {
  const parts = entries.flatMap(([key, value]) => [encodeCbor(key), encodeCbor(value)]);
  return Uint8Array.from(Buffer.concat([Uint8Array.of(0xa0 | entries.length), ...parts]));
}
