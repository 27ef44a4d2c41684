import { fromHex, type JsonValue, toHex } from '@cssi/sm-core';
import { parseCertificate } from '../../certificate/parse-certificate.ts';
import { decodeSm2PrivateKey } from '../../containers/sm2-keys.ts';
import type { Certificate } from '../../spec/v1/certificate.ts';
import { fail } from './case.ts';

type JsonObject = { readonly [name: string]: JsonValue };

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One case of a file, with its fields checked as they are asked for. */
export class VectorRow {
  readonly #fields: JsonObject;

  constructor(value: JsonValue, what: string) {
    if (!isObject(value)) fail(`${what} is not an object`);
    this.#fields = value as JsonObject;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  text(name: string): string {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : fail(`field ${name} is not a text`);
  }

  optional(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  bytes(name: string): Uint8Array {
    return fromHex(this.text(name));
  }

  flag(name: string): boolean {
    return this.#fields[name] === true;
  }

  /** The texts of a list; none when the field is absent. */
  texts(name: string): readonly string[] {
    return this.#list(name).map((item) => (typeof item === 'string' ? item : fail(`field ${name}`)));
  }

  /** The objects of a list, or nothing when a sentence stands in its place. */
  rows(name: string): readonly VectorRow[] {
    if (typeof this.#fields[name] === 'string') return [];
    return this.#list(name).map((item) => new VectorRow(item, `field ${name}`));
  }

  #list(name: string): readonly JsonValue[] {
    const value = this.#fields[name] ?? [];
    return Array.isArray(value) ? (value as readonly JsonValue[]) : fail(`field ${name} is not a list`);
  }

  get der(): Uint8Array {
    return this.bytes('der');
  }

  get kind(): string {
    return this.text('kind');
  }

  /** Name in reports and references: `name`, or the start of the digest. */
  get id(): string {
    return this.has('name') ? this.text('name') : `${this.kind} ${this.text('sha256').slice(0, 16)}`;
  }

  /** Must the case be refused, and the sentence that says so. Absent is valid. */
  get invalid(): string | undefined {
    const expected = this.optional('expected') ?? 'valid';
    if (expected === 'valid' || expected.startsWith('revoked in ')) return undefined;
    return expected.startsWith('invalid') ? expected : fail('field expected has an unknown value');
  }
}

/** All cases of one file: they refer to one another. */
export class VectorFile {
  readonly rows: readonly VectorRow[];
  /** When the certificates are judged. */
  readonly time: Date;
  readonly #certificates = new Map<VectorRow, Certificate>();

  constructor(content: JsonValue, time: Date) {
    if (!isObject(content) || !Array.isArray(content.cases)) fail('the file has no list of cases');
    this.rows = (content as { cases: JsonValue[] }).cases.map((item, i) => new VectorRow(item, `case ${i}`));
    const { count } = content as JsonObject;
    if (count !== undefined && count !== this.rows.length) fail('count is not the number of cases');
    this.time = time;
  }

  named(name: string): VectorRow {
    return this.rows.find((row) => row.optional('name') === name) ?? fail(`no case is named ${name}`);
  }

  find(matches: (row: VectorRow) => boolean): VectorRow | undefined {
    return this.rows.find(matches);
  }

  certificateOf(row: VectorRow): Certificate {
    const known = this.#certificates.get(row);
    if (known !== undefined) return known;
    const certificate = parseCertificate(row.der);
    this.#certificates.set(row, certificate);
    return certificate;
  }

  certificate(name: string): Certificate {
    return this.certificateOf(this.named(name));
  }

  /** The certificates of the set to which `name` belongs, `name` itself left out. */
  othersOf(name: string): readonly Certificate[] {
    const set = `${name.split('.')[0]}.`;
    return this.rows
      .filter((row) => row.kind === 'certificate' && row.text('name') !== name)
      .filter((row) => row.text('name').startsWith(set))
      .map((row) => this.certificateOf(row));
  }

  /** The trust anchor of the set to which `name` belongs; a set of one is its own. */
  anchorOf(name: string): Certificate {
    const root = `${name.split('.')[0]}.root`;
    return this.certificate(this.rows.some((row) => row.optional('name') === root) ? root : name);
  }

  /** Hex of the public key that belongs to the private key `name`. */
  publicKeyOf(name: string): string {
    const pair = decodeSm2PrivateKey(this.named(name).der);
    pair.privateKey.destroy();
    return toHex(pair.publicKey);
  }
}
