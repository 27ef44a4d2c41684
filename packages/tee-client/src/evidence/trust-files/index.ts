import { type Certificate, MAX_CRL_BYTES } from '@cssi/pki';
import { equalBytes, utf8 } from '@cssi/sm-core';
import type { Endorsements, IntelCollateral, TrustAnchors, TrustedKey } from '../../spec/v1/attestation.ts';
import { notTrustFile } from './errors.ts';
import { looksLikeHygon, readHygonFile } from './hygon-file.ts';
import { looksLikeTrustJson, readJsonFile, statementId } from './json-file.ts';
import type { TrustFile, TrustFileKind, TrustMaterial } from './types.ts';
import { isSelfSigned, readDerFile, readPemFile, type X509Contents } from './x509-file.ts';

export type { TrustFile, TrustFileKind, TrustMaterial } from './types.ts';

/** A log begins with an event of 20 zero bytes as digest that carries this signature. */
const SPEC_ID = /* @__PURE__ */ utf8('Spec ID Event03\0');
const SPEC_ID_AT = 32;
const PEM_BEGIN = '-----BEGIN ';
const HEAD_BYTES = 65_536;
const BRACE = 0x7b;
const SEQUENCE = 0x30;
/** Name in the certificate that Intel's statements are signed with. */
const INTEL_SIGNER = 'Intel SGX TCB Signing';

const NO_INTEL: TrustFile['intel'] = { tcbInfos: [], qeIdentities: [] };

function x509File(name: string, { certificates, crls, keys }: X509Contents): TrustFile {
  const roots = certificates.filter(isSelfSigned);
  const others = certificates.filter((certificate) => !roots.includes(certificate));
  if (certificates.length + crls.length + keys.length === 0) throw notTrustFile(name, 'empty');
  const kind: TrustFileKind =
    certificates.length > 0 ? 'certificates' : crls.length > 0 ? 'crl' : 'public-key';
  return {
    name,
    kind,
    anchors: { certificates: roots, keys },
    endorsements: { certificates: others, crls },
    intel: NO_INTEL,
  };
}

function hygonFile(name: string, bytes: Uint8Array): TrustFile {
  const { roots, certificates } = readHygonFile(name, bytes);
  return {
    name,
    kind: roots.length > 0 ? 'hygon-root' : 'hygon-certificates',
    anchors: { hygonRoots: roots },
    endorsements: { hygon: certificates },
    intel: NO_INTEL,
  };
}

function jsonFile(name: string, bytes: Uint8Array): TrustFile {
  const found = readJsonFile(name, bytes);
  if (found.kind === 'keys') {
    return {
      name,
      kind: 'public-key',
      anchors: { keys: found.keys },
      endorsements: {},
      intel: NO_INTEL,
    };
  }
  const statement = [Uint8Array.from(bytes)];
  return {
    name,
    kind: 'intel-collateral',
    anchors: {},
    endorsements: {},
    intel: {
      tcbInfos: found.kind === 'tcb-info' ? statement : [],
      qeIdentities: found.kind === 'qe-identity' ? statement : [],
    },
  };
}

const isEventLog = (bytes: Uint8Array): boolean =>
  equalBytes(bytes.subarray(SPEC_ID_AT, SPEC_ID_AT + SPEC_ID.length), SPEC_ID);

/** First byte that is no white space. */
const firstByte = (bytes: Uint8Array): number | undefined =>
  bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);

/**
 * Says what a trust file is and takes it apart. Self-signed certificates, Hygon root keys and public
 * keys become anchors, because whoever put them there means to trust them; everything else becomes an
 * endorsement, which a verifier checks. Read: PEM with certificates, revocation lists and public keys;
 * one certificate, list or key in DER; HRK, HSK, CEK, HSK‖CEK; JWK and JWK sets (`crv` `SM2` for SM2);
 * Intel's TCB info and QE identity as served; a measured-boot event log.
 *
 * @param name - shown in errors; the contents decide what it is
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID for a file that is none of these, or holds a private key
 * @group Attestation
 */
export function readTrustFile(name: string, bytes: Uint8Array): TrustFile {
  if (!(bytes instanceof Uint8Array) || bytes.length > MAX_CRL_BYTES) throw notTrustFile(name, 'size');
  if (looksLikeHygon(bytes)) return hygonFile(name, bytes);
  if (isEventLog(bytes)) {
    const eventLog = Uint8Array.from(bytes);
    return { name, kind: 'event-log', anchors: {}, endorsements: { eventLog }, intel: NO_INTEL };
  }
  if (bytes[0] === SEQUENCE) return x509File(name, readDerFile(name, bytes));
  if (firstByte(bytes) === BRACE) return jsonFile(name, bytes);
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, HEAD_BYTES));
  if (head.includes(PEM_BEGIN)) return x509File(name, readPemFile(name, bytes));
  throw notTrustFile(name, 'unknown');
}

