import {
  CONFIDENTIAL_QUERY_LIMITS as LIMITS,
  type SignedQueryCommand,
} from '../../spec/v1/confidential-query.ts';
import type { DataSetDeclaration } from '../../spec/v1/query-types.ts';
import { fromBase64, fromHex, toHex } from '../../ta/bytes.ts';
import { sm3 } from '../../ta/crypto.ts';
import type { TEE_Params, Tee } from '../../ta/index.ts';
import type { Json } from '../../ta/json.ts';
import { expectTypes, inputAt, requireRoom, writeOutputs } from '../../ta/parameters.ts';
import type { Catalogue } from './catalogue.ts';
import { accountOf, LABEL, readDeclaration } from './declaration.ts';
import type { Identity } from './identity.ts';
import type { Ledger } from './ledger.ts';
import { PolicyReader } from './policy.ts';
import { documentReader, ID, readDocument, refuse } from './refusal.ts';
import { Upload } from './upload.ts';

const ID_BYTES = 32;
const SIGNATURE_BYTES = 64;
const CIPHERTEXT_MAX = 512;

/** What owners of data do; every command is signed by one of them. */
export class OwnerCommands {
  readonly #tee: Tee;
  readonly #identity: Identity;
  readonly #catalogue: Catalogue;
  readonly #ledger: Ledger;

  constructor(tee: Tee, identity: Identity, catalogue: Catalogue, ledger: Ledger) {
    this.#tee = tee;
    this.#identity = identity;
    this.#catalogue = catalogue;
    this.#ledger = ledger;
  }

  #body(params: TEE_Params): Uint8Array {
    return inputAt(this.#tee, params, 0, LIMITS.document, 1);
  }

