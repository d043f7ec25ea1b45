// What the demo model says. It claims to know nothing; it shows how replies look, in the language of the question.
import { longAnswer } from './demo-long-answer.ts';

/** Answers a message: a long text, code or a table where it asks for one, else a short word on what this is. */
export function demoAnswer(message: string): string {
  const words = isFrench(message) ? french : english;
  if (/\b(long|longer|longue|longs|longues|essay|dissertation)\b/i.test(message))
    return `${words.intro} ${words.beforeLong}\n\n${longAnswer}`;
  if (/\b(code|function|fonction|script|typescript|javascript|python|snippet)\b/i.test(message)) {
    return `${words.intro}\n\n${words.code}`;
  }
  if (/\b(table|tableau|tabular|compare|comparer)\b/i.test(message)) return `${words.intro}\n\n${words.table}`;
  return `${words.greeting}\n\n${words.intro}\n\n${words.hint}`;
}

/** Tells French by its accents and its commonest words; a tie is English. */
function isFrench(message: string): boolean {
  const french = message.match(
    /[àâçèêëîïôûùœ]|\b(le|la|les|un|une|des|du|est|et|que|qui|pour|avec|dans|bonjour|salut|merci|je|tu|vous|moi|fais|donne|montre|écris|réponse)\b/gi,
  );
  const english = message.match(
    /\b(the|an?|is|are|and|of|to|what|who|how|for|with|in|hello|hi|thanks|i|you|me|make|give|show|write|answer)\b/gi,
  );
  return (french?.length ?? 0) > (english?.length ?? 0);
}

interface Words {
  readonly greeting: string;
  readonly intro: string;
  readonly hint: string;
  readonly code: string;
  readonly table: string;
  readonly beforeLong: string;
}

const sample = `\`\`\`ts
for await (const text of aiService.streamChat(messages, userId)) {
  process.stdout.write(text);
}
\`\`\``;

const english: Words = {
  greeting: 'Hello! 👋',
  intro:
    'I am the **demo model** of Sillage: my answers are written beforehand, no real model is behind me. ' +
    'To connect one, set `ai_api_key` (or `ai_api_url`, for any OpenAI-compatible server) and start again.',
  beforeLong: 'Here is something long.',
  hint: [
    'Meanwhile, everything around me is real. Try it:',
    '',
    '- **Reload this page** in the middle of an answer: it goes on where it was.',
    '- **Press stop**: the model is stopped too, not only the display.',
    '- Ask me for *code*, for a *table*, or for a *long* answer.',
  ].join('\n'),
  code: `Here is how a reply is read on the server, one piece at a time:\n\n${sample}\n\nLeaving the loop closes the connection to the provider.`,
  table: [
    'Here is what becomes of a reply when something goes wrong:',
    '',
    '| What happens | What you see | What is lost |',
    '| --- | --- | --- |',
    '| You reload the page | The reply goes on | Nothing |',
    '| The network drops | A short pause | Nothing |',
    '| The server dies | The reply so far, marked as interrupted | What the model had not said yet |',
    '| You press stop | The reply so far | Nothing you wanted |',
  ].join('\n'),
};

const french: Words = {
  greeting: 'Bonjour ! 👋',
  intro:
    'Je suis le **modèle de démonstration** de Sillage : mes réponses sont écrites d’avance, aucun vrai modèle ne se ' +
    'trouve derrière moi. Pour en brancher un, réglez `ai_api_key` (ou `ai_api_url`, pour tout serveur compatible ' +
    'avec OpenAI) puis redémarrez.',
  beforeLong: 'Voici un long texte, en anglais.',
  hint: [
    'En attendant, tout le reste est vrai. Essayez :',
    '',
    '- **Rechargez la page** au milieu d’une réponse : elle reprend où elle en était.',
    '- **Appuyez sur stop** : le modèle s’arrête aussi, pas seulement l’affichage.',
    '- Demandez-moi du *code*, un *tableau* ou une *longue* réponse.',
  ].join('\n'),
  code: `Voici comment une réponse se lit sur le serveur, morceau par morceau :\n\n${sample}\n\nQuitter la boucle ferme la connexion au fournisseur.`,
  table: [
    'Voici ce que devient une réponse quand quelque chose tourne mal :',
    '',
    '| Ce qui arrive | Ce que vous voyez | Ce qui est perdu |',
    '| --- | --- | --- |',
    '| Vous rechargez la page | La réponse continue | Rien |',
    '| Le réseau tombe | Une courte pause | Rien |',
    '| Le serveur meurt | La réponse jusque-là, dite interrompue | Ce que le modèle n’avait pas encore dit |',
    '| Vous appuyez sur stop | La réponse jusque-là | Rien que vous vouliez |',
  ].join('\n'),
};
