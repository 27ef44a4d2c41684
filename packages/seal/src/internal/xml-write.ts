import { SEAL_ERRORS } from '../errors.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** The declaration every part starts with. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/**
 * Escapes text for element content and attribute values alike.
 *
 * @throws SmError ERR_OFD_TEXT for characters XML 1.0 does not have
 */
export function escapeXml(text: string): string {
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const allowed =
      code === 0x9 ||
      code === 0xa ||
      code === 0xd ||
      (code >= 0x20 && code < 0xd800) ||
      (code > 0xdfff && code !== 0xfffe && code !== 0xffff);
    if (!allowed) throw SEAL_ERRORS.create('ERR_OFD_TEXT', { detail: `reason=character code=${code}` });
  }
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}
