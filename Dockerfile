# The server and its page as `npm run build` bundles them: no packages, no compiler, no tests, no npm scripts.
# Debian slim, because the tests run on this Node and glibc: Node's builds for Alpine (musl) are unofficial, and the distroless
# images follow its releases late. The version is the one that package.json names.
FROM node:26.10.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/client/package.json packages/client/
COPY packages/testing/package.json packages/testing/
COPY backend/package.json backend/
COPY frontend/package.json frontend/
RUN npm ci
COPY tsconfig.base.json ./
COPY scripts scripts
COPY packages packages
COPY backend backend
COPY frontend frontend
RUN node scripts/build.ts

FROM node:26.10.0-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
RUN mkdir /data && chown node:node /data
WORKDIR /app
COPY backend/package.json backend/
COPY --from=build /app/backend/bundle backend/bundle
COPY --from=build /app/backend/dist/page backend/dist/page
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "backend/bundle/main.js"]
