// The image's HEALTHCHECK: exits 0 when the sandbox in this container answers. The slim base has no curl.
const { ok } = await fetch(`http://127.0.0.1:${process.env.PORT}/_sandbox/health`);
process.exit(ok ? 0 : 1);
