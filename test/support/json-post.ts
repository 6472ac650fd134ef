/** What `fetch` and `app.request` take for a POST of JSON; a string or bytes are sent as they are. */
export const jsonPost = (
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): { method: string; headers: Record<string, string>; body: string | Uint8Array<ArrayBuffer> } => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body:
    typeof body === 'string' || body instanceof Uint8Array
      ? (body as string | Uint8Array<ArrayBuffer>)
      : JSON.stringify(body),
});
