export interface Image {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly volume: string | undefined;
  readonly port: string | undefined;
  /** The words of the command. */
  readonly healthcheck: readonly string[];
  readonly entrypoint: readonly string[];
}

/** What the last stage of a Dockerfile says of its image. */
export function readDockerfile(text: string): Image {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const last = (word: string) =>
    stage.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const words = (json: string | undefined): string[] => JSON.parse(json ?? '[]');
  return {
    env: Object.fromEntries(
      stage
        .filter((line) => line.startsWith('ENV '))
        .flatMap((line) => line.slice('ENV '.length).split(' '))
        .map((pair) => pair.split('=')),
    ),
    user: last('USER'),
    volume: last('VOLUME'),
    port: last('EXPOSE'),
    healthcheck: words(last('HEALTHCHECK')?.replace(/^.*?CMD /, '')),
    entrypoint: words(last('ENTRYPOINT')),
  };
}
