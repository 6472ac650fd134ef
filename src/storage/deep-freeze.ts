import Big from 'big.js';

/**
 * Freezes a value and all it holds, in place. Money is left out: no operation alters it. What is frozen
 * already was frozen here, so a long history is not walked again with every change.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || value instanceof Big) {
    return value;
  }
  if (Array.isArray(value)) for (const member of value) deepFreeze(member);
  else for (const name in value) deepFreeze(value[name]);
  return Object.freeze(value);
}
