// The counters in the output of Redis's INFO.

/** Commands that the bench itself sends. */
const ours = new Set(['info', 'command', 'hello', 'client']);
/** Commands that only the script of an append runs, once each, beside a `set` wherever there is an `exists`. */
const inScripts = ['get', 'xrevrange', 'xadd', 'spublish', 'pexpire', 'exists'];

/** Parses the output of `INFO all`: counters since the start of Redis. */
export function readInfo(text: string) {
  const fields = new Map(text.split(/\r?\n/).map((line) => line.split(/:(.*)/s, 2) as [string, string]));
  const numberOf = (name: string) => Number(fields.get(name) ?? 0);
  const calls = new Map<string, number>();
  for (const [name, value] of fields) {
    const command = name.match(/^cmdstat_(\w+)/)?.[1];
    if (command === undefined || ours.has(command)) continue;
    calls.set(command, Number(value?.match(/calls=(\d+)/)?.[1]));
  }
  const commands = sumOf(calls.keys(), calls);
  return {
    version: fields.get('redis_version') ?? '',
    requests: commands - sumOf([...inScripts, 'exists'], calls),
    commands,
    hints: calls.get('publish') ?? 0,
    cpuMicros: (numberOf('used_cpu_user') + numberOf('used_cpu_sys')) * 1e6,
    bytesIn: numberOf('total_net_input_bytes'),
    bytesOut: numberOf('total_net_output_bytes'),
    memoryBytes: numberOf('used_memory'),
  };
}

function sumOf(names: Iterable<string>, counts: ReadonlyMap<string, number>): number {
  return [...names].reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
}
