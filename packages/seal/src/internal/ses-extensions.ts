import { AsnArray, AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema';
import { SEAL_ERRORS } from '../errors.ts';
import type { SealExtension } from '../spec/v1/structures.ts';

const MAX_EXTENSIONS = 64;

/** ExtData; `critical` may be written although FALSE is its default, so it is read tolerantly. */
class ExtData {
  oid = '';
  critical = false;
  value: ArrayBuffer = new ArrayBuffer(0);
}
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(ExtData.prototype, 'oid');
AsnProp({ type: AsnPropTypes.Boolean, defaultValue: false })(ExtData.prototype, 'critical');
AsnProp({ type: AsnPropTypes.OctetString })(ExtData.prototype, 'value');
AsnType({ type: AsnTypeTypes.Sequence })(ExtData);

class ExtensionDatas extends AsnArray<ExtData> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: ExtData })(ExtensionDatas);

const malformed = (cause?: unknown) =>
  SEAL_ERRORS.create('ERR_SEAL_MALFORMED', { detail: 'reason=extensions', cause });

/** Reads ExtensionDatas. @throws SmError ERR_SEAL_MALFORMED */
export function readExtensions(raw: ArrayBuffer | null | undefined): SealExtension[] {
  if (raw === undefined) return [];
  if (raw === null) throw malformed();
  let list: ExtensionDatas;
  try {
    list = AsnConvert.parse(raw, ExtensionDatas);
  } catch (cause) {
    throw malformed(cause);
  }
  if (list.length > MAX_EXTENSIONS) throw malformed();
  return list.map(({ oid, critical, value }) => ({ oid, critical, value: new Uint8Array(value.slice(0)) }));
}

const OID = /^[0-2](?:\.(?:0|[1-9][0-9]{0,8})){2,30}$/;

/** Writes ExtensionDatas, or nothing for none. @throws SmError ERR_SEAL_PARAMETER */
export function writeExtensions(extensions: readonly SealExtension[]): ArrayBuffer | undefined {
  if (extensions.length === 0) return undefined;
  const fit = extensions.every(({ oid, value }) => OID.test(oid) && value instanceof Uint8Array);
  if (!fit || extensions.length > MAX_EXTENSIONS) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=extensions' });
  }
  const list = extensions.map(({ oid, critical, value }) => {
    const item = new ExtData();
    item.oid = oid;
    item.critical = critical;
    item.value = Uint8Array.from(value).buffer;
    return item;
  });
  return AsnConvert.serialize(new ExtensionDatas(list));
}
