import { Conversation } from './conversation';

// A dynamic page: it is rendered for each request.
export default async function Page({ params }: { params: Promise<{ sessionId: string }> }) {
  const { sessionId } = await params;
  return <Conversation sessionId={sessionId} />;
}
