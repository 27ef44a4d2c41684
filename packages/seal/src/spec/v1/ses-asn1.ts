import { AsnArray, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema';

/*
 * ASN.1 of GB/T 38540-2020, version 4. Declared by calls instead of decorators so
 * that no compiler option is needed. Open types stay `Any`: `certListType` decides
 * what the certificate list is, and extension data is read tolerantly.
 */

const { Any, BitString, GeneralizedTime, IA5String, Integer, ObjectIdentifier, OctetString } = AsnPropTypes;
const EMPTY = new ArrayBuffer(0);

/** SES_Header (头信息). */
export class SesHeader {
  id = 'ES';
  version = 4;
  vendorId = '';
}
AsnProp({ type: IA5String })(SesHeader.prototype, 'id');
AsnProp({ type: Integer })(SesHeader.prototype, 'version');
AsnProp({ type: IA5String })(SesHeader.prototype, 'vendorId');
AsnType({ type: AsnTypeTypes.Sequence })(SesHeader);

/** Certificate list of type 1: SEQUENCE OF OCTET STRING. */
export class SesCertificates extends AsnArray<ArrayBuffer> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: OctetString })(SesCertificates);

/** One certificate digest. */
export class SesCertificateDigest {
  type = '';
  value: ArrayBuffer = EMPTY;
}
AsnProp({ type: AsnPropTypes.PrintableString })(SesCertificateDigest.prototype, 'type');
AsnProp({ type: OctetString })(SesCertificateDigest.prototype, 'value');
AsnType({ type: AsnTypeTypes.Sequence })(SesCertificateDigest);

/** Certificate list of type 2: SEQUENCE OF digest. */
export class SesCertificateDigests extends AsnArray<SesCertificateDigest> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: SesCertificateDigest })(SesCertificateDigests);

/** SES_ESPropertyInfo (印章属性). */
export class SesProperty {
  type = 1;
  name = '';
  certListType = 1;
  certList: ArrayBuffer | null = EMPTY;
  createDate: Date = new Date(0);
  validStart: Date = new Date(0);
  validEnd: Date = new Date(0);
}
AsnProp({ type: Integer })(SesProperty.prototype, 'type');
AsnProp({ type: AsnPropTypes.Utf8String })(SesProperty.prototype, 'name');
AsnProp({ type: Integer })(SesProperty.prototype, 'certListType');
AsnProp({ type: Any })(SesProperty.prototype, 'certList');
AsnProp({ type: GeneralizedTime })(SesProperty.prototype, 'createDate');
AsnProp({ type: GeneralizedTime })(SesProperty.prototype, 'validStart');
AsnProp({ type: GeneralizedTime })(SesProperty.prototype, 'validEnd');
AsnType({ type: AsnTypeTypes.Sequence })(SesProperty);

/** SES_ESPictureInfo (印章图片). */
export class SesPicture {
  type = '';
  data: ArrayBuffer = EMPTY;
  width = 0;
  height = 0;
}
AsnProp({ type: IA5String })(SesPicture.prototype, 'type');
AsnProp({ type: OctetString })(SesPicture.prototype, 'data');
AsnProp({ type: Integer })(SesPicture.prototype, 'width');
AsnProp({ type: Integer })(SesPicture.prototype, 'height');
AsnType({ type: AsnTypeTypes.Sequence })(SesPicture);

/** SES_SealInfo (印章信息): what the maker signs. */
export class SesSealInfo {
  header: SesHeader = new SesHeader();
  esId = '';
  property: SesProperty = new SesProperty();
  picture: SesPicture = new SesPicture();
  /** ExtensionDatas, untagged, as received. */
  extDatas?: ArrayBuffer | null;
}
AsnProp({ type: SesHeader })(SesSealInfo.prototype, 'header');
AsnProp({ type: IA5String })(SesSealInfo.prototype, 'esId');
AsnProp({ type: SesProperty })(SesSealInfo.prototype, 'property');
AsnProp({ type: SesPicture })(SesSealInfo.prototype, 'picture');
AsnProp({ type: Any, optional: true })(SesSealInfo.prototype, 'extDatas');
AsnType({ type: AsnTypeTypes.Sequence })(SesSealInfo);

/** SESeal (电子印章). */
export class SesSeal {
  sealInfo: SesSealInfo = new SesSealInfo();
  /** The bytes of `sealInfo` as received; set by the parser. */
  sealInfoRaw?: Uint8Array;
  certificate: ArrayBuffer = EMPTY;
  signatureAlgorithm = '';
  signedValue: ArrayBuffer = EMPTY;
}
AsnProp({ type: SesSealInfo, raw: true })(SesSeal.prototype, 'sealInfo');
AsnProp({ type: OctetString })(SesSeal.prototype, 'certificate');
AsnProp({ type: ObjectIdentifier })(SesSeal.prototype, 'signatureAlgorithm');
AsnProp({ type: BitString })(SesSeal.prototype, 'signedValue');
AsnType({ type: AsnTypeTypes.Sequence })(SesSeal);

/** TBS_Sign (待签名数据). */
export class SesToSign {
  version = 4;
  seal: SesSeal = new SesSeal();
  /** The bytes of `seal` as received; set by the parser. */
  sealRaw?: Uint8Array;
  timeInfo: Date = new Date(0);
  dataHash: ArrayBuffer = EMPTY;
  propertyInfo = '';
  /** ExtensionDatas under the explicit tag 0, as received. */
  extDatas?: ArrayBuffer | null;
}
AsnProp({ type: Integer })(SesToSign.prototype, 'version');
AsnProp({ type: SesSeal, raw: true })(SesToSign.prototype, 'seal');
AsnProp({ type: GeneralizedTime })(SesToSign.prototype, 'timeInfo');
AsnProp({ type: BitString })(SesToSign.prototype, 'dataHash');
AsnProp({ type: IA5String })(SesToSign.prototype, 'propertyInfo');
AsnProp({ type: Any, context: 0, optional: true })(SesToSign.prototype, 'extDatas');
AsnType({ type: AsnTypeTypes.Sequence })(SesToSign);

/** SES_Signature (电子签章). */
export class SesSignature {
  toSign: SesToSign = new SesToSign();
  /** The bytes of `toSign` as received; set by the parser. */
  toSignRaw?: Uint8Array;
  certificate: ArrayBuffer = EMPTY;
  signatureAlgorithm = '';
  signature: ArrayBuffer = EMPTY;
}
AsnProp({ type: SesToSign, raw: true })(SesSignature.prototype, 'toSign');
AsnProp({ type: OctetString })(SesSignature.prototype, 'certificate');
AsnProp({ type: ObjectIdentifier })(SesSignature.prototype, 'signatureAlgorithm');
AsnProp({ type: BitString })(SesSignature.prototype, 'signature');
AsnType({ type: AsnTypeTypes.Sequence })(SesSignature);
