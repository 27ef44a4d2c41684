import type { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readBoolean,
  readOctets,
  readOne,
  type Tlv,
} from '../internal/tlv.ts';
import { boolean, octets, oid, sequence } from '../internal/write.ts';
import type { CertificateExtension } from '../spec/v1/certificate.ts';

function readExtension(element: Tlv, where: string, log: FindingLog): CertificateExtension {
  const parts = readAll(expectTag(element, 0x30, where).value);
  const [id, second, third] = parts;
  if (parts.length < 2 || parts.length > 3) throw new DerProblem(where);
  const critical = third !== undefined && readBoolean(second, where);
  if (third !== undefined && !critical) log.note('CRITICAL_FALSE_WRITTEN', where);
  return { oid: readOid(id, where), critical, value: readOctets(third ?? second, where) };
}

/** Extensions of revocation data, each at most once. */
export class ExtensionList {
  readonly all: readonly CertificateExtension[];

  /** @param wrapper - the element that holds the SEQUENCE of extensions; none when absent */
  constructor(wrapper: Tlv | undefined, where: string, log: FindingLog) {
    const elements = wrapper === undefined ? [] : readAll(readOne(wrapper.value, 0x30).value);
    if (wrapper !== undefined && elements.length === 0) throw new DerProblem(where);
    this.all = elements.map((element) => readExtension(element, where, log));
    if (new Set(this.all.map(({ oid: id }) => id)).size !== this.all.length) {
      throw new DerProblem('repeated extension');
    }
  }

  /** Reads the value of an extension when it is there. */
  read<T>(id: string, reader: (value: Uint8Array) => T): T | undefined {
    const found = this.all.find((extension) => extension.oid === id);
    return found === undefined ? undefined : reader(found.value);
  }

  /** Critical extensions that are none of these. */
  unknownCritical(known: ReadonlySet<string>): readonly string[] {
    return this.all.filter(({ oid: id, critical }) => critical && !known.has(id)).map(({ oid: id }) => id);
  }
}

/** One extension to write. */
export const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));
