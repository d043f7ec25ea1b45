// Compiles a statement once and fills in the values of each call: building and compiling a statement takes longer than running it.
import type { CompiledQuery } from 'kysely';

/** Stands for a value while a statement is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Creates a function that returns a statement with the values of the call, which has the same fields each time. `build` runs once,
 *  with a placeholder for each value: it may only pass them on, as parameters, and must use nothing else that differs between
 *  calls. The function throws when a call has other fields than the first: a column would be left out in silence. */
export function prepared<Values extends object, Row = unknown>(
  build: (values: Values) => CompiledQuery<Row>,
): (values: Values) => CompiledQuery<Row> {
  let compiled: CompiledQuery<Row> | undefined;
  let fields = 0;
  return (values) => {
    const names = Object.keys(values);
    if (compiled === undefined) {
      compiled = build(placeholdersFor(values));
      fields = names.length;
    }
    if (names.length !== fields) throw new Error(`The statement was prepared for other fields than ${names}.`);
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Placeholder ? valueFor(values, parameter.name) : parameter,
    );
    return { ...compiled, parameters };
  };
}

function valueFor<Values extends object>(values: Values, name: string): unknown {
  const value = values[name as keyof Values];
  if (value === undefined) throw new Error(`The statement was prepared with a field ${name}, which has no value.`);
  return value;
}

function placeholdersFor<Values extends object>(values: Values): Values {
  return Object.fromEntries(Object.keys(values).map((name) => [name, new Placeholder(name)])) as Values;
}
