import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, succeeds } from './run.mjs';

/**
 * What builds and runs images here: `build` (to an image id), `isHealthy`, the command that understands Docker's words (`docker`
 * or `podman`), the environment it needs, and the `image` it builds on: `base`, or what stands in for it. Throws, naming
 * what to install, where there is nothing.
 */
export function findEngine(base) {
  if (succeeds('docker', ['version', '--format', '{{.Server.Version}}'])) return docker(base);
  const missing = ['buildah', 'podman', 'runc', 'debootstrap'].filter((tool) => !succeeds('which', [tool]));
  if (missing.length > 0 || process.getuid?.() !== 0) {
    throw new Error(
      `No Docker engine answers${missing.length > 0 ? `, and ${missing.join(', ')} not found` : ''}. ` +
        'Start Docker; or, as root on Debian: apt-get install -y --no-install-recommends buildah podman runc debootstrap',
    );
  }
  return podman(base);
}

function docker(base) {
  // Pulled by itself: a build keeps its base where its size cannot be asked for.
  if (!succeeds('docker', ['image', 'inspect', base])) run('docker', ['pull', '--quiet', base]);
  return {
    command: 'docker',
    env: process.env,
    image: base,
    base: `${base} by Docker`,
    runFlags: [],
    build: (directory) => run('docker', ['build', '--quiet', directory]),
    isHealthy: (container) =>
      run('docker', ['inspect', '--format', '{{.State.Health.Status}}', container]) === 'healthy',
  };
}

/** Without a daemon, and in a storage of its own, so that the stand-in base is never taken for the real one. */
function podman(base) {
  const work = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ebp-sandbox-image');
  mkdirSync(work, { recursive: true });
  const file = (name, text) => {
    writeFileSync(join(work, name), text);
    return join(work, name);
  };
  const env = {
    ...process.env,
    CONTAINERS_STORAGE_CONF: file(
      'storage.conf',
      `[storage]\ndriver="overlay"\ngraphroot="${work}/graph"\nrunroot="${work}/run"\n`,
    ),
    // What works within a container too, where systemd is not there to be asked.
    CONTAINERS_CONF: file(
      'containers.conf',
      '[containers]\ndefault_ulimits=[]\n[engine]\nruntime="runc"\ncgroup_manager="cgroupfs"\nevents_logger="file"\n',
    ),
    BUILDAH_ISOLATION: 'chroot',
  };
  const isHere = (image) => succeeds('buildah', ['inspect', '--type', 'image', image], { env });
  let image = `docker.io/library/${base}`;
  let origin = 'kept from an earlier run';
  if (!isHere(image)) {
    origin = 'pulled';
    if (!succeeds('buildah', ['pull', '--quiet', image], { env, timeout: 120_000 })) {
      origin = 'a stand-in, as no image registry can be reached';
      const [, version, release] = /^node:([\d.]+)-([a-z]+)-slim@/.exec(base) ?? [];
      // Under a name of its own: nothing but the real one has the digest.
      image = `localhost/stand-in-for-node:${version}-${release}-slim`;
      const script = fileURLToPath(new URL('stand-in-base.sh', import.meta.url));
      if (!isHere(image)) run('bash', [script, image, version, release, work], { env });
    }
  }
  return {
    command: 'podman',
    env,
    image,
    base: `${base} by buildah and podman (${origin})`,
    // The timer that calls HEALTHCHECK is systemd's; `healthcheck run` calls it instead.
    runFlags: ['--health-interval=disable'],
    // Docker's format: the other one knows no HEALTHCHECK.
    build: (directory) =>
      run(
        'buildah',
        [
          ...['bud', '--quiet', '--format', 'docker', '--pull-never', '--network', 'host'],
          ...['--build-arg', `BASE=${image}`, ...npmSettings(file), directory],
        ],
        { env },
      ),
    isHealthy: (container) => succeeds('podman', ['healthcheck', 'run', container], { env }),
  };
}

/** This machine's npm registry and certificates, for the build only: mounted, so nothing of it stays in the image. */
function npmSettings(file) {
  const setting = (name) => run('npm', ['config', 'get', name]);
  const authorities = setting('cafile');
  const lines = [`registry=${setting('registry')}`];
  const mounts = [];
  if (existsSync(authorities)) {
    lines.push('cafile=/run/build-ca.crt');
    mounts.push('--volume', `${authorities}:/run/build-ca.crt:ro`);
  }
  return [...mounts, '--volume', `${file('npmrc', `${lines.join('\n')}\n`)}:/root/.npmrc:ro`];
}
