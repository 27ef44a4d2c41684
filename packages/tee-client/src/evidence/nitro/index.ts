export { isNitroDocument, NITRO_MAX_BYTES, type NitroDocument, parseNitroDocument } from './document.ts';
export { nitroVerifier } from './verifier.ts';
