import Link from 'next/link';
import { Ask } from './ask';

// A static page: it is rendered once, when the application is built.
export default function Home() {
  return (
    <main>
      <h1>Ask</h1>
      <Ask />
      <Link href="/chat/first">The first conversation</Link>
    </main>
  );
}
