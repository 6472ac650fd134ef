# docker build -t ebp-sandbox . && docker run --rm -e SANDBOX_CONTROL=open -p 127.0.0.1:4232:4232 -v ebp-sandbox:/data ebp-sandbox
# Runs with --read-only --tmpfs /tmp --cap-drop=all; `npm run check:image` builds it and tries all of this.

# By its digest, so that the same Dockerfile always builds on the same bytes. The digest of a newer one, for a change of
# this line: docker buildx imagetools inspect node:24-bookworm-slim
ARG BASE=node:24.18.0-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: `prepare` would compile before the sources are there.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/bundle.mjs scripts/licences.mjs scripts/swagger-ui.mjs scripts/
COPY src src
RUN npm run build

FROM ${BASE}
# Not ENV for each setting: a variable would win over a configuration file that is mounted.
ENV SANDBOX_DEFAULTS=/app/image-defaults.yaml
WORKDIR /app
# A new volume takes its owner from here. A mounted directory of the host must be writable for uid 1000.
RUN mkdir /data && chown node:node /data
COPY package.json image-defaults.yaml ./
COPY scenarios scenarios
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 4232
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["node", "dist/main.js", "health"]
# Exec form and no shell or npm between: node is process 1 and gets SIGTERM itself.
ENTRYPOINT ["node", "dist/main.js"]
