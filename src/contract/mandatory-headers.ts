/** Headers that every request carries (platform page "Common Headers"), as they are written there. */
export const mandatoryHeaders = [
  'Content-Type',
  'Content-Length',
  'Accept',
  'X-Access-Key',
  'X-EBP-Signature',
  'X-Division-Code',
  'X-Store-Id',
  'X-Channel-Code',
  'X-Ric-Code',
  'X-Country-Code',
  'X-Currency-Code',
] as const;
