/** What is wrong with the list of files in a tarball; `sources` are the paths under src that the build compiled. */
export function contentProblems(files: readonly string[], sources: readonly string[]): string[] {
  const required = ["package.json", "README.md", "LICENSE", "src/index.ts", "dist/index.js", "dist/index.d.ts"];
  const missing = required.filter((file) => !files.includes(file)).map((file) => `${file} is missing`);
  const unwanted = files
    .filter((file) => /\.(test|long|bench)\.|(^|\/)tests?\/|\.tsbuildinfo$|(^|\/)tsconfig/.test(file))
    .map((file) => `${file} should not be published`);
  const stale = files
    .filter((file) => /^dist\/.*\.js$/.test(file) && !sources.includes(file.slice(5).replace(/\.js$/, ".ts")))
    .map((file) => `${file} has no source; delete dist and build again`);
  return [...missing, ...unwanted, ...stale];
}
