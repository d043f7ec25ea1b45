// The sign-in form, for the link that the server printed. Drafts of conversations are kept.
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { canHover } from '../browser/pointer.ts';
import { parseToken } from '../browser/sign-in.ts';
import { useMessages } from '../i18n/Language.tsx';

interface SignInProps {
  /** Whether the person was signed in and the server then rejected the token. */
  readonly isExpired: boolean;
  readonly onToken: (token: string) => void;
}

/** Renders the form, which accepts a pasted link or token. */
export function SignIn({ isExpired, onToken }: SignInProps) {
  const { signIn } = useMessages();
  const [pasted, setPasted] = useState('');
  const [isMalformed, setMalformed] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => {
    if (canHover()) field.current?.focus();
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = parseToken(pasted);
    if (token === undefined) setMalformed(true);
    else onToken(token);
    field.current?.focus();
  };

  return (
    <main className="sign-in">
      <form onSubmit={submit} aria-labelledby={`${id}-title`}>
        <h1 id={`${id}-title`}>{signIn.title}</h1>
        <p className="sign-in-line" role={isExpired ? 'alert' : undefined}>
          {isExpired ? signIn.expired : signIn.line}
        </p>
        <p id={`${id}-how`}>{signIn.how}</p>
        <pre className="terminal">
          <code>http://localhost:3000/#token=…</code>
        </pre>
        <label htmlFor={`${id}-token`}>{signIn.label}</label>
        <input
          ref={field}
          id={`${id}-token`}
          className="field"
          value={pasted}
          onChange={(event) => {
            setPasted(event.target.value);
            setMalformed(false);
          }}
          aria-describedby={isMalformed ? `${id}-error` : `${id}-how`}
          aria-invalid={isMalformed}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
        {isMalformed && (
          <p id={`${id}-error`} className="field-error" role="alert">
            {signIn.malformed}
          </p>
        )}
        <button type="submit" className="button primary">
          {signIn.submit}
        </button>
      </form>
    </main>
  );
}
