// A log line with fields, for Nest's `Logger`: a logger that writes JSON stores the fields, the console prints one line of text.
import { inspect } from 'node:util';

/** Values of the fields; those that are `undefined` are left out. */
type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A message with fields. */
export class LogLine {
  readonly msg: string;

  constructor(msg: string, fields: Fields) {
    this.msg = msg;
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) Object.assign(this, { [name]: value });
  }

  /** Called by the console logger. */
  [inspect.custom](): string {
    return this.toString();
  }

  toString(): string {
    const { msg, ...fields } = this;
    const pairs = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    return [msg, ...pairs].join(' ');
  }
}
