import type { CertificateExtension } from '@cssi/pki';
import { concatBytes, derElement, derUnsigned, fromHex } from '@cssi/sm-core';
import { SGX_EXTENSION_OID } from '../../evidence/intel/pck-facts.ts';
import { field, littleEndian } from './bytes.ts';

/** What a synthetic platform is; zeros, and versions of 1, where left out. @group Synthetic evidence */
export interface SyntheticPlatformFacts {
  /** 16 bytes; random when left out. */
  readonly ppid?: Uint8Array;
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
  /** 2 bytes. */
  readonly pceId?: Uint8Array;
  /** Up to 16 security versions, 0 to 255. */
  readonly components?: readonly number[];
  readonly pceSvn?: number;
  /** Adds the configuration that platforms with several packages have. */
  readonly configuration?: {
    readonly dynamicPlatform: boolean;
    readonly cachedKeys: boolean;
    readonly smtEnabled: boolean;
  };
  /** 16 bytes. */
  readonly platformInstance?: Uint8Array;
}

const ARC = fromHex('2a864886f84d010d01');

const member = (numbers: readonly number[], value: Uint8Array): Uint8Array =>
  derElement(0x30, derElement(0x06, concatBytes(ARC, Uint8Array.from(numbers))), value);
const octets = (value: Uint8Array): Uint8Array => derElement(0x04, value);
const integer = (value: number): Uint8Array => derUnsigned(littleEndian(value, 2).reverse());
const boolean = (value: boolean): Uint8Array => derElement(0x01, Uint8Array.of(value ? 0xff : 0));

/** @internal */
const componentsOf = ({ components = [] }: SyntheticPlatformFacts): Uint8Array =>
  field(Uint8Array.from(components), 16);

/**
 * The SGX extension of a PCK certificate.
 *
 * @standard Intel SGX PCK Certificate and CRL Profile §1.3.5
 * @internal
 */
export function pckExtension(
  facts: SyntheticPlatformFacts & { readonly ppid: Uint8Array },
): CertificateExtension {
  const components = componentsOf(facts);
  const { configuration, platformInstance } = facts;
  const tcb = derElement(
    0x30,
    ...Array.from(components, (svn, index) => member([2, index + 1], integer(svn))),
    member([2, 17], integer(facts.pceSvn ?? 1)),
    member([2, 18], octets(components)),
  );
  const value = derElement(
    0x30,
    member([1], octets(field(facts.ppid, 16))),
    member([2], tcb),
    member([3], octets(field(facts.pceId, 2))),
    member([4], octets(field(facts.fmspc, 6))),
    member([5], derElement(0x0a, Uint8Array.of(1))),
    ...(platformInstance === undefined ? [] : [member([6], octets(field(platformInstance, 16)))]),
    ...(configuration === undefined
      ? []
      : [
          member(
            [7],
            derElement(
              0x30,
              member([7, 1], boolean(configuration.dynamicPlatform)),
              member([7, 2], boolean(configuration.cachedKeys)),
              member([7, 3], boolean(configuration.smtEnabled)),
            ),
          ),
        ]),
  );
  return { oid: SGX_EXTENSION_OID, critical: false, value };
}
