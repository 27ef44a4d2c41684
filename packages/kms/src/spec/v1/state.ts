/**
 * State of a key (密钥状态). `enabled` keys work; `disabled` keys do nothing but can come
 * back; `destroyed` is final: the wrapped key is gone from its rows.
 *
 * @standard T/TCCIA 0002-2022 §5.3b
 */
export type KeyState = 'enabled' | 'disabled' | 'destroyed';

/**
 * The state machine. Destroying asks for a disabled key, so that nothing in use is
 * destroyed by one slip.
 */
export const KEY_TRANSITIONS: Readonly<Record<KeyState, readonly KeyState[]>> = {
  enabled: ['disabled'],
  disabled: ['enabled', 'destroyed'],
  destroyed: [],
};

/** True when a key in state `from` may go to `to`. */
export function isKeyTransition(from: KeyState, to: KeyState): boolean {
  return KEY_TRANSITIONS[from].includes(to);
}
