import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type { DataSetDeclaration } from '../../spec/v1/query-types.ts';
import { bigEndian, fromHex, toHex } from '../../ta/bytes.ts';
import { gcmOpen, withSecret } from '../../ta/crypto.ts';
import { TEE_ALG, TEE_MODE, type TEE_OperationHandle, TEE_TYPE, type Tee } from '../../ta/index.ts';
import { encodeRows } from './data-set.ts';
import type { Identity } from './identity.ts';
import { refuse } from './refusal.ts';
import { RowError, RowParser } from './rows.ts';

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

/** One upload of a session, from its declaration to its last chunk. After any refusal it is over. */
export class Upload {
  readonly #tee: Tee;
  readonly id: string;
  readonly declaration: DataSetDeclaration;
  readonly #key: Uint8Array;
  readonly #identity: Identity;
  readonly #digest: TEE_OperationHandle;
  readonly #parser: RowParser;
  #pseudonymOf: (person: string) => Uint8Array = () => new Uint8Array(0);
  #chunks = 0;
  #bytes = 0;

  /** Takes ownership of `key`. */
  constructor(tee: Tee, identity: Identity, id: string, declaration: DataSetDeclaration, key: Uint8Array) {
    this.#tee = tee;
    this.#identity = identity;
    this.id = id;
    this.declaration = declaration;
    this.#key = key;
    this.#digest = tee.TEE_AllocateOperation(TEE_ALG.SM3, TEE_MODE.DIGEST, 0);
    this.#parser = new RowParser(declaration, (person) => this.#pseudonymOf(person));
  }

  push(sealed: Uint8Array): void {
    const content = this.#open(sealed);
    try {
      this.#bytes += content.length;
      if (this.#bytes > this.declaration.bytes) throw new RowError();
      this.#tee.TEE_DigestUpdate(this.#digest, content);
      this.#identity.withPseudonyms((pseudonymOf) => {
        this.#pseudonymOf = pseudonymOf;
        this.#parser.push(content);
      });
    } catch (error) {
      throw error instanceof RowError ? refuse(this.#tee, 'UPLOAD') : error;
    } finally {
      content.fill(0);
    }
  }

  #open(sealed: Uint8Array): Uint8Array {
    if (sealed.length > LIMITS.chunk + TAG_BYTES) throw refuse(this.#tee, 'UPLOAD');
    const nonce = bigEndian(this.#chunks++, NONCE_BYTES);
    const aad = fromHex(this.id) ?? new Uint8Array(0);
    try {
      return withSecret(this.#tee, TEE_TYPE.SM4, this.#key, (key) =>
        gcmOpen(this.#tee, key, nonce, sealed, aad),
      );
    } catch {
      throw refuse(this.#tee, 'UPLOAD');
    }
  }

  /** The rows as they are kept. The content must be, to its last byte, what the owner signed. */
  finish(): Uint8Array {
    const { bytes, digest } = this.declaration;
    const found = toHex(this.#tee.TEE_DigestDoFinal(this.#digest, null));
    if (this.#bytes !== bytes || found !== digest) throw refuse(this.#tee, 'UPLOAD');
    try {
      return encodeRows(this.declaration, this.#parser.finish());
    } catch (error) {
      throw error instanceof RowError ? refuse(this.#tee, 'UPLOAD') : error;
    }
  }

  close(): void {
    this.#key.fill(0);
    this.#parser.clear();
    this.#tee.TEE_FreeOperation(this.#digest);
  }
}
