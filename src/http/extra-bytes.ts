import type { Warning } from '../app/journal.js';
import type { ExtraBytes } from './connections.js';

/** What the journal says of a call behind whose body more bytes came. */
export const extraBytesWarning = ({ bytes, excerpt }: ExtraBytes): Warning => ({
  warning: 'connection.extra-bytes',
  message:
    `${bytes} ${bytes === 1 ? 'byte' : 'bytes'} followed the request, beginning with ${excerpt}: no request can be read in them, ` +
    'so the connection is closed after the answers before them. ' +
    'Content-Length may have been counted in characters, it counts bytes',
});
