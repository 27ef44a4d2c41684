/**
 * Confidential query (机密查询): data sets of several owners meet inside one trusted application, and only
 * what all of them approved comes out: aggregates with differential-privacy noise, and masked columns.
 */
import type { DataSetInput, LedgerEntry, Policy, QueryAnswer, QueryInput } from './query-types.ts';
import type { Evidence } from './root-key-service.ts';
import type { TeecUuid } from './uuid.ts';

/** @group Confidential query */
export const CONFIDENTIAL_QUERY_UUID: TeecUuid = '8b59cd9b-42df-4f4d-9fbd-1eb19daaa646';

/** @group Confidential query */
export const CONFIDENTIAL_QUERY_VERSION = 1;

/**
 * Commands. JSON is canonical (RFC 8785); ids are 32 bytes; signatures are r ‖ s (SM2 with SM3,
 * identity "1234567812345678") of {@link QUERY_SIGNED} with the command's name.
 *
 * - GET_INFO: 0 out JSON `QueryServiceInfo`
 * - EVIDENCE: 0 in nonce; 1 out report; 2 out certificates as of the root key service. User data of the
 *   evidence is SM3 of the public key, so who verifies it knows what the upload key is encrypted to
 * - REGISTER_OWNER: 0 in JSON `{label, publicKey}`; 1 in signature; 2 out owner = SM3(public key)
 * - BEGIN_UPLOAD: 0 in JSON `DataSetDeclaration`; 1 in signature; 2 in the SM4 key (16 bytes) encrypted
 *   to the public key (TEE_ALG.SM2_PKE)
 * - UPLOAD: 0 in the next chunk: SM4-GCM, nonce and chunk number are one number in 12 bytes from 0;
 *   associated data: id of the data set
 * - FINISH_UPLOAD: 0 out data set = SM3(declaration)
 * - REMOVE_DATA: 0 in JSON `{dataSet, owner}`; 1 in signature
 * - APPROVE_POLICY: 0 in JSON `Policy`; 1 in owner; 2 in signature; 3 out policy = SM3(JSON)
 * - REVOKE_POLICY: 0 in JSON `{owner, policy}`; 1 in signature. For good
 * - QUERY: 0 in JSON `Query`; 1 out JSON `QueryAnswer`
 * - LEDGER: 0 in data set; 1 out JSON `LedgerEntry`
 *
 * @group Confidential query
 */
export const CONFIDENTIAL_QUERY_COMMANDS = {
  GET_INFO: 0x00,
  EVIDENCE: 0x01,
  REGISTER_OWNER: 0x10,
  BEGIN_UPLOAD: 0x20,
  UPLOAD: 0x21,
  FINISH_UPLOAD: 0x22,
  REMOVE_DATA: 0x23,
  APPROVE_POLICY: 0x30,
  REVOKE_POLICY: 0x31,
  QUERY: 0x40,
  LEDGER: 0x41,
} as const;

/** @group Confidential query */
export type SignedQueryCommand =
  | 'REGISTER_OWNER'
  | 'BEGIN_UPLOAD'
  | 'REMOVE_DATA'
  | 'APPROVE_POLICY'
  | 'REVOKE_POLICY';

/**
 * What an owner signs: this text, 00, name of the command, 00, SM3 of the application's public key,
 * body. So nothing signed for one application or one command works for another.
 *
 * @group Confidential query
 */
export const QUERY_SIGNED = 'cssi-query/1';

