const MAX_TEXT = 2000;

/**
 * Text of a subject in a form that is safe in every report: bounded, one line, without
 * control characters, characters that turn the direction of writing, and halves of
 * surrogate pairs. An adapter under test chooses its texts freely, and XML has no way to
 * write most of these characters.
 */
export function plain(text: string): string {
  const clipped = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return clipped.replace(/\s+/gu, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '\ufffd');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for the content and for quoted attributes of XML and HTML. */
export function escapeMarkup(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