  #id(bytes: Uint8Array): string {
    return toHex(sm3(this.#tee, bytes));
  }

  /** Checks that `owner` signed the body. */
  #signed(command: SignedQueryCommand, params: TEE_Params, at: number, owner: string): void {
    const publicKey = fromBase64(this.#catalogue.owner(owner).publicKey) ?? new Uint8Array(0);
    this.#check(command, params, at, publicKey);
  }

  #check(command: SignedQueryCommand, params: TEE_Params, at: number, publicKey: Uint8Array): void {
    const signature = inputAt(this.#tee, params, at, SIGNATURE_BYTES, SIGNATURE_BYTES);
    this.#identity.check(command, publicKey, this.#body(params), signature);
  }

  register(params: TEE_Params): void {
    expectTypes(this.#tee, params, 5, 5, 6);
    requireRoom(this.#tee, params, [2, ID_BYTES]);
    const json = documentReader(this.#tee);
    const fields = json.object(readDocument(this.#tee, this.#body(params), LIMITS.document), [
      'label',
      'publicKey',
    ]);
    const label = json.text(fields.label, LABEL);
    const text = json.text(fields.publicKey, /^[A-Za-z0-9+/]{87}=$/);
    const publicKey = fromBase64(text);
    if (publicKey?.length !== 65) throw json.fail();
    this.#check('REGISTER_OWNER', params, 1, publicKey);
    const id = this.#id(publicKey);
    this.#catalogue.addOwner(id, { label, publicKey: text });
    writeOutputs(this.#tee, params, [2, fromHex(id) ?? publicKey]);
  }

  beginUpload(params: TEE_Params): Upload {
    expectTypes(this.#tee, params, 5, 5, 5);
    const body = this.#body(params);
    const declaration = readDeclaration(this.#tee, readDocument(this.#tee, body, LIMITS.document));
    this.#signed('BEGIN_UPLOAD', params, 1, declaration.owner);
    const id = this.#id(body);
    if (this.#catalogue.knownDataSet(id) !== undefined) throw refuse(this.#tee, 'EXISTS');
    this.#catalogue.requireDataSet();
    const key = this.#identity.openUploadKey(inputAt(this.#tee, params, 2, CIPHERTEXT_MAX, 1));
    return new Upload(this.#tee, this.#identity, id, declaration, key);
  }

  finishUpload(params: TEE_Params, upload: Upload): void {
    expectTypes(this.#tee, params, 6);
    requireRoom(this.#tee, params, [0, ID_BYTES]);
    // Two sessions may have begun the same upload.
    if (this.#catalogue.knownDataSet(upload.id) !== undefined) throw refuse(this.#tee, 'EXISTS');
    // Before its account: else uploads that find no room would still fill the ledger.
    this.#catalogue.requireDataSet();
    const rows = upload.finish();
    try {
      // The account first: a data set without one could be asked for nothing.
      this.#ledger.open(accountOf(upload.declaration), upload.declaration.budget);
      this.#catalogue.addDataSet(upload.id, upload.declaration, rows);
    } finally {
      rows.fill(0);
    }
    writeOutputs(this.#tee, params, [0, fromHex(upload.id) ?? rows]);
  }

  /** The fields of a request of two ids, the first its owner's, who signed it. */
  #request<const N extends string>(
    command: SignedQueryCommand,
    params: TEE_Params,
    name: N,
  ): readonly [string, string] {
    expectTypes(this.#tee, params, 5, 5);
    const json = documentReader(this.#tee);
    const body = readDocument(this.#tee, this.#body(params), LIMITS.document);
    const fields = json.object<string>(body, ['owner', name]);
    const owner = json.text(fields.owner, ID);
    this.#signed(command, params, 1, owner);
    return [owner, json.text(fields[name], ID)];
  }

  removeData(params: TEE_Params): void {
    const [owner, id] = this.#request('REMOVE_DATA', params, 'dataSet');
    if (this.#catalogue.dataSet(id).owner !== owner) throw refuse(this.#tee, 'SIGNATURE');
    this.#catalogue.removeDataSet(id);
  }

  approvePolicy(params: TEE_Params): void {
    expectTypes(this.#tee, params, 5, 5, 5, 6);
    requireRoom(this.#tee, params, [3, ID_BYTES]);
    const body = this.#body(params);
    const owner = toHex(inputAt(this.#tee, params, 1, ID_BYTES, ID_BYTES));
    this.#signed('APPROVE_POLICY', params, 2, owner);
    const value = readDocument(this.#tee, body, LIMITS.document);
    const sets = this.#setsOf(value);
    const policy = new PolicyReader(this.#tee, sets).policy(value);
    // Only the owners of its data have a say in a policy.
    if (!sets.some((set) => set.owner === owner)) throw refuse(this.#tee, 'SIGNATURE');
    const id = this.#id(body);
    const known = this.#catalogue.policy(id);
    if (known?.revoked === true) throw refuse(this.#tee, 'EXISTS');
    const approvals = [...new Set([...(known?.approvals ?? []), owner])].sort();
    this.#catalogue.savePolicy(id, { policy, approvals, revoked: false });
    writeOutputs(this.#tee, params, [3, fromHex(id) ?? body]);
  }

  #setsOf(value: Json): readonly DataSetDeclaration[] {
    const json = documentReader(this.#tee);
    const ids = (value as { readonly dataSets?: Json } | null)?.dataSets;
    return json
      .distinct(ids, 1, LIMITS.joined, (item) => json.text(item, ID))
      .map((id) => this.#catalogue.dataSet(id));
  }

  revokePolicy(params: TEE_Params): void {
    const [owner, id] = this.#request('REVOKE_POLICY', params, 'policy');
    const record = this.#catalogue.policy(id);
    if (record === undefined) throw refuse(this.#tee, 'UNKNOWN');
    // Who approved may take it back, also when the data are gone.
    if (!record.approvals.includes(owner)) throw refuse(this.#tee, 'SIGNATURE');
    this.#catalogue.savePolicy(id, { ...record, revoked: true });
  }
}