/** @group Confidential query */
export const CONFIDENTIAL_QUERY_LIMITS = {
  owners: 64,
  dataSets: 64,
  policies: 256,
  /** Data sets one policy joins. */
  joined: 4,
  columns: 32,
  categories: 256,
  rows: 200_000,
  /** Bytes of a data set's content, and of one chunk before it is sealed. */
  content: 16 * 1024 * 1024,
  chunk: 256 * 1024,
  /** Characters of a text value and of the identifier of a person. */
  text: 64,
  rowsPerPerson: 100,
  /** Combinations of rows of one person in a join. */
  combinations: 256,
  /** Cells of one answer. */
  cells: 4_096,
  released: 10_000,
  /** Bytes of a declaration, policy or query. */
  document: 65_536,
  answer: 4 * 1024 * 1024,
  /** Largest absolute value of a number, in units of its scale. */
  value: 1e12,
  /** Largest epsilon, in millionths. */
  epsilon: 100_000_000,
} as const;

/**
 * Results with which the application refuses; GlobalPlatform leaves them to implementations. The
 * client gives `ERR_TEE_QUERY_` and the name.
 *
 * @group Confidential query
 */
export const QUERY_REFUSALS = {
  /** Not signed by the owner it names, or the owner is unknown. */
  SIGNATURE: 0x80c50001,
  /** A declaration, policy or query is not well-formed, or does not fit its data sets. */
  MALFORMED: 0x80c50002,
  /** The upload does not open, or is not what was declared. */
  UPLOAD: 0x80c50003,
  /** No such data set or policy. */
  UNKNOWN: 0x80c50004,
  /** Names a column nobody declared. */
  COLUMN: 0x80c50005,
  /** The policy does not allow it, not to this client, or not all owners approved it. */
  POLICY: 0x80c50006,
  /** The privacy budget of a data set does not reach. */
  BUDGET: 0x80c50007,
  /** Too few persons for an answer. */
  GROUP: 0x80c50008,
  /** It exists already, or existed and was removed or revoked. */
  EXISTS: 0x80c50009,
} as const;

/** @group Confidential query */
export type QueryRefusal = keyof typeof QUERY_REFUSALS;

/** @group Confidential query */
export interface QueryServiceInfo {
  readonly version: number;
  /** 04 ‖ x ‖ y in base64; upload keys are encrypted to it. */
  readonly publicKey: string;
  readonly owners: number;
  readonly dataSets: number;
  readonly policies: number;
}

/**
 * An owner of data as its programs see it; the private key may be anywhere.
 *
 * @group Confidential query
 */
export interface OwnerSigner {
  /** 04 ‖ x ‖ y. */
  readonly publicKey: Uint8Array;
  /** r ‖ s of the message, identity "1234567812345678". */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * The confidential query service as its clients see it.
 *
 * Guarantee: raw rows and identifiers of persons never leave; what a policy allows leaves only when
 * every owner signed it. The budget of an aggregate is taken, durably, before its answer is made: a
 * crash loses the answer, never gives the budget back.
 *
 * Failure: `ERR_TEE_QUERY_…` for a refusal, else what the TEE answered. Check `evidence` before the
 * first upload: its user data are SM3 of `info().publicKey`. One object works with the first public key
 * it saw and no other (`ERR_TEE_ANSWER_MALFORMED`), so what was checked is what data are encrypted to.
 *
 * @group Confidential query
 */
export interface ConfidentialQuery {
  readonly specVersion: '1';
  info(): Promise<QueryServiceInfo>;
  evidence(nonce: Uint8Array): Promise<Evidence>;
  /** Returns the owner's id, hex. Again with the same key it changes nothing. */
  registerOwner(owner: OwnerSigner, label: string): Promise<string>;
  /** Returns the data set's id, hex. */
  upload(owner: OwnerSigner, dataSet: DataSetInput): Promise<string>;
  removeData(owner: OwnerSigner, dataSet: string): Promise<void>;
  /** Returns the policy's id, hex. In force when all owners approved the same text. */
  approvePolicy(owner: OwnerSigner, policy: Policy): Promise<string>;
  revokePolicy(owner: OwnerSigner, policy: string): Promise<void>;
  query(query: QueryInput): Promise<QueryAnswer>;
  ledger(dataSet: string): Promise<LedgerEntry>;
  close(): Promise<void>;
}