/** A SEQUENCE whose length is written as DER writes it: of 128 bytes or more, or of exactly what follows. */
const looksLikeDer = (bytes: Uint8Array): boolean =>
  bytes[0] === SEQUENCE &&
  bytes.length > 1 &&
  (bytes[1]! < 0x80 ? bytes.length === bytes[1]! + 2 : bytes[1]! > 0x80 && bytes[1]! < 0x85);

/**
 * Whether a file claims to be a trust file: it begins as one, whether or not it can be read. Whoever goes through a
 * folder may pass over the others, and must not pass over these: a revocation list that was cut
 * short would otherwise count as one that revokes nothing.
 *
 * @group Attestation
 */
export function looksLikeTrustFile(bytes: Uint8Array): boolean {
  if (looksLikeHygon(bytes) || isEventLog(bytes) || looksLikeDer(bytes)) return true;
  if (firstByte(bytes) === BRACE) return looksLikeTrustJson(bytes);
  return new TextDecoder('latin1').decode(bytes.subarray(0, HEAD_BYTES)).includes(PEM_BEGIN);
}

const uniqueBy = <T>(items: readonly T[], bytesOf: (item: T) => Uint8Array): T[] => {
  const seen = new Map<string, T>();
  for (const item of items) {
    const key = Buffer.from(bytesOf(item)).toString('latin1');
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
};

/** TCB infos and QE identities of one TEE, of one generation, belong together. */
function collateralOf(files: readonly TrustFile[], signers: readonly Certificate[]): IntelCollateral[] {
  const issuers = [
    ...signers.filter(({ subject }) => subject.commonName === INTEL_SIGNER),
    ...signers.filter(({ subject, isCa }) => isCa && subject.commonName !== INTEL_SIGNER),
  ];
  const identities = files.flatMap(({ intel }) => intel.qeIdentities);
  return files
    .flatMap(({ intel }) => intel.tcbInfos)
    .flatMap((tcbInfo) => {
      const tdx = statementId(tcbInfo) === 'TDX';
      return identities
        .filter((qeIdentity) => (statementId(qeIdentity) === 'TD_QE') === tdx)
        .map((qeIdentity) => ({ tcbInfo, qeIdentity, issuers }));
    });
}

/**
 * Puts trust files together for a verification. Intel's TCB infos are joined with the QE identities of
 * the same TEE, and both with the certificate they are signed with, wherever it stands.
 *
 * @example
 * ```ts
 * const files = names.map((name) => readTrustFile(name, readFileSync(name)));
 * const verdict = verifyAttestation(evidence, { time, ...combineTrustFiles(files) });
 * ```
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID for more than one event log
 * @group Attestation
 */
export function combineTrustFiles(files: readonly TrustFile[]): TrustMaterial {
  const anchors = files.map((file) => file.anchors);
  const endorsements = files.map((file) => file.endorsements);
  const raw = ({ raw: der }: { readonly raw: Uint8Array }) => der;
  const logs = uniqueBy(
    endorsements.flatMap(({ eventLog }) => (eventLog === undefined ? [] : [eventLog])),
    (log) => log,
  );
  const [eventLog, second] = logs;
  if (second !== undefined) throw notTrustFile('event-log', 'two-event-logs');
  const certificates = uniqueBy(
    endorsements.flatMap((one) => one.certificates ?? []),
    raw,
  );
  const keys = uniqueBy(
    anchors.flatMap((one) => one.keys ?? []),
    (key: TrustedKey) => key.publicKeyInfo,
  );
  const all: { anchors: TrustAnchors; endorsements: Endorsements } = {
    anchors: {
      certificates: uniqueBy(
        anchors.flatMap((one) => one.certificates ?? []),
        raw,
      ),
      hygonRoots: uniqueBy(
        anchors.flatMap((one) => one.hygonRoots ?? []),
        (root) => root,
      ),
      keys,
    },
    endorsements: {
      certificates,
      hygon: uniqueBy(
        endorsements.flatMap((one) => one.hygon ?? []),
        (certificate) => certificate,
      ),
      crls: uniqueBy(
        endorsements.flatMap((one) => one.crls ?? []),
        raw,
      ),
      intel: collateralOf(files, certificates),
      ...(eventLog === undefined ? {} : { eventLog }),
    },
  };
  return all;
}
